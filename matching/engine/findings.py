"""What every rule says of a pair, worked out once for all pairs that agree in what the rule reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.rules import HARD, RULES, HardRule, Rule
from matching.engine.views import DemandView, Pair, ProfileView

Answer = tuple[Finding, tuple[NearMiss, ...]]

_HARD: dict[str, HardRule] = {rule.CODE: rule for rule in HARD}


@dataclass(slots=True)
class _Known:
    """One rule's answers so far, by (group of the demand, group of the profile)."""

    rule: Rule
    demand_groups: list[int]
    profile_groups: list[int]
    answers: dict[tuple[int, int], Answer] = field(default_factory=dict)


class Findings:
    """The findings and near misses of pairs, under a policy, on a day."""

    def __init__(
        self,
        demands: Sequence[DemandView],
        profiles: Sequence[ProfileView],
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: date,
    ) -> None:
        self.demands = demands
        self.profiles = profiles
        self.policy = policy
        self.vocabulary = vocabulary
        self.as_of = as_of
        self._known = [
            _Known(
                rule,
                _groups((view.record for view in demands), rule.DEMAND_KEYS),
                _groups((view.record for view in profiles), rule.PROFILE_KEYS),
            )
            for rule in RULES
        ]

    def of(self, demand: int, profile: int) -> tuple[tuple[Finding, ...], tuple[NearMiss, ...]]:
        """Every rule's finding in order, and the changes that would turn the failures, by places of the records."""
        findings: list[Finding] = []
        misses: tuple[NearMiss, ...] = ()
        pair: Pair | None = None
        for known in self._known:
            key = (known.demand_groups[demand], known.profile_groups[profile])
            answer = known.answers.get(key)
            if answer is None:
                if pair is None:
                    pair = Pair(self.demands[demand], self.profiles[profile], self.as_of, self.vocabulary)
                answer = known.answers[key] = self._ask(known.rule, pair)
            findings.append(answer[0])
            misses += answer[1]
        return tuple(findings), misses

    def _ask(self, rule: Rule, pair: Pair) -> Answer:
        hard = _HARD.get(rule.CODE)
        if hard is None and not self.policy.soft[rule.CODE]:
            return Finding(rule.CODE, Kind.SOFT, Verdict.UNKNOWN, {"switched_off": True}), ()
        finding = rule.check(pair)
        if hard is None:
            return finding, ()
        if not self.policy.hard[rule.CODE]:  # reported, not in the way
            return Finding(finding.code, Kind.SOFT, finding.verdict, finding.facts), ()
        return finding, tuple(hard.near_miss(pair, finding)) if finding.verdict is Verdict.FAIL else ()


def _groups(records: Iterable[Any], keys: tuple[str, ...]) -> list[int]:
    """A number for each record; records with the same values under the keys have the same number."""
    numbers: dict[tuple[object, ...], int] = {}
    return [numbers.setdefault(tuple(getattr(record, key) for key in keys), len(numbers)) for record in records]
