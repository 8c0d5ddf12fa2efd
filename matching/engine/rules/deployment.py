"""Deployment: the profile runs where the demand needs it, privately, as a service or at the edge."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.membership import Membership
from matching.engine.tables import Block, Verdicts
from matching.engine.views import Pair

CODE = "deployment"
KIND = Kind.HARD
DEMAND_KEYS = ("deployment",)
PROFILE_KEYS = ("deployments",)

_QUESTION = Membership(code=CODE, asked="deployment", offered="deployments", free="any", wild="any")


def check(pair: Pair) -> Finding:
    """A demand without preference is met by all; a profile that runs anywhere meets all."""
    return _QUESTION.check(
        pair.vocabulary.deployment,
        pair.demand.record.deployment,
        pair.demand.deployment,
        pair.profile.record.deployments,
        pair.profile.deployments,
    )


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    return _QUESTION.verdicts(block.vocabulary.deployment, block.demands.deployment, block.profiles.deployments)


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile adds what was asked for."""
    return _QUESTION.near_miss(pair.demand.deployment, pair.profile.record.deployments)
