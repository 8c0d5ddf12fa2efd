"""Locality: both sit in the same district. It weighs nothing unless a policy says so."""

import numpy as np

from matching.domain.match import Finding, Kind
from matching.engine.rules.answers import graded, missing, not_known
from matching.engine.tables import Block, Floats
from matching.engine.views import Pair

CODE = "locality"
KIND = Kind.SOFT
DEMAND_KEYS = ("district",)
PROFILE_KEYS = ("district",)
READS = ("district",)  # columns of the table of profiles


def check(pair: Pair) -> Finding:
    """1 for the same district, 0 for another; unknown if one is missing or not in the vocabulary."""
    demand, profile = pair.demand, pair.profile
    theirs, ours = demand.record.district, profile.record.district
    if theirs is None or ours is None:
        return missing(CODE, KIND, {"demand.district": theirs, "profile.district": ours})
    if demand.district is None or profile.district is None:
        pairs = {"demand.district": (theirs, demand.district), "profile.district": (ours, profile.district)}
        return not_known(CODE, KIND, {name: [word] for name, (word, code) in pairs.items() if code is None})
    facts = {"demand_district": demand.district, "profile_district": profile.district}
    return graded(CODE, 1.0 if demand.district == profile.district else 0.0, facts)


def values(block: Block) -> Floats:
    """The same for a block, (n_demands, n_profiles); NaN is unknown."""
    theirs, ours = block.demands.district[:, np.newaxis], block.profiles.district
    return np.where((theirs < 0) | (ours < 0), np.nan, np.where(theirs == ours, 1.0, 0.0))
