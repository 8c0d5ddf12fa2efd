"""Freshness: the profile was looked after lately."""

import math

import numpy as np

from matching.domain.match import Finding, Kind
from matching.engine.rules.answers import graded, missing
from matching.engine.tables import Block, Floats, whole_block
from matching.engine.views import Pair

CODE = "freshness"
KIND = Kind.SOFT
DEMAND_KEYS = ()
PROFILE_KEYS = ("updated_on",)
READS = ("updated_on",)  # columns of the table of profiles

FRESH_DAYS = 90
STALE_DAYS = 365


def check(pair: Pair) -> Finding:
    """1 up to 90 days after the last change, falling to 0 at 365; it passes while anything is left."""
    updated_on = pair.profile.record.updated_on
    if updated_on is None:
        return missing(CODE, KIND, {"profile.updated_on": None})
    age = (pair.as_of - updated_on).days
    value = min(1.0, max(0.0, (STALE_DAYS - age) / (STALE_DAYS - FRESH_DAYS)))
    return graded(CODE, value, {"updated_on": updated_on.isoformat(), "age_days": max(age, 0)}, enough=math.ulp(0.0))


def values(block: Block) -> Floats:
    """The same for a block, (n_demands, n_profiles); NaN is unknown."""
    age = block.demands.as_of - block.profiles.updated_on
    return whole_block(np.clip((STALE_DAYS - age) / (STALE_DAYS - FRESH_DAYS), 0.0, 1.0), block)
