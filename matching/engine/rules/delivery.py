"""Delivery: the profile works in the way that the demand asks for, on site or remotely."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.membership import Membership
from matching.engine.tables import Block, Verdicts
from matching.engine.views import Pair

CODE = "delivery"
KIND = Kind.HARD
DEMAND_KEYS = ("delivery",)
PROFILE_KEYS = ("delivery_modes",)

_QUESTION = Membership(code=CODE, asked="delivery", offered="delivery_modes", free="any", wild="any")


def check(pair: Pair) -> Finding:
    """A demand without preference is met by all; a profile that works either way meets all."""
    return _QUESTION.check(
        pair.vocabulary.delivery,
        pair.demand.record.delivery,
        pair.demand.delivery,
        pair.profile.record.delivery_modes,
        pair.profile.delivery_modes,
    )


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    return _QUESTION.verdicts(block.vocabulary.delivery, block.demands.delivery, block.profiles.delivery_modes)


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile adds what was asked for."""
    return _QUESTION.near_miss(pair.demand.delivery, pair.profile.record.delivery_modes)
