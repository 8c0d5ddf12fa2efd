"""A match (匹配): one demand, one profile, a score that is the sum of its parts, and what each rule found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says. Missing information is its own answer and never counts as agreement."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """A hard rule that fails makes the pair ineligible; a soft one only earns less."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found about one pair: facts, never a sentence."""

    code: str
    kind: Kind
    verdict: Verdict
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The finding as the contract's JSON object."""
        return {
            "code": self.code,
            "kind": self.kind,
            "verdict": self.verdict,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One summand of the score: contribution = weight × value, and 0 where the value is unknown (None)."""

    code: str
    weight: float
    value: float | None
    evidence: tuple[Mapping[str, object], ...] = ()

    @property
    def contribution(self) -> float:
        """What this part adds to the score."""
        return 0.0 if self.value is None else self.weight * self.value

    def to_json(self) -> dict[str, object]:
        """The part as the contract's JSON object."""
        return {
            "code": self.code,
            "weight": self.weight,
            "value": self.value,
            "contribution": self.contribution,
            "evidence": [dict(item) for item in self.evidence],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """One field and the value it would need for a failed hard rule to pass."""

    rule: str
    field: str
    from_value: object
    to_value: object

    def to_json(self) -> dict[str, object]:
        """The near miss as the contract's JSON object."""
        return {"rule": self.rule, "field": self.field, "from": self.from_value, "to": self.to_value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One explained pair. `rank` counts from 1 among the eligible; None for a pair that a hard rule stops.

    `score` (匹配分, 0..1) is the contributions added in the order in which they are shown. `eligible` says that no
    hard rule fails; unknown does not stop a pair, and is shown.
    """

    demand: str
    profile: str
    rank: int | None
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    near_miss: tuple[NearMiss, ...] = ()
    score: float = field(init=False)
    eligible: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is asked for many times."""
        object.__setattr__(self, "score", sum(part.contribution for part in self.parts))
        stopped = any(f.kind is Kind.HARD and f.verdict is Verdict.FAIL for f in self.findings)
        object.__setattr__(self, "eligible", not stopped)

    def to_json(self) -> dict[str, object]:
        """The match as one line of the contract's output."""
        return {
            "demand": self.demand,
            "profile": self.profile,
            "rank": self.rank,
            "score": self.score,
            "eligible": self.eligible,
            "parts": [part.to_json() for part in self.parts],
            "findings": [finding.to_json() for finding in self.findings],
            "near_miss": [miss.to_json() for miss in self.near_miss],
        }
