"""A re-plan keeps what was placed as far as 99 % of the best score permits, and lists exactly what moved."""

from __future__ import annotations

from typing import Any

import pytest

from .generator import make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_track, seat, tracks_of


def moved(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    old, new = tracks_of(before), tracks_of(after)
    return [{"subject": p, "from": old[p], "to": new.get(p)} for p in sorted(old) if new.get(p) != old[p]]


def test_nothing_moves_when_nothing_changed():
    season = make_season(16, seed=5)
    before = line_up(season)

    after = line_up(season, previous=before)

    assert (after["moves"], tracks_of(after)) == ([], tracks_of(before))


def test_an_equally_good_plan_does_not_move_anybody():
    owners = [make_owner("o1"), make_owner("o2")]
    scores = [[f"p{i}", o, 50] for i in (1, 2, 3) for o in ("o1", "o2")]
    tracks = [make_track("t1", end_min=580), make_track("t2", end_min=580)]
    problem = make_problem(tracks=tracks, owners=owners, scores=scores, locks=[seat("o1", "t1"), seat("o2", "t2")])
    placements = [{"pitch": "p1", "track": "t2"}, {"pitch": "p2", "track": "t1"}, {"pitch": "p3", "track": "t2"}]

    answer = line_up(problem | {"previous": {"placements": placements}})

    assert (answer["moves"], answer["objective"]) == ([], 150)


def test_what_costs_more_than_one_percent_does_move_and_is_listed():
    problem = make_problem(tracks=[make_track(end_min=580)])
    before = {"placements": [{"pitch": "p1", "track": "t1"}, {"pitch": "p2", "track": "t1"}]}

    answer = line_up(problem, previous=before)

    assert tracks_of(answer).keys() == {"p2", "p3"}
    assert answer["moves"] == [{"subject": "p1", "from": "t1", "to": None}]


def test_the_previous_given_stands_before_the_problems_own():
    pitches = [make_pitch(f"p{i}") for i in (1, 2)]
    scores = [["p1", "o1", 50], ["p2", "o1", 50]]
    problem = make_problem(pitches=pitches, scores=scores, tracks=[make_track(end_min=560)])
    own, other = ({"placements": [{"pitch": p, "track": "t1"}]} for p in ("p1", "p2"))

    assert tracks_of(line_up(problem | {"previous": own})).keys() == {"p1"}
    assert tracks_of(line_up(problem | {"previous": own}, previous=other)).keys() == {"p2"}


@pytest.mark.parametrize("seed", range(3))
def test_withdrawals_move_few_others_and_moves_lists_exactly_them(seed: int):
    season = make_season(20, seed=seed, n_owners=6)
    before = line_up(season)
    gone = sorted(tracks_of(before))[:1]
    rest = [pitch for pitch in season["pitches"] if pitch["id"] not in gone]
    fewer = season | {"pitches": rest, "scores": [row for row in season["scores"] if row[0] not in gone]}

    free, kept = line_up(fewer), line_up(fewer, previous=before)

    assert kept["moves"] == moved(before, kept)
    assert len(kept["moves"]) <= len(moved(before, free))
    assert kept["objective"] >= free["objective"] - 0.01 * abs(free["objective"])


def test_a_track_that_is_gone_forces_its_pitches_to_move():
    problem = make_problem()
    before = {"placements": [{"pitch": "p1", "track": "old"}, {"pitch": "p2", "track": "t1"}]}

    answer = line_up(problem, previous=before)

    assert answer["moves"] == [{"subject": "p1", "from": "old", "to": "t1"}]
