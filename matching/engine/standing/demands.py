"""The demands that stand, asked by one profile after the other."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.domain.vocabulary import Vocabulary
from matching.engine.kernels import Weights
from matching.engine.rules import HardRule
from matching.engine.standing.columns import DemandRows, grown
from matching.engine.standing.pairs import NO_PLACES, Binding, Floats, Places, Shelf, Tally, of_text
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
        *,
        compiled: bool,
    ) -> None:
        self.rows = DemandRows(table)
        self.questions = list(questions)
        self._alive = np.ones(len(table), dtype=np.bool_)
        self._vocabulary = vocabulary
        self._weights = weights
        self._binding = Binding(policy)
        self._masked = [(rule, Alike(rule.DEMAND_KEYS, table)) for rule in self._binding.masked]
        # A soft rule is asked about one offer: which one the capabilities ask for is decided before.
        self._soft = [
            (rule, weight, Alike([key for key in rule.DEMAND_KEYS if key != "capabilities"], table))
            for rule, weight in self._binding.soft
        ]
        self._by_word: dict[Hashable, set[int]] = {}
        self._texts = tuple(Shelf([getattr(own, part) for own in self.questions], compiled=compiled) for part in _PARTS)
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
        for alike in (*(own for _, own in self._masked), *(own for _, _, own in self._soft)):
            alike.put(place, table)
        for part, shelf in zip(_PARTS, self._texts, strict=True):
            shelf.put(place, getattr(question, part))
        self._alive[place] = True
        self._enter(place, table.views[0])

    def remove(self, place: int) -> None:
        """A demand is gone."""
        if self._alive[place]:
            self._alive[place] = False
            for word in self._words_of(self.rows.view(place)):
                self._by_word[word].discard(place)

    def totals(
        self, view: ProfileView, table: ProfileTable, answer: Answer, kinds: Sequence[bool]
    ) -> list[tuple[Places, Floats]]:
        """Places and scores of the demands that one profile (its table has one row) suits, of each kind (near?)."""
        places = np.flatnonzero(self._alive[: len(self)])
        offers = self._offers(table)
        tally = self._judged(places, view, table, offers)
        flags = [tally.wanted(near) for near in kinds]
        found = np.concatenate([NO_PLACES, *(places[wanted] for wanted in flags)])
        text, suitable = self._text(found, answer)
        total = np.where(suitable, self._score(found, text, table, offers), -np.inf)
        ends = np.cumsum([0, *(int(wanted.sum()) for wanted in flags)]).tolist()
        own = [slice(*pair) for pair in pairwise(ends)]
        return [(found[some][suitable[some]], total[some][suitable[some]]) for some in own]

    def _judged(self, places: Places, view: ProfileView, table: ProfileTable, offers: Places) -> Tally:
        """What the hard rules say of a profile and some demands."""
        tally = Tally(len(places))
        demands = self.rows.table
        for rule in self._binding.limited:
            measure = rule.measure(table, demands.as_of)
            tally.add(rule.CODE, measure[offers[places]] > rule.limit(demands)[places])
        for rule in self._binding.clashing:
            hits: set[int] = set()
            for word in rule.profile_clashes(view):
                hits |= self._by_word.get((rule.CODE, word), set())
            clash = np.zeros(len(self), dtype=np.bool_)
            clash[list(hits)] = True
            tally.add(rule.CODE, clash[places])
        for masked, alike in self._masked:
            key = tuple(getattr(view.record, name) for name in masked.PROFILE_KEYS)
            fails = alike.fails(masked, key, table, self._vocabulary)
            if fails.any():
                tally.add(masked.CODE, fails[alike.groups[places]])
        return tally

    def _text(self, places: Places, answer: Answer) -> tuple[Floats, NDArray[np.bool_]]:
        asked, characters_asked, concepts_asked = self._texts
        words, *units = asked.earned([answer.words, *(answer.units if self._weights.unit_share else ())], places)
        best = np.max(units, axis=0) if units else words
        (characters,) = characters_asked.earned([answer.characters], places)
        (concepts,) = concepts_asked.earned([answer.concepts], places)
        return of_text(self._weights, words, best, characters, concepts, concepts_asked.sizes(places) > 0)

    def _score(self, places: Places, text: Floats, table: ProfileTable, offers: Places) -> Floats:
        total = text.copy()
        for offer in np.unique(offers[places]).tolist():
            own = np.flatnonzero(offers[places] == offer)
            profile = table.of_offers(np.array([offer]))
            for rule, weight, alike in self._soft:
                values = rule.values(Block(alike.demands, profile, self._vocabulary))
                earned = weight * np.nan_to_num(np.asarray(values, dtype=np.float64)[:, 0])
                total[own] += earned[alike.groups[places[own]]]
        return total

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


class Alike:
    """The demands in groups that agree in some keys, so that a rule which reads no others is asked once a group.

    Attributes
    ----------
    groups : array
        The group of each demand, by place.
    """

    def __init__(self, keys: Sequence[str], table: DemandTable) -> None:
        self._keys = keys
        self._numbers: dict[Hashable, int] = {}
        self._fails: dict[Hashable, NDArray[np.bool_]] = {}
        first: list[int] = []
        self.groups = np.zeros(len(table), dtype=np.int64)
        for place, view in enumerate(table.views):
            self.groups[place] = number = self._number(view)
            if number == len(first):
                first.append(place)
        self._rows = DemandRows(table.take(first))

    @property
    def demands(self) -> DemandTable:
        """One demand of each group; it may have changed since, in other keys."""
        return self._rows.table

    def put(self, place: int, table: DemandTable) -> None:
        """A demand, given as a table of one, came or changed."""
        number = self._number(table.views[0])
        if number == len(self._rows):
            self._rows.put(number, table)
        self.groups = grown(self.groups, place + 1)
        self.groups[place] = number

    def fails(self, rule: HardRule, key: Hashable, profile: ProfileTable, vocabulary: Vocabulary) -> NDArray[np.bool_]:
        """For each group whether a rule stops it with a profile; profiles with the same key share the answer."""
        known = self._fails.get(key, _UNASKED)
        if len(known) < len(self._rows):
            new = self._rows.table.rows(slice(len(known), len(self._rows)))
            verdicts = rule.verdicts(Block(new, profile, vocabulary))[:, 0]
            if len(self._fails) >= MOST_ANSWERS:
                self._fails.clear()
            known = self._fails[key] = np.append(known, verdicts < 0)
        return known

    def _number(self, view: DemandView) -> int:
        key = tuple(getattr(view.record, name) for name in self._keys)
        return self._numbers.setdefault(key, len(self._numbers))


MOST_ANSWERS = 1_024
"""More answers of a rule are not kept; they are asked for again."""
_UNASKED: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

_PARTS = ("words", "characters", "concepts")
_CAPABILITY = "a capability"
