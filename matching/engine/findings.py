"""What every rule says of a pair, worked out once for all pairs that agree in what the rule reads."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.rules import HARD, RULES, HardRule, Rule
from matching.engine.views import DemandView, Pair, view_profile

_VIEWS = 8_192
"""Profiles whose words are kept resolved at once."""

Answer = tuple[Finding, tuple[NearMiss, ...]]

_HARD: dict[str, HardRule] = {rule.CODE: rule for rule in HARD}


class _Known:
    """One rule's answers so far, by (group of the demand, group of the profile)."""

    def __init__(self, rule: Rule, demands: Sequence[Any], profiles: Sequence[Any]) -> None:
        self.rule = rule
        self.of_demand = _Groups(demands, rule.DEMAND_KEYS)
        self.of_profile = _Groups(profiles, rule.PROFILE_KEYS)
        self.answers: dict[tuple[int, int], Answer] = {}


class _Groups:
    """A number for each record that is asked for; records with the same values under the keys have the same one."""

    def __init__(self, records: Sequence[Any], keys: tuple[str, ...]) -> None:
        self._records = records
        self._keys = keys
        self._numbers: dict[tuple[object, ...], int] = {}
        self._of: dict[int, int] = {}

    def __getitem__(self, place: int) -> int:
        number = self._of.get(place)
        if number is None:
            record = self._records[place]
            values = tuple(getattr(record, key) for key in self._keys)
            number = self._of[place] = self._numbers.setdefault(values, len(self._numbers))
        return number


class Findings:
    """The findings and near misses of pairs, under a policy, on a day."""

    def __init__(
        self,
        demands: Sequence[DemandView],
        profiles: Sequence[CapabilityProfile],
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: date,
    ) -> None:
        self.demands = demands
        self.policy = policy
        self.vocabulary = vocabulary
        self.as_of = as_of
        self._view = lru_cache(_VIEWS)(lambda place: view_profile(profiles[place], vocabulary))
        records = [view.record for view in demands]
        self._known = [_Known(rule, records, profiles) for rule in RULES]

    def of(self, demand: int, profile: int) -> tuple[tuple[Finding, ...], tuple[NearMiss, ...]]:
        """Every rule's finding in order, and the changes that would turn the failures, by places of the records."""
        findings: list[Finding] = []
        misses: tuple[NearMiss, ...] = ()
        pair: Pair | None = None
        for known in self._known:
            key = (known.of_demand[demand], known.of_profile[profile])
            answer = known.answers.get(key)
            if answer is None:
                if pair is None:
                    pair = Pair(self.demands[demand], self._view(profile), self.as_of, self.vocabulary)
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
