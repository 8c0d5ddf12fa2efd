"""Ruin and rebuild: the search over panels and pitches together, without a solver.

A few tracks are emptied, given new panels and filled again; a worse result is kept with a chance that falls as the
search goes on (annealing), so it can leave a local optimum where turns of two MILPs cannot. All randomness is seeded
and the number of steps is given, so without a time limit the outcome is deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .greedy import PlacementState
from .linear import Budget
from .locking import Locked
from .tables import Bools, Ints, Tables

HEAT = (0.6, 0.03)  # losses that are accepted early and late, in typical worths of one pitch


class Rebuilder:
    """The state of the search: `placed` (track or -1 by pitch) and `panel` (owners × tracks)."""

    def __init__(
        self,
        tables: Tables,
        locked: Locked,
        held: dict[int, int],
        fixed: Bools,
        seed: Sequence[int],
        before: Ints | None = None,
    ) -> None:
        self.tables, self.locked, self.held, self.fixed = tables, locked, held, fixed
        self.rng = np.random.default_rng(seed)
        self.fits = [np.flatnonzero(locked.pitch_open[:, t]) for t in range(len(tables.tracks))]
        self.score = tables.score.astype(float)
        self.scored = tables.scored.astype(float)
        same = np.array([[a.session == b.session for b in tables.tracks] for a in tables.tracks], dtype=bool)
        self.clash = same | tables.parallel
        limits = [len(tables.tracks) if o.max_sessions is None else o.max_sessions for o in tables.owners]
        self.limit = np.array(limits, dtype=np.int64)
        self.shortest = int(tables.needs.min()) if len(tables.needs) else 1
        self.penalty = float(tables.rules.short_candidate_penalty)
        self.before = before
        self.move_cost = 0.0
        self.open_tracks = [t for t in range(len(tables.tracks)) if len(self.fits[t])]

    def run(self, placed: Ints, panel: Bools, steps: int, budget: Budget, until: float) -> tuple[Ints, Bools, float]:
        """The best plan seen in at most `steps` steps (fewer when `until` seconds are spent)."""
        value = self.worth(placed, panel)
        best = (placed, panel, value)
        if not self.open_tracks:
            return best
        begun = budget.spent()
        hot, cold = (share * self.typical_worth() for share in HEAT)
        for step in range(steps):
            done = step / steps
            if np.isfinite(until):
                done = max(done, (budget.spent() - begun) / max(until - begun, 1e-9))
            if done >= 1:
                break
            other_placed, other_panel = self.step(placed, panel)
            other = self.worth(other_placed, other_panel)
            heat = hot * (cold / hot) ** done
            if other >= value + heat * np.log(self.rng.random()):
                placed, panel, value = other_placed, other_panel, other
                if value > best[2] + 1e-9:
                    best = (placed, panel, value)
        return best

    def worth(self, placed: Ints, panel: Bools) -> float:
        """The objective, less `move_cost` for every pitch of `before` that is no longer in its track."""
        total = self.tables.evaluate(placed, panel).total
        if self.before is None:
            return total
        return total - self.move_cost * int(((self.before >= 0) & (self.before != placed)).sum())

    def typical_worth(self) -> float:
        """What one pitch is worth before an average panel: the measure of a step's loss."""
        known = self.tables.score[self.tables.scored]
        seats = float(np.mean(self.locked.seats)) if len(self.locked.seats) else 1.0
        return max(1.0, (float(known.mean()) if known.size else 1.0) * max(1.0, seats))

    def step(self, placed: Ints, panel: Bools) -> tuple[Ints, Bools]:
        """Empty one to three tracks and build them again."""
        count = min(len(self.open_tracks), int(self.rng.integers(1, 4)))
        tracks = self.rng.choice(self.open_tracks, size=count, replace=False)
        placed, panel = placed.copy(), panel.copy()
        for t in tracks.tolist():
            placed[placed == t] = -1
            if self.rng.random() < 0.8:
                panel[:, t] = self.fixed[:, t]
        for p, t in self.held.items():
            placed[p] = t
        state = PlacementState(self.tables, placed)
        noise = float(self.rng.choice((0.0, 0.1, 0.3)))
        for t in tracks.tolist():
            self.choose_panel(state, panel, t, noise)
            self.fill_track(state, panel, t)
        for t in self.rng.permutation(len(self.tables.tracks)).tolist():  # what was freed may fit elsewhere
            if state.room[t] >= self.shortest:
                self.fill_track(state, panel, t)
        return placed, panel

    def choose_panel(self, state: PlacementState, panel: Bools, t: int, noise: float) -> None:
        """Fill the open seats of track t, each with the owner whose arrival is worth most now."""
        placed = state.placed
        fits = self.fits[t][(placed[self.fits[t]] < 0) | (placed[self.fits[t]] == t)]
        if not len(fits):
            return
        many = min(len(fits), max(1, int(self.tables.room[t] / self.tables.needs[fits].mean())))
        score, scored = self.score[fits], self.scored[fits]
        short = self.tables.missed(placed, panel)
        shake = self.rng.uniform(1 - noise, 1 + noise, size=len(panel)) if noise else np.ones(len(panel))
        while panel[:, t].sum() < self.locked.seats[t]:
            free = self.locked.seat_open[:, t] & ~panel[:, t] & (panel.sum(axis=1) < self.limit)
            free &= ~(panel & self.clash[t]).any(axis=1)
            who = np.flatnonzero(free)
            if not len(who):
                return
            base = score[:, panel[:, t]].sum(axis=1)
            urgent = self.penalty * scored * np.minimum(short, 1)
            base = base + urgent[:, panel[:, t]].sum(axis=1)
            together = base[:, None] + score[:, who] + urgent[:, who]
            top = np.argpartition(together, len(fits) - many, axis=0)[len(fits) - many :]
            heard = np.take_along_axis(scored[:, who], top, axis=0).sum(axis=0)
            gain = np.take_along_axis(score[:, who] + score[:, panel[:, t]].sum(axis=1)[:, None], top, axis=0).sum(
                axis=0
            )
            gain += self.penalty * np.minimum(short[who], heard)
            panel[who[int(np.argmax(gain * shake[who]))], t] = True

    def fill_track(self, state: PlacementState, panel: Bools, t: int) -> None:
        """Add the pitches of most worth a minute, counting missed minimums and fresh OPCs as they stand."""
        tables, placed = self.tables, state.placed
        candidates = self.fits[t][placed[self.fits[t]] < 0]
        if not len(candidates):
            return
        seated = panel[:, t]
        worth = self.score[np.ix_(candidates, np.flatnonzero(seated))].sum(axis=1)
        needy = np.flatnonzero(seated & (tables.minimum > 0))
        wants = self.scored[np.ix_(candidates, needy)]
        short = self.tables.missed(placed, panel)[needy]
        is_new = tables.is_fresh & ~tables.is_placed(placed)
        fresh = is_new[tables.opc_of[candidates]]
        worth = worth + tables.rules.fresh_bonus * fresh
        alive = np.ones(len(candidates), dtype=bool)
        while True:
            alive &= tables.needs[candidates] <= state.room[t]
            total = (worth + self.penalty * (wants @ np.minimum(short, 1))) / tables.needs[candidates]
            total = np.where(alive, total, -1.0)
            k = int(np.argmax(total))
            if total[k] <= 0:
                return
            alive[k] = False
            p = int(candidates[k])
            if state.admits(p, t):
                state.place(p, t)
                short = np.maximum(short - wants[k], 0)
