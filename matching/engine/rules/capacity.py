"""Capacity: the profile has room for one more engagement."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, Verdicts, compare, whole_block
from matching.engine.views import Pair

CODE = "capacity"
KIND = Kind.HARD
DEMAND_KEYS = ()
PROFILE_KEYS = ("active_engagements", "max_concurrent")


def check(pair: Pair) -> Finding:
    """`active_engagements < max_concurrent`; unknown when either is not said."""
    active, most = pair.profile.record.active_engagements, pair.profile.record.max_concurrent
    if active is None or most is None:
        return missing(CODE, KIND, {"profile.active_engagements": active, "profile.max_concurrent": most})
    return found(CODE, KIND, active < most, {"active_engagements": active, "max_concurrent": most})


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    profiles = block.profiles
    return whole_block(compare(profiles.active_engagements + 1, profiles.max_concurrent), block)


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile takes on one more at a time."""
    active = pair.profile.record.active_engagements or 0
    return [
        NearMiss(
            rule=CODE,
            field="profile.max_concurrent",
            from_value=finding.facts["max_concurrent"],
            to_value=active + 1,
        )
    ]
