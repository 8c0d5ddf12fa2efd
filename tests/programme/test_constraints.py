"""Every constraint has a case that breaks it and one that does not; levels, weights and values are the organiser's."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from matching.programme import ProblemError, check_line_up, parse_problem
from matching.programme.constraints import BY_ID, CONSTRAINTS, findings, settings_of, soft_cost
from matching.programme.constraints.hard import CODES

from .generator import add_hall, make_season
from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, seat, tracks_of
from .test_checker import BREAKS, good

Json = dict[str, Any]


def three(**pitch: Any) -> Json:
    """Three pitches, one track, one owner; what is given is true of every pitch."""
    return make_problem(pitches=[make_pitch(f"p{i}", **pitch) for i in (1, 2, 3)])


def two_tracks(**other: Any) -> Json:
    """Two tracks at the same time, a pitch locked to each."""
    locks = [{"pitch": f"p{i}", "track": f"t{i}", "level": "track"} for i in (1, 2)]
    return make_problem(tracks=[make_track("t1"), make_track("t2", **other)], locks=locks)


def two_days(**other: Any) -> Json:
    """A main session and a themed one a day later, a pitch locked to each."""
    sessions = [make_session("s1"), make_session("s2", kind="themed", on="2026-12-06")]
    pitches = [make_pitch(f"p{i}", sessions=["s1", "s2"], **other) for i in (1, 2, 3)]
    locks = [{"pitch": f"p{i}", "track": f"t{i}", "level": "track"} for i in (1, 2)]
    locks += [{"pitch": "p3", "level": "excluded"}, seat("o1", "t1"), seat("o2", "t2")]
    owners = [make_owner("o1"), make_owner("o2", sessions=["s2"])]
    scores = [[f"p{i}", o, 10 * i] for i in (1, 2, 3) for o in ("o1", "o2")]
    tracks = [make_track("t1"), make_track("t2", "s2")]
    return make_problem(sessions=sessions, tracks=tracks, pitches=pitches, owners=owners, locks=locks, scores=scores)


def with_meetings(problem: Json, session: str, **slot: Any) -> Json:
    slots = [
        {"id": f"m{i}", "session": session, "start_min": 700 + 10 * i, "end_min": 710 + 10 * i, "tables": 2} | slot
        for i in range(5)
    ]
    return problem | {"meetings": {"slots": slots, "max_per_opc": 3}}


def meet(plan: Json, *rows: tuple[str, str, str, int]) -> Json:
    """The plan with these meetings (OPC, owner, slot, table) instead of its own."""
    return plan | {
        "meetings": [dict(zip(("opc", "owner", "slot", "table"), row, strict=True)) | {"score": 10} for row in rows]
    }


def case(problem: Json, change: Any = None, **constraint: Any) -> tuple[Json, Json]:
    plan = line_up(problem)
    return problem, change(plan) if change else plan


def tagged(key: str, tags: list[str], level: str = "warn") -> tuple[Json, Json]:
    """A plan made before anybody spoke of tags, and the problem in which somebody does."""
    problem = make_problem()
    plan = line_up(problem)
    spoken = deepcopy(problem)
    spoken["pitches"][0][key] = ["电源"]
    spoken["tracks"][0]["tags"] = tags
    return spoken, plan


def previous(track: str | None = None, later: int = 0) -> tuple[Json, Json]:
    problem = two_tracks()
    plan = line_up(problem)
    rows = [dict(row) for row in plan["placements"]]
    rows[0]["start_min"] += later
    if track is not None:
        rows[0]["track"] = track
    return problem | {"previous": {"placements": rows, "seats": plan["seats"]}}, plan


DAY2 = with_meetings(two_days(), "s2")
CASES: dict[str, tuple[Any, Any]] = {  # constraint → (a case that breaks it, one that does not)
    "required_tags": (lambda: tagged("needs", ["投影"]), lambda: tagged("needs", ["电源"])),
    "prohibited_tags": (lambda: tagged("avoids", ["电源"]), lambda: tagged("avoids", [])),
    "preferred_tags": (lambda: tagged("prefers", []), lambda: tagged("prefers", ["电源"])),
    "undesired_tags": (lambda: tagged("dislikes", ["电源"]), lambda: tagged("dislikes", ["投影"])),
    "room_conflict": (lambda: case(two_tracks(room="t1")), lambda: case(two_tracks(room="t2"))),
    "audience_fits": (
        lambda: case(three(audience=90) | {"tracks": [make_track(capacity=80)]}),
        lambda: case(three(audience=80) | {"tracks": [make_track(capacity=80)]}),
    ),
    "popular_on_main": (
        lambda: case(two_days() | {"scores": [["p1", "o1", 1], ["p2", "o2", 90]]}),
        lambda: case(two_days() | {"pitches": [
            make_pitch("p1", sessions=["s1"]), make_pitch("p2", sessions=["s2"]), make_pitch("p3", sessions=["s1"]),
        ]}),
    ),
    "spare_time": (
        lambda: case(three()),
        lambda: case(make_problem(tracks=[make_track(end_min=640)])),
    ),
    "min_pause": (
        lambda: case(
            with_meetings(make_problem(tracks=[make_track(end_min=702)]), "s1"),
            lambda plan: meet(plan, ("opc-p1", "o1", "m0", 1), ("opc-p2", "o1", "m1", 1)),
        ),
        lambda: case(
            with_meetings(make_problem(), "s1"),
            lambda plan: meet(plan, ("opc-p1", "o1", "m0", 1), ("opc-p2", "o1", "m2", 1)),
        ),
    ),
    "same_day": (lambda: case(two_days(opc="one")), lambda: case(two_days())),
    "makespan": (
        lambda: case(make_problem(tracks=[make_track(end_min=1100)])),
        lambda: case(make_problem()),
    ),
    "min_candidates": (
        lambda: case(make_problem(owners=[make_owner(min_candidates=4)])),
        lambda: case(make_problem(owners=[make_owner(min_candidates=3)])),
    ),
    "fresh_share": (
        lambda: case(make_problem(
            pitches=[make_pitch("p1", fresh=True), make_pitch("p2", fresh=True), make_pitch("p3")],
            locks=[seat("o1", "t1"), {"pitch": "p1", "level": "excluded"}, {"pitch": "p2", "level": "excluded"}],
        )),
        lambda: case(three(fresh=True)),
    ),
    "meetings_on_the_day": (
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p1", "o2", "m0", 1))),
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p2", "o2", "m0", 1))),
    ),
    "waiting": (
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p1", "o2", "m0", 1), ("opc-p2", "o2", "m4", 1))),
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p1", "o2", "m0", 1), ("opc-p2", "o2", "m3", 1))),
    ),
    "own_table": (
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p1", "o2", "m0", 1), ("opc-p2", "o2", "m1", 2))),
        lambda: case(DAY2, lambda plan: meet(plan, ("opc-p1", "o2", "m0", 1), ("opc-p2", "o2", "m1", 1))),
    ),
    "theme_purity": (
        lambda: case(make_problem(
            tracks=[make_track(end_min=700)], pitches=[make_pitch(f"p{i}", theme=f"theme{i}") for i in range(1, 6)]
        )),
        lambda: case(three()),
    ),
    "theme_spread": (
        lambda: case(make_problem(
            sessions=[make_session(f"s{i}") for i in (1, 2, 3)],
            tracks=[make_track(f"t{i}", f"s{i}") for i in (1, 2, 3)],
            pitches=[make_pitch(f"p{i}", sessions=[f"s{i}"]) for i in (1, 2, 3)],
            locks=[{"pitch": f"p{i}", "track": f"t{i}", "level": "track"} for i in (1, 2, 3)],
        )),
        lambda: case(two_days()),
    ),
    "similar_in_parallel": (
        lambda: case(two_tracks()),
        lambda: case(two_tracks() | {"pitches": [make_pitch(f"p{i}", theme=f"theme{i}") for i in (1, 2, 3)]}),
    ),
    "district_mix": (
        lambda: case(three(district="武侯区")),
        lambda: case(make_problem(pitches=[make_pitch(f"p{i}", district=f"区{i}") for i in (1, 2, 3)])),
    ),
    "district_neighbours": (
        lambda: case(three(district="武侯区")),
        lambda: case(make_problem(pitches=[make_pitch(f"p{i}", district=f"区{i}") for i in (1, 2, 3)])),
    ),
    "sector_mix": (
        lambda: case(three()),
        lambda: case(make_problem(pitches=[make_pitch(f"p{i}", theme=f"theme{i}") for i in (1, 2, 3)])),
    ),
    "maturity_mix": (
        lambda: case(three(maturity="原型")),
        lambda: case(make_problem(pitches=[make_pitch(f"p{i}", maturity=f"{i}级") for i in (1, 2, 3)])),
    ),
    "published_room": (lambda: previous(track="t2"), lambda: previous()),
    "published_time": (lambda: previous(later=20), lambda: previous()),
}  # fmt: skip


def at(problem: Json, code: str, level: str) -> Json:
    return problem | {"constraints": {code: {"level": level}}}


def found(problem: Json, plan: Json) -> list[str]:
    return [one.constraint for one in findings(problem, plan)]


def test_every_constraint_that_can_be_changed_has_its_two_cases():
    assert set(CASES) == {one.id for one in CONSTRAINTS if one.may_change}


@pytest.mark.parametrize("code", CASES)
def test_a_constraint_is_found_where_it_is_broken_and_nowhere_else(code: str):
    broken, clean = CASES[code][0](), CASES[code][1]()

    assert code in found(at(broken[0], code, "warn"), broken[1])
    assert code not in found(at(clean[0], code, "warn"), clean[1])


@pytest.mark.parametrize("code", CASES)
def test_the_organiser_chooses_level_and_weight(code: str):
    problem, plan = CASES[code][0]()
    heavy = problem | {"constraints": {code: {"level": "warn", "weight": 9}}}

    blocked = [one.level for one in findings(at(problem, code, "block"), plan) if one.constraint == code]
    others = [one for one in findings(at(problem, code, "ignore"), plan) if one.level == "warn"]
    mine = [one for one in findings(heavy, plan) if one.constraint == code]

    assert set(blocked) == {"block"}
    assert code not in found(at(problem, code, "ignore"), plan)
    assert soft_cost(findings(heavy, plan)) == soft_cost(others) + 9 * len(mine)


@pytest.mark.parametrize("code", CODES)
def test_what_nobody_may_switch_off_is_what_the_checker_finds(code: str):
    breaks = [name for name in CODES[code] if name in BREAKS]
    problem, plan = good()

    for name in breaks:
        broken = deepcopy(plan)
        BREAKS[name](broken)

        assert code in found(problem, broken)

    assert code not in found(problem, plan)
    assert breaks or code in ("guarantee_held", "past_stays")  # tested with must_place and with held meetings
    assert (BY_ID[code].level, BY_ID[code].may_change) == ("block", False)


@pytest.mark.parametrize("code", [one.id for one in CONSTRAINTS])
def test_a_constraint_has_a_name_and_a_sentence_in_both_languages(code: str):
    one = BY_ID[code]

    for text in (one.name_zh, one.told_zh):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text)
    for text in (one.name_en, one.told_en):
        assert text.isascii() or "“" in text


def test_a_finding_is_told_with_the_names_that_people_know():
    problem, plan = CASES["audience_fits"][0]()

    told = findings(problem, plan)[0]

    names = {"p1": "作文批改", "p2": "排课", "p3": "盘点", "t1": "一号厅"}
    assert told.sentence("zh", names).endswith("预计 90 人，一号厅 只有 80 个观众席")
    assert told.sentence("en").endswith("expects 90, t1 seats 80")


def test_a_value_moves_the_border():
    problem, plan = CASES["waiting"][1]()

    assert "waiting" in found(problem | {"constraints": {"waiting": {"value": 1}}}, plan)


def test_the_solver_keeps_to_tags_and_seats_that_block():
    pitches = [make_pitch("p1", needs=["电源"]), make_pitch("p2", avoids=["电源"]), make_pitch("p3", audience=90)]
    tracks = [make_track("t1", tags=["电源"], capacity=100), make_track("t2", capacity=80)]
    owners = [make_owner("o1", avoids=["电源"]), make_owner("o2", needs=["电源"])]
    scores = [[f"p{i}", o, 50] for i in (1, 2, 3) for o in ("o1", "o2")]
    problem = make_problem(pitches=pitches, tracks=tracks, owners=owners, scores=scores, locks=[])

    plan = line_up(problem | {"constraints": {"audience_fits": {"level": "block"}}})

    assert tracks_of(plan) == {"p1": "t1", "p2": "t2", "p3": "t1"}
    assert {row["owner"]: row["track"] for row in plan["seats"]} == {"o1": "t2", "o2": "t1"}
    assert check_line_up(problem, plan) == []


def test_who_needs_what_no_room_has_is_left_out_with_that_reason():
    problem = make_problem(pitches=[make_pitch("p1", needs=["水池"]), make_pitch("p2"), make_pitch("p3")])

    plan = line_up(problem)

    reason = next(row["reason"] for row in plan["left_out"] if row["pitch"] == "p1")
    assert (reason["kind"], reason["rules"]) == ("rule", ["tags"])


def test_meetings_are_planned_on_the_day_of_the_pitch_where_that_blocks():
    free = line_up(DAY2)
    bound = line_up(DAY2 | {"constraints": {"meetings_on_the_day": {"level": "block"}}})

    assert {row["opc"] for row in free["meetings"]} == {"opc-p1", "opc-p2"}
    assert {row["opc"] for row in bound["meetings"]} == {"opc-p2"}


def test_meetings_leave_the_pause_where_it_blocks():
    problem = with_meetings(make_problem(tracks=[make_track(end_min=695)]), "s1")
    paused = problem | {"constraints": {"min_pause": {"level": "block", "value": 10}}}

    free, plan = line_up(problem), line_up(paused)

    assert "min_pause" in found(paused, free)
    assert "min_pause" not in found(paused, plan)
    assert "m0" not in {row["slot"] for row in plan["meetings"]}  # the panel sits until five minutes before
    assert sorted(row["opc"] for row in plan["meetings"]) == ["opc-p2", "opc-p3"]  # the two best scores


def test_a_re_plan_leaves_the_pause_between_meetings_that_were_told_before():
    problem = with_meetings(make_problem(), "s1")
    paused = problem | {"constraints": {"min_pause": {"level": "block", "value": 5}}, "previous": line_up(problem)}

    assert "min_pause" in found(paused, paused["previous"])
    assert "min_pause" not in found(paused, line_up(paused))


@pytest.mark.parametrize("seed", range(4))
def test_no_meeting_of_a_season_breaks_a_pause_that_blocks(seed: int):
    season = add_hall(make_season(24, seed), seed)
    for session in season["sessions"]:
        session["on"] = "2026-12-05"
    season["constraints"] = {"min_pause": {"level": "block", "value": 15}}

    plan = line_up(season, work_limit=200)

    pauses, on_stage = ([one for one in findings(season, shown) if one.constraint == "min_pause"]
                        for shown in (plan, plan | {"meetings": []}))  # fmt: skip
    assert plan["meetings"]
    assert pauses == on_stage


def test_a_pause_that_only_warns_moves_no_meeting():
    problem = with_meetings(make_problem(), "s1")
    warned = problem | {"constraints": {"min_pause": {"level": "warn", "value": 30}}}

    assert line_up(warned)["meetings"] == line_up(problem)["meetings"]


def test_meetings_keep_to_tags_of_slots():
    problem = with_meetings(make_problem(owners=[make_owner(needs=["安静"])]), "s1", tags=[])
    plan = line_up(problem)
    quiet = deepcopy(problem)
    quiet["meetings"]["slots"][3]["tags"] = ["安静"]
    for track in quiet["tracks"]:
        track["tags"] = ["安静"]

    assert plan["meetings"] == []
    assert {row["slot"] for row in line_up(quiet)["meetings"]} == {"m3"}


@pytest.mark.parametrize(
    ("constraints", "where"),
    [
        ({"gravity": {"level": "warn"}}, "constraints.gravity"),
        ({"waiting": {"level": "sometimes"}}, "constraints.waiting.level"),
        ({"waiting": {"weight": -1}}, "constraints.waiting.weight"),
        ({"waiting": {"lvl": "warn"}}, "constraints.waiting.lvl"),
        ({"opc_conflict": {"level": "ignore"}}, "constraints.opc_conflict.level"),
        ({"waiting": 3}, "constraints.waiting"),
        ([], "constraints"),
    ],
)
def test_a_setting_that_cannot_be_is_named(constraints: object, where: str):
    with pytest.raises(ProblemError) as caught:
        parse_problem(make_problem() | {"constraints": constraints})

    assert where in [fault.where for fault in caught.value.problems]


def test_the_table_in_the_docs_names_every_constraint():
    text = (Path(__file__).parents[2] / "docs" / "constraints.md").read_text("utf-8")

    assert [one.id for one in CONSTRAINTS if f"`{one.id}`" not in text] == []
    assert all(one.name_zh in text for one in CONSTRAINTS)


def test_defaults_stand_where_nothing_is_said():
    assert {code: one.level for code, one in settings_of({}).items()} == {one.id: one.level for one in CONSTRAINTS}
