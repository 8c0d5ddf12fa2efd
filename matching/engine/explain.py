"""Why a pair matches: the evidence of each part and what every rule found, as facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.match import Finding, Kind, Match, NearMiss, Part, Verdict
from matching.domain.policy import PARTS, MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.fields import Field
from matching.engine.index import Side, TextIndex
from matching.engine.rules import HARD, SOFT
from matching.engine.scorers.concepts import Sighting
from matching.engine.scorers.lexical import Floats, LexicalScorer, Queries
from matching.engine.tables import DemandTable, ProfileTable
from matching.engine.texts import locate
from matching.engine.views import Pair

Evidence = tuple[Mapping[str, object], ...]

SHOWN_WORDS = 5
SHOWN_CHARACTERS = 3


class Place(NamedTuple):
    """Where a term first stands in a record."""

    field: str
    span: tuple[int, int] | None


class Explainer:
    """Explains pairs; what it needs of a record is worked out once."""

    def __init__(
        self,
        index: TextIndex,
        demands: DemandTable,
        profiles: ProfileTable,
        policy: MatchPolicy,
        vocabulary: Vocabulary,
    ) -> None:
        self.index = index
        self.demands = demands
        self.profiles = profiles
        self.policy = policy
        self.vocabulary = vocabulary
        self.as_of = date.fromordinal(int(demands.as_of))
        self._demand_places: dict[tuple[int, str], Place | None] = {}
        self._profile_places: dict[tuple[int, str], Place | None] = {}
        self._words = list(index.words_.terms_)
        self._characters = list(index.characters_.terms_)

    def explain(self, demand: int, profiles: NDArray[np.int64], values: Floats) -> Iterator[Match]:
        """The matches (rank None) of one demand with some profiles; `values` has shape (n_profiles, n_parts)."""
        index = self.index
        words = self._shared_terms(demand, profiles, index.words_, index.word_queries_, self._words, SHOWN_WORDS)
        pairs = self._shared_terms(
            demand, profiles, index.characters_, index.character_queries_, self._characters, SHOWN_CHARACTERS
        )
        best = self._best_capabilities(demand, profiles)
        for row, profile in enumerate(profiles.tolist()):
            evidence: dict[str, Evidence] = {
                "words": (*words[row], *best[row]),
                "characters": pairs[row],
                "capability": self._shared_concepts(demand, profile),
            }
            yield self._match(demand, profile, values[row].tolist(), evidence)

    def _match(self, demand: int, profile: int, values: Sequence[float], evidence: Mapping[str, Evidence]) -> Match:
        pair = Pair(self.demands.views[demand], self.profiles.views[profile], self.as_of, self.vocabulary)
        findings, misses = self._judge(pair)
        weights = self.policy.weights
        parts = tuple(
            Part(
                code=code,
                weight=weights[code],
                value=None if value != value else value,  # NaN is the only number that differs from itself
                evidence=evidence.get(code, ()),
            )
            for code, value in zip(PARTS, values, strict=True)
        )
        return Match(
            demand=pair.demand.record.id,
            profile=pair.profile.record.id,
            rank=None,
            parts=parts,
            findings=findings,
            near_miss=misses,
        )

    def _judge(self, pair: Pair) -> tuple[tuple[Finding, ...], tuple[NearMiss, ...]]:
        findings: list[Finding] = []
        misses: list[NearMiss] = []
        for hard in HARD:
            finding = hard.check(pair)
            if not self.policy.hard[hard.CODE]:
                finding = Finding(finding.code, Kind.SOFT, finding.verdict, finding.facts)  # reported, not in the way
            elif finding.verdict is Verdict.FAIL:
                misses.extend(hard.near_miss(pair, finding))
            findings.append(finding)
        for soft in SOFT:
            if self.policy.soft[soft.CODE]:
                findings.append(soft.check(pair))
            else:
                findings.append(Finding(soft.CODE, Kind.SOFT, Verdict.UNKNOWN, {"switched_off": True}))
        return tuple(findings), tuple(misses)

    def _shared_terms(
        self,
        demand: int,
        profiles: NDArray[np.int64],
        scorer: LexicalScorer,
        queries: Queries,
        terms: list[str],
        shown: int,
    ) -> list[Evidence]:
        """For each profile the terms that earn most, with their share of what all shared terms earn."""
        asked = _dense_row(queries.weights, demand)
        held = scorer.whole_[profiles]
        earned = held.data * asked[held.indices]
        rows = np.repeat(np.arange(len(profiles)), np.diff(held.indptr))
        totals = np.bincount(rows, weights=earned, minlength=len(profiles))
        kept = np.flatnonzero(earned > 0)
        kept = kept[np.lexsort((held.indices[kept], -earned[kept], rows[kept]))]
        evidence: list[list[Mapping[str, object]]] = [[] for _ in profiles]
        places = profiles.tolist()
        shares = earned[kept] / totals[rows[kept]]
        for row, place, share in zip(rows[kept].tolist(), held.indices[kept].tolist(), shares.tolist(), strict=True):
            if len(evidence[row]) < shown:
                evidence[row].append(self._term(terms[place], share, demand, places[row]))
        return [tuple(items) for items in evidence]

    def _term(self, term: str, share: float, demand: int, profile: int) -> Mapping[str, object]:
        item: dict[str, object] = {"term": term, "share": share}
        _add_place(item, "demand", _first_place(self.index.demands, demand, term, self._demand_places))
        _add_place(item, "profile", _first_place(self.index.profiles, profile, term, self._profile_places))
        return item

    def _best_capabilities(self, demand: int, profiles: NDArray[np.int64]) -> list[Evidence]:
        """For each profile the capability that covers the demand best by its words, if any covers anything."""
        scorer, queries = self.index.words_, self.index.word_queries_
        if not scorer.units_.shape[0]:
            return [()] * len(profiles)
        earned = scorer.units_ @ _dense_row(queries.weights, demand)
        ideal = queries.ideal[demand]
        best: list[Evidence] = []
        for profile in profiles.tolist():
            start, end = scorer.unit_starts_[profile], scorer.unit_starts_[profile + 1]
            place = int(start + earned[start:end].argmax()) if end > start else -1
            if place < 0 or earned[place] <= 0:
                best.append(())
                continue
            units = sorted({f.unit for f in self.index.profiles.fields[profile] if f.unit is not None})
            unit = units[place - start]
            name = (self.profiles.views[profile].record.capabilities or ())[unit].name
            share = min(float(earned[place]) / float(ideal), 1.0)
            best.append(({"best_capability": name, "field": f"capabilities[{unit}]", "share": share},))
        return best

    def _shared_concepts(self, demand: int, profile: int) -> Evidence:
        asked, held = self.index.demands.concepts[demand], self.index.profiles.concepts[profile]
        common = [code for code in asked if code in held]
        if not common:
            return ()
        earned = {code: asked[code].strength * held[code].strength for code in common}
        total = sum(earned.values())
        common.sort(key=lambda code: (-earned[code], code))
        return tuple(
            {
                "concept": code,
                "share": earned[code] / total,
                "demand": _sighting(asked[code], self.index.demands.fields[demand]),
                "profile": _sighting(held[code], self.index.profiles.fields[profile]),
            }
            for code in common
        )


def _dense_row(matrix: Any, row: int) -> Floats:
    dense = np.zeros(matrix.shape[1])
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    dense[matrix.indices[start:end]] = matrix.data[start:end]
    return dense


def _first_place(side: Side, record: int, term: str, known: dict[tuple[int, str], Place | None]) -> Place | None:
    key = (record, term)
    if key not in known:
        known[key] = next((Place(f.name, _span(term, f)) for f in side.fields[record] if term in f.normal), None)
    return known[key]


def _span(term: str, field: Field) -> tuple[int, int] | None:
    if len(field.normal) == len(field.text):  # nearly always: positions of the normal form are the original's
        start = field.normal.find(term)
        return (start, start + len(term)) if start >= 0 else None
    return locate(term, field.text)


def _add_place(item: dict[str, object], side: str, place: Place | None) -> None:
    if place is not None:
        item[f"{side}_field"] = place.field
        if place.span is not None:
            item[f"{side}_span"] = list(place.span)


def _sighting(sighting: Sighting, fields: list[Field]) -> Mapping[str, object]:
    seen: dict[str, object] = {
        "by": sighting.by,
        "strength": sighting.strength,
        "words": list(sighting.words),
        "field": sighting.field,
    }
    field = next(f for f in fields if f.name == sighting.field)
    span = (0, len(field.text)) if sighting.by == "tag" else _span(sighting.words[0], field)
    if span is not None:
        seen["span"] = list(span)
    return seen
