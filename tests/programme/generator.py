"""Seeded instances of the sizes that were tried: 50 / 200 / 500 pitches, 12 / 30 / 60 owners."""

from __future__ import annotations

import random
from typing import Any

OWNERS = {50: 12, 200: 30, 500: 60}
THEMES = ("culture", "sports", "consumption", "education")


def make_season(n_pitches: int, seed: int = 0, *, n_owners: int | None = None) -> dict[str, Any]:
    """One main and some themed sessions with room for about 75 % of the pitches; 90 % availability."""
    rng = random.Random(seed)
    n_owners = n_owners or OWNERS.get(n_pitches, max(2, n_pitches // 8))
    n_tracks = max(2, round(n_pitches * 0.75 * 15 / 110))
    per_session = 3 if n_tracks > 6 else 2
    n_sessions = max(2, round(n_tracks / per_session))
    sessions = [
        {
            "id": f"s{i:02}",
            "kind": "main" if i == 0 else "themed",
            "format": "panel",
            "themes": [] if i == 0 else rng.sample(THEMES, 2),
            "on": f"2026-12-{1 + i:02}",
        }
        for i in range(n_sessions)
    ]
    tracks = [
        {
            "id": f"t{i:02}",
            "session": sessions[i % n_sessions]["id"],
            "room": f"r{i // n_sessions}",
            "start_min": 540,
            "end_min": 540 + rng.choice((90, 110, 130)),
            "panel_seats": rng.choice((2, 3, 4)),
            "max_per_district": rng.choice((None, 3)),
        }
        for i in range(n_tracks)
    ]
    ids = [session["id"] for session in sessions]
    n_opcs = max(1, round(n_pitches * 0.85))
    pitches = [
        {
            "id": f"p{i:03}",
            "opc": f"opc{i % n_opcs:03}",
            "theme": rng.choice(THEMES),
            "district": f"d{rng.randrange(8)}",
            "duration_min": rng.choice((10, 15, 20)),
            "sessions": [s for s in ids if rng.random() < 0.9],
            "fresh": rng.random() < 0.2,
        }
        for i in range(n_pitches)
    ]
    owners = [
        {
            "id": f"o{i:02}",
            "sessions": [s for s in ids if rng.random() < 0.9],
            "max_sessions": rng.choice((1, 2, 3)),
            "min_candidates": rng.choice((0, 2, 4)),
            "max_meetings": 6,
        }
        for i in range(n_owners)
    ]
    taste = {owner["id"]: rng.choice(THEMES) for owner in owners}
    scores = []
    for pitch in pitches:
        for owner in owners:
            near = pitch["theme"] == taste[owner["id"]]
            if rng.random() < (0.7 if near else 0.25):
                scores.append([pitch["id"], owner["id"], rng.randint(40, 100) if near else rng.randint(5, 60)])
    return {"sessions": sessions, "tracks": tracks, "pitches": pitches, "owners": owners, "scores": scores}


SLOTS = 12
SLOT_MINUTES = 10
MEETINGS_FROM = 680


def add_hall(season: dict[str, Any], seed: int = 0, *, share: float = 0.8) -> dict[str, Any]:
    """One hall on a day of its own where everybody meets: 12 slots, each person there in `share` of them."""
    season["sessions"].append({"id": "hall", "kind": "themed", "format": "panel", "themes": [], "on": "2026-12-31"})
    for record in (*season["pitches"], *season["owners"]):
        record["sessions"] = [*record["sessions"], "hall"]
    return _meet(season, ["hall"], seed, share, len(season["owners"]))


def add_meetings(season: dict[str, Any], seed: int = 0, *, share: float = 0.8, tables: int = 10) -> dict[str, Any]:
    """12 slots after the tracks of every session; who attends a session is there in `share` of its slots."""
    return _meet(season, [session["id"] for session in season["sessions"]], seed, share, tables)


def _meet(season: dict[str, Any], sessions: list[str], seed: int, share: float, tables: int) -> dict[str, Any]:
    rng = random.Random(f"meetings {seed}")
    starts = [MEETINGS_FROM + SLOT_MINUTES * i for i in range(SLOTS)]
    slots = [
        {"id": f"{s}-{i:02}", "session": s, "start_min": start, "end_min": start + SLOT_MINUTES, "tables": tables}
        for s in sessions
        for i, start in enumerate(starts)
    ]
    windows: dict[str, list[dict[str, Any]]] = {}
    for record in (*season["pitches"], *season["owners"]):
        person = record.get("opc", record["id"])  # the pitches of one OPC have its hours
        if person not in windows:
            windows[person] = [
                {"session": s, "start_min": start, "end_min": start + length}
                for s in sessions
                for start, length in [(0, MEETINGS_FROM), *((start, SLOT_MINUTES) for start in starts)]
                if length == MEETINGS_FROM or rng.random() < share
            ]
        record["windows"] = [dict(window) for window in windows[person]]
    for owner in season["owners"]:
        owner["max_meetings"] = 10
    season["meetings"] = {"slots": slots, "max_per_opc": 3}
    return season


ODD = ("tiny", "huge", "many", "theme", "one", "reverse", "long", "twins", "strict", "chain", "sparse", "equal")
"""Shapes that no season has: tracks of one pitch, one track of a day and a half, a session a track, one theme for a
session or for all, reverse sessions, pitches of hours, OPCs with three, an hour for everybody, chains of `after`,
hardly any scores, all scores alike."""


def make_odd(shape: str, seed: int) -> dict[str, Any]:
    """A problem of an odd shape (see `ODD`), with whatever else is legal drawn at random."""
    rng = random.Random(f"{shape} {seed}")
    n, n_owners = rng.choice([30, 80, 160]), rng.randint(1, 30)
    n_tracks = {"tiny": n, "huge": 1}.get(shape, rng.randint(2, 14))
    n_sessions = {"huge": 1, "many": n_tracks}.get(shape, rng.randint(1, 4))
    names = [f"s{i}" for i in range(n_sessions)]
    sessions = [
        {
            "id": name,
            "format": rng.choice(["panel", "reverse"]) if shape == "reverse" else "panel",
            "themes": [rng.choice("abc")] if shape == "theme" else [],
            "on": f"2026-12-{1 + i % 28:02d}",
        }
        for i, name in enumerate(names)
    ]
    tracks = []
    for i in range(n_tracks):
        start = 0 if shape == "huge" else rng.randint(480, 700)
        length = {"tiny": 15, "huge": 2000}.get(shape, rng.choice([30, 60, 120, 240]))
        tracks.append(
            {
                "id": f"t{i}",
                "session": names[i % n_sessions],
                "room": f"r{i}",
                "start_min": start,
                "end_min": start + length,
                "panel_seats": rng.randint(0, 4),
                "max_per_district": rng.choice([None, 1, 3]),
            }
        )
    pitches = []
    for i in range(n):
        pitch: dict[str, Any] = {
            "id": f"p{i}",
            "opc": f"c{i // (3 if shape == 'twins' else 1)}",
            "theme": "a" if shape == "one" else rng.choice("abc"),
            "district": rng.choice([None, "x", "y"]),
            "duration_min": rng.choice([5, 100, 200] if shape == "long" else [5, 10, 15]),
            "sessions": [name for name in names if rng.random() < 0.8],
            "fresh": rng.random() < 0.2,
        }
        if shape == "strict" and pitch["sessions"]:
            pitch["windows"] = [{"session": pitch["sessions"][0], "start_min": 500, "end_min": 560}]
        if shape == "chain" and i % 5:
            pitch["after"] = f"p{i - 1}"
        pitches.append(pitch)
    owners = [
        {
            "id": f"o{i}",
            "sessions": [name for name in names if rng.random() < 0.9],
            "max_sessions": rng.choice([None, 1, 3]),
            "min_candidates": rng.choice([0, 3]),
            "max_meetings": rng.choice([None, 2]),
        }
        for i in range(n_owners)
    ]
    share = {"sparse": 0.02, "equal": 1.0}.get(shape, 0.4)
    scores = [
        [pitch["id"], owner["id"], 50 if shape == "equal" else rng.randint(0, 100)]
        for pitch in pitches
        for owner in owners
        if rng.random() < share
    ]
    slots = [
        {
            "id": f"m{i}",
            "session": names[i % n_sessions],
            "start_min": 800 + 10 * i,
            "end_min": 810 + 10 * i,
            "tables": rng.randint(0, 5),
        }
        for i in range(rng.randint(0, 14))
    ]
    return {
        "sessions": sessions,
        "tracks": tracks,
        "pitches": pitches,
        "owners": owners,
        "scores": scores,
        "meetings": {"slots": slots, "max_per_opc": rng.choice([None, 1, 3])},
        "rules": {"buffer_min": rng.choice([0, 5]), "max_pitches_per_opc": rng.choice([1, 2])},
    }
