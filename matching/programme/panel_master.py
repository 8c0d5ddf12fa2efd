"""The MILP over whole panels: exact when it holds every panel that a better plan could have.

Columns x[p, t], one binary for each panel S of a track, w[p, S, t] (p stands before S) and y[o, t] = Σ_{S ∋ o}. A panel
whose best value leaves the relaxation's bound under the objective known cannot stand in a better plan, so it is left
out; with the few that remain the LP is as tight as the relaxation, far above that of `joint`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .linear import Budget, Program
from .locking import Locked
from .panels import add_seat_rows, seat_columns
from .pitches import PitchStep, add_pitch_rows
from .tables import Bools, Ints, Tables

# by track, each panel (its owners) that may sit there, with the pitches that may stand before it (None: all)
Panels = Mapping[int, Mapping[tuple[int, ...], frozenset[int] | None]]


def columns_of(tables: Tables, locked: Locked, panels: Panels) -> int:
    """How many w[p, S, t] the MILP has."""
    return sum(
        int(locked.pitch_open[:, t].sum()) if pitches is None else len(pitches)
        for t, some in panels.items()
        for pitches in some.values()
    )


def best_of_panels(
    tables: Tables, locked: Locked, panels: Panels, budget: Budget, *, seconds: float, nodes: int
) -> tuple[Ints | None, Bools | None, float]:
    """Pitches placed and panel (None when nothing was found), and an upper bound of all plans with these panels."""
    program, step = Program(), PitchStep(tables, locked, locked.seat_open)
    for _ in step.pairs:
        program.column(0.0)
    add_pitch_rows(program, step)
    seat_at = {pair: program.column(0.0, whole=False) for pair in seat_columns(locked)}
    add_seat_rows(program, tables, locked, seat_at)
    heard: list[list[int]] = [[] for _ in tables.owners]
    standing: dict[int, list[tuple[int, ...]]] = {}
    first_of: dict[int, int] = {}
    for t, some in sorted(panels.items()):
        standing[t] = list(some)
        before: dict[int, list[int]] = {}
        sits: dict[int, list[int]] = {}
        stands = [program.column(0.0) for _ in standing[t]]
        first_of[t] = stands[0] if stands else 0
        if len(stands) > 1:
            program.row(stands, high=1)
        for (panel, pitches), column in zip(some.items(), stands, strict=True):
            seated = list(panel)
            for o in seated:
                sits.setdefault(o, []).append(column)
            value = tables.score[:, seated].sum(axis=1)
            listens = tables.scored[:, seated]
            of_panel: list[tuple[int, int]] = []
            for k in step.by_track[t]:
                p = step.pairs[k][0]
                if not listens[p].any() or (pitches is not None and p not in pitches):
                    continue
                w = program.column(float(value[p]), whole=False)
                program.row([w, column], [1.0, -1.0], high=0)
                before.setdefault(k, []).append(w)
                of_panel.append((w, p))
                for o, hears in zip(seated, listens[p].tolist(), strict=True):
                    if hears:
                        heard[o].append(w)
            need = [float(tables.needs[p]) for _, p in of_panel]
            program.row([*(w for w, _ in of_panel), column], [*need, -float(tables.room[t])], high=0)
        for k, ws in before.items():
            program.row([*ws, k], [1.0] * len(ws) + [-1.0], high=0)
        for o in np.flatnonzero(locked.seat_open[:, t]).tolist():
            cols = sits.get(o, [])
            program.row([seat_at[o, t], *cols], [1.0] + [-1.0] * len(cols), low=0, high=0)
    for ids in tables.fresh.values():
        cols = [k for i in ids for k in step.by_pitch[i]]
        if cols:
            column = program.column(tables.rules.fresh_bonus)
            program.row([column, *cols], [1.0] + [-1.0] * len(cols), high=0)
    for o in np.flatnonzero(tables.minimum).tolist():
        column = program.column(-tables.rules.short_candidate_penalty, high=int(tables.minimum[o]), whole=False)
        program.row([column, *heard[o]], low=int(tables.minimum[o]))
    solution = program.solve(nodes=nodes, seconds=min(seconds, budget.left()))
    if solution.is_infeasible:
        return None, None, -np.inf
    if solution.x is None:
        return None, None, solution.bound
    placed = np.full(len(tables.pitches), -1, dtype=np.int64)
    for k in np.flatnonzero(solution.x[: len(step.pairs)] > 0.5).tolist():
        placed[step.pairs[k][0]] = step.pairs[k][1]
    seats = np.zeros((len(tables.owners), len(tables.tracks)), dtype=bool)
    for t, offered in standing.items():
        for j, panel in enumerate(offered):
            if solution.x[first_of[t] + j] > 0.5:
                seats[list(panel), t] = True
    return placed, seats, solution.bound
