"""A quick pitch plan without a solver: what is shown when time is out, and where every search starts."""

from __future__ import annotations

import numpy as np

from .locking import Locked
from .tables import Bools, Ints, Tables


def fill(tables: Tables, locked: Locked, panel: Bools, start: dict[int, int]) -> Ints:
    """Place `start` (pitch -> track), then add the pitch with the best worth a minute that still fits, ties by id."""
    placed: Ints = np.full(len(tables.pitches), -1, dtype=np.int64)
    state = PlacementState(tables, placed)
    for p, t in sorted(start.items()):
        state.place(p, t)
    minimum = np.minimum(tables.minimum, 10**6)
    values = (tables.score @ panel.astype(np.int64)).astype(float)
    wanted = (tables.scored @ (panel & (minimum > 0)[:, None]).astype(np.int64)).astype(float)
    worth = values + tables.rules.short_candidate_penalty * np.minimum(wanted, 1)
    for p, pitch in enumerate(tables.pitches):
        worth[p] += tables.rules.fresh_bonus * (pitch.opc in tables.fresh)
    density = worth / np.maximum(tables.needs, 1)[:, None]
    order = np.argsort(-np.where(locked.pitch_open, density, -1.0), axis=None, kind="stable")
    for k in order.tolist():
        p, t = divmod(k, len(tables.tracks))
        if locked.pitch_open[p, t] and placed[p] < 0 and state.admits(p, t):
            state.place(p, t)
    return placed


class PlacementState:
    """What is still free while pitches are placed one by one."""

    def __init__(self, tables: Tables, placed: Ints) -> None:
        self.tables, self.placed = tables, placed
        self.room = tables.room.copy()
        self.districts: dict[tuple[int, str], int] = {}
        self.rivals: dict[int, list[int]] = {}
        for p, q in tables.apart:
            self.rivals.setdefault(p, []).append(q)
            self.rivals.setdefault(q, []).append(p)
        self.followers: dict[int, list[int]] = {}
        for p, pitch in enumerate(tables.pitches):
            if pitch.after is not None:
                self.followers.setdefault(tables.pitch_at[pitch.after], []).append(p)
        for p, t in enumerate(placed.tolist()):
            if t >= 0:
                self.place(p, t)

    def place(self, p: int, t: int) -> None:
        self.placed[p] = t
        self.room[t] -= self.tables.needs[p]
        district = self.tables.pitches[p].district
        if district is not None:
            self.districts[t, district] = self.districts.get((t, district), 0) + 1

    def remove(self, p: int) -> None:
        t, district = int(self.placed[p]), self.tables.pitches[p].district
        self.placed[p] = -1
        self.room[t] += self.tables.needs[p]
        if district is not None:
            self.districts[t, district] -= 1

    def admits(self, p: int, t: int) -> bool:
        """True when every hard rule but the order inside the track still holds with pitch p on track t."""
        tables, pitch, track = self.tables, self.tables.pitches[p], self.tables.tracks[t]
        if self.room[t] < tables.needs[p] or any(self.placed[q] == t for q in self.rivals.get(p, ())):
            return False
        limit = track.max_per_district
        if limit is not None and pitch.district is not None and self.districts.get((t, pitch.district), 0) >= limit:
            return False
        mine = [(q, int(self.placed[q])) for q in tables.opcs[pitch.opc] if self.placed[q] >= 0]
        here = [q for q, u in mine if tables.tracks[u].session == track.session]
        rules = tables.rules
        if len(mine) >= rules.max_pitches_per_opc or len(here) >= rules.max_pitches_per_opc_per_session:
            return False
        if any(tables.clash(p, t, q, u) for q, u in mine):
            return False
        if pitch.after is not None:
            q = tables.pitch_at[pitch.after]
            if self.placed[q] >= 0 and tables.cannot_follow(p, t, q, int(self.placed[q])):
                return False
        return not any(
            self.placed[f] >= 0 and tables.cannot_follow(f, int(self.placed[f]), p, t)
            for f in self.followers.get(p, ())
        )
