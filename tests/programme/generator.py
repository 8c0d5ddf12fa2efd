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
