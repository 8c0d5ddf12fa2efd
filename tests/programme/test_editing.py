"""A plan edited by hand says the truth about itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.programme import ProblemError, check_line_up, objective_of
from matching.programme.editing import moved

from .generator import add_hall, make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_track, order_of, seat, tracks_of

SEASON = add_hall(make_season(24, seed=3))
PLAN = line_up(SEASON, work_limit=50)
PITCHES = sorted(pitch["id"] for pitch in SEASON["pitches"])
TRACKS = sorted(track["id"] for track in SEASON["tracks"])


def stands(plan):
    return sorted((row["pitch"], row["track"], row["position"]) for row in plan["placements"])


def test_a_pitch_goes_where_it_is_put_and_both_tracks_close_up():
    problem = make_problem(tracks=[make_track("t1"), make_track("t2")], locks=[seat("o1", "t1")])
    plan = line_up(problem)
    first, second = order_of(plan, "t1")[:2]

    edited = moved(problem, plan, first, "t2")

    assert order_of(edited, "t2") == [first]
    assert (order_of(edited, "t1")[0], min(r["start_min"] for r in edited["placements"] if r["pitch"] == second)) == (
        second,
        540,
    )
    assert check_line_up(problem, edited) == []


def test_a_position_pushes_the_others_back():
    problem = make_problem()
    plan = line_up(problem)
    last = order_of(plan, "t1")[-1]

    edited = moved(problem, plan, last, "t1", 1)

    assert order_of(edited, "t1") == [last, *order_of(plan, "t1")[:-1]]
    assert [row["start_min"] for row in edited["placements"]] == [540, 560, 580]


def test_a_pitch_left_out_is_listed_with_a_reason_and_the_objective_falls():
    problem = make_problem()

    edited = moved(problem, line_up(problem), "p3", None)

    assert tracks_of(edited).keys() == {"p1", "p2"}
    assert [(row["pitch"], row["reason"]["kind"]) for row in edited["left_out"]] == [("p3", "outscored")]
    assert (edited["objective"], edited["status"]) == (30, "feasible")
    assert edited["gap"] == pytest.approx(1.0)


def test_a_track_that_is_too_full_is_not_refused_and_claims_no_bound():
    problem = make_problem(tracks=[make_track(end_min=580)])
    plan = line_up(problem)

    edited = moved(problem, plan, "p1", "t1")

    assert {v.code for v in check_line_up(problem, edited)} == {"outside_track", "track_full"}
    assert (edited["bound"], edited["gap"]) == (None, None)


def test_an_opc_that_leaves_the_stage_has_no_meetings_left():
    meetings = {"slots": [{"id": "m1", "session": "s1", "start_min": 700, "end_min": 710, "tables": 3}]}
    problem = make_problem(meetings=meetings, owners=[make_owner(max_meetings=1)])
    plan = line_up(problem)
    guest = plan["meetings"][0]["opc"]

    edited = moved(problem, plan, guest.removeprefix("opc-"), None)

    assert edited["meetings"] == []
    assert check_line_up(problem, edited) == []


def test_an_owner_who_hears_too_few_is_told():
    problem = make_problem(owners=[make_owner(min_candidates=3)])

    edited = moved(problem, line_up(problem), "p1", None)

    assert edited["unmet"] == [{"owner": "o1", "have": 2, "need": 3}]


@pytest.mark.parametrize(("pitch", "track", "where"), [("p9", "t1", "pitch"), ("p1", "t9", "track")])
def test_what_is_not_there_is_named(pitch, track, where):
    with pytest.raises(ProblemError) as caught:
        moved(make_problem(), line_up(make_problem()), pitch, track)

    assert [(fault.code, fault.where) for fault in caught.value.problems] == [("unknown_id", where)]


@given(
    pitch=st.sampled_from(PITCHES),
    track=st.sampled_from([None, *TRACKS]),
    position=st.one_of(st.none(), st.integers(1, 9)),
)
@settings(max_examples=60, deadline=None)
def test_there_and_back_is_the_same_plan_and_every_statement_on_the_way_is_true(pitch, track, position):
    before = {row["pitch"]: row for row in PLAN["placements"]}.get(pitch)

    there = moved(SEASON, PLAN, pitch, track, position)
    back = moved(SEASON, there, pitch, before and before["track"], before and before["position"])

    assert stands(back) == stands(PLAN)
    assert there["objective"] == objective_of(SEASON, there)
    said = {"objective", "bound", "gap", "left_out", "unmet", "positions", "placed_twice", "not_optimal"}
    assert said & {violation.code for violation in check_line_up(SEASON, there)} == set()


def test_an_edit_that_breaks_nothing_passes_the_checker():
    pitches = [make_pitch(f"p{i}", fresh=i == 2) for i in (1, 2, 3)]
    problem = make_problem(pitches=pitches, tracks=[make_track("t1"), make_track("t2")])

    edited = moved(problem, line_up(problem), "p2", "t2", 1)

    assert check_line_up(problem, edited) == []
