"""Locks are never moved; locks that contradict each other are named, and no more of them than need be."""

from __future__ import annotations

from typing import Any

import pytest

from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, order_of, seat, tracks_of


def two_tracks(**other: Any) -> dict[str, Any]:
    owners = [make_owner("o1"), make_owner("o2")]
    scores = [[f"p{i}", o, 10 * i] for i in (1, 2, 3) for o in ("o1", "o2")]
    tracks = [make_track("t1"), make_track("t2")]
    return make_problem(tracks=tracks, owners=owners, scores=scores, locks=[]) | other


def lock(pitch: str, level: str, **where: Any) -> dict[str, Any]:
    return {"pitch": pitch, "level": level} | where


@pytest.mark.parametrize("level", ["exact", "track"])
def test_a_locked_pitch_is_in_its_track_though_another_scores_more(level: str):
    tracks = [make_track("t1", end_min=560)]
    locks = [seat("o1", "t1"), lock("p1", level, track="t1")]

    assert tracks_of(line_up(make_problem(tracks=tracks, locks=locks))) == {"p1": "t1"}


def test_a_locked_position_is_kept():
    answer = line_up(make_problem(locks=[seat("o1", "t1"), lock("p3", "exact", track="t1", position=2)]))

    assert order_of(answer, "t1")[1] == "p3"


def test_a_position_needs_that_many_pitches_in_the_track():
    scores: list[Any] = [["p3", "o1", 50]]

    answer = line_up(make_problem(scores=scores, locks=[seat("o1", "t1"), lock("p3", "exact", track="t1", position=3)]))

    assert order_of(answer, "t1")[2] == "p3"


def test_a_pitch_locked_to_a_session_is_in_some_track_of_it():
    sessions = [make_session("s1"), make_session("s2", on="2026-12-06")]
    tracks = [make_track("t1", "s1"), make_track("t2", "s2")]
    pitches = [make_pitch(f"p{i}", sessions=["s1", "s2"]) for i in (1, 2, 3)]
    locks = [seat("o1", "t1"), lock("p3", "session", session="s2")]

    answer = line_up(make_problem(sessions=sessions, tracks=tracks, pitches=pitches, locks=locks))

    assert (tracks_of(answer)["p3"], answer["objective"]) == ("t2", 30)


def test_an_excluded_pitch_stays_out_of_the_track():
    answer = line_up(make_problem(locks=[seat("o1", "t1"), lock("p3", "excluded", track="t1")]))

    assert tracks_of(answer).keys() == {"p1", "p2"}
    assert answer["left_out"][0]["reason"]["rules"] == ["lock"]


def test_exact_locks_give_a_panel_and_leave_its_other_seats_empty():
    answer = line_up(two_tracks(locks=[seat("o1", "t1"), seat("o2", "t2")]))

    assert answer["seats"] == [{"owner": "o1", "track": "t1"}, {"owner": "o2", "track": "t2"}]
    assert [warning["code"] for warning in answer["warnings"]] == ["panel_given", "panel_given"]


def test_a_track_lock_of_an_owner_leaves_the_other_seats_open():
    answer = line_up(two_tracks(locks=[{"owner": "o1", "track": "t2", "level": "track"}]))

    assert {"owner": "o1", "track": "t2"} in answer["seats"]
    assert answer["objective"] == 120


def test_an_owner_can_be_kept_out_and_held_in_a_session():
    locks = [
        {"owner": "o1", "session": "s1", "level": "session"},
        {"owner": "o1", "track": "t1", "level": "excluded"},
        {"owner": "o2", "session": "s1", "level": "excluded"},
    ]

    assert line_up(two_tracks(locks=locks))["seats"] == [{"owner": "o1", "track": "t2"}]


CONTRADICTIONS: list[tuple[list[dict[str, Any]], set[int]]] = [
    ([lock("p1", "exact", track="t1"), lock("p2", "track", track="t1"), lock("p1", "exact", track="t2")], {0, 2}),
    ([lock("p2", "track", track="t2"), lock("p1", "track", track="t1"), lock("p1", "excluded", session="s1")], {1, 2}),
    (
        [lock("p1", "exact", track="t1", position=1), lock("p3", "track", track="t1"),
         lock("p2", "exact", track="t1", position=1)],
        {0, 2},
    ),
    ([seat("o1", "t1"), seat("o2", "t2"), seat("o1", "t2")], {0, 2}),
    ([lock("p3", "exact", track="t1"), lock("long", "exact", track="t1")], {1}),
    ([lock(f"p{i}", "exact", track="short") for i in (1, 2, 3)], {0, 1, 2}),
]  # fmt: skip


@pytest.mark.parametrize(("locks", "guilty"), CONTRADICTIONS)
def test_contradictory_locks_are_named_and_only_they(locks: list[dict[str, Any]], guilty: set[int]):
    pitches = [*(make_pitch(f"p{i}") for i in (1, 2, 3)), make_pitch("long", duration_min=70)]
    tracks = [make_track("t1"), make_track("t2"), make_track("short", end_min=580)]

    answer = line_up(two_tracks(pitches=pitches, tracks=tracks, locks=locks))

    assert (answer["status"], answer["placements"], answer["objective"]) == ("infeasible", [], None)
    named = [item for item in answer["conflict_set"] if item["kind"] == "lock"]
    assert {item["lock"] for item in named} == guilty
    for item in named:
        subject = item.get("pitch") or item.get("owner")
        assert subject in item["zh"]
        assert subject in item["en"]
    rest = [kept for i, kept in enumerate(locks) if i != min(guilty)]
    assert line_up(two_tracks(pitches=pitches, tracks=tracks, locks=rest))["status"] != "infeasible"


def test_locks_that_no_order_can_serve_contradict_each_other():
    pitches = [make_pitch("p1", after="p2"), make_pitch("p2"), make_pitch("p3")]
    locks = [lock("p1", "exact", track="t1", position=1), lock("p2", "exact", track="t1", position=2)]

    answer = line_up(make_problem(pitches=pitches, locks=locks))

    assert (answer["status"], [item.get("lock") for item in answer["conflict_set"]]) == ("infeasible", [0, 1, None])
    assert answer["conflict_set"][-1]["code"] == "after"
