"""Matching that stands: one demand is answered at once, and an edit refreshes the lists that it touches, no others.

What the texts taught (how rare a term is, how long a text usually is) is frozen until `rebuild`. A full reading with
the same statistics finds the same pairs with the same scores, to the last bit.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np

from matching.domain.demand import Demand
from matching.domain.match import Match
from matching.domain.policy import MatchPolicy
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.blocks import Asked
from matching.engine.index import Progress, TextIndex
from matching.engine.kernels import plain, scan_for
from matching.engine.ranking import DEMANDS_A_CHUNK, Sizes, scan_weights
from matching.engine.scorers.statistics import Statistics
from matching.engine.standing.block import Demanded
from matching.engine.standing.both import NOTHING, BothLists, Found
from matching.engine.standing.demands import StandingDemands
from matching.engine.standing.explaining import explain
from matching.engine.standing.lists import Floats, Places, in_order
from matching.engine.standing.profiles import StandingProfiles, rows_together
from matching.engine.standing.relearning import relearnt
from matching.engine.standing.texts import FrozenTexts, questions_of
from matching.engine.tables import demand_table, profile_table
from matching.engine.views import view_demand, view_profile

OFTEN = 1_000
"""A live engine is asked so often at least; from so many demands times its profiles on the compiled scan pays."""

Listed = list[tuple[str, float]]
"""Ids of the other side and scores, best first, of equals the first id."""


class Changed(NamedTuple):
    """The records whose lists are not as before, by id, in order; a record that is gone has no list any more."""

    demands: tuple[str, ...]
    profiles: tuple[str, ...]


class LiveMatching:
    """Both sides' lists, kept true while records come, change and go.

    Attributes
    ----------
    as_of : date
        The day for which the rules answer.
    statistics : tuple of two Statistics
        What the words and the characters taught; frozen until `rebuild`.
    """

    def __init__(
        self,
        demands: Sequence[Demand],
        profiles: Sequence[CapabilityProfile],
        *,
        policy: MatchPolicy,
        vocabulary: Vocabulary,
        as_of: date,
        sizes: Sizes,
        progress: Progress | None = None,
    ) -> None:
        """Read all records once and fill their lists; `progress` is called with the number of records read.

        Raises:
            ValueError: `sizes.stopped`, since pairs that a rule stops are not kept, or a policy with a learnt part.
        """
        if sizes.stopped:
            raise ValueError("pairs that a rule stops are on no list of the live engine")
        if policy.learnt is not None:
            raise ValueError("the live engine scores without a learnt part")
        self.policy, self.vocabulary, self.sizes = policy, vocabulary, sizes
        demands, profiles = sorted(demands, key=_id), sorted(profiles, key=_id)
        self._start(TextIndex(vocabulary).fit(demands, profiles, progress), demands, profiles, as_of)

    def match_demand(self, demand: Demand, shown: int | None = None, *, near: bool = False) -> Listed:
        """The best profiles (`shown`, or as many as lists hold) for a demand that is not kept; its id may be new."""
        shown = (self.sizes.near_per_demand if near else self.sizes.per_demand) if shown is None else shown
        with self._profiles.asked(self._demanded(demand, keep=False)) as asking:
            found = asking.best(near, shown, shown)
        ids = self._profiles.ids
        order = in_order(found.best, found.scores, ids)[:shown].tolist()
        return [(ids[found.best[n]], float(found.scores[n])) for n in order]

    def put_demand(self, demand: Demand) -> Changed:
        """Add a demand, or let it stand in place of the one with its id."""
        demanded = self._demanded(demand, keep=True)
        place = self._place_of.setdefault(demand.id, len(self._demand_ids))
        if place == len(self._demand_ids):
            self._demand_ids.append(demand.id)
        self._demands.put(place, *demanded)
        with self._profiles.asked(demanded) as asking:
            found = [
                asking.best(kind.near, kind.per_demand, kind.longest, kind.gate()) for kind in self._kinds.values()
            ]
        return self._tell_demand(place, found)

    def remove_demand(self, own: str) -> Changed:
        """A demand is gone.

        Raises:
            KeyError: there is no such demand.
        """
        place = self._standing_place(own)
        self._demands.remove(place)
        return self._tell_demand(place, [NOTHING] * len(self._kinds))

    def put_profile(self, profile: CapabilityProfile) -> Changed:
        """Add a profile, or let it stand in place of the one with its id."""
        view = view_profile(profile, self.vocabulary)
        answer, table = self._texts.answer(profile), profile_table([view], self.vocabulary)
        row, old = self._profiles.put(profile, view, table, answer)
        suits = self._demands.totals(view, table, answer, list(self._kinds))
        return self._tell_profile(profile.id, row, old, suits)

    def remove_profile(self, own: str) -> Changed:
        """A profile is gone.

        Raises:
            KeyError: there is no such profile.
        """
        old = self._profiles.row_of[own]
        self._profiles.remove(own)
        return self._tell_profile(own, None, old, [(NOTHING.best, NOTHING.scores)] * len(self._kinds))

    def for_demand(self, own: str, *, near: bool = False) -> Listed:
        """A demand's list.

        Raises:
            KeyError: there is no such demand.
        """
        return self._listed(near).for_demand(self._standing_place(own))

    def for_profile(self, own: str, *, near: bool = False) -> Listed:
        """A profile's list.

        Raises:
            KeyError: there is no such profile.
        """
        return self._listed(near).for_profile(self._profiles.row_of[own])

    def lists_for_demands(self, *, near: bool = False) -> dict[str, Listed]:
        """Every demand's list, by id, in order."""
        lists = self._listed(near)
        return {own: lists.for_demand(place) for own, place in sorted(self._standing_demands())}

    def lists_for_profiles(self, *, near: bool = False) -> dict[str, Listed]:
        """Every profile's list, by id, in order."""
        lists = self._listed(near)
        return {own: lists.for_profile(row) for own, row in sorted(self._profiles.row_of.items())}

    def explain(self, demand: str | Demand, profiles: Sequence[str]) -> list[Match]:
        """The matches (rank None) of a demand, kept or not, with some profiles.

        Of terms that earn the same, the one that was met first is shown first.

        Raises:
            KeyError: there is no such demand or profile.
        """
        if isinstance(demand, str):
            demanded = self._kept(self._standing_place(demand))
        else:
            demanded = self._demanded(demand, keep=False)
        rows = [self._profiles.row_of[own] for own in profiles]
        return explain(
            self._index, self._texts.names(), demanded, [self._profiles.records[row] for row in rows],
            [self._profiles.answer(row) for row in rows], self.policy, self.vocabulary,
        )  # fmt: skip

    @property
    def demands(self) -> list[Demand]:
        """All demands in the order of their ids."""
        return [self._demands.rows.view(place).record for _, place in sorted(self._standing_demands())]

    @property
    def profiles(self) -> list[CapabilityProfile]:
        """All profiles in the order of their ids."""
        return [self._profiles.records[row] for _, row in sorted(self._profiles.row_of.items())]

    @property
    def statistics(self) -> tuple[Statistics, Statistics]:
        """What the words and the characters taught."""
        return self._index.statistics

    def rebuild(self, as_of: date | None = None) -> None:
        """Learn the statistics anew, for another day if one is given, and fill all lists; no text is read again."""
        rows = sorted(self._profiles.row_of.values())
        early = [row for row in rows if row < self._profiles.at_first]
        late = [self._profiles.answer(row) for row in rows[len(early) :]]
        demands = [(self._demands.rows.view(place).record, self._demands.questions[place])
                   for _, place in sorted(self._standing_demands())]  # fmt: skip
        index = relearnt(self._index, np.array(early, dtype=np.int64), late, [question for _, question in demands])
        records = [self._profiles.records[row] for row in rows]
        self._start(index, [record for record, _ in demands], records, self.as_of if as_of is None else as_of)

    def _start(
        self, index: TextIndex, demands: Sequence[Demand], profiles: Sequence[CapabilityProfile], as_of: date
    ) -> None:
        """Fill all lists; the demands come in the order of their ids, both sides in the order of the index."""
        order = rows_together(profiles, self.policy)
        self.as_of = as_of
        self._index = index.picked(order)
        self._texts = FrozenTexts(self._index)
        views = [view_demand(demand, self.vocabulary) for demand in demands]
        table = demand_table(views, self.vocabulary, as_of)
        weights = scan_weights(self.policy, self._index)
        scan = scan_for(len(profiles) * max(len(demands), OFTEN))
        self._profiles = StandingProfiles(
            self._index, [profiles[place] for place in order.tolist()], self.policy, self.vocabulary, table.as_of,
            weights, scan,
        )  # fmt: skip
        self._demands = StandingDemands(
            table, questions_of(self._index), self.policy, self.vocabulary, weights, compiled=scan is not plain.scan
        )
        self._demand_ids = [demand.id for demand in demands]
        self._place_of = {own: place for place, own in enumerate(self._demand_ids)}
        sizes = self.sizes
        wanted = {
            False: (sizes.per_demand, sizes.per_profile),
            True: (sizes.near_per_demand, sizes.near_per_profile),
        }
        self._kinds = {
            near: BothLists(near, *numbers, self._demand_ids, self._profiles.ids)
            for near, numbers in wanted.items()
            if any(numbers)
        }
        index = self._index
        asks = np.diff(index.concept_queries_.rows.starts) > 0
        self._fill(Asked(table, index.word_queries_, index.character_queries_, index.concept_queries_, asks))

    def _fill(self, asked: Asked) -> None:
        """Rank all profiles for all demands."""
        block = self._profiles.block
        if block is None:
            return
        every = [kind.empty_lists() for kind in self._kinds.values()]
        for start in range(0, len(asked.table), DEMANDS_A_CHUNK):
            some = slice(start, min(start + DEMANDS_A_CHUNK, len(asked.table)))
            chunk = block.block.chunk(asked, some)
            for kind, lists in zip(self._kinds.values(), every, strict=True):
                found = self._profiles.scan_all(chunk, lists, kind.near)
                for n, place in enumerate(range(some.start, some.stop)):
                    kind.fill_demand(place, found.rows[n], found.scores[n], partial(self._search_demand, kind))
        for kind, lists in zip(self._kinds.values(), every, strict=True):
            kind.fill_profiles(lists.scores, lists.demands)
        block.block.let_go()

    def _listed(self, near: bool) -> BothLists:
        return self._kinds.get(near) or BothLists(near, 0, 0, self._demand_ids, self._profiles.ids)

    def _demanded(self, demand: Demand, *, keep: bool) -> Demanded:
        table = demand_table([view_demand(demand, self.vocabulary)], self.vocabulary, self.as_of)
        return Demanded(table, self._texts.question(demand, keep=keep))

    def _kept(self, place: int) -> Demanded:
        return Demanded(self._demands.rows.table.rows(slice(place, place + 1)), self._demands.questions[place])

    def _standing_demands(self) -> Iterator[tuple[str, int]]:
        return ((own, place) for own, place in self._place_of.items() if self._demands.alive(place))

    def _standing_place(self, own: str) -> int:
        place = self._place_of[own]
        if not self._demands.alive(place):
            raise KeyError(own)
        return place

    def _tell_demand(self, place: int, found: Sequence[Found]) -> Changed:
        """Put what was found for a demand on the lists."""
        told = [kind.put_demand(place, own, partial(self._search_profile, kind))
                for kind, own in zip(self._kinds.values(), found, strict=True)]  # fmt: skip
        own = {self._demand_ids[place]} if self._demands.alive(place) and any(changed for changed, _ in told) else set()
        return _changed(own, {self._profiles.ids[row] for _, rows in told for row in rows})

    def _tell_profile(
        self, own: str, row: int | None, old: int | None, suits: Sequence[tuple[Places, Floats]]
    ) -> Changed:
        """Put a profile on the lists of all demands that it suits."""
        told = [kind.put_profile(row, old, *pairs, partial(self._search_demand, kind))
                for kind, pairs in zip(self._kinds.values(), suits, strict=True)]  # fmt: skip
        mine = {own} if row is not None and any(changed for changed, _ in told) else set()
        return _changed({self._demand_ids[place] for _, places in told for place in places}, mine)

    def _search_demand(self, kind: BothLists, place: int) -> None:
        """Make a demand's list anew."""
        with self._profiles.asked(self._kept(place)) as asking:
            kind.search_demand(place, asking.best(kind.near, kind.per_demand, kind.longest))

    def _search_profile(self, kind: BothLists, row: int) -> None:
        """Make a profile's list anew."""
        view = view_profile(self._profiles.records[row], self.vocabulary)
        table, answer = profile_table([view], self.vocabulary), self._profiles.answer(row)
        kind.search_profile(row, *self._demands.totals(view, table, answer, [kind.near])[0])


def _changed(demands: set[str], profiles: set[str]) -> Changed:
    return Changed(tuple(sorted(demands)), tuple(sorted(profiles)))


def _id(record: Demand | CapabilityProfile) -> str:
    return record.id
