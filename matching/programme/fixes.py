"""What would put a left-out pitch on stage: the smallest change first.

Each is found by asking the same question of the problem that is that little bit different: a limit by one, a window by
some minutes, a score by the points that the pitch lacks.
"""

from __future__ import annotations

from math import ceil

from .greedy import PlacementState
from .messages import FIXES, told
from .model import Json
from .tables import Bools, Ints, Tables

MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240)
FEW_POINTS = 10  # so many points of a match score are a smaller change than a longer track


def windows_fix(tables: Tables, p: int, open_: Bools) -> Json:
    """By how many minutes the pitch's time has to be wider, before and after, for any of the `open_` tracks."""
    pitch = tables.pitches[p]
    for minutes in MINUTES:
        for t in open_.nonzero()[0].tolist():
            track = tables.tracks[t]
            stage = (track.start_min, track.end_min - tables.rules.buffer_min)
            for window in pitch.windows:
                start, end = max(stage[0], window.start_min - minutes), min(stage[1], window.end_min + minutes)
                if window.session == track.session and end - start >= pitch.duration_min:
                    return told(FIXES, "wider", session=track.session, minutes=minutes)
    return told(FIXES, "windows")


def limit_fixes(tables: Tables, placed: Ints, p: int, open_: Bools) -> list[Json]:
    """Limits that alone keep the pitch from a track with time for it, each raised by one."""
    state = PlacementState(tables, placed.copy())  # counts twice what is placed: only `districts` and `room` are read
    room = tables.room.copy()
    districts: dict[tuple[int, str], int] = {}
    for q, t in enumerate(placed.tolist()):
        if t >= 0:
            room[t] -= tables.needs[q]
            if (district := tables.pitches[q].district) is not None:
                districts[t, district] = districts.get((t, district), 0) + 1
    state.room, state.districts = room, districts
    pitch, found = tables.pitches[p], []
    mine = [q for q in tables.opcs[pitch.opc] if placed[q] >= 0]
    if len(mine) >= tables.rules.max_pitches_per_opc:
        found.append(told(FIXES, "opc_limit", limit=tables.rules.max_pitches_per_opc + 1))
    for t in open_.nonzero()[0].tolist():
        limit, district = tables.tracks[t].max_per_district, pitch.district
        full = limit is not None and district is not None and districts.get((t, district), 0) >= limit
        if full and limit is not None and district is not None:
            districts[t, district] -= 1
            if state.admits(p, t):
                found.append(told(FIXES, "district", track=tables.tracks[t].id, limit=limit + 1))
            districts[t, district] += 1
    return found


def score_fix(tables: Tables, panel: Bools, p: int, t: int, loss: float) -> Json | None:
    """By how many points the pitch's score for an owner on that panel would have to be higher: what it lacks."""
    points = ceil(loss)
    heard = [(int(tables.score[p, o]), o) for o in panel[:, t].nonzero()[0].tolist() if tables.scored[p, o]]
    able = [(score, o) for score, o in heard if score + points <= 100]
    if points < 1 or not able:
        return None
    score, o = max(able, key=lambda pair: (pair[0], -pair[1]))
    return told(FIXES, "score", owner=tables.owners[o].id, points=points, to=score + points)


def room_fix(tables: Tables, p: int) -> Json:
    """As many minutes more of a track as the pitch takes."""
    return told(FIXES, "room", minutes=int(tables.needs[p]))
