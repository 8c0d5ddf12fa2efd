"""A programme to make files of: its problem, its plan and its names, as the store keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from matching.publishing.programme import Programme, read_programme

Json = dict[str, Any]

PUBLISHED_AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SEASON, TITLE = "2026-Q4", "成都市人工智能 OPC “1+N”成果路演与供需对接"

ROOMS = {"main-a": "主会场", "main-b": "分会场", "culture-a": "一号厅"}
SESSION_OF = {"main-a": "main", "main-b": "main", "culture-a": "culture"}
STARTS = {"main-a": 570, "main-b": 570, "culture-a": 840}


def make_problem(*, each: int = 3, slots: int = 2, tables: int = 2) -> Json:
    """Three tracks in two sessions, `each` pitches a track, two owners a track, meetings after the main session."""
    pitches = [
        {"id": f"P-{track}-{n}", "opc": f"P-{track}-{n}", "theme": "culture", "district": "wuhou", "duration_min": 10,
         "sessions": [SESSION_OF[track]], "fresh": True}
        for track in ROOMS
        for n in range(1, each + 1)
    ]  # fmt: skip
    return {
        "sessions": [
            {"id": "culture", "kind": "themed", "format": "panel", "themes": ["culture"], "on": "2026-12-22"},
            {"id": "main", "kind": "main", "format": "panel", "themes": [], "on": "2026-12-15"},
        ],
        "tracks": [
            {"id": track, "session": SESSION_OF[track], "room": room, "start_min": STARTS[track],
             "end_min": STARTS[track] + 15 * each + 10, "panel_seats": 2, "max_per_district": None}
            for track, room in ROOMS.items()
        ],
        "pitches": pitches,
        "owners": [{"id": f"场景方{track}{n}", "sessions": [SESSION_OF[track]]} for track in ROOMS for n in (1, 2)],
        "scores": [],
        "rules": {"buffer_min": 5},
        "locks": [],
        "meetings": {
            "slots": [
                {"id": f"slot-{n}", "session": "main", "start_min": start, "end_min": start + 10, "tables": tables}
                for n, start in enumerate(range(730, 730 + 10 * slots, 10))
            ],
            "max_per_opc": 3,
        },
    }  # fmt: skip


def make_plan(problem: Json) -> Json:
    """Every pitch in its track one after the other; at each table of each slot another pair meets."""
    buffer, placements = problem["rules"]["buffer_min"], []
    for track in problem["tracks"]:
        at = track["start_min"]
        mine = [pitch for pitch in problem["pitches"] if pitch["id"].startswith(f"P-{track['id']}-")]
        for position, pitch in enumerate(mine, start=1):
            end = at + pitch["duration_min"]
            placements.append({"pitch": pitch["id"], "track": track["id"], "position": position, "start_min": at,
                               "end_min": end, "reason": {"kind": "chosen"}})  # fmt: skip
            at = end + buffer
    seats = [{"owner": f"场景方{track['id']}{n}", "track": track["id"]} for track in problem["tracks"] for n in (1, 2)]
    opcs = [one["pitch"] for one in placements if one["track"].startswith("main")]
    owners = [seat["owner"] for seat in seats if seat["track"].startswith("main")]
    meetings = [
        {"opc": opcs[(number + table) % len(opcs)], "owner": owners[(2 * number + table) % len(owners)],
         "slot": slot["id"], "table": table, "score": 80}
        for number, slot in enumerate(problem["meetings"]["slots"])
        for table in range(1, min(slot["tables"], len(owners), len(opcs)) + 1)
    ]  # fmt: skip
    return {"status": "optimal", "objective": 1.0, "bound": 1.0, "gap": 0.0, "placements": placements, "seats": seats,
            "meetings": meetings, "left_out": [], "unmet": []}  # fmt: skip


def make_names(problem: Json) -> dict[str, dict[str, str]]:
    """Names of sessions and pitches, as they are known on the day of planning."""
    return {
        "sessions": {"main": "主场：城市开放场景", "culture": "专场：文创与影视"},
        "pitches": {pitch["id"]: f"工作室 {pitch['id'][2:]}" for pitch in problem["pitches"]},
    }


def make_programme(
    problem: Json | None = None,
    plan: Json | None = None,
    names: dict[str, dict[str, str]] | None = None,
    *,
    revision: int = 1,
    stage: str = "published",
    season: str = SEASON,
) -> Programme:
    """A published revision; each is published an hour after the one before."""
    problem = problem or make_problem()
    at = PUBLISHED_AT + timedelta(hours=revision - 1)
    return read_programme(
        problem, plan or make_plan(problem), names or make_names(problem), season=season, title=TITLE,
        revision=revision, stage=stage, made_at=at - timedelta(days=1), published_at=None if stage == "draft" else at,
    )  # fmt: skip
