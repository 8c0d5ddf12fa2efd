"""What the contract promises about a line-up, one sentence a test."""

from __future__ import annotations

from typing import Any

import pytest

from matching.programme import check_line_up, parse_problem, solve_line_up

from .generator import make_season
from .make import (
    line_up,
    make_owner,
    make_pitch,
    make_problem,
    make_session,
    make_track,
    neighbours,
    order_of,
    seat,
    tracks_of,
)

KEYS = [
    "status", "objective", "bound", "gap", "seed", "solver", "timings", "placements", "seats", "meetings",
    "idle_gaps", "left_out", "unmet", "moves", "conflict_set", "warnings",
]  # fmt: skip


def test_the_answer_has_exactly_the_keys_of_the_contract():
    answer = solve_line_up(parse_problem(make_problem())).to_json()

    assert list(answer) == KEYS


def test_an_hour_holds_three_pitches_of_twenty_minutes():
    answer = line_up(make_problem())

    assert (answer["status"], answer["objective"], answer["bound"], answer["gap"]) == ("optimal", 60, 60, 0.0)
    times = sorted((row["position"], row["start_min"], row["end_min"]) for row in answer["placements"])
    assert times == [(1, 540, 560), (2, 560, 580), (3, 580, 600)]


def test_a_buffer_follows_every_pitch():
    answer = line_up(make_problem(rules={"buffer_min": 5}))

    assert tracks_of(answer).keys() == {"p2", "p3"}
    assert [row["start_min"] for row in answer["placements"]] == [540, 565]


def test_a_fresh_opc_counts_once_and_may_outweigh_a_score():
    pitches = [make_pitch("p1", fresh=True), make_pitch("p2"), make_pitch("p3")]
    short = make_track(end_min=580)

    answer = line_up(make_problem(pitches=pitches, tracks=[short], rules={"fresh_bonus": 15}))

    assert (tracks_of(answer).keys(), answer["objective"]) == ({"p1", "p3"}, 10 + 30 + 15)


def test_a_missed_minimum_costs_and_is_reported():
    answer = line_up(make_problem(owners=[make_owner(min_candidates=5)]))

    assert answer["objective"] == 60 - 2 * 400
    assert answer["unmet"] == [{"owner": "o1", "have": 3, "need": 5}]


def test_a_score_of_nought_is_a_candidate_that_was_looked_at():
    scores = [["p1", "o1", 0], ["p2", "o1", 0], ["p3", "o1", 0]]

    answer = line_up(make_problem(owners=[make_owner(min_candidates=3)], scores=scores))

    assert (answer["objective"], answer["unmet"]) == (0, [])


@pytest.mark.parametrize(
    ("change", "kind", "rules"),
    [
        ({"sessions": []}, "no_common_time", ["attendance"]),
        ({"theme": "sports"}, "rule", ["theme"]),
        ({"duration_min": 61}, "rule", ["duration"]),
        ({"windows": [{"session": "s1", "start_min": 700, "end_min": 800}]}, "no_common_time", ["windows"]),
    ],
)
def test_a_pitch_that_fits_nowhere_says_which_rule_and_how_to_mend_it(change: dict[str, Any], kind: str, rules: Any):
    pitches = [make_pitch("p1", **change), make_pitch("p2"), make_pitch("p3")]

    answer = line_up(make_problem(pitches=pitches, sessions=[make_session(themes=["culture"])]))

    (left,) = answer["left_out"]
    assert (left["pitch"], left["reason"]["kind"], left["reason"]["rules"]) == ("p1", kind, rules)
    assert all(fix["zh"] and fix["en"] for fix in left["reason"]["fix"])
    assert len(left["reason"]["fix"]) == 1


def test_a_pitch_excluded_from_everything_is_withdrawn():
    answer = line_up(make_problem(locks=[seat("o1", "t1"), {"pitch": "p3", "level": "excluded"}]))

    assert [(row["pitch"], row["reason"]["kind"]) for row in answer["left_out"]] == [("p3", "withdrawn")]


def test_an_outscored_pitch_names_its_rival_and_what_forcing_it_in_costs():
    problem = make_problem(tracks=[make_track(end_min=580)])

    answer = line_up(problem, explain=True)
    forced = line_up(problem | {"locks": [*problem["locks"], {"pitch": "p1", "track": "t1", "level": "track"}]})

    (left,) = answer["left_out"]
    assert (left["reason"]["kind"], left["reason"]["rival"], left["reason"]["loss"]) == ("outscored", "p2", 10)
    assert answer["objective"] - forced["objective"] == left["reason"]["loss"]


def test_a_loss_that_was_not_computed_is_an_interval():
    answer = line_up(make_problem(tracks=[make_track(end_min=580)]))

    assert answer["left_out"][0]["reason"]["loss"] == [0, 10]


def test_a_pitch_that_locked_ones_leave_no_room_for_has_no_capacity():
    locks = [seat("o1", "t1"), *({"pitch": p, "track": "t1", "level": "exact"} for p in ("p1", "p2"))]

    answer = line_up(make_problem(tracks=[make_track(end_min=580)], locks=locks), explain=True)

    assert [(row["pitch"], row["reason"]["kind"]) for row in answer["left_out"]] == [("p3", "no_capacity")]


def test_a_district_has_no_more_pitches_in_a_track_than_allowed():
    pitches = [make_pitch(f"p{i}", district="d1") for i in (1, 2, 3)]

    answer = line_up(make_problem(pitches=pitches, tracks=[make_track(max_per_district=2)]))

    assert tracks_of(answer).keys() == {"p2", "p3"}


def test_an_opc_pitches_once_a_session_and_twice_in_all():
    sessions = [make_session(f"s{i}", on=f"2026-12-0{i}") for i in (1, 2, 3)]
    tracks = [make_track(f"t{i}", f"s{i}") for i in (1, 2, 3)]
    pitches = [make_pitch(f"p{i}", opc="same", sessions=["s1", "s2", "s3"]) for i in (1, 2, 3)]
    owners = [make_owner(sessions=["s1", "s2", "s3"], max_sessions=3)]
    locks = [seat("o1", f"t{i}") for i in (1, 2, 3)]

    answer = line_up(make_problem(sessions=sessions, tracks=tracks, pitches=pitches, owners=owners, locks=locks))

    assert answer["objective"] == 50
    assert len(set(tracks_of(answer).values())) == 2


def test_competitors_are_never_in_the_same_track_whoever_of_them_says_so():
    pitches = [make_pitch("p1"), make_pitch("p2", apart_from=["p3"]), make_pitch("p3")]

    answer = line_up(make_problem(pitches=pitches))

    assert tracks_of(answer).keys() == {"p1", "p3"}


def test_after_is_kept_in_a_track():
    pitches = [make_pitch("p1"), make_pitch("p2"), make_pitch("p3", after="p1")]

    order = order_of(line_up(make_problem(pitches=pitches)), "t1")

    assert order.index("p1") < order.index("p3")


def test_a_window_is_kept_and_waiting_is_allowed():
    window = {"session": "s1", "start_min": 570, "end_min": 590}
    pitches = [make_pitch("p1"), make_pitch("p2"), make_pitch("p3", windows=[window])]

    answer = line_up(make_problem(pitches=pitches))

    assert (answer["status"], answer["objective"]) == ("optimal", 50)
    at = {row["pitch"]: (row["start_min"], row["end_min"]) for row in answer["placements"]}
    assert at["p3"] == (570, 590)


def test_two_pitches_of_a_person_in_parallel_sessions_never_overlap():
    sessions = [make_session("s1"), make_session("s2")]
    tracks = [make_track("t1", "s1", end_min=560), make_track("t2", "s2", end_min=560)]
    pitches = [make_pitch(f"p{i}", opc="same", sessions=["s1", "s2"]) for i in (1, 2)]
    owners = [make_owner("o1", sessions=["s1"]), make_owner("o2", sessions=["s2"])]
    scores = [["p1", "o1", 10], ["p2", "o2", 20]]
    base = {"sessions": sessions, "pitches": pitches, "owners": owners, "scores": scores}
    locks = [seat("o1", "t1"), seat("o2", "t2")]

    short = line_up(make_problem(tracks=tracks, locks=locks, **base))
    longer = [make_track("t1", "s1"), make_track("t2", "s2")]
    roomy = line_up(make_problem(tracks=longer, locks=locks, **base))

    assert (short["objective"], roomy["objective"]) == (20, 30)
    spans = sorted((row["start_min"], row["end_min"]) for row in roomy["placements"])
    assert spans[0][1] <= spans[1][0]


def test_panels_are_chosen_for_the_pitches_when_they_are_open():
    owners = [make_owner("o1"), make_owner("o2"), make_owner("o3")]
    scores = [["p1", "o1", 90], ["p2", "o2", 80], ["p3", "o3", 5]]

    answer = line_up(make_problem(owners=owners, scores=scores, locks=[]))

    assert answer["seats"] == [{"owner": "o1", "track": "t1"}, {"owner": "o2", "track": "t1"}]
    assert (answer["status"], answer["objective"]) == ("optimal", 170)


def test_a_reverse_track_has_one_owner():
    owners = [make_owner("o1"), make_owner("o2")]
    scores = [["p1", "o1", 90], ["p2", "o2", 80]]

    answer = line_up(make_problem(sessions=[make_session(format="reverse")], owners=owners, scores=scores, locks=[]))

    assert (answer["seats"], answer["objective"]) == ([{"owner": "o1", "track": "t1"}], 90)


def test_an_owner_is_never_in_two_places():
    sessions = [make_session("s1"), make_session("s2")]
    tracks = [make_track("t1", "s1"), make_track("t2", "s2", start_min=570, end_min=630)]
    pitches = [make_pitch(f"p{i}", sessions=["s1", "s2"]) for i in (1, 2, 3)]
    owners = [make_owner(sessions=["s1", "s2"], max_sessions=2)]
    base = make_problem(sessions=sessions, tracks=tracks, pitches=pitches, owners=owners, locks=[])

    same_day = line_up(base)
    other_day = line_up(base | {"sessions": [sessions[0], make_session("s2", on="2026-12-06")]})

    assert (len(same_day["seats"]), len(other_day["seats"])) == (1, 2)


def test_the_strongest_opens_the_second_strongest_closes_and_districts_do_not_meet():
    pitches = [make_pitch(f"p{i}", duration_min=10, district="a" if i % 2 else "b") for i in range(1, 7)]
    scores = [[f"p{i}", "o1", 10 * i] for i in range(1, 7)]

    order = order_of(line_up(make_problem(pitches=pitches, scores=scores)), "t1")

    assert (order[0], order[-1]) == ("p6", "p5")
    assert all(int(a[1]) % 2 != int(b[1]) % 2 for a, b in neighbours(order))


@pytest.mark.parametrize("missing", ["owners", "tracks", "pitches"])
def test_an_empty_list_is_legal_and_warned_of(missing: str):
    locks: list[Any] = []
    scores: list[Any] = []

    answer = line_up(make_problem(scores=scores, locks=locks) | {missing: []})

    assert answer["status"] == "optimal"
    assert f"no_{missing}" in [warning["code"] for warning in answer["warnings"]]


def test_nothing_at_all_is_an_empty_plan():
    answer = line_up({})

    assert (answer["status"], answer["objective"], answer["placements"], answer["seats"]) == ("optimal", 0, [], [])


def test_the_same_input_seed_and_work_limit_give_the_same_plan():
    season = make_season(16, seed=3)

    first, second = (line_up(season, seed=4, work_limit=50, explain=True) for _ in range(2))

    assert first == second


def test_the_order_of_records_in_the_file_does_not_matter():
    season = make_season(14, seed=1)
    turned = {key: rows[::-1] for key, rows in season.items()}

    assert line_up(season) == line_up(turned)


def test_a_plan_is_returned_however_little_time_there_is():
    season = make_season(60, seed=2)

    answer = line_up(season, time_limit=0.01)

    assert answer["status"] == "feasible"
    assert len(answer["placements"]) > 10
    assert check_line_up(season, answer) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_never_below_what_any_seed_finds(seed: int):
    season = make_season(18, seed=seed, n_owners=6)

    answers = [line_up(season, seed=s) for s in (0, 1)]

    assert max(a["objective"] for a in answers) <= min(a["bound"] for a in answers)
