"""Bad input is refused once, with every fault, where it is and how to mend it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.programme import ProblemError, parse_problem
from matching.programme.messages import FAULTS

from .generator import make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, seat

WINDOW = {"session": "s1", "start_min": 600, "end_min": 540}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": 1}, "unknown_key", "colour"),
    ({"rules": {"bonus": 1}}, "unknown_key", "rules.bonus"),
    ({"rules": []}, "not_object", "rules"),
    ({"rules": {"fresh_bonus": True}}, "not_number", "rules.fresh_bonus"),
    ({"rules": {"fresh_bonus": float("nan")}}, "not_number", "rules.fresh_bonus"),
    ({"rules": {"short_candidate_penalty": -1}}, "too_small", "rules.short_candidate_penalty"),
    ({"rules": {"buffer_min": 2.5}}, "not_whole", "rules.buffer_min"),
    ({"sessions": {}}, "not_list", "sessions"),
    ({"sessions": [3]}, "not_object", "sessions[0]"),
    ({"sessions": [make_session(kind="side")]}, "not_a_choice", "sessions[0].kind"),
    ({"sessions": [make_session(format="talk")]}, "not_a_choice", "sessions[0].format"),
    ({"sessions": [make_session(on="5 Dec")]}, "not_a_day", "sessions[0].on"),
    ({"sessions": [make_session(), make_session()]}, "duplicate_id", "sessions[1].id"),
    ({"sessions": [make_session(themes="culture")]}, "not_list", "sessions[0].themes"),
    ({"sessions": [make_session(themes=[1])]}, "not_text", "sessions[0].themes[0]"),
    ({"tracks": [make_track(session="s9")]}, "unknown_id", "tracks[0].session"),
    ({"tracks": [make_track(end_min=540)]}, "reversed", "tracks[0].end_min"),
    ({"tracks": [make_track(start_min=-1)]}, "too_small", "tracks[0].start_min"),
    ({"tracks": [make_track(panel_seats=True)]}, "not_whole", "tracks[0].panel_seats"),
    ({"tracks": [make_track(panel_seats=None)]}, "missing", "tracks[0].panel_seats"),
    ({"tracks": [make_track(id=7, room=None)]}, "not_text", "tracks[0].id"),
    ({"pitches": [make_pitch(duration_min=0)]}, "too_small", "pitches[0].duration_min"),
    ({"pitches": [make_pitch(duration_min=-5)]}, "too_small", "pitches[0].duration_min"),
    ({"pitches": [make_pitch(duration_min="20")]}, "not_whole", "pitches[0].duration_min"),
    ({"pitches": [make_pitch(fresh="yes")]}, "not_bool", "pitches[0].fresh"),
    ({"pitches": [make_pitch(sessions=["s9"])]}, "unknown_id", "pitches[0].sessions"),
    ({"pitches": [make_pitch(sessions=None)]}, "missing", "pitches[0].sessions"),
    ({"pitches": [make_pitch(windows=[WINDOW])]}, "reversed", "pitches[0].windows[0].end_min"),
    ({"pitches": [make_pitch(after="p9")]}, "unknown_id", "pitches[0].after"),
    ({"pitches": [make_pitch(after="p1")]}, "self_reference", "pitches[0].after"),
    ({"pitches": [make_pitch("p1", after="p2"), make_pitch("p2", after="p1")]}, "after_cycle", "pitches[0].after"),
    ({"pitches": [make_pitch(apart_from=["p9"])]}, "unknown_id", "pitches[0].apart_from"),
    ({"pitches": [make_pitch(opc="o1")]}, "both_sides", "pitches[0].opc"),
    ({"owners": [make_owner(max_sessions=1.5)]}, "not_whole", "owners[0].max_sessions"),
    ({"scores": [["p1", "o1", 101]]}, "score_range", "scores[0][2]"),
    ({"scores": [["p1", "o1", 80.5]]}, "score_range", "scores[0][2]"),
    ({"scores": [["p1", "o1", True]]}, "score_range", "scores[0][2]"),
    ({"scores": [["p1", "o1"]]}, "score_shape", "scores[0]"),
    ({"scores": [["p9", "o1", 5]]}, "unknown_id", "scores[0][0]"),
    ({"scores": [["p1", "o9", 5]]}, "unknown_id", "scores[0][1]"),
    ({"scores": [["p1", "o1", 5], ["p1", "o1", 5]]}, "duplicate_score", "scores[1]"),
    ({"locks": [seat("o9", "t1")]}, "unknown_id", "locks[0].owner"),
    ({"locks": [seat("o1", "t9")]}, "unknown_id", "locks[0].track"),
    ({"locks": [{"pitch": "p1", "track": "t1", "level": "firm"}]}, "not_a_choice", "locks[0].level"),
    ({"locks": [{"pitch": "p1", "owner": "o1", "track": "t1", "level": "track"}]}, "lock_subject", "locks[0]"),
    ({"locks": [{"pitch": "p1", "level": "exact"}]}, "lock_place", "locks[0]"),
    ({"locks": [seat("o1", "t1") | {"position": 1}]}, "lock_position", "locks[0].position"),
    ({"locks": [{"pitch": "p1", "track": "t1", "position": 0, "level": "exact"}]}, "too_small", "locks[0].position"),
    ({"meetings": {"slots": [{"id": "m1", "session": "s9", "start_min": 1, "end_min": 2, "tables": 1}]}},
     "unknown_id", "meetings.slots[0].session"),
    ({"previous": []}, "not_object", "previous"),
    ({"previous": {"placements": [{"pitch": "p1"}]}}, "missing", "previous.placements[0].track"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "where"), BAD, ids=[f"{code}-{where}" for _, code, where in BAD])
def test_bad_input_is_refused_where_it_is(change: dict[str, Any], code: str, where: str):
    problem = make_problem(scores=[]) | {"locks": []} | change

    with pytest.raises(ProblemError) as caught:
        parse_problem(problem)

    assert [(fault.code, fault.where) for fault in caught.value.problems] == [(code, where)]
    for language in ("zh", "en"):
        sentence = caught.value.sentence(language)
        assert where in sentence
        assert not re.search(r"\{[a-z_]+\}", sentence)  # every gap of the sentence is filled


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_a_problem_is_an_object(data: object):
    with pytest.raises(ProblemError) as caught:
        parse_problem(data)

    assert [fault.code for fault in caught.value.problems] == ["not_object"]


def test_all_faults_are_told_at_once():
    pitches = [make_pitch("p1", duration_min=0), make_pitch("p2", fresh=1)]

    with pytest.raises(ProblemError) as caught:
        parse_problem(make_problem(pitches=pitches, tracks=[make_track(end_min=500)]))

    assert [fault.where for fault in caught.value.problems] == [
        "tracks[0].end_min", "pitches[0].duration_min", "pitches[1].fresh",
    ]  # fmt: skip


def test_an_unknown_key_is_told_with_the_known_ones():
    with pytest.raises(ProblemError) as caught:
        parse_problem({"rules": {"bonus": 1}})

    assert "fresh_bonus" in caught.value.sentence("en")
    assert "fresh_bonus" in caught.value.sentence("zh")


def test_absent_and_null_keys_take_the_defaults():
    bare = {
        "sessions": [{"id": "s1", "themes": None}],
        "tracks": [{"id": "t1", "session": "s1", "start_min": 0, "end_min": 60, "panel_seats": 1}],
        "pitches": [{"id": "p1", "opc": "a", "duration_min": 10, "sessions": ["s1"], "fresh": None}],
        "owners": [{"id": "o1", "sessions": ["s1"]}],
        "rules": {"fresh_bonus": None},
        "meetings": None,
    }

    problem = parse_problem(bare)

    assert problem.sessions[0].themes == frozenset()
    assert (problem.owners[0].max_sessions, problem.owners[0].min_candidates) == (None, 0)
    assert (problem.pitches[0].fresh, problem.rules.fresh_bonus, problem.meetings) == (False, 15, None)


def test_every_fault_has_a_sentence_in_both_languages():
    assert all(len(pair) == 2 and all(pair) for pair in FAULTS.values())


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["s1", "t1", "p1", "o1", "opc-p1", "exact", "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def full() -> dict[str, Any]:
    slot = {
        "id": "m1",
        "session": "s1",
        "start_min": 700,
        "end_min": 710,
        "tables": 2,
        "tags": ["安静"],
        "closed": False,
    }
    held = {"opc": "opc-p1", "owner": "o1", "slot": "m1", "table": 1}
    pitch = make_pitch("p1", after="p2", apart_from=["p3"], windows=[WINDOW | {"start_min": 540, "end_min": 600}])
    return make_problem(
        pitches=[pitch | {"needs": ["电源"], "audience": 9}, make_pitch("p2"), make_pitch("p3")],
        meetings={"slots": [slot], "held": [held], "apart": [{"opc": "opc-p2", "owner": "o1"}], "max_per_opc": 2},
        rules={"buffer_min": 5},
        constraints={"waiting": {"level": "warn", "weight": 2, "value": 3}},
        previous={"placements": [{"pitch": "p1", "track": "t1", "start_min": 540}], "seats": [], "meetings": [held]},
    )


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(path for key, value in inner for path in paths(value, (*at, key)))]


PATHS = [path for path in paths(full()) if path]


@given(st.sampled_from(PATHS), JUNK)
@settings(max_examples=400, deadline=None)
def test_whatever_stands_anywhere_a_problem_is_read_or_refused_in_words(path: tuple[Any, ...], junk: Any):
    problem = full()
    row = problem
    for key in path[:-1]:
        row = row[key]
    row[path[-1]] = junk

    told = ["-", "-"]
    try:
        parse_problem(problem)
    except ProblemError as error:
        told = [error.sentence("zh"), error.sentence("en")]

    assert all(told)


def test_no_owners_no_rooms_no_pitches_are_said_and_not_refused():
    bare = make_problem(owners=[], tracks=[], pitches=[], scores=[], locks=[])

    answer = line_up(bare)

    assert {warning["code"] for warning in answer["warnings"]} == {"no_owners", "no_tracks", "no_pitches"}
    assert all(warning["zh"] and warning["en"] for warning in answer["warnings"])


def test_pitches_of_one_theme_that_no_session_takes_are_each_told_where_to_go():
    sessions = [make_session(themes=["sports"])]

    answer = line_up(make_problem(sessions=sessions))

    reasons = [row["reason"] for row in answer["left_out"]]
    assert [(reason["kind"], reason["fix"][0]["code"]) for reason in reasons] == [("rule", "no_session_of_theme")] * 3
    assert "culture" in reasons[0]["fix"][0]["zh"]


def test_an_opc_without_a_common_time_is_told_how_much_more_it_takes():
    window = {"session": "s1", "start_min": 590, "end_min": 600}

    answer = line_up(make_problem(pitches=[make_pitch("p1", windows=[window]), make_pitch("p2"), make_pitch("p3")]))

    reason = next(row["reason"] for row in answer["left_out"] if row["pitch"] == "p1")
    assert (reason["kind"], reason["fix"][0]["minutes"]) == ("no_common_time", 10)


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.2])
def test_a_time_limit_never_returns_nothing_where_there_is_a_plan(limit: float):
    answer = line_up(make_season(50, seed=3), time_limit=limit)

    assert answer["status"] in ("feasible", "optimal")
    assert answer["placements"]
