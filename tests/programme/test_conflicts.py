"""No plan: the smallest set of locks and facts that cannot hold together, and changes that really mend it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, seat

Json = dict[str, Any]


def held(pitch: str, track: str = "t1") -> Json:
    return {"pitch": pitch, "track": track, "level": "track"}


def too_full(**track: Any) -> Json:
    """Four pitches of 20 minutes are locked to an hour."""
    pitches = [make_pitch(f"p{i}", district="武侯区") for i in (1, 2, 3, 4)]
    return make_problem(pitches=pitches, tracks=[make_track(**track)], locks=[held(f"p{i}") for i in (1, 2, 3, 4)])


def two_sessions(**pitch: Any) -> Json:
    """A pitch that attends the first of two sessions is locked to the second."""
    sessions = [make_session("s1"), make_session("s2", on="2026-12-06")]
    tracks = [make_track("t1"), make_track("t2", "s2")]
    pitches = [make_pitch("p1", **pitch), make_pitch("p2")]
    return make_problem(sessions=sessions, tracks=tracks, pitches=pitches, scores=[], locks=[held("p1", "t2")])


WINDOW = [{"session": "s1", "start_min": 590, "end_min": 600}]
CASES: dict[str, tuple[Json, set[str], str]] = {  # what is wrong → (problem, facts of the conflict, first way out)
    "minutes": (too_full(), {"track_minutes"}, "release"),
    "district": (
        too_full(end_min=640, max_per_district=3),
        {"district_limit"},
        "limit",
    ),
    "attendance": (two_sessions(), {"attendance"}, "release"),
    "theme": (
        make_problem(sessions=[make_session(themes=["sports"])], locks=[held("p1")]), {"theme"}, "release",
    ),
    "windows": (
        make_problem(pitches=[make_pitch("p1", windows=WINDOW)], scores=[], locks=[held("p1")]),
        {"pitch_windows"},
        "wider",
    ),
    "opc": (
        make_problem(
            pitches=[make_pitch("p1", opc="one"), make_pitch("p2", opc="one")], scores=[],
            locks=[held("p1"), held("p2")],
        ),
        {"opc_session_limit"},
        "opc_limit",
    ),
    "apart": (
        make_problem(
            pitches=[make_pitch("p1", apart_from=["p2"]), make_pitch("p2")], scores=[], locks=[held("p1"), held("p2")]
        ),
        {"apart"},
        "release",
    ),
    "tags": (
        make_problem(pitches=[make_pitch("p1", needs=["电源"])], scores=[], locks=[held("p1")]), {"tags"}, "release",
    ),
    "seats": (
        make_problem(
            owners=[make_owner("o1"), make_owner("o2")], scores=[], tracks=[make_track(panel_seats=1)],
            locks=[{"owner": o, "track": "t1", "level": "track"} for o in ("o1", "o2")],
        ),
        {"seats"},
        "seats",
    ),
    "owner sessions": (
        make_problem(
            sessions=[make_session("s1"), make_session("s2", on="2026-12-06")],
            tracks=[make_track("t1"), make_track("t2", "s2")],
            owners=[make_owner("o1", sessions=["s1", "s2"])],
            locks=[seat("o1", "t1"), seat("o1", "t2")],
        ),
        {"max_sessions"},
        "limit",
    ),
    "two places": (
        make_problem(
            sessions=[make_session("s1"), make_session("s2")], tracks=[make_track("t1"), make_track("t2", "s2")],
            owners=[make_owner("o1", sessions=["s1", "s2"], max_sessions=2)],
            locks=[seat("o1", "t1"), seat("o1", "t2")],
        ),
        {"one_place"},
        "release",
    ),
    "must be placed": (
        make_problem(
            tracks=[make_track(end_min=560)], locks=[seat("o1", "t1")],
            pitches=[make_pitch("p1", must_place=True), make_pitch("p2", must_place=True)], scores=[],
        ),
        {"track_minutes"},
        "longer",
    ),
}  # fmt: skip


def answer(problem: Json) -> Json:
    return line_up(problem)


@pytest.mark.parametrize("name", CASES)
def test_a_conflict_names_the_locks_and_the_facts_that_cannot_hold_together(name: str):
    problem, facts, first = CASES[name]

    found = answer(problem)

    assert found["status"] == "infeasible"
    assert {one["code"] for one in found["conflict_set"] if one["kind"] == "fact"} == facts
    assert any(one["kind"] == "lock" for one in found["conflict_set"])
    assert all(one["zh"] and one["en"] for one in [*found["conflict_set"], *found["ways_out"]])
    assert found["ways_out"][0]["code"] == first


@pytest.mark.parametrize("name", CASES)
def test_without_any_one_of_its_locks_the_conflict_is_gone(name: str):
    problem, _, _ = CASES[name]
    locks = [
        one["lock"] for one in answer(problem)["conflict_set"] if one["kind"] == "lock" and one["lock"] is not None
    ]

    for index in locks:
        rest = [lock for i, lock in enumerate(problem["locks"]) if i != index]

        assert line_up(problem | {"locks": rest})["status"] != "infeasible"


def changed(problem: Json, way: Json) -> Json:
    """The problem after a way out was taken by hand."""
    after = deepcopy(problem)
    track = next((row for row in after["tracks"] if row["id"] == way.get("track")), None)
    match way["code"]:
        case "release" if way["lock"] < len(after["locks"]):
            del after["locks"][way["lock"]]
        case "release":
            for pitch in after["pitches"]:
                pitch["must_place"] = pitch["must_place"] and pitch["id"] not in way["en"]
        case "longer":
            track["end_min"] += way["minutes"]
        case "seats":
            track["panel_seats"] += way["seats"]
        case "limit":
            for row in (*after["tracks"], *after["owners"]):
                if row["id"] == way["what"]:
                    row["max_per_district" if "panel_seats" in row else "max_sessions"] = way["limit"]
        case "opc_limit":
            after.setdefault("rules", {})[way["rule"]] = way["limit"]
        case "wider" | "be_there":
            for person in (*after["pitches"], *after["owners"]):
                for window in person.get("windows", ()) if person["id"] == way["who"] else ():
                    window["start_min"] = max(0, window["start_min"] - way["minutes"])
                    window["end_min"] += way["minutes"]
        case "attend":
            for person in (*after["pitches"], *after["owners"]):
                if person["id"] == way["who"]:
                    person["sessions"].append(way["session"])
        case "theme":
            for session in after["sessions"]:
                session["themes"] = []
        case "let_go":
            for pitch in after["pitches"]:
                for key in ("apart_from", "after", "needs", "avoids"):
                    pitch.pop(key, None)
    return after


@pytest.mark.parametrize("name", CASES)
def test_every_way_out_leads_to_a_plan(name: str):
    problem, _, _ = CASES[name]

    ways = answer(problem)["ways_out"]

    assert ways
    for way in ways:
        assert line_up(changed(problem, way))["status"] in ("optimal", "feasible"), way


def test_the_smallest_change_is_named():
    ways = {way["code"]: way for way in answer(too_full())["ways_out"]}

    assert ways["longer"]["minutes"] == 20
    assert ways["longer"]["en"] == "make track t1 20 minutes longer"
    assert answer(too_full(max_per_district=3, end_min=640))["ways_out"][0]["limit"] == 4


def test_two_conflicts_leave_no_single_way_out_and_one_of_them_is_named():
    problem = too_full()
    problem["tracks"].append(make_track("t2", end_min=550))
    problem["pitches"].append(make_pitch("p9"))
    problem["locks"].append(held("p9", "t2"))

    found = answer(problem)

    assert [one["pitch"] for one in found["conflict_set"] if one["kind"] == "lock"] == ["p9"]
    assert "ways_out" not in found


def test_a_conflict_among_many_is_found_in_the_small():
    problem = too_full()
    problem["pitches"] += [make_pitch(f"q{i:03}") for i in range(120)]
    problem["tracks"] += [make_track(f"u{i:02}") for i in range(30)]

    found = answer(problem)

    assert {one["pitch"] for one in found["conflict_set"] if one["kind"] == "lock"} == {"p1", "p2", "p3", "p4"}
    assert found["ways_out"]
