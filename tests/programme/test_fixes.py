"""The first remedy of a left-out pitch, taken as it is written, puts it on stage."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from .generator import make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, seat, tracks_of

Json = dict[str, Any]


def reason_of(answer: Json, pitch: str) -> Json:
    return next(row["reason"] for row in answer["left_out"] if row["pitch"] == pitch)


def taken(problem: Json, pitch: str, fix: Json) -> Json:
    """The problem after a remedy."""
    after = deepcopy(problem)
    mine = next(row for row in after["pitches"] if row["id"] == pitch)
    match fix["code"]:
        case "score":
            after["scores"] = [
                [p, o, fix["to"] if (p, o) == (pitch, fix["owner"]) else s] for p, o, s in after["scores"]
            ]
        case "district":
            next(row for row in after["tracks"] if row["id"] == fix["track"])["max_per_district"] = fix["limit"]
        case "opc_limit":
            after.setdefault("rules", {})["max_pitches_per_opc"] = fix["limit"]
        case "wider":
            for window in mine["windows"]:
                window["start_min"] = max(0, window["start_min"] - fix["minutes"])
                window["end_min"] += fix["minutes"]
        case "duration":
            mine["duration_min"] = fix["to"]
        case "attend":
            mine["sessions"] = fix["sessions"].split(", ")
        case "no_session_of_theme":
            after["sessions"][0]["themes"].append(fix["theme"])
        case "lock":
            after["locks"] = [lock for lock in after["locks"] if lock.get("pitch") != pitch]
        case "room":
            after["tracks"][0]["end_min"] += fix["minutes"]
    return after


def hour(**other: Any) -> Json:
    """Three pitches of 20 minutes and a fourth one that has to fit beside them."""
    pitches = [make_pitch(f"p{i}", district="武侯区") for i in (1, 2, 3)]
    return make_problem(pitches=[*pitches, make_pitch("x", **other)], scores=[[f"p{i}", "o1", 50] for i in (1, 2, 3)])


NARROW = [{"session": "s1", "start_min": 585, "end_min": 600}]
CASES: dict[str, tuple[Json, str]] = {
    "district": (
        hour(district="武侯区") | {"tracks": [make_track(end_min=640, max_per_district=3)]},
        "district",
    ),
    "windows": (hour(windows=NARROW) | {"tracks": [make_track(end_min=640)]}, "wider"),
    "duration": (
        hour(duration_min=70) | {"tracks": [make_track(end_min=605)], "scores": [["x", "o1", 99]]}, "duration",
    ),
    "no session": (hour(sessions=[]) | {"tracks": [make_track(end_min=640)]}, "attend"),
    "theme": (
        hour() | {"sessions": [make_session(themes=["sports"])], "tracks": [make_track(end_min=640)]},
        "no_session_of_theme",
    ),
    "locked out": (
        hour() | {"tracks": [make_track(end_min=640)], "locks": [{"pitch": "x", "level": "excluded"}]}, "lock",
    ),
    "one of its OPC's": (
        make_problem(
            tracks=[make_track(end_min=700)], rules={"max_pitches_per_opc": 1, "max_pitches_per_opc_per_session": 3},
            pitches=[make_pitch("p1", opc="one"), make_pitch("x", opc="one")],
            scores=[["p1", "o1", 50], ["x", "o1", 40]],
        ),
        "opc_limit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_first_remedy_puts_the_pitch_on_stage(name: str):
    problem, code = CASES[name]

    reason = reason_of(line_up(problem, explain=True), "x")
    after = line_up(taken(problem, "x", reason["fix"][0]), explain=True)

    assert reason["fix"][0]["code"] == code
    assert "x" in tracks_of(after)


def test_an_outscored_pitch_is_told_the_points_that_it_lacks():
    problem = make_problem(pitches=[make_pitch(f"p{i}") for i in (1, 2, 3, 4)], locks=[seat("o1", "t1")],
                           scores=[[f"p{i}", "o1", 10 * i + 2] for i in (1, 2, 3, 4)])  # fmt: skip

    reason = reason_of(line_up(problem, explain=True), "p1")
    first = reason["fix"][0]

    assert (reason["loss"], first["code"], first["points"], first["to"]) == (10, "score", 10, 22)
    enough = taken(problem, "p1", first | {"to": first["to"] + 1})
    assert "p1" in tracks_of(line_up(enough))
    assert "p1" not in tracks_of(line_up(taken(problem, "p1", first | {"to": first["to"] - 1})))


def test_a_longer_track_comes_before_many_points():
    problem = make_problem(pitches=[make_pitch(f"p{i}") for i in (1, 2, 3, 4)],
                           scores=[["p1", "o1", 5], *([f"p{i}", "o1", 60] for i in (2, 3, 4))])  # fmt: skip

    reason = reason_of(line_up(problem, explain=True), "p1")

    assert [fix["code"] for fix in reason["fix"]] == ["room", "score", "force"]
    assert "p1" in tracks_of(line_up(taken(problem, "p1", reason["fix"][0])))


def test_points_beyond_a_hundred_are_not_asked_for():
    problem = make_problem(
        owners=[make_owner("o1")], pitches=[make_pitch("p1"), make_pitch("p2", fresh=True)],
        tracks=[make_track(end_min=560)], scores=[["p1", "o1", 95], ["p2", "o1", 90]],
    )  # fmt: skip

    reason = reason_of(line_up(problem, explain=True), "p1")

    assert "score" not in [fix["code"] for fix in reason["fix"]]


@pytest.mark.parametrize("seed", range(2))
def test_points_of_a_generated_season_are_enough(seed: int):
    season = make_season(24, seed=seed)
    panels = [{"owner": s["owner"], "track": s["track"], "level": "exact"} for s in line_up(season)["seats"]]
    season = season | {"locks": panels}
    answer = line_up(season, explain=True)
    tried = 0

    for row in answer["left_out"]:
        fix = next((one for one in row["reason"]["fix"] if one["code"] == "score" and one["to"] < 100), None)
        if fix is not None:
            tried += 1
            again = line_up(taken(season, row["pitch"], fix | {"to": fix["to"] + 1}))
            assert row["pitch"] in tracks_of(again)

    assert tried or not answer["left_out"]
