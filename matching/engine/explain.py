"""Why a pair matches: the parts' values, their evidence, and what every rule found, as facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.domain.demand import Demand
from matching.domain.match import Finding, Match, Part, Verdict
from matching.domain.policy import SOFT_RULES, MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.copied import Original
from matching.engine.fields import demand_fields, profile_fields
from matching.engine.findings import Findings
from matching.engine.index import TextIndex
from matching.engine.learning.examples import LEARNT
from matching.engine.learning.model import LearntModel
from matching.engine.places import Places
from matching.engine.scorers.embedding import EMBEDDING, Embedded
from matching.engine.scorers.lexical import FULL, Earned, Floats, Integers, LexicalScorer
from matching.engine.tables import DemandTable

Evidence = tuple[Mapping[str, object], ...]

SHOWN_WORDS = 5
SHOWN_CHARACTERS = 3
SHOWN_CONCEPTS = 4
_PLACES = 65_536
"""Profiles whose texts are kept at hand at once."""


class Explainer:
    """Explains pairs, given by the places of their records; what it needs of a record is worked out once."""

    def __init__(
        self,
        index: TextIndex,
        demands: Sequence[Demand],
        demand_table: DemandTable,
        profiles: Sequence[CapabilityProfile],
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        learnt: LearntModel | None = None,
        embedded: Embedded | None = None,
    ) -> None:
        self.learnt = learnt
        self.embedded = embedded
        self.index = index
        self.policy = policy
        self.demands = demands
        self.profiles = profiles
        as_of = date.fromordinal(int(demand_table.as_of))
        self.findings = Findings(demand_table.views, profiles, policy, vocabulary, as_of)
        self._words, self._characters = (list(scorer.numbers_) for scorer in (index.words_, index.characters_))
        self._codes = index.reader.lexicon.codes
        self._profile = lru_cache(_PLACES)(self._read_profile)
        self._plain_parts: dict[tuple[str, float | None], Part] = {}

    def explain(self, demand: int, profiles: Sequence[int]) -> Iterator[Match]:
        """The matches (rank None) of one demand with some profiles."""
        index = self.index
        places = np.asarray(profiles, dtype=np.int64)
        fields = demand_fields(self.demands[demand])
        ours = Places("demand", fields, index.reader.concepts(fields))
        theirs = [self._profile(place) for place in profiles]
        original = Original(fields)
        words = index.words_.earned(index.word_queries_.of(demand), places)
        pairs = index.characters_.earned(index.character_queries_.of(demand), places)
        concepts = self._concepts(demand, profiles)
        units, starts = index.words_.earned_by_units(index.word_queries_.of(demand), places)
        of_words, best = _with_units(words.sums, units, starts, index.words_)
        of_characters = np.sqrt(np.minimum(1.0, pairs.sums / FULL))
        in_words = _shown(words, self._words, SHOWN_WORDS, ours, theirs)
        in_pairs = _shown(pairs, self._characters, SHOWN_CHARACTERS, ours, theirs)
        closeness = None if self.embedded is None else self.embedded.values(demand, places)
        for n, (profile, their) in enumerate(zip(profiles, theirs, strict=True)):
            findings, misses = self.findings.of(demand, profile)
            capability = self._best_capability(profile, best[n])
            copied = original.copied_by(their.signs)
            flags = () if copied is None else (copied,)
            parts = (
                self._part("words", float(of_words[n]), (*in_words[n], *capability, *flags)),
                self._part("characters", float(of_characters[n]), tuple(in_pairs[n])),
                self._part("capability", concepts[n][0], self._shared_concepts(concepts[n][1], ours, their)),
                *self._soft_parts(findings),
            )
            if self.embedded is not None and closeness is not None:
                parts = (*parts, self._part(EMBEDDING, float(closeness[n]), ({"encoder": self.embedded.encoder},)))
            yield Match(
                demand=self.demands[demand].id,
                profile=self.profiles[profile].id,
                rank=None,
                parts=parts if self.learnt is None else (*parts, _learnt_part(self.learnt, parts)),
                findings=findings,
                near_miss=misses,
            )

    def _part(self, code: str, value: float | None, evidence: Evidence) -> Part:
        return Part(code=code, weight=self.policy.weights[code], value=value, evidence=evidence)

    def _soft_parts(self, findings: Sequence[Finding]) -> Iterator[Part]:
        for code, finding in zip(SOFT_RULES, findings[-len(SOFT_RULES) :], strict=True):
            value: Any = None if finding.verdict is Verdict.UNKNOWN else finding.facts["value"]
            part = self._plain_parts.get((code, value))
            if part is None:
                part = self._plain_parts[code, value] = self._part(code, value, ())
            yield part

    def _concepts(self, demand: int, profiles: Sequence[int]) -> list[tuple[float | None, dict[int, int]]]:
        """The value for each profile, and what each concept (by place) earned of it in both readings together."""
        terms, weights = self.index.concept_queries_.of(demand)
        if not len(terms):
            return [(None, {})] * len(profiles)
        table = np.zeros(self.index.n_concepts, dtype=np.int64)
        table[terms] = weights
        held = self.index.concepts_
        told: list[tuple[float | None, dict[int, int]]] = []
        for profile in profiles:
            own = slice(held.starts[profile], held.starts[profile + 1])
            amounts = table[held.terms[own]] * held.values[own]
            earned: dict[int, int] = {}
            for number, amount in zip(held.terms[own].tolist(), amounts.tolist(), strict=True):
                if amount:
                    place = number % len(self._codes)
                    earned[place] = earned.get(place, 0) + amount
            told.append((min(1.0, sum(earned.values()) / FULL), earned))
        return told

    def _shared_concepts(self, earned: Mapping[int, int], ours: Places, theirs: Places) -> Evidence:
        """The concepts that earned most, with how each side speaks of them."""
        total = sum(earned.values())
        best = sorted(earned, key=lambda place: (-earned[place], place))[:SHOWN_CONCEPTS]
        return tuple(
            {
                "concept": self._codes[place],
                "share": earned[place] / total,
                "demand": self._said(place, ours),
                "profile": self._said(place, theirs),
            }
            for place in best
        )

    def _said(self, place: int, side: Places) -> Mapping[str, object]:
        code = self._codes[place]
        return side.of_concept(code) if code in side.concepts else side.of_lead(place, self.index.reader.affinity)

    def _best_capability(self, profile: int, best: tuple[int, float] | None) -> Evidence:
        if best is None:
            return ()
        place, name = _capabilities(self.profiles[profile].capabilities or ())[best[0]]
        return ({"best_capability": name, "field": place, "share": best[1]},)

    def _read_profile(self, place: int) -> Places:
        fields = profile_fields(self.profiles[place])
        return Places("profile", fields, self.index.reader.concepts(fields))


def _learnt_part(model: LearntModel, parts: Sequence[Part]) -> Part:
    """What the model makes of the other parts, and which of them moved it."""
    codes = [part.code for part in parts]
    values = np.array([[np.nan if part.value is None else part.value] for part in parts])
    effects = model.effects({part.code: part.value for part in parts})
    evidence = tuple({"part": code, "log_odds": effect} for code, effect in effects.items())
    return Part(code=LEARNT, weight=model.weight, value=float(model.values(values, codes)[0]), evidence=evidence)


def _with_units(
    whole: Integers, units: Integers, starts: Integers, scorer: LexicalScorer
) -> tuple[Floats, list[tuple[int, float] | None]]:
    """The value of the part for each profile, and its best unit (number, share) if that earns anything."""
    best = whole.copy()
    told: list[tuple[int, float] | None] = []
    for n, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        if start == end:
            told.append(None)
            continue
        own = units[start:end]
        first = int(own.argmax())
        best[n] = own[first]
        told.append((first, min(1.0, float(own[first]) / FULL)) if own[first] > 0 else None)
    share = scorer.unit_share
    return np.sqrt(np.minimum(1.0, ((1.0 - share) * whole + share * best) / FULL)), told


def _shown(
    earned: Earned, terms: list[str], shown: int, ours: Places, theirs: Sequence[Places]
) -> list[list[Mapping[str, object]]]:
    """For each profile the terms that earn most, with their share of what all shared terms earn."""
    order = np.lexsort((earned.terms, -earned.amounts, earned.documents))
    documents = earned.documents[order]
    numbers = np.bincount(documents, minlength=len(theirs))
    kept = order[np.arange(len(order)) - np.repeat(np.cumsum(numbers) - numbers, numbers) < shown]
    owners: NDArray[np.int64] = earned.documents[kept]
    shares = earned.amounts[kept] / earned.sums[owners]
    evidence: list[list[Mapping[str, object]]] = [[] for _ in theirs]
    for owner, number, share in zip(owners.tolist(), earned.terms[kept].tolist(), shares.tolist(), strict=True):
        term = terms[number]
        evidence[owner].append({"term": term, "share": share, **ours.of_term(term), **theirs[owner].of_term(term)})
    return evidence


def _capabilities(capabilities: Sequence[Any]) -> list[tuple[str, str]]:
    """Field and name of each capability that has a text, in the order of the scorer's units."""
    named = ((f"capabilities[{place}]", c) for place, c in enumerate(capabilities))
    return [(place, c.name) for place, c in named if c.name or c.description or any(c.cases or ())]
