"""The panel step: which owner sits in which track, and the first panels to start from.

Columns: y[o, t] for every seat that is possible. Rows: one track of a session, `max_sessions`, the seats of a
track, tracks that run in parallel, locks. An owner sits through the whole track.
"""

from __future__ import annotations

import numpy as np

from .linear import Budget, Floats, Program
from .locking import Locked
from .tables import Bools, Ints, Tables


def add_seat_rows(program: Program, tables: Tables, locked: Locked, at: dict[tuple[int, int], int]) -> None:
    """Every hard rule on seats; `at` gives the column of (owner, track)."""
    for o, owner in enumerate(tables.owners):
        for tracks in tables.in_session.values():
            cols = [at[o, t] for t in tracks if (o, t) in at]
            if len(cols) > 1:
                program.row(cols, high=1)
        mine = [t for t in range(len(tables.tracks)) if (o, t) in at]
        if owner.max_sessions is not None and len(mine) > owner.max_sessions:
            program.row([at[o, t] for t in mine], high=owner.max_sessions)
        for n, t in enumerate(mine):
            for u in mine[n + 1 :]:
                if tables.parallel[t, u] and tables.tracks[t].session != tables.tracks[u].session:
                    program.row([at[o, t], at[o, u]], high=1)
    for t in range(len(tables.tracks)):
        cols = [at[o, t] for o in range(len(tables.owners)) if (o, t) in at]
        if len(cols) > locked.seats[t]:
            program.row(cols, high=int(locked.seats[t]))
    for o, choice in locked.seat_in:
        program.row([at[o, t] for t in choice if (o, t) in at], low=1)


def seat_columns(locked: Locked) -> list[tuple[int, int]]:
    """(owner, track) of every seat that somebody may take, in the order of the MILP's columns."""
    return [(int(o), int(t)) for o, t in np.argwhere(locked.seat_open)]


def best_panels(tables: Tables, locked: Locked, placed: Ints, budget: Budget) -> Bools | None:
    """Best panels for the pitches as placed, shape (n_owners, n_tracks); None when nothing was found in time."""
    values = np.zeros((len(tables.owners), len(tables.tracks)))
    heard = np.zeros_like(values)
    for t in range(len(tables.tracks)):
        on = np.flatnonzero(placed == t)
        values[:, t] = tables.score[on].sum(axis=0)
        heard[:, t] = tables.scored[on].sum(axis=0)
    return _solve(tables, locked, values, heard, budget)


def _solve(tables: Tables, locked: Locked, values: Floats, heard: Floats, budget: Budget) -> Bools | None:
    program, pairs = Program(), seat_columns(locked)
    at = {pair: program.column(float(values[pair])) for pair in pairs}
    add_seat_rows(program, tables, locked, at)
    for o in np.flatnonzero(tables.minimum):
        need = int(tables.minimum[o])
        column = program.column(-tables.rules.short_candidate_penalty, high=need)
        mine = [(at[pair], float(heard[pair])) for pair in pairs if pair[0] == o and heard[pair]]
        program.row([column, *(k for k, _ in mine)], [1.0, *(h for _, h in mine)], low=need)
    solution = program.solve(nodes=budget.nodes(), seconds=max(budget.left(), 0.2), gap=1e-6)
    if solution.x is None:
        return None
    panel = np.zeros(values.shape, dtype=bool)
    for pair, k in at.items():
        panel[pair] = solution.x[k] > 0.5
    return panel


def feasible_panels(tables: Tables, locked: Locked) -> Bools | None:
    """Some panels that obey every lock; None is a proof that there are none."""
    program, pairs = Program(), seat_columns(locked)
    at = {pair: program.column(0.0) for pair in pairs}
    add_seat_rows(program, tables, locked, at)
    solution = program.solve()
    if solution.x is None:
        return None
    panel = np.zeros((len(tables.owners), len(tables.tracks)), dtype=bool)
    for pair, k in at.items():
        panel[pair] = solution.x[k] > 0.5
    return panel


def greedy_panels(tables: Tables, locked: Locked, panel: Bools) -> Bools:
    """Fill the open seats of `panel` one by one, always the seat that is worth most, ties by id.

    A panel is worth the sum of the best pitches that its track has time for, each counted with the score of
    the whole panel, so owners who want the same pitches gather; a pitch already promised to other tracks counts
    less there.
    """
    panel = panel.copy()
    n_tracks = panel.shape[1]
    mean_need = float(tables.needs.mean()) if len(tables.needs) else 1.0
    fill = np.maximum(1, (tables.room / mean_need).astype(int))
    promised = np.zeros(len(tables.pitches))
    owner_sessions = panel.sum(axis=1)
    limit = np.array([n_tracks if o.max_sessions is None else o.max_sessions for o in tables.owners], dtype=int)
    session_of = [track.session for track in tables.tracks]
    gains = np.full(panel.shape, -1.0)
    stale = set(range(n_tracks))
    while True:
        for t in sorted(stale):
            gains[:, t] = _gains(tables, locked, panel[:, t], t, int(fill[t]), promised)
        allowed = locked.seat_open & ~panel & (panel.sum(axis=0) < locked.seats)[None, :]
        allowed &= (owner_sessions < limit)[:, None]
        allowed &= ~_blocked(tables, panel, session_of)
        worth = np.where(allowed, gains, -1.0)
        best = int(np.argmax(worth)) if worth.size else -1
        if best < 0 or worth.flat[best] <= 0:
            return panel
        o, t = divmod(best, n_tracks)
        panel[o, t] = True
        owner_sessions[o] += 1
        top = _best_pitches(tables, locked, panel[:, t], t, int(fill[t]), promised)
        promised[top] += 1.0 / max(1, int(locked.seats[t]))
        stale = {t}


def _blocked(tables: Tables, panel: Bools, session_of: list[str]) -> Bools:
    """Seats an owner cannot take because of one it has: same session, or at the same time."""
    same = np.array([[a == b for b in session_of] for a in session_of], dtype=bool).reshape(len(session_of), -1)
    clash = same | tables.parallel
    blocked: Bools = (panel.astype(np.int64) @ clash.astype(np.int64)) > 0
    return blocked


def _worth(locked: Locked, t: int, promised: Floats) -> tuple[Ints, Floats]:
    fits = np.flatnonzero(locked.pitch_open[:, t])
    discount = 1.0 / (1.0 + promised[fits])
    return fits, discount


def _gains(tables: Tables, locked: Locked, seated: Bools, t: int, fill: int, promised: Floats) -> Floats:
    """What each owner would add to track t, shape (n_owners,)."""
    fits, discount = _worth(locked, t, promised)
    if not len(fits):
        return np.zeros(len(seated))
    score = tables.score[fits] * discount[:, None]
    base = score[:, seated].sum(axis=1)
    many = min(fill, len(fits))
    now = np.partition(base, -many)[-many:].sum()
    together = base[:, None] + score
    gain: Floats = np.partition(together, -many, axis=0)[-many:].sum(axis=0) - now
    need = np.minimum(tables.minimum, fill)  # owners who need candidates come before those who do not
    return gain + 1e-3 * need


def _best_pitches(tables: Tables, locked: Locked, seated: Bools, t: int, fill: int, promised: Floats) -> Ints:
    fits, discount = _worth(locked, t, promised)
    base = (tables.score[fits] * discount[:, None])[:, seated].sum(axis=1)
    order = np.argsort(-base, kind="stable")[: min(fill, len(fits))]
    chosen: Ints = fits[order]
    return chosen
