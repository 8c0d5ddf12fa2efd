"""Both sides' lists of one kind, eligible pairs or near ones, kept true together."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from matching.engine.kernels import Lists
from matching.engine.standing.lists import BestLists, Border, Floats, Ints, Places, room_for, surely_best

Search = Callable[[int], None]
"""Makes one list anew."""


class Found(NamedTuple):
    """What a search for one demand found: its best, which are all before the border, and the lists it may enter."""

    best: Places  # rows of profiles
    scores: Floats
    border: Border
    late: Places  # all that it suits of those that came since the full reading
    late_scores: Floats


NOTHING = Found(np.zeros(0, np.int64), np.zeros(0), Border(), np.zeros(0, np.int64), np.zeros(0))


class BothLists:
    """The lists of one kind.

    Attributes
    ----------
    for_demands, for_profiles : BestLists or None
        By place of the demand, by row of the profile; None if no such lists are wanted.
    """

    def __init__(
        self,
        near: bool,
        per_demand: int,
        per_profile: int,
        demand_ids: Sequence[str],
        profile_ids: Sequence[str],
    ) -> None:
        self.near = near
        self.per_demand = per_demand
        self._demand_ids, self._profile_ids = demand_ids, profile_ids
        self.for_demands = BestLists(len(demand_ids), per_demand, profile_ids) if per_demand else None
        self.for_profiles = BestLists(len(profile_ids), per_profile, demand_ids) if per_profile else None
        self._holders: dict[int, list[Places]] = {}  # demand → profiles whose lists got it; some may have lost it
        self._at_first = len(profile_ids)
        self._gate = np.full((self._at_first, 1 if per_profile else 0), -np.inf)
        self._came = np.full(self._gate.shape, -1, dtype=np.int32)

    @property
    def longest(self) -> int:
        """How many pairs a demand's list holds."""
        return room_for(self.per_demand)

    def empty_lists(self) -> Lists:
        """What a scan of all demands fills: lists that are longer by one."""
        room = 0 if self.for_profiles is None else self.for_profiles.room + 1
        shape = (self._at_first, room)
        most = self.longest + 1 if self.per_demand else 0
        return Lists(most, np.full(shape, -np.inf), np.zeros(shape, dtype=np.int32))

    def gate(self) -> Lists:
        """What a scan of the full reading's block is given: it lets a demand in where it may enter a list."""
        return Lists(0, self._gate, self._came)

    def _came_in(self) -> tuple[Places, Floats]:
        """The profiles to whose lists a scan let a demand in, with their scores; the gate is shut again."""
        rows = np.flatnonzero(self._came[:, 0] >= 0) if self._came.shape[1] else np.zeros(0, np.int64)
        scores = self._gate[rows, 0].copy() if len(rows) else np.zeros(0)
        self._came[rows] = -1
        self._shut(rows)
        return rows, scores

    def search_demand(self, place: int, found: Found) -> None:
        """Make a demand's list of what was found for it."""
        if self.for_demands is not None:
            self.for_demands.replace(place, found.best, found.scores, found.border)

    def fill_demand(self, place: int, rows: Ints, scores: Floats, search: Search) -> None:
        """A demand's list from a full ranking, longer by one, -inf behind its end."""
        if self.for_demands is not None:
            sure = surely_best(scores[np.isfinite(scores)], len(scores), self.per_demand)
            if sure is None:
                search(place)
            else:
                number, border = sure
                self.for_demands.replace(place, rows[:number].astype(np.int64), scores[:number], border)

    def fill_profiles(self, scores: Floats, places: Ints) -> None:
        """The lists of the first profiles from a full ranking, longer by one."""
        if self.for_profiles is not None:
            self.for_profiles.fill(0, places, scores)
            self._holders = self.for_profiles.by_other()
            self._shut(np.arange(self._at_first))

    def put_demand(self, place: int, found: Found, search: Search) -> tuple[bool, list[int]]:
        """A demand came, changed or went; whether its list changed, and the rows of the profiles whose lists did."""
        changed = False
        if self.for_demands is not None:
            self.for_demands.grow(len(self._demand_ids))
            before = self.for_demand(place)
            self.search_demand(place, found)
            changed = self.for_demand(place) != before
        return changed, [] if self.for_profiles is None else self._enter_profiles(
            self.for_profiles, place, found, search
        )

    def _enter_profiles(self, lists: BestLists, place: int, found: Found, search: Search) -> list[int]:
        came, came_scores = self._came_in()
        kept = found.late_scores >= lists.borders(found.late)
        suited = np.concatenate([came, found.late[kept]])
        scores = np.concatenate([came_scores, found.late_scores[kept]])
        old = lists.holders(place, self._known_holders(place))
        rows = np.union1d(old, suited)
        before = lists.shown_now(rows)
        lists.leave(old, place)
        self._holders[place] = [lists.enter(suited, scores, place)]
        for row in lists.short(old).tolist():
            search(row)
        self._shut(rows[rows < self._at_first])
        after = lists.shown_now(rows)
        same = (before[0] == after[0]).all(axis=1) & (before[1] == after[1]).all(axis=1)
        return rows[~same].tolist()  # type: ignore[no-any-return]

    def put_profile(
        self, row: int | None, old: int | None, places: Places, scores: Floats, search: Search
    ) -> tuple[bool, list[int]]:
        """A profile came under a row, or went from its old one, or both; `places` are all demands that it suits.

        Whether its list changed, and the places of the demands whose lists did.
        """
        changed = False
        if self.for_profiles is not None:
            self.for_profiles.grow(len(self._profile_ids))
            before = [] if old is None else self.for_profiles.of(old)
            if old is not None:
                self.for_profiles.replace(old, *NOTHING[:2])
            if row is not None:
                self.search_profile(row, places, scores)
            changed = ([] if row is None else self.for_profiles.of(row)) != before
        if self.for_demands is None:
            return changed, []
        return changed, self._enter_demands(self.for_demands, row, old, places, scores, search)

    def _enter_demands(
        self, lists: BestLists, row: int | None, old: int | None, places: Places, scores: Floats, search: Search
    ) -> list[int]:
        leaving = NOTHING.best if old is None else lists.holders(old)
        kept = scores >= lists.borders(places)
        touched = np.union1d(leaving, places[kept]).tolist()
        before = [self.for_demand(place) for place in touched]
        if old is not None:
            lists.leave(leaving, old)
        if row is not None:
            lists.enter(places[kept], scores[kept], row)
        for place in lists.short(leaving).tolist():
            search(place)
        return [place for place, was in zip(touched, before, strict=True) if self.for_demand(place) != was]

    def search_profile(self, row: int, places: Places, scores: Floats) -> None:
        """Make a profile's list of all demands that it suits."""
        if self.for_profiles is not None:
            self.for_profiles.replace(row, places, scores)
            for place in self.for_profiles.others(row).tolist():
                self._holders.setdefault(place, []).append(np.array([row]))

    def _known_holders(self, place: int) -> Places:
        known = self._holders.get(place, [])
        return np.unique(np.concatenate(known)) if known else NOTHING.best

    def for_demand(self, place: int) -> list[tuple[str, float]]:
        """A demand's list by ids."""
        own = [] if self.for_demands is None else self.for_demands.of(place)
        return [(self._profile_ids[row], score) for row, score in own]

    def for_profile(self, row: int) -> list[tuple[str, float]]:
        """A profile's list by ids."""
        own = [] if self.for_profiles is None else self.for_profiles.of(row)
        return [(self._demand_ids[place], score) for place, score in own]

    def _shut(self, rows: Places) -> None:
        """Let nothing in that comes behind a list's border."""
        if self.for_profiles is not None and len(rows):
            self._gate[rows, 0] = np.nextafter(self.for_profiles.borders(rows), -np.inf)
