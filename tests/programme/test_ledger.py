"""Who got how much exposure over the seasons, and whose turn it is."""

from __future__ import annotations

import pytest

from matching.programme.ledger import ledger

from .generator import add_hall, make_season
from .make import line_up, make_pitch, make_problem, make_track

ONE_PLACE = make_problem(
    tracks=[make_track(end_min=560)],
    pitches=[make_pitch("p1", district="锦江区"), make_pitch("p2", district="武侯区"), make_pitch("p3")],
)


def season(code, problem):
    return code, problem, line_up(problem)


def by_opc(found):
    return {one.opc: one for one in found.opcs}


def test_what_was_on_stage_is_counted_by_opc_district_and_sector():
    found = ledger([season("2026-Q3", ONE_PLACE), season("2026-Q4", ONE_PLACE)], k=3)

    winner = by_opc(found)["opc-p3"]
    assert (winner.applied, winner.placed, winner.minutes, winner.heard_by) == (2, 2, 40, 2)
    assert [(share.name, share.pitches, share.minutes) for share in found.districts] == [
        ("", 2, 40),
        ("武侯区", 2, 0),
        ("锦江区", 2, 0),
    ]
    assert [(share.name, share.share_minutes) for share in found.sectors] == [("culture", 1.0)]


def test_counts_are_numbers_also_where_there_is_one_or_none():
    found = ledger([season("2026-Q4", ONE_PLACE)], k=3).to_json()

    counted = [row["placed"] for kind in ("opcs", "districts", "sectors") for row in found[kind]]
    assert {type(count) for count in counted} == {int}
    assert {0, 1} <= set(counted)


def test_left_out_twice_in_a_row_is_guaranteed_the_third_time():
    twice = ledger([season("2026-Q3", ONE_PLACE), season("2026-Q4", ONE_PLACE)], k=3)
    once = ledger([season("2026-Q4", ONE_PLACE)], k=3)

    assert twice.guaranteed == ("opc-p1", "opc-p2")
    assert once.guaranteed == ()


def test_a_slot_ends_the_row_and_a_season_without_an_application_does_not():
    roomy = make_problem(tracks=[make_track()], pitches=[make_pitch("p1")], scores=[["p1", "o1", 10]])
    others = make_problem(pitches=[make_pitch("p2"), make_pitch("p3")], scores=[["p2", "o1", 1], ["p3", "o1", 2]])

    placed = ledger([season("a", ONE_PLACE), season("b", roomy), season("c", ONE_PLACE)], k=3)
    absent = ledger([season("a", ONE_PLACE), season("b", others), season("c", ONE_PLACE)], k=3)

    assert by_opc(placed)["opc-p1"].left_out_in_a_row == 1
    assert by_opc(absent)["opc-p1"].left_out_in_a_row == 2


def test_the_parts_add_up_to_the_plan():
    problem = add_hall(make_season(30, seed=4))
    plan = line_up(problem)

    found = ledger([("2026-Q4", problem, plan)], k=2)

    minutes = sum(row["end_min"] - row["start_min"] for row in plan["placements"])
    assert {sum(share.minutes for share in shares) for shares in (found.districts, found.sectors)} == {minutes}
    assert sum(one.minutes for one in found.opcs) == minutes
    assert sum(one.meetings for one in found.opcs) == len(plan["meetings"])
    assert sum(share.share_applied for share in found.districts) == pytest.approx(1)
    assert found.to_json()["guaranteed"] == [one.opc for one in found.opcs if not one.placed]


def test_no_season_is_an_empty_ledger_and_a_guarantee_of_one_season_is_refused():
    assert ledger([], k=3).to_json()["opcs"] == ()
    with pytest.raises(ValueError, match="2 or more"):
        ledger([], k=1)
