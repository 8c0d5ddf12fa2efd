"""The demands that stand, asked by one profile after the other."""

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.kernels import Weights
from matching.engine.standing.columns import DemandRows, grown
from matching.engine.standing.pairs import Binding, Floats, Places, Spread, Tally, of_text
from matching.engine.standing.texts import Answer, Question
from matching.engine.tables import Block, DemandTable, ProfileTable
from matching.engine.views import DemandView, ProfileView


class StandingDemands:
    """All demands, by place; one that is gone leaves its place empty until it comes back."""

    def __init__(
        self,
        table: DemandTable,
        questions: Iterable[Question],
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        weights: Weights,
    ) -> None:
        self.rows = DemandRows(table)
        self.questions = list(questions)
        self._alive = np.ones(len(table), dtype=np.bool_)
        self._vocabulary = vocabulary
        self._weights = weights
        self._binding = Binding(policy)
        self._by_word: dict[Hashable, set[int]] = {}
        self._words, self._characters, self._concepts = Spread(), Spread(), Spread()
        for place, view in enumerate(table.views):
            self._enter(place, view)

    def __len__(self) -> int:
        return len(self.questions)

    def alive(self, place: int) -> bool:
        """Whether there is a demand at this place."""
        return bool(self._alive[place])

    def put(self, place: int, table: DemandTable, question: Question) -> None:
        """Add a demand, given as a table of one, or let it stand in place of another."""
        if place == len(self.questions):
            self.questions.append(question)
            self._alive = grown(self._alive, place + 1)
        else:
            self.remove(place)
        self.questions[place] = question
        self.rows.put(place, table)
        self._alive[place] = True
        self._enter(place, table.views[0])

    def remove(self, place: int) -> None:
        """A demand is gone."""
        if self._alive[place]:
            self._alive[place] = False
            for word in self._words_of(self.rows.view(place)):
                self._by_word[word].discard(place)

    def totals(self, view: ProfileView, table: ProfileTable, answer: Answer, *, near: bool) -> tuple[Places, Floats]:
        """Places and scores of the demands that one profile (its table has one row) suits."""
        places = np.flatnonzero(self._alive[: len(self)])
        offers = self._offers(table)
        tally = Tally(len(places))
        demands = self.rows.table
        for rule in self._binding.limited:
            measure = rule.measure(table, demands.as_of)
            tally.add(rule.CODE, measure[offers[places]] > rule.limit(demands)[places])
        for rule in self._binding.clashing:
            hits: set[int] = set()
            for word in rule.profile_clashes(view):
                hits |= self._by_word.get((rule.CODE, word), set())
            tally.add(rule.CODE, np.isin(places, np.fromiter(hits, dtype=np.int64)))
        asked: DemandTable | None = None
        for rule in self._binding.masked:
            possible = np.flatnonzero(tally.possible(near))
            if asked is None or 2 * len(possible) < len(places):
                places = places[possible]
                tally.keep(possible)
                asked = demands.take(places.tolist())
            tally.add(rule.CODE, rule.verdicts(Block(asked, table, self._vocabulary))[:, 0] < 0)
        places = places[tally.wanted(near)]
        text, suitable = self._text([self.questions[place] for place in places.tolist()], answer)
        return self._score(places[suitable], text[suitable], table, offers)

    def _text(self, questions: Sequence[Question], answer: Answer) -> tuple[Floats, NDArray[np.bool_]]:
        asked = [question.words for question in questions]
        words = self._words.earned(answer.words, asked)
        characters = self._characters.earned(answer.characters, [question.characters for question in questions])
        concepts = self._concepts.earned(answer.concepts, [question.concepts for question in questions])
        asks = np.array([len(question.concepts.terms) > 0 for question in questions], dtype=np.bool_)
        best = words
        if answer.units and self._weights.unit_share:
            best = np.max([self._words.earned(unit, asked) for unit in answer.units], axis=0)
        return of_text(self._weights, words, best, characters, concepts, asks)

    def _score(self, places: Places, text: Floats, table: ProfileTable, offers: Places) -> tuple[Places, Floats]:
        total = text.copy()
        for offer in np.unique(offers[places]).tolist():
            own = np.flatnonzero(offers[places] == offer)
            block = Block(
                self.rows.table.take(places[own].tolist()), table.of_offers(np.array([offer])), self._vocabulary
            )
            for rule, weight in self._binding.soft:
                total[own] += weight * np.nan_to_num(np.asarray(rule.values(block), dtype=np.float64)[:, 0])
        return places, total

    def _offers(self, table: ProfileTable) -> Places:
        """The profile's offer that counts for each demand."""
        offers = np.full(len(self), table.usual_offer[0], dtype=np.int64)
        entries = [
            (rank, place, key)
            for key, (_, places, preference) in table.offers_by_key.items()
            for place, rank in zip(places.tolist(), preference.tolist(), strict=True)
        ]
        for _, place, key in sorted(entries, reverse=True):  # the preferred one last
            offers[list(self._by_word.get((_CAPABILITY, key), ()))] = place
        return offers

    def _enter(self, place: int, view: DemandView) -> None:
        for word in self._words_of(view):
            self._by_word.setdefault(word, set()).add(place)

    def _words_of(self, view: DemandView) -> list[Hashable]:
        """What a profile finds a demand by: capabilities asked for by name, and words that clash."""
        clashes = [(rule.CODE, word) for rule in self._binding.clashing for word in rule.demand_clashes(view)]
        return [*((_CAPABILITY, key) for key in view.capabilities), *clashes]


_CAPABILITY = "a capability"
