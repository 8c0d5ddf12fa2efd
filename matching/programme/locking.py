"""Locks as masks and groups, ready for the MILPs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .model import Level, Lock
from .tables import Bools, Tables


@dataclass(slots=True)
class Locked:
    """What a set of locks asks for.

    `pitch_open`: shape (n_pitches, n_tracks), False where excluded. `pitch_in`: (pitch, tracks), one of which it
    must be in. `positions`: (track, pitch) -> positions asked for. `seat_open`, `seat_in`: the same for owners.
    `given`: tracks whose panel is given by exact locks.
    """

    pitch_open: Bools
    seat_open: Bools
    seats: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    pitch_in: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    seat_in: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    positions: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    given: set[int] = field(default_factory=set)

    @property
    def is_seating_free(self) -> bool:
        """True when at least one seat is ours to choose."""
        return bool(self.free_seats.any())

    @property
    def free_seats(self) -> Bools:
        """Seats that are neither locked nor impossible, shape (n_owners, n_tracks)."""
        free = self.seat_open.copy()
        for o, tracks in self.seat_in:
            if len(tracks) == 1:
                free[o, tracks[0]] = False
        return free


def read_locks(tables: Tables, locks: Sequence[Lock]) -> Locked:
    """Turn locks into masks; nothing is judged here, contradictions show up as an infeasible MILP."""
    found = Locked(pitch_open=tables.fits.copy(), seat_open=tables.may_sit.copy(), seats=tables.seats.copy())
    seated: dict[int, set[int]] = {}
    for lock in locks:
        tracks = _tracks(tables, lock)
        if lock.pitch is not None:
            p = tables.pitch_at[lock.pitch]
            if lock.level is Level.EXCLUDED:
                found.pitch_open[p, list(tracks)] = False
                continue
            found.pitch_in.append((p, tracks))
            if lock.position is not None:
                found.positions.setdefault((tracks[0], p), set()).add(lock.position)
        elif lock.owner is not None:
            o = tables.owner_at[lock.owner]
            if lock.level is Level.EXCLUDED:
                found.seat_open[o, list(tracks)] = False
                continue
            found.seat_in.append((o, tracks))
            if lock.level in (Level.EXACT, Level.TRACK):
                seated.setdefault(tracks[0], set()).add(o)
            if lock.level is Level.EXACT:
                found.given.add(tracks[0])
    for t, owners in seated.items():  # the organiser may seat more owners in a reverse track than we would
        found.seats[t] = min(tables.tracks[t].panel_seats, max(int(found.seats[t]), len(owners)))
    for t in found.given:
        others = np.ones(len(tables.owners), dtype=bool)
        others[sorted(seated[t])] = False
        found.seat_open[others, t] = False
    return found


def _tracks(tables: Tables, lock: Lock) -> tuple[int, ...]:
    """The tracks a lock speaks of; all of them when an exclusion names no place."""
    if lock.track is not None and lock.level is not Level.SESSION:
        return (tables.track_at[lock.track],)
    if lock.session is not None:
        return tuple(tables.in_session[lock.session])
    return tuple(range(len(tables.tracks)))
