"""Meetings: the best pairs, nobody in two places, tables and caps, few idle gaps."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from matching.programme import check_line_up

from .generator import add_hall, make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_track, seat


def slots(n: int, *, tables: int = 1, first: int = 700) -> list[dict[str, Any]]:
    return [
        {"id": f"m{i}", "session": "s1", "start_min": first + 10 * i, "end_min": first + 10 * i + 10, "tables": tables}
        for i in range(n)
    ]


def window(start: int, end: int) -> dict[str, Any]:
    return {"session": "s1", "start_min": start, "end_min": end}


def pairs(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(meeting["opc"], meeting["owner"]) for meeting in answer["meetings"]}


def test_without_meetings_there_are_none():
    answer = line_up(make_problem())

    assert (answer["meetings"], answer["idle_gaps"]) == ([], 0)


def test_the_best_pairs_meet_when_tables_are_short():
    answer = line_up(make_problem(meetings={"slots": slots(2)}))

    assert pairs(answer) == {("opc-p3", "o1"), ("opc-p2", "o1")}


def test_an_opc_that_is_not_placed_does_not_meet():
    answer = line_up(make_problem(tracks=[make_track(end_min=560)], meetings={"slots": slots(3)}))

    assert pairs(answer) == {("opc-p3", "o1")}


def test_caps_of_both_sides_hold():
    owners = [make_owner("o1", max_meetings=1), make_owner("o2"), make_owner("o3")]
    scores = [[f"p{i}", o, 10 * i + (o == "o1")] for i in (1, 2, 3) for o in ("o1", "o2", "o3")]
    problem = make_problem(owners=owners, scores=scores, meetings={"slots": slots(4, tables=3), "max_per_opc": 2})

    answer = line_up(problem)

    met = [meeting["opc"] for meeting in answer["meetings"]]
    assert max(met.count(opc) for opc in met) == 2
    assert sum(meeting["owner"] == "o1" for meeting in answer["meetings"]) == 1


def test_nobody_meets_while_on_stage_or_on_a_panel():
    answer = line_up(make_problem(meetings={"slots": slots(3, first=560)}))

    assert answer["meetings"] == []  # the panel sits until 600; the slots are 560..590


def test_the_score_of_an_opc_is_that_of_its_best_pitch():
    pitches = [make_pitch("p1", opc="twin"), make_pitch("p2", opc="twin"), make_pitch("p3")]

    answer = line_up(make_problem(pitches=pitches, meetings={"slots": slots(2)}))

    assert {(m["opc"], m["score"]) for m in answer["meetings"]} == {("twin", 20), ("opc-p3", 30)}


@pytest.mark.parametrize("seed", range(5))
def test_the_sum_of_scores_is_what_trying_everything_finds(seed: int):
    owners = [make_owner(f"o{i}", max_meetings=1 + seed % 2) for i in (1, 2)]
    scores = [[f"p{i}", f"o{j}", (37 * i * j + 11 * seed * j) % 90 + 1] for i in (1, 2, 3) for j in (1, 2)]
    locks = [seat("o1", "t1"), seat("o2", "t1")]
    hall = slots(2, tables=1 + seed % 2)
    problem = make_problem(owners=owners, scores=scores, locks=locks, meetings={"slots": hall, "max_per_opc": 1})

    answer = line_up(problem)

    wanted = [(p, o, s) for p, o, s in scores]
    best = 0
    for choice in product([None, 0, 1], repeat=len(wanted)):
        met = [(p, o, s, at) for (p, o, s), at in zip(wanted, choice, strict=True) if at is not None]
        if (
            all(sum(p == q for p, *_ in met) <= 1 for q in ("p1", "p2", "p3"))
            and all(sum(x[1] == o for x in met) <= 1 + seed % 2 for o in ("o1", "o2"))
            and all(sum(x[3] == at for x in met) <= 1 + seed % 2 for at in (0, 1))
            and len({(x[1], x[3]) for x in met}) == len(met)
        ):
            best = max(best, sum(s for _, _, s, _ in met))
    assert sum(meeting["score"] for meeting in answer["meetings"]) == best


def test_meetings_of_a_whole_season_pass_the_checker():
    season = make_season(24, seed=4)
    hall = [
        slot | {"session": s["id"], "id": f"{s['id']}-{slot['id']}"} for s in season["sessions"] for slot in slots(5)
    ]
    season["meetings"] = {"slots": [slot | {"tables": 3} for slot in hall], "max_per_opc": 3}

    answer = line_up(season)

    assert len(answer["meetings"]) > 10
    assert check_line_up(season, answer) == []


def waits(problem: dict[str, Any], answer: dict[str, Any]) -> int:
    """Slots of a session between two meetings of a person at which it is there, counted from the JSON alone."""
    slots_of = {slot["id"]: slot for slot in problem["meetings"]["slots"]}
    starts: dict[str, set[int]] = {}
    for meeting in answer["meetings"]:
        for person in (meeting["opc"], meeting["owner"]):
            starts.setdefault(person, set()).add(slots_of[meeting["slot"]]["start_min"])
    windows = {r.get("opc", r["id"]): r["windows"] for r in (*problem["pitches"], *problem["owners"])}
    return sum(
        min(mine) < slot["start_min"] < max(mine) and slot["start_min"] not in mine
        for person, mine in starts.items()
        for slot in slots_of.values()
        if any(w["session"] == "hall" and w["start_min"] == slot["start_min"] for w in windows[person])
    )


@pytest.mark.parametrize("seed", range(3))
def test_nobody_waits_who_need_not_and_idle_gaps_says_how_many_slots_are_left(seed: int):
    problem = add_hall(make_season(24, seed), seed)

    answer = line_up(problem)

    assert answer["idle_gaps"] == waits(problem, answer)
    assert answer["idle_gaps"] <= 2
    assert check_line_up(problem, answer) == []


def test_a_meeting_moves_next_to_the_other_one_of_the_same_person():
    owners = [make_owner("o1", windows=[window(540, 600), window(700, 710)]), make_owner("o2"), make_owner("o3")]
    locks = [seat(o, "t1") for o in ("o1", "o2", "o3")]
    scores = [["p1", "o1", 50], ["p1", "o2", 50], ["p1", "o3", 50]]
    tracks = [make_track(panel_seats=3)]
    problem = make_problem(
        owners=owners, scores=scores, locks=locks, tracks=tracks, meetings={"slots": slots(5, tables=2)}
    )

    answer = line_up(problem)

    assert sorted(meeting["slot"] for meeting in answer["meetings"]) == ["m0", "m1", "m2"]
    assert answer["idle_gaps"] == 0


def test_a_slot_at_which_a_person_is_away_is_no_wait():
    pitches = [make_pitch("p1", windows=[window(540, 600), window(700, 710), window(720, 730)])]
    owners = [make_owner("o1"), make_owner("o2")]
    problem = make_problem(
        pitches=pitches,
        owners=owners,
        scores=[["p1", "o1", 50], ["p1", "o2", 50]],
        locks=[seat("o1", "t1"), seat("o2", "t1")],
        meetings={"slots": slots(3)},
    )

    answer = line_up(problem)

    assert (len(answer["meetings"]), answer["idle_gaps"]) == (2, 0)


def test_meetings_are_the_same_for_the_same_seed():
    problem = add_hall(make_season(24, 1), 1)

    assert line_up(problem, seed=3)["meetings"] == line_up(problem, seed=3)["meetings"]
