"""Pitches and panels in one model: the optimum and its proof when the problem is small.

Columns x[p, t], y[o, t] and z[p, o, t] (pitch p is heard by owner o on track t), z only where a score exists.
Rows: those of both steps, z ≤ y, Σ_o z ≤ seats · x, Σ_p (duration + buffer) · z ≤ room · y. Every plan is a point of
the model with the same objective, and what `order` adds only removes points: so HiGHS's dual bound of the MILP is an
upper bound of the problem as posed. (The LP's is loose: `relaxation` has the bound of larger problems.)
"""

from __future__ import annotations

import numpy as np

from .linear import Budget, Program, Solution
from .locking import Locked
from .panels import add_seat_rows, seat_columns
from .pitches import PitchStep, add_pitch_rows
from .tables import Bools, Ints, Tables


class Joint:
    """The joint model of a problem under its locks."""

    def __init__(self, tables: Tables, locked: Locked) -> None:
        self.tables = tables
        self.locked = locked
        self.step = PitchStep(tables, locked, locked.seat_open)
        self.seat_pairs = seat_columns(locked)
        owners_of: list[list[int]] = [[] for _ in tables.tracks]
        for o, t in self.seat_pairs:
            owners_of[t].append(o)
        self.triples = [
            (p, o, t) for p, t in self.step.pairs for o in owners_of[t] if tables.scored[p, o] and locked.seats[t] > 0
        ]

    def program(self) -> Program:
        tables, step, program = self.tables, self.step, Program()
        for _ in step.pairs:
            program.column(0.0)
        add_pitch_rows(program, step)
        seat_at = {pair: program.column(0.0) for pair in self.seat_pairs}
        add_seat_rows(program, tables, self.locked, seat_at)
        by_pair: dict[tuple[int, int], list[int]] = {}
        by_seat: dict[tuple[int, int], list[tuple[int, int]]] = {}
        by_owner: dict[int, list[int]] = {}
        for p, o, t in self.triples:
            z = program.column(float(tables.score[p, o]))
            by_pair.setdefault((p, t), []).append(z)
            by_seat.setdefault((o, t), []).append((z, p))
            by_owner.setdefault(o, []).append(z)
        for (p, t), zs in by_pair.items():
            seats = min(int(self.locked.seats[t]), len(zs))
            program.row([*zs, step.at[p, t]], [1.0] * len(zs) + [-float(seats)], high=0)
        for (o, t), pairs in by_seat.items():
            need = [float(tables.needs[p]) for _, p in pairs]
            y = seat_at[o, t]
            program.row([*(z for z, _ in pairs), y], [*need, -float(tables.room[t])], high=0)
            for z, _ in pairs:
                program.row([z, y], [1.0, -1.0], high=0)
        for p, t in by_pair:
            for z in by_pair[p, t]:
                program.row([z, step.at[p, t]], [1.0, -1.0], high=0)
        for ids in tables.fresh.values():
            cols = [k for i in ids for k in step.by_pitch[i]]
            if cols:
                column = program.column(tables.rules.fresh_bonus)
                program.row([column, *cols], [1.0] + [-1.0] * len(cols), high=0)
        for needy in np.flatnonzero(tables.minimum).tolist():
            need_o = int(tables.minimum[needy])
            column = program.column(-tables.rules.short_candidate_penalty, high=need_o)
            program.row([column, *by_owner.get(needy, [])], low=need_o)
        return program

    def solve(self, budget: Budget, *, seconds: float = float("inf")) -> tuple[Ints, Bools, Solution] | Solution:
        """The MILP: pitches placed, panel and the solution, or the solution alone when it holds no plan."""
        solution = self.program().solve(nodes=budget.nodes(), seconds=min(seconds, budget.left()))
        if solution.x is None:
            return solution
        placed = np.full(len(self.tables.pitches), -1, dtype=np.int64)
        for k in np.flatnonzero(solution.x[: len(self.step.pairs)] > 0.5).tolist():
            placed[self.step.pairs[k][0]] = self.step.pairs[k][1]
        panel = np.zeros((len(self.tables.owners), len(self.tables.tracks)), dtype=bool)
        first = len(self.step.pairs)
        for k, pair in enumerate(self.seat_pairs):
            panel[pair] = solution.x[first + k] > 0.5
        return placed, panel, solution
