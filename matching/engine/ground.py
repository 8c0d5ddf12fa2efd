"""Both sides read once, for questions beside the lists: who suits whom by their texts, and what the rules say then.

No list, no rank, no bound: every answer is exact, and bounded in memory by blocks. Two records suit each other when
their texts alone earn what the policy asks for (`minimum_relevance`); what a list shows behind its best is no matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.domain.demand import Demand
from matching.domain.errors import InputError, problem
from matching.domain.policy import TEXT_PARTS, MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.index import TextIndex
from matching.engine.kernels import Weights
from matching.engine.ranking import Ranking, Sizes, rank, scan_weights
from matching.engine.rules import HARD, HardRule
from matching.engine.scorers.lexical import FULL, LexicalScorer, Queries, Rows, ranges
from matching.engine.tables import Block, DemandTable, demand_table, profile_table
from matching.engine.views import Pair, view_demand, view_profile

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

ROWS_A_BLOCK = 16_384
"""Profiles whose texts are turned over at once."""
_CELLS = 4_000_000


class Ground:
    """The records of both sides, in the order of their ids, under a policy, on a day.

    Attributes
    ----------
    demands, profiles : list
        A place is an index into them.
    index : TextIndex
        It knows nothing of the policy: the same serves another one (see `under`).
    binding : tuple of HardRule
        The hard rules that are in the way under the policy, in their order.
    """

    def __init__(
        self,
        demands: Sequence[Demand],
        profiles: Sequence[CapabilityProfile],
        *,
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: date,
        index: TextIndex | None = None,
    ) -> None:
        """Ids are unique on each side. `index` is one that was fitted to the same records, sorted by id."""
        self.demands = sorted(demands, key=lambda demand: demand.id)
        self.profiles = sorted(profiles, key=lambda profile: profile.id)
        self.policy = policy
        self.vocabulary = vocabulary
        self.as_of = as_of
        self.index = index or TextIndex(vocabulary).fit(self.demands, self.profiles)
        self.binding: tuple[HardRule, ...] = tuple(rule for rule in HARD if policy.hard[rule.CODE])
        self._demand_places = {demand.id: place for place, demand in enumerate(self.demands)}
        self._profile_places = {profile.id: place for place, profile in enumerate(self.profiles)}

    def under(self, policy: MatchPolicy) -> "Ground":
        """The same records under another policy; nothing is read again."""
        return Ground(
            self.demands, self.profiles, policy=policy, vocabulary=self.vocabulary, as_of=self.as_of, index=self.index
        )

    def place_of_demand(self, demand_id: str) -> int:
        """Where a demand stands.

        Raises:
            InputError: `no_such_record`.
        """
        return _known(self._demand_places, demand_id)

    def place_of_profile(self, profile_id: str) -> int:
        """Where a profile stands.

        Raises:
            InputError: `no_such_record`.
        """
        return _known(self._profile_places, profile_id)

    def ranking(self, sizes: Sizes, jobs: int = 1) -> Ranking:
        """The lists of both sides, as `Matching` has them."""
        return rank(
            self.index, self._table, self.profiles, policy=self.policy, vocabulary=self.vocabulary, sizes=sizes,
            jobs=jobs,
        )  # fmt: skip

    def pair(self, demand: Demand, profile: CapabilityProfile) -> Pair:
        """Two records, as the rules read them."""
        return Pair(view_demand(demand, self.vocabulary), view_profile(profile, self.vocabulary), self.as_of,
                    self.vocabulary)  # fmt: skip

    def suits_demand(self, demand: int) -> Places:
        """The places of the profiles whose texts suit a demand, whatever the rules say."""
        (found,) = self.suits_demands([demand])
        return found

    def suits_demands(self, demands: Sequence[int]) -> list[Places]:
        """The same for several demands."""
        found: list[list[Places]] = [[] for _ in demands]
        places = np.asarray(demands, dtype=np.int64)
        for texts in self._texts_of(np.arange(len(self.profiles))):
            for some, suits in texts.suiting(self.index, self._weights, places):
                for row, own in zip(range(some.start, some.stop), suits, strict=True):
                    found[row].append(texts.places[own])
        return [_joined(lots) for lots in found]

    def suits_profile(self, profile: int) -> Places:
        """The places of the demands that a profile's texts suit, whatever the rules say."""
        (found,) = self.suits_profiles([profile])
        return found

    def suits_profiles(self, profiles: Sequence[int]) -> list[Places]:
        """The same for several profiles."""
        found: dict[int, list[Places]] = {profile: [] for profile in profiles}
        everybody = np.arange(len(self.demands))
        for texts in self._texts_of(np.unique(np.asarray(profiles, dtype=np.int64))):
            for some, suits in texts.suiting(self.index, self._weights, everybody):
                for profile, own in zip(texts.places.tolist(), suits.T, strict=True):
                    found[profile].append(np.flatnonzero(own) + some.start)
        return [_joined(found[profile]) for profile in profiles]

    def failing(self, demands: Sequence[Demand], profiles: Sequence[CapabilityProfile]) -> Flags:
        """Which binding rules fail, (n_binding, n_demands, n_profiles), of records that need not be ours."""
        asked = demand_table([view_demand(d, self.vocabulary) for d in demands], self.vocabulary, self.as_of)
        offered = profile_table([view_profile(p, self.vocabulary) for p in profiles], self.vocabulary)
        fails = np.zeros((len(self.binding), len(demands), len(profiles)), dtype=np.bool_)
        step = max(1, _CELLS // max(1, len(profiles)))
        for start in range(0, len(demands), step):
            rows = slice(start, min(start + step, len(demands)))
            block = Block(asked.rows(rows), offered, self.vocabulary)
            for number, rule in enumerate(self.binding):
                fails[number, rows] = rule.verdicts(block) < 0
        return fails

    @cached_property
    def _table(self) -> DemandTable:
        return demand_table([view_demand(d, self.vocabulary) for d in self.demands], self.vocabulary, self.as_of)

    @cached_property
    def _weights(self) -> Weights:
        least = self.policy.minimum_relevance * sum(self.policy.weights[code] for code in TEXT_PARTS)
        return scan_weights(self.policy, self.index)._replace(floor=least)

    def _texts_of(self, places: Places) -> "Iterator[_Texts]":
        """The texts of some profiles (ascending), block after block."""
        for start in range(0, len(self.profiles), ROWS_A_BLOCK):
            some = places[(start <= places) & (places < start + ROWS_A_BLOCK)]
            if len(some):
                yield _Texts.of(self.index, some)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of some profiles, term by term: sparse, of shape (n_terms, n_profiles or n_units)."""

    places: Places
    words: Any
    units: Any
    unit_starts: Places
    characters: Any
    concepts: Any

    @classmethod
    def of(cls, index: TextIndex, places: Places) -> "_Texts":
        """`places` are ascending; what lies between the first and the last is read with them."""
        span, own = slice(int(places[0]), int(places[-1]) + 1), places - places[0]
        units, starts = index.words_.unit_impacts(span)
        n_units = starts[own + 1] - starts[own]
        return cls(
            places,
            _by_term(index.words_.impacts(span), own, _width(index.words_)),
            _by_term(units, ranges(starts[own], starts[own + 1]), _width(index.words_)),
            np.concatenate([[0], np.cumsum(n_units)]),
            _by_term(index.characters_.impacts(span), own, _width(index.characters_)),
            _by_term(index.concepts_[span], own, index.n_concepts),
        )

    def suiting(self, index: TextIndex, weights: Weights, demands: Places) -> Iterator[tuple[slice, Flags]]:
        """Chunk after chunk of some demands: whether there is text evidence, and enough of it.

        The sums are whole numbers and are put together in the order of the scans, so that the last bit decides alike.
        """
        width = self.words.shape[1] + self.units.shape[1]
        step = max(1, _CELLS // max(1, width))
        for start in range(0, len(demands), step):
            some = demands[start : start + step]
            asks_concepts, concepts = _earned(index.concept_queries_, some, self.concepts)
            _, words = _earned(index.word_queries_, some, self.words)
            _, characters = _earned(index.character_queries_, some, self.characters)
            best = self._best_units(words, _earned(index.word_queries_, some, self.units)[1])
            share = weights.unit_share
            text = weights.words * np.sqrt(np.minimum(1.0, ((1.0 - share) * words + share * best) / FULL))
            text += weights.characters * np.sqrt(np.minimum(1.0, characters / FULL))
            text[asks_concepts] += weights.concepts * np.minimum(1.0, concepts[asks_concepts] / FULL)
            evidence = (words > 0) | (characters > 0) | (concepts > 0)
            yield slice(start, start + len(some)), evidence & (text >= weights.floor)

    def _best_units(self, words: Places, units: Places) -> Places:
        """The best unit of each profile; the whole one where it has none."""
        starts, ends = self.unit_starts[:-1], self.unit_starts[1:]
        best = words.copy()
        has_units = ends > starts
        if has_units.any():
            best[:, has_units] = np.maximum.reduceat(units, starts[has_units], axis=1)
        return best


def _known(places: dict[str, int], record_id: str) -> int:
    if record_id not in places:
        raise InputError(problem("no_such_record", value=record_id))
    return places[record_id]


def _width(scorer: LexicalScorer) -> int:
    return len(scorer.numbers_)


def _joined(lots: Sequence[Places]) -> Places:
    return np.concatenate([*lots, np.empty(0, np.int64)]).astype(np.int64)


def _by_term(rows: Rows, chosen: Places, width: int) -> Any:
    # Copies: scipy sorts the arrays that it is given.
    values, terms = rows.values.astype(np.int64), rows.terms.copy()
    return sparse.csr_array((values, terms, rows.starts.copy()), shape=(len(rows), width))[chosen].T.tocsr()


def _earned(queries: Queries, demands: Places, by_term: Any) -> tuple[Flags, Places]:
    """Whether each demand asks for anything, and what each column earns of it, (n_demands, n_columns)."""
    starts, ends = queries.rows.starts[demands], queries.rows.starts[demands + 1]
    sizes, kept = ends - starts, ranges(starts, ends)
    asked = sparse.csr_array(
        (queries.rows.values[kept].astype(np.int64), queries.rows.terms[kept], np.concatenate([[0], np.cumsum(sizes)])),
        shape=(len(demands), by_term.shape[0]),
    )
    earned: Places = (asked @ by_term).toarray()
    return sizes > 0, earned
