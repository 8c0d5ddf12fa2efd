"""Something happened: the next plan keeps what is past and moves as few as can be."""

from __future__ import annotations

import pytest

from matching.programme import ProblemError, check_line_up
from matching.programme.compare import agenda_of, compare
from matching.programme.replan import after

from .generator import add_hall, make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, order_of, seat, tracks_of

DAY = "2026-12-05"


def codes(problem, plan):
    return [violation.code for violation in check_line_up(problem, plan)]


def starts(plan):
    return {row["pitch"]: (row["track"], row["start_min"], row["end_min"]) for row in plan["placements"]}


def four():
    """Four pitches of 20 minutes, room for three."""
    pitches = [make_pitch(f"p{i}") for i in (1, 2, 3, 4)]
    return make_problem(pitches=pitches, scores=[[f"p{i}", "o1", 10 * i] for i in (1, 2, 3, 4)])


def test_a_withdrawn_pitch_makes_room_and_is_told_as_withdrawn():
    problem = four()
    plan = line_up(problem)

    again = line_up(after(problem, plan, [{"kind": "pitch_withdrawn", "pitch": "p4"}]))

    assert tracks_of(again).keys() == {"p1", "p2", "p3"}
    assert again["moves"] == [{"subject": "p4", "from": "t1", "to": None}]
    assert {row["pitch"]: row["reason"]["kind"] for row in again["left_out"]} == {"p4": "withdrawn"}


def test_an_opc_that_withdraws_takes_all_its_pitches_and_its_locks_with_it():
    problem = four() | {"locks": [seat("o1", "t1"), {"pitch": "p4", "track": "t1", "level": "exact", "position": 1}]}
    plan = line_up(problem)

    again = line_up(after(problem, plan, [{"kind": "opc_withdrawn", "opc": "opc-p4"}]))

    assert "p4" not in tracks_of(again)


def test_a_no_show_at_twenty_to_two_leaves_the_past_alone_and_nobody_is_called_into_it():
    problem = four()
    plan = line_up(problem)
    first, second, third = order_of(plan, "t1")
    event = {"kind": "no_show", "opc": f"opc-{second}", "session": "s1"}

    changed = after(problem, plan, [event], on=DAY, minute=565)
    again = line_up(changed)

    assert starts(again)[first] == starts(plan)[first]
    assert second not in starts(again)
    assert all(start >= 565 for pitch, (_, start, _) in starts(again).items() if pitch != first)
    assert third in starts(again)
    assert codes(changed, again) == []


def test_what_stood_before_a_late_report_keeps_its_minutes():
    problem = four()
    plan = line_up(problem)
    first, second, third = order_of(plan, "t1")
    event = {"kind": "no_show", "opc": f"opc-{first}", "session": "s1"}

    again = line_up(after(problem, plan, [event], on=DAY, minute=599))

    assert starts(again) == {pitch: starts(plan)[pitch] for pitch in (second, third)}
    assert order_of(again, "t1") == [second, third]


def test_an_owner_who_cancels_sits_nowhere_and_misses_nothing():
    problem = make_problem(
        owners=[make_owner("o1", min_candidates=2), make_owner("o2")],
        scores=[*[[f"p{i}", "o1", 10] for i in (1, 2, 3)], *[[f"p{i}", "o2", 10] for i in (1, 2, 3)]],
        locks=[seat("o1", "t1"), seat("o2", "t1")],
    )
    plan = line_up(problem)

    again = line_up(after(problem, plan, [{"kind": "owner_cancelled", "owner": "o1"}]))

    assert again["seats"] == [{"owner": "o2", "track": "t1"}]
    assert (again["unmet"], again["moves"]) == ([], [])


def test_a_panel_that_has_begun_is_kept():
    problem = make_problem()
    plan = line_up(problem)

    again = line_up(after(problem, plan, [{"kind": "owner_cancelled", "owner": "o1"}], on=DAY, minute=570))

    assert again["seats"] == plan["seats"]


def test_a_lost_room_sends_its_pitches_elsewhere():
    tracks = [make_track("t1"), make_track("t2", end_min=620)]
    owners = [make_owner("o1"), make_owner("o2")]
    scores = [[f"p{i}", o, 50] for i in (1, 2, 3) for o in ("o1", "o2")]
    problem = make_problem(tracks=tracks, owners=owners, scores=scores, locks=[seat("o1", "t1"), seat("o2", "t2")])
    plan = line_up(problem)
    lost = plan["placements"][0]["track"]
    changed = after(problem, plan, [{"kind": "room_lost", "track": lost}])

    again = line_up(changed)

    assert {row["track"] for row in again["placements"]} == {"t1", "t2"} - {lost}
    assert codes(changed, again) == []


def test_a_room_lost_at_ten_keeps_what_stood_there():
    problem = make_problem(tracks=[make_track("t1"), make_track("t2", start_min=620, end_min=700)])
    plan = line_up(problem | {"locks": [seat("o1", "t1")]})
    first = order_of(plan, "t1")[0]
    event = {"kind": "room_lost", "track": "t1", "from_min": 560}
    changed = after(problem, plan, [event], on=DAY, minute=545)

    again = line_up(changed)

    assert starts(again)[first] == starts(plan)[first]
    assert all(track == "t2" for pitch, (track, _, _) in starts(again).items() if pitch != first)
    assert codes(changed, again) == []


def test_meetings_that_have_begun_stay_with_slot_and_table():
    slots = [
        {"id": f"m{i}", "session": "s1", "start_min": 600 + 10 * i, "end_min": 610 + 10 * i, "tables": 2}
        for i in range(4)
    ]
    owners = [make_owner("o1", max_meetings=3), make_owner("o2", sessions=["s1"])]
    scores = [[f"p{i}", o, 10 * i] for i in (1, 2, 3) for o in ("o1", "o2")]
    problem = make_problem(owners=owners, scores=scores, meetings={"slots": slots, "max_per_opc": 2})
    plan = line_up(problem)
    past = [row for row in plan["meetings"] if row["slot"] in ("m0", "m1")]
    gone = next(row["opc"] for row in past)
    changed = after(problem, plan, [{"kind": "opc_withdrawn", "opc": gone}], on=DAY, minute=615)

    again = line_up(changed)

    assert past != []
    assert all(row in again["meetings"] for row in past)
    assert [row for row in again["meetings"] if row["slot"] in ("m0", "m1") and row not in past] == []
    assert codes(changed, again) == []


def test_another_day_is_not_touched_by_the_hour():
    sessions = [make_session("s1", on="2026-12-05"), make_session("s2", on="2026-12-09")]
    tracks = [make_track("t1"), make_track("t2", session="s2")]
    pitches = [make_pitch(f"p{i}", sessions=["s2"]) for i in (1, 2, 3)]
    owners = [make_owner(sessions=["s1", "s2"])]
    problem = make_problem(sessions=sessions, tracks=tracks, pitches=pitches, owners=owners, locks=[seat("o1", "t2")])
    plan = line_up(problem)

    again = line_up(after(problem, plan, [], on=DAY, minute=800))

    assert starts(again) == starts(plan)


def test_after_a_day_nothing_can_be_put_there():
    problem = four()
    plan = line_up(problem)

    again = line_up(after(problem, plan, [{"kind": "opc_withdrawn", "opc": "opc-p4"}], on="2026-12-06", minute=0))

    assert starts(again) == starts(plan)


@pytest.mark.parametrize("seed", range(3))
def test_withdrawals_concern_few_others_and_the_comparison_names_them(seed: int):
    season = add_hall(make_season(24, seed=seed))
    plan = line_up(season)
    gone = sorted(tracks_of(plan))[:1]
    changed = after(season, plan, [{"kind": "pitch_withdrawn", "pitch": pitch} for pitch in gone])

    again = line_up(changed)

    unforced = [move for move in again["moves"] if move["subject"] not in gone]
    assert len(unforced) <= 2
    told = {change.item for change in compare(season, plan, changed, again).changes if change.kind == "removed"}
    assert {f"pitch:{pitch}" for pitch in gone} <= told
    assert codes(changed, again) == []
    there = {key: fact for key, fact in agenda_of(season, plan).items() if key[2].startswith("meeting:")}
    moved = [c.item for c in compare(season, plan, changed, again).changes if c.kind == "moved" and c.side == "opc"]
    assert there
    assert [item for item in moved if item.startswith("meeting:")] == []


def test_who_stays_keeps_the_minute_and_who_comes_takes_the_place_that_is_free():
    problem = four()
    plan = line_up(problem)
    first, middle, last = order_of(plan, "t1")

    for gone in (first, middle, last):
        again = line_up(after(problem, plan, [{"kind": "pitch_withdrawn", "pitch": gone}]))

        assert {p: at for p, at in starts(again).items() if p != "p1"} == {
            p: at for p, at in starts(plan).items() if p != gone
        }
        assert starts(again)["p1"] == starts(plan)[gone]


def test_where_nobody_comes_one_moves_up_and_not_all_behind():
    problem = make_problem()
    plan = line_up(problem)
    first, middle, last = order_of(plan, "t1")

    again = line_up(after(problem, plan, [{"kind": "pitch_withdrawn", "pitch": first}]))

    assert starts(again)[middle] == starts(plan)[middle]
    assert starts(again)[last] == starts(plan)[first]


@pytest.mark.parametrize(
    ("event", "code", "where"),
    [
        ({"kind": "rain"}, "not_a_choice", "events[0].kind"),
        ({"kind": "no_show", "opc": "opc-p1"}, "missing", "events[0].session"),
        ({"kind": "pitch_withdrawn", "pitch": "p9"}, "unknown_id", "events[0].pitch"),
        ({"kind": "opc_withdrawn", "opc": "nobody"}, "unknown_id", "events[0].opc"),
        ({"kind": "owner_cancelled", "owner": "o9"}, "unknown_id", "events[0].owner"),
        ({"kind": "room_lost", "track": "t9"}, "unknown_id", "events[0].track"),
    ],
)
def test_an_event_that_cannot_be_is_named(event, code, where):
    problem = make_problem()

    with pytest.raises(ProblemError) as caught:
        after(problem, line_up(problem), [event])

    assert [(fault.code, fault.where) for fault in caught.value.problems] == [(code, where)]
    assert where in caught.value.sentence("zh")
