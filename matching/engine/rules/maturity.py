"""Maturity: the technology is at least as far as the demand needs (readiness levels 1–9)."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, DemandTable, Floats, ProfileTable, Verdicts, compare, whole_block
from matching.engine.views import Pair

CODE = "maturity"
KIND = Kind.HARD
DEMAND_KEYS = ("min_maturity", "capabilities")
PROFILE_KEYS = ("maturity", "price_min_yuan", "capabilities")  # prices choose between two capabilities asked for


def check(pair: Pair) -> Finding:
    """`min_maturity ≤ maturity`; unknown when either is not said."""
    needed, reached = pair.demand.record.min_maturity, pair.offer.maturity
    if needed is None or reached is None:
        return missing(CODE, KIND, {"demand.min_maturity": needed, pair.offer.field("maturity"): reached})
    return found(CODE, KIND, needed <= reached, {"min_maturity": needed, "maturity": reached})


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    short = measure(block.profiles, block.demands.as_of)[block.offers]
    return whole_block(compare(short, limit(block.demands)[:, None]), block)


def measure(profiles: ProfileTable, as_of: float) -> Floats:
    """The level that each offer has reached, (n_offers,), negative: a limit is not to be exceeded."""
    return -profiles.maturity


def limit(demands: DemandTable) -> Floats:
    """The level that each demand asks for, (n_demands,), negative."""
    return -demands.min_maturity


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile's technology reaches the level."""
    return [
        NearMiss(
            rule=CODE,
            field=pair.offer.field("maturity"),
            from_value=finding.facts["maturity"],
            to_value=finding.facts["min_maturity"],
        )
    ]
