"""The rules (硬约束、软约束), one file each, in the order in which they are shown.

A rule has `CODE`, `KIND` and `check(pair) -> Finding`, the readable truth about one pair. `DEMAND_KEYS` and
`PROFILE_KEYS` are the keys of the records on which the answer depends, and nothing else but the day: records that
agree in them share an answer. Its fast twin answers for a whole block: `verdicts(block)` of a hard rule gives int8
(1 pass, 0 unknown, -1 fail), `values(block)` of a soft rule floats in 0..1 (NaN unknown), which depend on nothing of a
profile but the columns that `READS` names. `near_miss(pair, finding)` of a hard rule gives the smallest change that
would turn a failure, if there is one.

A hard rule may have a shorter way for large tasks. Where it compares two numbers, `measure(profiles, as_of)` and
`limit(demands)`: it fails where the measure of the offer that counts is above the limit. Where many demands fail the
same profiles though they differ in `DEMAND_KEYS`, `mask_key(demand, profiles)`: what they share, None if nobody fails.
Where few pairs fail, and by words, `clashes(demand, profiles)`: the rows that fail, and `demand_clashes(demand)` and
`profile_clashes(profile)`: the sets of which such a pair, and no other, has something in common.

To add a rule: one file, one line here, its words in `findings.toml`.
"""

from typing import Protocol, cast

from matching.domain.match import Finding, Kind, NearMiss
from matching.engine.rules import (
    budget,
    capacity,
    clearance,
    deadline,
    delivery,
    deployment,
    district,
    evidence,
    exclusion,
    freshness,
    headroom,
    locality,
    maturity,
    open,
    qualification,
    registration,
    sector,
)
from matching.engine.tables import Block, Floats, Verdicts
from matching.engine.views import Pair


class Rule(Protocol):
    """What both kinds share."""

    CODE: str
    KIND: Kind
    DEMAND_KEYS: tuple[str, ...]
    PROFILE_KEYS: tuple[str, ...]

    def check(self, pair: Pair) -> Finding:
        """The answer for one pair, with its facts."""


class HardRule(Rule, Protocol):
    """A failure makes the pair ineligible."""

    def verdicts(self, block: Block) -> Verdicts:
        """The answers for a block."""

    def near_miss(self, pair: Pair, finding: Finding) -> list[NearMiss]:
        """The smallest change that would turn this failure."""


class SoftRule(Rule, Protocol):
    """Less of it lowers the score."""

    READS: tuple[str, ...]

    def values(self, block: Block) -> Floats:
        """The values for a block."""


HARD = cast(
    "tuple[HardRule, ...]",
    (
        budget,
        deadline,
        qualification,
        delivery,
        district,
        deployment,
        registration,
        maturity,
        clearance,
        capacity,
        exclusion,
        open,
    ),
)
SOFT = cast("tuple[SoftRule, ...]", (sector, locality, evidence, freshness, headroom))
RULES: tuple[Rule, ...] = (*HARD, *SOFT)
