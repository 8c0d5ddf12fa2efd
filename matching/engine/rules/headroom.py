"""Headroom: what the budget leaves over the price asked, for the unforeseen."""

import numpy as np

from matching.domain.match import Finding, Kind
from matching.engine.rules.answers import graded, missing
from matching.engine.tables import Block, Floats, whole_block
from matching.engine.views import Pair

CODE = "headroom"
KIND = Kind.SOFT
DEMAND_KEYS = ("budget_max_yuan", "capabilities")
PROFILE_KEYS = ("price_min_yuan", "capabilities")
READS = ("price_min_yuan",)  # columns of the table of profiles

AMPLE = 0.3
"""A share of the budget; more left over earns no more, or the cheapest would always win."""


def check(pair: Pair) -> Finding:
    """`(budget_max − price_min) / budget_max`, from 0 to 0.3, as a share of 0.3."""
    budget, price = pair.demand.record.budget_max_yuan, pair.offer.price_min_yuan
    if budget is None or price is None:
        return missing(CODE, KIND, {"demand.budget_max_yuan": budget, pair.offer.field("price_min_yuan"): price})
    left = min(AMPLE, max(0.0, (budget - price) / max(budget, 1)))
    facts = {"budget_max_yuan": budget, "price_min_yuan": price, "left_yuan": max(budget - price, 0)}
    return graded(CODE, left / AMPLE, facts)


def values(block: Block) -> Floats:
    """The same for a block, (n_demands, n_profiles); NaN is unknown."""
    budget = block.demands.budget_max_yuan[:, np.newaxis]
    price = block.profiles.price_min_yuan[block.offers]
    return whole_block(np.clip((budget - price) / np.maximum(budget, 1.0), 0.0, AMPLE) / AMPLE, block)
