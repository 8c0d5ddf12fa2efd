"""Why a pair matches: the evidence of each part and what every rule found, as facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.domain.match import Match, Part
from matching.domain.policy import PARTS, TEXT_PARTS, MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.findings import Findings
from matching.engine.index import TextIndex
from matching.engine.places import Places
from matching.engine.scorers.lexical import Floats, LexicalScorer, Queries
from matching.engine.tables import DemandTable, ProfileTable

Evidence = tuple[Mapping[str, object], ...]

SHOWN_WORDS = 5
SHOWN_CHARACTERS = 3


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
        self.policy = policy
        self.demand_ids = [view.record.id for view in demands.views]
        self.profile_ids = [view.record.id for view in profiles.views]
        self.findings = Findings(
            demands.views, profiles.views, policy, vocabulary, date.fromordinal(int(demands.as_of))
        )
        self._in_demands = Places("demand", index.demands.fields, index.demands.concepts)
        self._in_profiles = Places("profile", index.profiles.fields, index.profiles.concepts)
        self._words = list(index.words_.terms_)
        self._characters = list(index.characters_.terms_)
        self._capabilities = [_capabilities(view.record.capabilities or ()) for view in profiles.views]
        self._plain_parts: dict[tuple[str, float], Part] = {}

    def explain(self, demand: int, profiles: NDArray[np.int64], values: Floats) -> Iterator[Match]:
        """The matches (rank None) of one demand with some profiles; `values` has shape (n_profiles, n_parts)."""
        index = self.index
        words = self._shared_terms(demand, profiles, index.words_, index.word_queries_, self._words, SHOWN_WORDS)
        pairs = self._shared_terms(
            demand, profiles, index.characters_, index.character_queries_, self._characters, SHOWN_CHARACTERS
        )
        best = self._best_capabilities(demand, profiles)
        for profile, row, in_words, in_pairs, capability in zip(
            profiles.tolist(), values.tolist(), words, pairs, best, strict=True
        ):
            evidence = ((*in_words, *capability), tuple(in_pairs), self._shared_concepts(demand, profile))
            findings, misses = self.findings.of(demand, profile)
            yield Match(
                demand=self.demand_ids[demand],
                profile=self.profile_ids[profile],
                rank=None,
                parts=self._parts(row, evidence),
                findings=findings,
                near_miss=misses,
            )

    def _parts(self, values: Sequence[float], evidence: Sequence[Evidence]) -> tuple[Part, ...]:
        weights = self.policy.weights
        parts = [
            Part(code=code, weight=weights[code], value=_known(value), evidence=own)
            for code, value, own in zip(TEXT_PARTS, values, evidence, strict=False)
        ]
        for code, value in zip(PARTS[len(TEXT_PARTS) :], values[len(TEXT_PARTS) :], strict=True):
            key = (code, -1.0 if value != value else value)
            part = self._plain_parts.get(key)
            if part is None:
                part = self._plain_parts[key] = Part(code=code, weight=weights[code], value=_known(value))
            parts.append(part)
        return tuple(parts)

    def _shared_terms(
        self,
        demand: int,
        profiles: NDArray[np.int64],
        scorer: LexicalScorer,
        queries: Queries,
        terms: list[str],
        shown: int,
    ) -> list[list[Mapping[str, object]]]:
        """For each profile the terms that earn most, with their share of what all shared terms earn."""
        held = scorer.whole_[profiles]
        earned = held.data * _dense_row(queries.weights, demand)[held.indices]
        rows = np.repeat(np.arange(len(profiles)), np.diff(held.indptr))
        totals = np.bincount(rows, weights=earned, minlength=len(profiles))
        kept = np.flatnonzero(earned > 0)
        kept = kept[np.lexsort((held.indices[kept], -earned[kept], rows[kept]))]
        numbers = np.bincount(rows[kept], minlength=len(profiles))
        kept = kept[np.arange(len(kept)) - np.repeat(np.cumsum(numbers) - numbers, numbers) < shown]
        shares = earned[kept] / totals[rows[kept]]
        evidence: list[list[Mapping[str, object]]] = [[] for _ in profiles]
        places = profiles.tolist()
        for row, column, share in zip(rows[kept].tolist(), held.indices[kept].tolist(), shares.tolist(), strict=True):
            term = terms[column]
            evidence[row].append(
                {
                    "term": term,
                    "share": share,
                    **self._in_demands.of_term(demand, term),
                    **self._in_profiles.of_term(places[row], term),
                }
            )
        return evidence

    def _best_capabilities(self, demand: int, profiles: NDArray[np.int64]) -> list[Evidence]:
        """For each profile the capability that covers the demand best by its words, if any covers anything."""
        scorer, queries = self.index.words_, self.index.word_queries_
        if not scorer.units_.shape[0]:
            return [()] * len(profiles)
        earned = (scorer.units_ @ _dense_row(queries.weights, demand)).tolist()
        ideal = float(queries.ideal[demand])
        starts = scorer.unit_starts_
        best: list[Evidence] = []
        for profile, start, end in zip(
            profiles.tolist(), starts[profiles].tolist(), starts[profiles + 1].tolist(), strict=True
        ):
            most = max(earned[start:end], default=0.0)
            if most <= 0:
                best.append(())
                continue
            place, name = self._capabilities[profile][earned.index(most, start) - start]
            best.append(({"best_capability": name, "field": place, "share": min(most / ideal, 1.0)},))
        return best

    def _shared_concepts(self, demand: int, profile: int) -> Evidence:
        asked, held = self.index.demands.concepts[demand], self.index.profiles.concepts[profile]
        earned = {code: seen.strength * held[code].strength for code, seen in asked.items() if code in held}
        total = sum(earned.values())
        return tuple(
            {
                "concept": code,
                "share": share / total,
                "demand": self._in_demands.of_concept(demand, code),
                "profile": self._in_profiles.of_concept(profile, code),
            }
            for code, share in sorted(earned.items(), key=lambda entry: (-entry[1], entry[0]))
        )


def _known(value: float) -> float | None:
    return None if value != value else value  # NaN is the only number that differs from itself


def _capabilities(capabilities: Sequence[Any]) -> list[tuple[str, str]]:
    """Field and name of each capability that has a text, in the order of the scorer's units."""
    named = ((f"capabilities[{place}]", c) for place, c in enumerate(capabilities))
    return [(place, c.name) for place, c in named if c.name or c.description or any(c.cases or ())]


def _dense_row(matrix: Any, row: int) -> Floats:
    dense = np.zeros(matrix.shape[1])
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    dense[matrix.indices[start:end]] = matrix.data[start:end]
    return dense
