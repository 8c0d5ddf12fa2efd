"""The pitch step: which pitch goes to which track under given panels, as a MILP.

Columns: x[p, t] for every pair that fits and is not excluded; one column for each fresh OPC (≤ the number of its
placed pitches); one for each owner's unmet minimum. Rows: each pitch once, Σ (duration + buffer) within the track,
the OPC's limits, districts, locks, and these, which keep the relaxation valid and leave the rest to `order`:

- windows: a pitch fits a track only if one of its windows is long enough; pitches whose stage lies within
  [a, b] of a track may not need more than b - a together (one row for each pair of window ends);
- `after`: pairs of places in which p can never start after q has ended are forbidden;
- `apart_from`: the two are never in the same track;
- no person twice: two pitches of an OPC may not stand in parallel tracks if no order could keep them apart;
- positions: a track that holds a pitch locked to position k holds at least k pitches.

What `order` then proves impossible (a set of pitches of one track that no order fits) comes back as a cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .linear import Budget, Program, Solution
from .locking import Locked
from .tables import Bools, Ints, Tables

Cut = tuple[tuple[int, int], ...]  # (pitch, track) pairs that cannot all hold


@dataclass(frozen=True, slots=True)
class PitchPlan:
    """`placed`: track index or -1, shape (n_pitches,), None when nothing was found. `bound` as in `Solution`."""

    placed: Ints | None
    value: float
    bound: float
    is_infeasible: bool = False
    is_optimal: bool = False


@dataclass(slots=True)
class PitchStep:
    """The MILP for given panels; build once, solve with different extras."""

    tables: Tables
    locked: Locked
    panel: Bools
    cuts: Sequence[Cut] = ()
    pairs: list[tuple[int, int]] = field(init=False)
    at: dict[tuple[int, int], int] = field(init=False)
    by_pitch: list[list[int]] = field(init=False)
    by_track: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        where = np.argwhere(self.locked.pitch_open)
        self.pairs = [(int(p), int(t)) for p, t in where]
        self.at = {pair: k for k, pair in enumerate(self.pairs)}
        self.by_pitch = [[] for _ in self.tables.pitches]
        self.by_track = [[] for _ in self.tables.tracks]
        for k, (p, t) in enumerate(self.pairs):
            self.by_pitch[p].append(k)
            self.by_track[t].append(k)

    def program(self) -> Program:
        """Columns and rows of the step, with the contract's objective."""
        tables, program = self.tables, Program()
        value = tables.score @ self.panel.astype(np.int64)
        for p, t in self.pairs:
            program.column(float(value[p, t]))
        add_pitch_rows(program, self)
        for ids in tables.fresh.values():
            if any(self.by_pitch[i] for i in ids):
                column = program.column(tables.rules.fresh_bonus)
                cols = [k for i in ids for k in self.by_pitch[i]]
                program.row([column, *cols], [1.0] + [-1.0] * len(cols), high=0)
        for o in np.flatnonzero(tables.minimum):
            need = int(tables.minimum[o])
            column = program.column(-tables.rules.short_candidate_penalty, high=need)
            heard = [k for k, (p, t) in enumerate(self.pairs) if self.panel[o, t] and tables.scored[p, o]]
            program.row([column, *heard], low=need)
        return program

    def solve(
        self,
        budget: Budget,
        *,
        seconds: float = float("inf"),
        gap: float = 0.0,
        forced: int | None = None,
        kept: tuple[Ints, float] | None = None,
    ) -> PitchPlan:
        """Best pitches for the panels.

        `forced` has to be placed; `kept` is (earlier track by pitch, what each that stays there is worth).
        """
        program = self.program()
        if kept is not None:
            for p, t in enumerate(kept[0].tolist()):
                if (p, t) in self.at:
                    program.cost[self.at[p, t]] += kept[1]
        if forced is not None:
            program.row(self.by_pitch[forced], low=1)
        return self.plan(program.solve(nodes=budget.nodes(), seconds=min(seconds, budget.left()), gap=gap))

    def fewest_moves(
        self,
        budget: Budget,
        before: Ints,
        floor: float,
        *,
        most: int | None = None,
        seconds: float = float("inf"),
    ) -> PitchPlan:
        """Keep as many pitches of `before` in their track as an objective of at least `floor` allows.

        With `most` the number of moves is held at that and the objective is maximised again.
        """
        program = self.program()
        kept = [self.at[p, t] for p, t in enumerate(before.tolist()) if t >= 0 and (p, t) in self.at]
        cost = list(program.cost)
        if most is None:
            on = [k for k, c in enumerate(cost) if c]
            program.row(on, [cost[k] for k in on], low=floor)
            program.cost = [0.0] * len(cost)
            for k in kept:
                program.cost[k] = 1.0
        else:
            program.row(kept, low=int((before >= 0).sum()) - most)
        limit = max(min(seconds, budget.left()), 0.3)
        return self.plan(program.solve(nodes=budget.nodes(), seconds=limit))

    def plan(self, solution: Solution) -> PitchPlan:
        placed: Ints | None = None
        if solution.x is not None:
            placed = np.full(len(self.tables.pitches), -1, dtype=np.int64)
            for k in np.flatnonzero(solution.x[: len(self.pairs)] > 0.5):
                p, t = self.pairs[k]
                placed[p] = t
        value = solution.value
        if placed is not None:
            value = self.tables.evaluate(placed, self.panel).total
        return PitchPlan(placed, value, solution.bound, solution.is_infeasible, solution.is_optimal)


def add_pitch_rows(program: Program, step: PitchStep) -> None:
    """Every hard rule on pitches; columns 0..n_pairs-1 of `program` are x[p, t]."""
    tables, locked, rules = step.tables, step.locked, step.tables.rules
    for cols in step.by_pitch:
        if len(cols) > 1:
            program.row(cols, high=1)
    for t, cols in enumerate(step.by_track):
        program.row(cols, [float(tables.needs[step.pairs[k][0]]) for k in cols], high=float(tables.room[t]))
        _add_districts(program, step, t, cols)
        _add_energy(program, step, t, cols)
    for ids in tables.opcs.values():
        cols = [k for i in ids for k in step.by_pitch[i]]
        if len(ids) > rules.max_pitches_per_opc:
            program.row(cols, high=rules.max_pitches_per_opc)
        if len(ids) > rules.max_pitches_per_opc_per_session:
            for tracks in tables.in_session.values():
                among = [k for k in cols if step.pairs[k][1] in tracks]
                if among:
                    program.row(among, high=rules.max_pitches_per_opc_per_session)
    for i, j in tables.apart:
        for t in range(len(tables.tracks)):
            if (i, t) in step.at and (j, t) in step.at:
                program.row([step.at[i, t], step.at[j, t]], high=1)
    _add_pairs(program, step)
    for p, choice in locked.pitch_in:
        program.row([step.at[p, t] for t in choice if (p, t) in step.at], low=1)
    _add_positions(program, step)
    for cut in step.cuts:
        if all(pair in step.at for pair in cut):
            cols = [step.at[pair] for pair in cut]
            # with fixed positions one more pitch may mend an order, so the cut then holds for this very set
            tied = {t for _, t in cut if any(u == t for u, _ in locked.positions)}
            others = [k for t in sorted(tied) for k in step.by_track[t] if k not in cols]
            program.row([*cols, *others], [1.0] * len(cols) + [-1.0] * len(others), high=len(cut) - 1)


def _add_districts(program: Program, step: PitchStep, t: int, cols: Sequence[int]) -> None:
    limit = step.tables.tracks[t].max_per_district
    if limit is None:
        return
    groups: dict[str, list[int]] = {}
    for k in cols:
        district = step.tables.pitches[step.pairs[k][0]].district
        if district is not None:
            groups.setdefault(district, []).append(k)
    for group in groups.values():
        if len(group) > limit:
            program.row(group, high=limit)


def _add_energy(program: Program, step: PitchStep, t: int, cols: Sequence[int]) -> None:
    """Pitches whose stage lies in [a, b] need at most b - a (+ one buffer, which may follow b)."""
    tables = step.tables
    stages = {k: tables.stage(step.pairs[k][0], t) for k in cols if (step.pairs[k][0], t) in tables.spans}
    starts = sorted({spans[0][0] for spans in stages.values()})
    ends = sorted({spans[-1][1] for spans in stages.values()})
    for a in starts:
        for b in ends:
            within = [k for k, spans in stages.items() if a <= spans[0][0] and spans[-1][1] <= b]
            need = [float(tables.needs[step.pairs[k][0]]) for k in within]
            if b > a and sum(need) > b - a + tables.rules.buffer_min:
                program.row(within, need, high=b - a + tables.rules.buffer_min)


def _add_pairs(program: Program, step: PitchStep) -> None:
    tables = step.tables
    for p, pitch in enumerate(tables.pitches):
        if pitch.after is None:
            continue
        q = tables.pitch_at[pitch.after]
        for k in step.by_pitch[p]:
            t = step.pairs[k][1]
            never = [j for j in step.by_pitch[q] if tables.cannot_follow(p, t, q, step.pairs[j][1])]
            if never:  # q is in one place only, so one row serves all of them
                program.row([k, *never], high=1)
    for ids in tables.opcs.values():
        for n, p in enumerate(ids):
            for q in ids[n + 1 :]:
                for k in step.by_pitch[p]:
                    t = step.pairs[k][1]
                    clash = [j for j in step.by_pitch[q] if tables.clash(p, t, q, step.pairs[j][1])]
                    if clash:
                        program.row([k, *clash], high=1)


def _add_positions(program: Program, step: PitchStep) -> None:
    taken: dict[tuple[int, int], list[int]] = {}
    for (t, p), positions in sorted(step.locked.positions.items()):
        for position in positions:
            taken.setdefault((t, position), []).append(p)
        if (p, t) not in step.at:
            continue
        column = step.at[p, t]
        if len(positions) > 1:
            program.row([column], high=0)
        need = max(positions)
        if need > 1:
            program.row([*step.by_track[t], column], [1.0] * len(step.by_track[t]) + [-float(need)], low=0)
    for (t, _), pitches in taken.items():
        if len(pitches) > 1:
            program.row([step.at[p, t] for p in pitches if (p, t) in step.at], high=1)
