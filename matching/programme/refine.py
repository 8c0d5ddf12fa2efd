"""Better panels by MILPs over the few that the relaxation's prices like, and a proof when these are all there are.

Two kinds of MILP (`panel_master`): all tracks at once with a handful of panels each, while that is small; and a few
tracks at a time with everything else in place (large neighbourhood search, Shaw 1998). Whatever is found is kept only
when it is worth more. The number of rounds is fixed, so without a time limit the outcome is deterministic.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from .linear import Budget
from .locking import Locked
from .panel_master import Panels, best_of_panels, columns_of
from .relaxation import Relaxation
from .tables import Bools, Ints, Tables

Found = tuple[Ints, Bools, float]  # tracks by pitch, panels, objective

HANDFULS = (5, 10)  # panels a track of the MILPs over all tracks
MOST_COLUMNS = 14_000  # … which are tried up to this size,
MOST_PROVING = 60_000  # and the one that proves up to this
COLUMNS_PER_SECOND = 8_000  # … in what time is left: HiGHS looks at no clock while it makes a model smaller
MOST_PANELS = 1_000
AGAIN, AGAIN_WORK = 60, 15_000  # least steps of the relaxation after a better plan; steps × pitches
NEAR = {2: 40, 3: 20, 4: 12, 6: 6}  # tracks of a neighbourhood, and panels a track in it
ROUNDS = 24
NODES = 60
ROUND_SECONDS = 2.0
PROVING = 0.5  # of the time that is left: for the proof, where one may be within reach


class Refiner:
    """Holds the best plan while it is being improved."""

    def __init__(
        self, tables: Tables, locked: Locked, best: Found, relaxation: Relaxation, budget: Budget, seed: int
    ) -> None:
        self.tables, self.locked, self.relaxation, self.budget = tables, locked, relaxation, budget
        self.best = best
        self.rng = np.random.default_rng([seed, 7])

    def run(self, until: float) -> tuple[Found, float]:
        """The best plan, and an upper bound of the problem."""
        bound = self.relaxation.best
        for most in HANDFULS:
            panels = self.relaxation.near_best(self.best[2], most, self.budget, until)
            if not panels or columns_of(self.tables, self.locked, panels) > MOST_COLUMNS or self.is_over(until):
                break
            self.solve(self.locked, self.with_own(panels), until)
        begun = self.budget.spent()
        self.neighbourhoods(begun + (1 - PROVING) * (until - begun) if np.isfinite(until) else until)
        if self.is_over(until):
            return self.best, min(bound, self.relaxation.best)
        again = max(AGAIN, AGAIN_WORK // max(1, len(self.tables.pitches)))
        self.relaxation.lower(self.best[2], again, self.budget, until)
        unit = 1.0 if self.tables.is_whole else 0.0
        every = self.relaxation.all_above(self.best[2] + unit - 1e-6, MOST_PANELS)
        size = min(MOST_PROVING, COLUMNS_PER_SECOND * (until - self.budget.spent()))
        few = every is not None and columns_of(self.tables, self.locked, every) <= size
        if every is not None and few and not self.is_over(until):
            proved = self.solve(self.locked, every, until, nodes=self.budget.nodes())
            bound = min(bound, max(proved, self.best[2]))
        return self.best, min(bound, self.relaxation.best)

    def is_over(self, until: float) -> bool:
        return self.budget.spent() >= until or self.relaxation.best <= self.best[2] + 1e-6

    def with_own(self, panels: Panels) -> Panels:
        """`panels` and the best plan's own."""
        own = {t: tuple(np.flatnonzero(self.best[1][:, t]).tolist()) for t in panels}
        return {t: {own[t]: None, **some} for t, some in panels.items()}

    def solve(
        self, locked: Locked, panels: Panels, until: float, *, seconds: float = np.inf, nodes: int = NODES
    ) -> float:
        """Solve for these panels, keep the outcome if it is better, and return its bound."""
        left = min(seconds, until - self.budget.spent())
        placed, panel, bound = best_of_panels(self.tables, locked, panels, self.budget, seconds=left, nodes=nodes)
        if placed is not None and panel is not None:
            value = self.tables.evaluate(placed, panel).total
            if value > self.best[2] + 1e-9:
                self.best = (placed, panel, value)
                self.budget.tell("panels", value)
        return bound

    def neighbourhoods(self, until: float) -> None:
        """A few tracks at a time: their panels and pitches anew, with the pitches that stand nowhere."""
        near = self.relaxation.near_best(self.best[2], max(NEAR.values()), self.budget, until)
        tracks = sorted(near)
        if len(tracks) <= 1:
            return
        for _ in range(ROUNDS):
            if self.is_over(until):
                return
            size = int(self.rng.choice([n for n in NEAR if n <= len(tracks)]))
            free = set(self.rng.choice(tracks, size=size, replace=False).tolist())
            best = {t: dict(islice(near[t].items(), NEAR[size])) if t in free else {} for t in tracks}
            some = self.with_own(best)
            placed = self.best[0]
            moves = (placed < 0) | np.isin(placed, sorted(free))
            open_ = np.zeros_like(self.locked.pitch_open)
            for t in range(open_.shape[1]):
                open_[:, t] = self.locked.pitch_open[:, t] & moves if t in free else placed == t
            trimmed = Locked(
                pitch_open=open_,
                seat_open=self.locked.seat_open,
                seats=self.locked.seats,
                pitch_in=self.locked.pitch_in,
                seat_in=self.locked.seat_in,
                positions=self.locked.positions,
                given=self.locked.given,
            )
            self.solve(trimmed, some, until, seconds=ROUND_SECONDS)
