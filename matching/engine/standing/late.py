"""The profiles that came or changed since the last full reading, asked by one demand after the other."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.kernels import Weights
from matching.engine.standing.block import Demanded
from matching.engine.standing.columns import joined
from matching.engine.standing.pairs import Binding, Floats, Places, Spread, Tally, best_unit, laid, of_text
from matching.engine.standing.texts import Answer, Question
from matching.engine.tables import Block, ProfileTable, asked_offers
from matching.engine.views import ProfileView


class LateProfiles:
    """The profiles that came or changed since; each is looked at."""

    def __init__(self, policy: MatchPolicy, vocabulary: Vocabulary, weights: Weights) -> None:
        self._vocabulary = vocabulary
        self._weights = weights
        self._binding = Binding(policy)
        self._rows: list[int] = []
        self._tables: list[ProfileTable] = []
        self._answers: list[Answer] = []
        self._clashes: list[frozenset[Hashable]] = []
        self._gone: set[int] = set()
        self._table: ProfileTable | None = None
        self._joined = 0  # tables that are in it
        self._words, self._characters, self._concepts = Spread(), Spread(), Spread()

    def put(self, row: int, view: ProfileView, table: ProfileTable, answer: Answer) -> None:
        """Add a profile under a new row."""
        self._rows.append(row)
        self._tables.append(table)
        self._answers.append(answer)
        clashes = ((rule.CODE, word) for rule in self._binding.clashing for word in rule.profile_clashes(view))
        self._clashes.append(frozenset(clashes))

    def remove(self, row: int) -> None:
        """A profile is gone; when most are, the others move together."""
        self._gone.add(row)
        if 2 * len(self._gone) > len(self._rows):
            kept = [place for place, own in enumerate(self._rows) if own not in self._gone]
            for name in ("_rows", "_tables", "_answers", "_clashes"):
                setattr(self, name, [getattr(self, name)[place] for place in kept])
            self._gone.clear()
            self._table, self._joined = None, 0

    def answer(self, row: int) -> Answer:
        """What one of them holds."""
        return self._answers[self._rows.index(row)]

    def totals(self, demanded: Demanded, *, near: bool) -> tuple[Places, Floats]:
        """Rows and scores of those that suit a demand."""
        if not self._rows:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        asked, question = demanded
        table = self._all()
        offers = table.usual_offer.copy()
        rows, places = asked_offers(demanded.view, table)
        offers[rows] = places
        tally = Tally(len(self._rows))
        block = Block(asked, table, self._vocabulary)
        for rule in self._binding.masked:
            tally.add(rule.CODE, rule.verdicts(block)[0] < 0)
        for rule in self._binding.limited:
            tally.add(rule.CODE, rule.measure(table, asked.as_of)[offers] > rule.limit(asked)[0])
        mine = {(rule.CODE, word) for rule in self._binding.clashing for word in rule.demand_clashes(demanded.view)}
        kept = [
            place
            for place in np.flatnonzero(tally.wanted(near)).tolist()
            if self._rows[place] not in self._gone and self._clashes[place].isdisjoint(mine)
        ]
        text, suitable = self._text(question, [self._answers[place] for place in kept])
        found = np.array(kept, dtype=np.int64)[suitable]
        total = text[suitable]
        if len(found):
            block = Block(asked, table.of_offers(offers[found]), self._vocabulary)
            for soft, weight in self._binding.soft:
                total = total + weight * np.nan_to_num(np.asarray(soft.values(block), dtype=np.float64)[0])
        return np.array(self._rows, dtype=np.int64)[found], total

    def _all(self) -> ProfileTable:
        """One table of all."""
        if self._table is None or self._joined < len(self._tables):
            before = [] if self._table is None else [self._table]
            self._table = joined([*before, *self._tables[self._joined :]])
            self._joined = len(self._tables)
        return self._table

    def _text(self, question: Question, answers: Sequence[Answer]) -> tuple[Floats, NDArray[np.bool_]]:
        words = self._words.earned(question.words, laid([answer.words for answer in answers]))
        characters = self._characters.earned(question.characters, laid([answer.characters for answer in answers]))
        concepts = self._concepts.earned(question.concepts, laid([answer.concepts for answer in answers]))
        best = words
        if self._weights.unit_share:
            units = self._words.earned(question.words, laid([unit for answer in answers for unit in answer.units]))
            best = best_unit(words, units, [len(answer.units) for answer in answers])
        asks = np.full(len(answers), len(question.concepts.terms) > 0)
        return of_text(self._weights, words, best, characters, concepts, asks)
