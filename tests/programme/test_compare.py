"""What changed for whom: exactly the people to tell."""

from __future__ import annotations

import pytest

from matching.programme.compare import agenda_of, compare
from matching.programme.editing import moved

from .generator import add_hall, make_season
from .make import line_up, make_owner, make_problem, make_track, order_of, seat

MEETINGS = {"slots": [{"id": "m1", "session": "s1", "start_min": 700, "end_min": 710, "tables": 1}]}


def changed(comparison):
    return [(change.side, change.person, change.item, change.kind) for change in comparison.changes]


def test_a_plan_beside_itself_concerns_nobody():
    season = add_hall(make_season(16, seed=2))
    plan = line_up(season)

    found = compare(season, plan, season, plan)

    assert (found.changes, found.people) == ((), ())
    assert found.before == found.after


def test_a_first_plan_adds_everything():
    problem = make_problem(meetings=MEETINGS)
    plan = line_up(problem)

    found = compare(None, None, problem, plan)

    assert found.before is None
    assert {kind for *_, kind in changed(found)} == {"added"}
    assert ("owner", "o1", "panel:t1", "added") in changed(found)
    assert (found.after.placed, found.after.met) == (3, 1)


def test_only_those_whose_minutes_change_are_named():
    problem = make_problem()
    plan = line_up(problem)
    first, second, third = order_of(plan, "t1")

    found = compare(problem, plan, problem, moved(problem, plan, second, "t1", 3))

    assert changed(found) == [("opc", f"opc-{pitch}", f"pitch:{pitch}", "moved") for pitch in sorted((second, third))]
    assert first not in {change.item for change in found.changes}
    change = next(change for change in found.changes if change.item == f"pitch:{second}")
    assert change.before is not None
    assert change.after is not None
    assert (change.before["start_min"], change.after["start_min"]) == (560, 580)
    assert change.after["on"] == "2026-12-05"


def test_another_day_or_room_concerns_the_panel_too():
    problem = make_problem()
    plan = line_up(problem)
    elsewhere = problem | {"tracks": [make_track(room="楼上")]}

    found = compare(problem, plan, elsewhere, plan)

    assert ("owner", "o1", "panel:t1", "moved") in changed(found)
    assert len(found.changes) == 4


def test_a_meeting_that_falls_away_concerns_both_sides():
    problem = make_problem(meetings=MEETINGS, owners=[make_owner(max_meetings=1)])
    plan = line_up(problem)
    guest = plan["meetings"][0]["opc"]
    edited = moved(problem, plan, guest.removeprefix("opc-"), None)

    found = compare(problem, plan, problem, edited)

    item = f"meeting:{guest}|o1"
    assert [c for c in changed(found) if c[2] == item] == [
        ("opc", guest, item, "removed"),
        ("owner", "o1", item, "removed"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_changes_turn_one_agenda_into_the_other(seed: int):
    season = add_hall(make_season(20, seed=seed))
    locks = [seat(row["owner"], row["track"]) for row in line_up(season)["seats"][:2]]
    before, after = line_up(season), line_up(season | {"locks": locks, "pitches": season["pitches"]}, seed=seed + 1)
    fewer = season | {"pitches": season["pitches"][3:], "scores": [s for s in season["scores"] if s[0] > "p002"]}
    later = line_up(fewer)
    for other, plan in ((season, after), (fewer, later)):
        agenda = agenda_of(season, before)

        for change in compare(season, before, other, plan).changes:
            key = (change.side, change.person, change.item)
            assert agenda.get(key) == change.before
            if change.after is None:
                del agenda[key]
            else:
                agenda[key] = change.after

        assert agenda == agenda_of(other, plan)
