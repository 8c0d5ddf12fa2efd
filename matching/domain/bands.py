"""How well a pair fits, in one word (高 中 低), until enough was answered to say "x of 10 were accepted".

A band is read from what both texts share, as a share of what they could share, and goes down by one where most hard
rules cannot be answered yet. It promises nothing: the bounds are in `policy`, to be set again from answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from matching.domain.match import Kind, Verdict
from matching.domain.policy import HIGH_RELEVANCE, MANY_UNKNOWN, MEDIUM_RELEVANCE, TEXT_PARTS


class Band(StrEnum):
    """How well a pair fits."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def below(self) -> "Band":
        """The band below; there is none below the lowest."""
        order = list(Band)
        return order[min(order.index(self) + 1, len(order) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A pair's band and what it comes from. `unknown`: the codes of the hard rules that cannot be answered yet."""

    by_text: Band
    unknown: tuple[str, ...]
    hard_rules: int

    @property
    def lacks_much(self) -> bool:
        """Whether too many hard rules are unknown to leave the band as the texts have it."""
        return len(self.unknown) > MANY_UNKNOWN * self.hard_rules

    @property
    def band(self) -> Band:
        """The band to be shown."""
        return self.by_text.below if self.lacks_much else self.by_text


def fit_of(explanation: Mapping[str, Any]) -> Fit:
    """The fit of an eligible pair from its line of the contract's JSON (see `match.Match.to_json`)."""
    hard = [finding for finding in explanation["findings"] if finding["kind"] == Kind.HARD]
    return Fit(
        by_text=band_of(relevance(explanation["parts"])),
        unknown=tuple(finding["code"] for finding in hard if finding["verdict"] == Verdict.UNKNOWN),
        hard_rules=len(hard),
    )


def relevance(parts: list[Mapping[str, Any]]) -> float:
    """What the text parts earn of what they weigh, 0..1; 0 under a policy that weighs no text."""
    texts = [part for part in parts if part["code"] in TEXT_PARTS]
    weight: float = sum(part["weight"] for part in texts)
    earned: float = sum(part["contribution"] for part in texts)
    return earned / weight if weight else 0.0


def band_of(share: float) -> Band:
    """The band of a relevance; a bound belongs to the band above it."""
    if share >= HIGH_RELEVANCE:
        return Band.HIGH
    return Band.MEDIUM if share >= MEDIUM_RELEVANCE else Band.LOW
