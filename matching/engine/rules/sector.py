"""Sector: the profile works in one of the demand's sectors."""

import numpy as np

from matching.domain.match import Finding, Kind
from matching.engine.rules.answers import graded, known, missing, not_known, strangers
from matching.engine.tables import Block, Floats
from matching.engine.views import Pair

CODE = "sector"
KIND = Kind.SOFT
DEMAND_KEYS = ("sectors",)
PROFILE_KEYS = ("sectors",)
READS = ("sectors",)  # columns of the table of profiles


def check(pair: Pair) -> Finding:
    """1 if any sector is common, else 0; unknown if a list is missing, or if an unknown word could be common."""
    asked, held = pair.demand.sectors, pair.profile.sectors
    if asked is None or held is None:
        return missing(CODE, KIND, {"demand.sectors": asked, "profile.sectors": held})
    common = sorted(set(known(asked)) & set(known(held)))
    facts = {"demand_sectors": known(asked), "profile_sectors": known(held), "common": common}
    if not common and asked and held and (None in asked or None in held):
        terms = pair.vocabulary.sectors
        strange = {
            "demand.sectors": strangers(pair.demand.record.sectors, terms),
            "profile.sectors": strangers(pair.profile.record.sectors, terms),
        }
        return not_known(CODE, KIND, {name: words for name, words in strange.items() if words}, **facts)
    return graded(CODE, 1.0 if common else 0.0, facts)


def values(block: Block) -> Floats:
    """The same for a block, (n_demands, n_profiles); NaN is unknown."""
    asked, held = block.demands.sectors, block.profiles.sectors
    common = asked.has.astype(np.float32) @ held.has.T.astype(np.float32) > 0
    says_any = (asked.has.any(axis=1) | asked.strange)[:, np.newaxis] & (held.has.any(axis=1) | held.strange)
    unsure = says_any & (asked.strange[:, np.newaxis] | held.strange)
    value = np.where(common, 1.0, np.where(unsure, np.nan, 0.0))
    return np.where(asked.absent[:, np.newaxis] | held.absent, np.nan, value)
