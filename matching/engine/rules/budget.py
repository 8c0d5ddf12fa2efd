"""Budget: the demand pays at least what the profile asks."""

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules.answers import found, missing
from matching.engine.tables import Block, DemandTable, Floats, ProfileTable, Verdicts, compare, whole_block
from matching.engine.views import Pair

CODE = "budget"
KIND = Kind.HARD
DEMAND_KEYS = ("budget_max_yuan", "capabilities")
PROFILE_KEYS = ("price_min_yuan", "capabilities")


def check(pair: Pair) -> Finding:
    """`price_min ≤ budget_max`; unknown when either is not said."""
    budget, price = pair.demand.record.budget_max_yuan, pair.offer.price_min_yuan
    if budget is None or price is None:
        return missing(CODE, KIND, {"demand.budget_max_yuan": budget, pair.offer.field("price_min_yuan"): price})
    facts = {"budget_max_yuan": budget, "price_min_yuan": price, "gap_yuan": max(price - budget, 0)}
    return found(CODE, KIND, price <= budget, facts)


def verdicts(block: Block) -> Verdicts:
    """The same for a block, (n_demands, n_profiles)."""
    asked = measure(block.profiles, block.demands.as_of)[block.offers]
    return whole_block(compare(asked, limit(block.demands)[:, None]), block)


def measure(profiles: ProfileTable, as_of: float) -> Floats:
    """What each offer asks, (n_offers,)."""
    return profiles.price_min_yuan


def limit(demands: DemandTable) -> Floats:
    """What each demand can pay, (n_demands,)."""
    return demands.budget_max_yuan


def near_miss(pair: Pair, finding: Finding) -> list[NearMiss]:
    """The profile asks what the demand can pay."""
    return [
        NearMiss(
            rule=CODE,
            field=pair.offer.field("price_min_yuan"),
            from_value=finding.facts["price_min_yuan"],
            to_value=finding.facts["budget_max_yuan"],
        )
    ]
