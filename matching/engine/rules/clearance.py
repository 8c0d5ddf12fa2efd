"""Data clearance: the profile may handle data as sensitive as the demand's."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.membership import Membership
from matching.engine.tables import Block, Verdicts
from matching.engine.views import Pair

CODE = "clearance"
KIND = Kind.HARD
DEMAND_KEYS = ("data_sensitivity",)
PROFILE_KEYS = ("data_clearances",)

_QUESTION = Membership(code=CODE, asked="data_sensitivity", offered="data_clearances", free="public")


def check(pair: Pair) -> Finding:
    """Public data needs no clearance; clearances imply nothing about each other."""
    return _QUESTION.check(
        pair.vocabulary.sensitivity,
        pair.demand.record.data_sensitivity,
        pair.demand.data_sensitivity,
        pair.profile.record.data_clearances,
        pair.profile.data_clearances,
    )


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    return _QUESTION.verdicts(
        block.vocabulary.sensitivity, block.demands.data_sensitivity, block.profiles.data_clearances
    )


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile adds what was asked for."""
    return _QUESTION.near_miss(pair.demand.data_sensitivity, pair.profile.record.data_clearances)
