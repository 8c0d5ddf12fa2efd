"""Evidence: jobs done before, for which somebody else stands."""

import numpy as np

from matching.domain.match import Finding, Kind
from matching.engine.rules.answers import graded, missing
from matching.engine.tables import Block, Floats, whole_block
from matching.engine.views import Pair

CODE = "evidence"
KIND = Kind.SOFT
DEMAND_KEYS = ()
PROFILE_KEYS = ("cases",)
READS = ("verified_cases",)  # columns of the table of profiles

ENOUGH_CASES = 3


def check(pair: Pair) -> Finding:
    """A third for each verified case, up to 1; unknown if the profile does not speak of cases."""
    cases = pair.profile.record.cases
    if cases is None:
        return missing(CODE, KIND, {"profile.cases": None})
    verified = sum(bool((case.verified_by or "").strip()) for case in cases)
    return graded(CODE, min(1.0, verified / ENOUGH_CASES), {"cases": len(cases), "verified": verified})


def values(block: Block) -> Floats:
    """The same for a block, (n_demands, n_profiles); NaN is unknown."""
    return whole_block(np.minimum(1.0, block.profiles.verified_cases / ENOUGH_CASES), block)
