"""Valid, boring problems and a slow, obvious optimum for tests."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from typing import Any

from matching.programme import parse_problem, solve_line_up

Json = dict[str, Any]


def make_session(id: str = "s1", **other: Any) -> Json:
    return {"id": id, "kind": "main", "format": "panel", "themes": [], "on": "2026-12-05"} | other


def make_track(id: str = "t1", session: str = "s1", **other: Any) -> Json:
    base = {"room": id, "start_min": 540, "end_min": 600, "panel_seats": 2, "max_per_district": None}
    return {"id": id, "session": session} | base | other


def make_pitch(id: str = "p1", **other: Any) -> Json:
    base = {"theme": "culture", "district": None, "duration_min": 20, "sessions": ["s1"], "fresh": False}
    return {"id": id, "opc": f"opc-{id}"} | base | other


def make_owner(id: str = "o1", **other: Any) -> Json:
    return {"id": id, "sessions": ["s1"], "max_sessions": 1, "min_candidates": 0, "max_meetings": 5} | other


def seat(owner: str, track: str) -> Json:
    return {"owner": owner, "track": track, "level": "exact"}


def make_problem(**other: Any) -> Json:
    """Three pitches of 20 minutes, one track of an hour, one owner locked to it; the scores are 10, 20, 30."""
    pitches = [make_pitch(f"p{i}") for i in (1, 2, 3)]
    return {
        "sessions": [make_session()],
        "tracks": [make_track()],
        "pitches": pitches,
        "owners": [make_owner()],
        "scores": [[f"p{i}", "o1", 10 * i] for i in (1, 2, 3)],
        "locks": [seat("o1", "t1")],
    } | other


def line_up(problem: Json, **options: Any) -> Json:
    """The answer as JSON, without the seconds it took."""
    answer = solve_line_up(parse_problem(problem), **options).to_json()
    del answer["timings"]
    return answer


def tracks_of(answer: Json) -> dict[str, str]:
    return {row["pitch"]: row["track"] for row in answer["placements"]}


def order_of(answer: Json, track: str) -> list[str]:
    rows = sorted((row for row in answer["placements"] if row["track"] == track), key=lambda row: row["position"])
    return [row["pitch"] for row in rows]


def best_objective(problem: Json) -> float:
    """The optimum under locked panels by trying everything: each pitch in each track or out, in any order."""
    tracks = {track["id"]: track for track in problem["tracks"]}
    panels = {t: {s["owner"] for s in problem["locks"] if "owner" in s and s["track"] == t} for t in tracks}
    choices = [[None, *tracks] for _ in problem["pitches"]]
    best = -float("inf")
    for choice in product(*choices):
        placed = {p["id"]: t for p, t in zip(problem["pitches"], choice, strict=True) if t is not None}
        value = _value(problem, placed, panels)
        if value > best and _is_legal(problem, placed, tracks):
            best = value
    return best


def _value(problem: Json, placed: dict[str, str], panels: dict[str, set[str]]) -> float:
    rules = {"fresh_bonus": 15, "short_candidate_penalty": 400} | problem.get("rules", {})
    heard = [(p, o, s) for p, o, s in problem["scores"] if p in placed and o in panels[placed[p]]]
    fresh = {p["opc"] for p in problem["pitches"] if p["fresh"]}
    on_stage = {p["opc"] for p in problem["pitches"] if p["id"] in placed}
    short = sum(
        max(0, owner["min_candidates"] - sum(o == owner["id"] for _, o, _ in heard)) for owner in problem["owners"]
    )
    bonus = rules["fresh_bonus"] * len(fresh & on_stage)
    return sum(s for _, _, s in heard) + bonus - rules["short_candidate_penalty"] * short


def _is_legal(problem: Json, placed: dict[str, str], tracks: dict[str, Json]) -> bool:
    pitches = {p["id"]: p for p in problem["pitches"]}
    sessions = {s["id"]: s for s in problem["sessions"]}
    rules = {"max_pitches_per_opc": 2, "max_pitches_per_opc_per_session": 1, "buffer_min": 0}
    rules |= problem.get("rules", {})
    session_of = {t: track["session"] for t, track in tracks.items()}
    for p, t in placed.items():
        themes = sessions[session_of[t]]["themes"]
        if session_of[t] not in pitches[p]["sessions"] or (themes and pitches[p]["theme"] not in themes):
            return False
        if any(placed.get(other) == t for other in pitches[p].get("apart_from", [])):
            return False
    for opc in {p["opc"] for p in pitches.values()}:
        mine = [session_of[t] for p, t in placed.items() if pitches[p]["opc"] == opc]
        if len(mine) > rules["max_pitches_per_opc"]:
            return False
        if any(mine.count(s) > rules["max_pitches_per_opc_per_session"] for s in mine):
            return False
    for t, track in tracks.items():
        here = [pitches[p] for p, u in placed.items() if u == t]
        if sum(p["duration_min"] + rules["buffer_min"] for p in here) > track["end_min"] - track["start_min"]:
            return False
        limit = track["max_per_district"]
        districts = [p["district"] for p in here if p["district"] is not None]
        if limit is not None and any(districts.count(d) > limit for d in districts):
            return False
    return _can_be_timed(placed, pitches, tracks, rules["buffer_min"], sessions)


def _can_be_timed(
    placed: dict[str, str], pitches: dict[str, Json], tracks: dict[str, Json], buffer: int, sessions: dict[str, Json]
) -> bool:
    """Some order of every track obeys windows, `after` and one person at a time (starts as early as possible)."""
    per_track = [[p for p in placed if placed[p] == t] for t in tracks]
    day = {p: sessions[tracks[placed[p]]["session"]]["on"] for p in placed}
    windows = {
        p: [w for w in pitches[p].get("windows", []) if w["session"] == tracks[placed[p]]["session"]] for p in placed
    }  # at most one a pitch here
    for orders in product(*(permutations(here) for here in per_track)):
        starts = {p: max([tracks[placed[p]]["start_min"], *[w["start_min"] for w in windows[p]]]) for p in placed}
        for _ in range(2 * len(placed) + 1):  # push later what has to wait, until nothing moves
            for order in orders:
                for p, q in pairwise(order):
                    starts[q] = max(starts[q], starts[p] + pitches[p]["duration_min"] + buffer)
            for p in placed:
                first = pitches[p].get("after")
                if first in placed and day[first] == day[p]:
                    starts[p] = max(starts[p], starts[first] + pitches[first]["duration_min"])
        ends = {p: starts[p] + pitches[p]["duration_min"] for p in starts}
        in_track = all(ends[p] + buffer <= tracks[placed[p]]["end_min"] for p in placed)
        in_window = all(ends[p] <= w["end_min"] for p in placed for w in windows[p])
        in_turn = all(day[p] >= day[q] for p in placed if (q := pitches[p].get("after")) in placed)
        if in_track and in_window and in_turn:
            return True
    return False


def neighbours(ids: list[str]) -> list[tuple[str, str]]:
    return list(pairwise(ids))
