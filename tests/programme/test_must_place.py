"""A pitch that must be placed (a guaranteed slot): in some track whatever its score, or named when it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from matching.programme import check_line_up

from .generator import make_season
from .make import line_up, make_pitch, make_problem, make_track, tracks_of


def short_hour(*sure: str, end_min: int = 560) -> dict[str, Any]:
    """Three pitches worth 10, 20, 30 and room for one; those of `sure` must be placed."""
    pitches = [make_pitch(f"p{i}", must_place=f"p{i}" in sure) for i in (1, 2, 3)]
    return make_problem(pitches=pitches, tracks=[make_track(end_min=end_min)])


def test_it_is_placed_before_better_ones():
    answer = line_up(short_hour("p1"))

    assert (tracks_of(answer), answer["objective"], answer["status"]) == ({"p1": "t1"}, 10, "optimal")


def test_the_loss_of_a_left_out_pitch_never_counts_on_pushing_it_out():
    answer = line_up(short_hour("p1", end_min=580), explain=True)

    assert set(tracks_of(answer)) == {"p1", "p3"}
    assert [(row["pitch"], row["reason"]["loss"]) for row in answer["left_out"]] == [("p2", 10)]


def test_two_for_one_place_are_infeasible_and_both_are_named():
    answer = line_up(short_hour("p1", "p2"))

    assert answer["status"] == "infeasible"
    assert [(row["pitch"], row["level"], row["en"]) for row in answer["conflict_set"][:-1]] == [
        ("p1", "must_place", "pitch p1 has to be placed in some track"),
        ("p2", "must_place", "pitch p2 has to be placed in some track"),
    ]


def test_a_lock_that_keeps_it_out_is_named_beside_it():
    problem = short_hour("p1")
    problem["locks"] = [*problem["locks"], {"pitch": "p1", "level": "excluded"}]

    answer = line_up(problem)

    assert [(row["level"], row["lock"]) for row in answer["conflict_set"]] == [("excluded", 1), ("must_place", None)]


def test_a_plan_without_it_is_rejected():
    answer = line_up(short_hour())

    assert [v.code for v in check_line_up(short_hour("p1"), answer)] == ["must_place"]


@pytest.mark.parametrize("seed", range(3))
def test_three_left_out_of_one_season_are_all_in_the_next(seed: int):
    season = make_season(20, seed, n_owners=6)
    before = line_up(season)
    out = sorted(row["pitch"] for row in before["left_out"] if row["reason"]["kind"] == "outscored")[:3]
    pitches = [pitch | {"must_place": pitch["id"] in out} for pitch in season["pitches"]]

    after = line_up(season | {"pitches": pitches})

    assert len(out) == 3
    assert set(out) <= set(tracks_of(after))
    assert check_line_up(season | {"pitches": pitches}, after) == []
