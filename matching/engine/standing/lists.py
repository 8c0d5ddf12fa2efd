"""The lists of one side, kept true while pairs come and go.

Each list holds more pairs than are shown, so that one may leave without a new search (Yi et al., Efficient
Maintenance of Materialized Top-k Views, ICDE 2003). What a list does not hold lies behind its border: the best pair
that was left out. A list without a border holds every suitable pair.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.standing.columns import grown

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]

NOBODY = -1


class Border(NamedTuple):
    """The best pair behind a list; `NOBODY` stands for all pairs of that score. Nothing is behind -inf."""

    score: float = -np.inf
    other: int = NOBODY


class BestLists:
    """The best pairs of each owner: highest score first, of equals the one whose id comes first.

    Parameters
    ----------
    owners : int
        How many lists there are at first; `grow` adds more.
    shown : int
        Pairs that a list is asked for.
    ids : sequence of str
        The others' ids, by place; it may grow, and no entry changes.
    """

    def __init__(self, owners: int, shown: int, ids: Sequence[str]) -> None:
        self.shown = shown
        self.room = room_for(shown)
        self._ids = ids
        self._scores = np.full((owners, self.room), -np.inf)
        self._others = np.full((owners, self.room), NOBODY, dtype=np.int32)
        self._border = np.full(owners, -np.inf)
        self._border_other = np.full(owners, NOBODY, dtype=np.int32)

    def grow(self, owners: int) -> None:
        """Make room for more owners; their lists are empty."""
        self._scores = grown(self._scores, owners, -np.inf)
        self._others = grown(self._others, owners, NOBODY)
        self._border = grown(self._border, owners, -np.inf)
        self._border_other = grown(self._border_other, owners, NOBODY)

    def of(self, owner: int) -> list[tuple[int, float]]:
        """(other, score) of one list as it is shown."""
        scores = self._scores[owner, : self.shown].tolist()
        others = self._others[owner, : self.shown].tolist()
        return [(other, score) for other, score in zip(others, scores, strict=True) if other != NOBODY]

    def others(self, owner: int) -> Places:
        """All that a list holds."""
        held = self._others[owner].astype(np.int64)
        others: Places = held[held != NOBODY]
        return others

    def holders(self, other: int, owners: Places | None = None) -> Places:
        """The owners (of some, or of all) whose lists hold somebody."""
        held = self._others if owners is None else self._others[owners]
        found = np.flatnonzero((held == other).any(axis=1))
        return found if owners is None else owners[found]

    def by_other(self) -> dict[int, list[Places]]:
        """The owners whose lists hold each of the others."""
        owners, columns = np.nonzero(self._others != NOBODY)
        others = self._others[owners, columns]
        order = np.argsort(others, kind="stable")
        held, starts = np.unique(others[order], return_index=True)
        return {other: [own] for other, own in zip(held.tolist(), np.split(owners[order], starts[1:]), strict=False)}

    def borders(self, owners: Places | slice) -> Floats:
        """The scores of the borders: a pair of a lower score is on no list."""
        return self._border[owners]

    def short(self, owners: Places) -> Places:
        """Those whose lists show less than they could: they must be searched anew."""
        open_end: NDArray[np.bool_] = self._scores[owners, self.shown - 1] == -np.inf
        return owners[open_end & (self._border[owners] > -np.inf)]

    def replace(self, owner: int, others: Places, scores: Floats, border: Border | None = None) -> None:
        """Make a list of these pairs, which are all that come before the border."""
        border = border or Border()
        order = in_order(others, scores, self._ids)
        if len(order) > self.room:
            cut = order[self.room]
            border, order = Border(float(scores[cut]), int(others[cut])), order[: self.room]
        self._scores[owner] = -np.inf
        self._others[owner] = NOBODY
        self._scores[owner, : len(order)] = scores[order]
        self._others[owner, : len(order)] = others[order]
        self._border[owner], self._border_other[owner] = border

    def fill(self, first: int, others: NDArray[np.int32], scores: Floats) -> None:
        """Make the lists of neighbouring owners from ranked ones that are longer by one, -inf behind their ends."""
        rows = slice(first, first + len(scores))
        behind = scores[:, self.room]
        self._scores[rows] = scores[:, : self.room]
        self._others[rows] = np.where(np.isfinite(scores[:, : self.room]), others[:, : self.room], NOBODY)
        self._border[rows] = behind
        self._border_other[rows] = np.where(np.isfinite(behind), others[:, self.room], NOBODY)

    def enter(self, owners: Places, scores: Floats, other: int) -> Places:
        """Put one pair on each of these owners' lists, where it comes before the border; the owners that got it."""
        border = self._border[owners]
        inside = scores > border
        for n in np.flatnonzero(scores == border).tolist():
            behind = int(self._border_other[owners[n]])
            inside[n] = behind != NOBODY and self._ids[other] < self._ids[behind]
        owners, scores = owners[inside], scores[inside]
        if not len(owners):
            return owners
        held, others = self._scores[owners], self._others[owners]
        place = (held > scores[:, np.newaxis]).sum(axis=1)
        for n in np.flatnonzero((held == scores[:, np.newaxis]).any(axis=1)).tolist():
            row, mine = others[n].tolist(), self._ids[other]
            while place[n] < self.room and held[n, place[n]] == scores[n] and self._ids[row[place[n]]] < mine:
                place[n] += 1
        full = np.isfinite(held[:, -1])
        last = place == self.room  # comes last in a full list, yet before the border
        evicted = np.where(last, scores, held[:, -1])
        evicted_other = np.where(last, other, others[:, -1])
        self._border[owners[full]] = evicted[full]
        self._border_other[owners[full]] = evicted_other[full]
        here = np.arange(self.room)
        source = here - (here > place[:, np.newaxis])
        at = here == place[:, np.newaxis]
        held, others = np.take_along_axis(held, source, axis=1), np.take_along_axis(others, source, axis=1)
        self._scores[owners] = np.where(at, scores[:, np.newaxis], held)
        self._others[owners] = np.where(at, other, others)
        got: Places = owners[~last]
        return got

    def leave(self, owners: Places, other: int) -> None:
        """Take somebody off these owners' lists, which hold it."""
        held, others = self._scores[owners], self._others[owners]
        place = (others == other).argmax(axis=1)[:, np.newaxis]
        here = np.arange(self.room)
        source = np.minimum(here + (here >= place), self.room - 1)
        held, others = np.take_along_axis(held, source, axis=1), np.take_along_axis(others, source, axis=1)
        held[:, -1], others[:, -1] = -np.inf, NOBODY
        self._scores[owners], self._others[owners] = held, others

    def shown_now(self, owners: Places) -> tuple[Floats, NDArray[np.int32]]:
        """What some lists show, to be compared after a change: copies of the scores and of the others."""
        return self._scores[owners, : self.shown], self._others[owners, : self.shown]


def room_for(shown: int) -> int:
    """How many pairs a list holds that shows so many."""
    return 4 * shown


def surely_best(scores: Floats, most: int, shown: int) -> tuple[int, Border] | None:
    """How many of the `most` best scores that were looked for come before everything else, and what comes behind.

    None if that is fewer than are shown: more with the score of the last one may be behind.
    """
    if len(scores) < most:
        return len(scores), Border()
    number = int((scores > scores[-1]).sum())
    return (number, Border(float(scores[-1]), NOBODY)) if number >= shown else None


def in_order(others: Places, scores: Floats, ids: Sequence[str]) -> Places:
    """The order of a list."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    if (ranked[1:] == ranked[:-1]).any():
        names = [ids[other] for other in others.tolist()]
        places = sorted(order.tolist(), key=lambda n: (-scores[n], names[n]))
        order = np.array(places, dtype=np.int64)
    return order
