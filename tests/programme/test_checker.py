"""The checker accepts a good plan and refuses each plan that is broken in one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from matching.programme import check_line_up, checker

from .make import line_up, make_owner, make_pitch, make_problem, make_session, make_track, seat

Json = dict[str, Any]


def good() -> tuple[Json, Json]:
    """A problem that uses every rule, and its plan."""
    sessions = [make_session("s1"), make_session("s2", themes=["sports"]), make_session("s3", on="2026-12-07")]
    tracks = [
        make_track("t1", "s1", max_per_district=1, panel_seats=1),
        make_track("t2", "s2"),
        make_track("t3", "s3", end_min=640),
    ]
    everywhere = ["s1", "s2", "s3"]
    windows = [{"session": "s3", "start_min": 540, "end_min": 570}]
    pitches = [
        make_pitch("a", sessions=["s1"], district="x"),
        make_pitch("b", sessions=["s1"], district="y"),
        make_pitch("c", theme="sports", sessions=["s2"], opc="twin"),
        make_pitch("d", sessions=["s3"], windows=windows),
        make_pitch("e", sessions=["s3"], after="d", fresh=True),
        make_pitch("f", sessions=["s1", "s3"], opc="twin", apart_from=["d"]),
        make_pitch("g", sessions=everywhere, district="x", theme="culture", opc="twin"),
        make_pitch("h", sessions=["s1"], district="x"),
    ]
    owners = [
        make_owner("o1", sessions=["s1"], min_candidates=4),
        make_owner("o2", sessions=["s2", "s3"], max_sessions=2),
        make_owner("o3", sessions=["s3"], windows=[{"session": "s3", "start_min": 540, "end_min": 600}]),
        make_owner("o4", sessions=everywhere),
    ]
    scores = [["a", "o1", 50], ["b", "o1", 40], ["c", "o2", 30], ["d", "o2", 60], ["e", "o2", 70], ["h", "o1", 5]]
    meeting = {"session": "s3", "tables": 2}
    slots = [
        meeting | {"id": "m1", "start_min": 700, "end_min": 710},
        meeting | {"id": "m2", "start_min": 710, "end_min": 720},
        meeting | {"id": "m0", "start_min": 545, "end_min": 555},
    ]
    locks = [
        seat("o1", "t1"), seat("o2", "t2"), seat("o2", "t3"),
        {"pitch": "e", "track": "t3", "level": "exact", "position": 2},
        {"pitch": "b", "session": "s1", "level": "session"},
        {"pitch": "g", "level": "excluded"},
        {"pitch": "f", "level": "excluded"},
    ]  # fmt: skip
    problem = make_problem(
        sessions=sessions, tracks=tracks, pitches=pitches, owners=owners, scores=scores, locks=locks,
        meetings={"slots": slots, "max_per_opc": 1}, rules={"buffer_min": 5},
    )  # fmt: skip
    return problem, line_up(problem)


def place(plan: Json, pitch: str, track: str, **other: Any) -> None:
    plan["placements"] = [row for row in plan["placements"] if row["pitch"] != pitch]
    position = 1 + sum(row["track"] == track for row in plan["placements"])
    row = {"pitch": pitch, "track": track, "position": position, "start_min": 620, "end_min": 640, "reason": {}}
    plan["placements"].append(row | other)


def row(plan: Json, pitch: str) -> Json:
    return next(row for row in plan["placements"] if row["pitch"] == pitch)


def swap(plan: Json, a: str, b: str) -> None:
    x, y = row(plan, a), row(plan, b)
    for key in ("position", "start_min", "end_min"):
        x[key], y[key] = y[key], x[key]


def change(key: str, value: Any) -> Callable[[Json], None]:
    def broken(plan: Json) -> None:
        plan[key] = value

    return broken


BREAKS: dict[str, Callable[[Json], Any]] = {
    "unknown_pitch": lambda plan: place(plan, "nobody", "t3"),
    "unknown_track": lambda plan: place(plan, "a", "t9"),
    "unknown_owner": lambda plan: plan["seats"].append({"owner": "nobody", "track": "t1"}),
    "unknown_slot": lambda plan: plan["meetings"][0].update(slot="m9"),
    "placed_twice": lambda plan: plan["placements"].append(row(plan, "a") | {"position": 3}),
    "cannot_attend": lambda plan: place(plan, "a", "t3"),
    "theme": lambda plan: place(plan, "g", "t2", start_min=570, end_min=590),
    "duration": lambda plan: row(plan, "c").update(end_min=row(plan, "c")["end_min"] + 1),
    "outside_track": lambda plan: row(plan, "c").update(start_min=590, end_min=610),
    "window": lambda plan: row(plan, "d").update(start_min=600, end_min=620),
    "after": lambda plan: swap(plan, "d", "e"),
    "apart_from": lambda plan: place(plan, "f", "t3"),
    "positions": lambda plan: row(plan, "c").update(position=2),
    "overlap": lambda plan: row(plan, "e").update(start_min=562, end_min=582),
    "track_full": lambda plan: place(plan, "h", "t1", start_min=590, end_min=610),
    "district": lambda plan: place(plan, "h", "t1", start_min=580, end_min=600),
    "opc_limit": lambda plan: (place(plan, "f", "t3"), place(plan, "g", "t1")),
    "opc_session_limit": lambda plan: (place(plan, "f", "t3"), place(plan, "g", "t3", start_min=590, end_min=610)),
    "opc_twice": lambda plan: place(plan, "f", "t1", start_min=540, end_min=560),
    "seat_twice": lambda plan: plan["seats"].append(plan["seats"][0]),
    "panel_seats": lambda plan: plan["seats"].append({"owner": "o4", "track": "t1"}),
    "owner_cannot_attend": lambda plan: plan["seats"].append({"owner": "o1", "track": "t3"}),
    "owner_window": lambda plan: plan["seats"].append({"owner": "o3", "track": "t3"}),
    "owner_twice": lambda plan: plan["seats"].extend([{"owner": "o4", "track": t} for t in ("t1", "t2")]),
    "max_sessions": lambda plan: plan["seats"].extend([{"owner": "o4", "track": t} for t in ("t1", "t3")]),
    "panel_given": lambda plan: plan["seats"].append({"owner": "o4", "track": "t3"}),
    "lock": lambda plan: plan["seats"].pop(0),
    "lock_position": lambda plan: swap(plan, "d", "e"),
    "pair_twice": lambda plan: plan["meetings"].append(plan["meetings"][0] | {"slot": "m1", "table": 2}),
    "meeting_not_placed": lambda plan: plan["meetings"][0].update(opc="opc-h"),
    "meeting_score": lambda plan: plan["meetings"][0].update(score=99),
    "table": lambda plan: plan["meetings"][0].update(table=3),
    "table_twice": lambda plan: [meeting.update(slot="m1", table=1) for meeting in plan["meetings"]],
    "max_per_opc": lambda plan: plan["meetings"].append(plan["meetings"][0] | {"owner": "o4", "slot": "m2"}),
    "meeting_clash": lambda plan: plan["meetings"][0].update(slot="m0"),
    "objective": change("objective", 1),
    "bound": change("bound", -10_000),
    "gap": change("gap", 0.5),
    "not_optimal": lambda plan: plan.update(bound=10_000, gap=(10_000 - plan["objective"]) / abs(plan["objective"])),
    "left_out": change("left_out", []),
    "unmet": change("unmet", []),
    "plan_without_status": change("status", "infeasible"),
}


def test_a_good_plan_has_no_violation():
    problem, plan = good()

    assert plan["status"] == "optimal"
    assert len(plan["meetings"]) == 2
    assert check_line_up(problem, plan) == []


@pytest.mark.parametrize("code", BREAKS)
def test_a_plan_broken_in_one_way_is_refused_for_it(code: str):
    problem, plan = good()
    broken = deepcopy(plan)

    BREAKS[code](broken)

    assert code in {violation.code for violation in check_line_up(problem, broken)}


def day() -> tuple[Json, Json]:
    """A problem of one hour with meetings after it, of which one has begun, tags and a guaranteed pitch; its plan."""
    slots = [
        {"id": f"m{i}", "session": "s1", "start_min": 700 + 10 * i, "end_min": 710 + 10 * i, "tables": 2}
        for i in range(4)
    ]
    slots[0]["closed"] = True
    held = [{"opc": "opc-p1", "owner": "o1", "slot": "m0", "table": 1}]
    pitches = [
        make_pitch("p1", must_place=True, needs=["电源"], audience=60),
        make_pitch("p2", windows=[{"session": "s1", "start_min": 540, "end_min": 730}]),
        make_pitch("p3", avoids=["露天"]),
    ]
    problem = make_problem(
        pitches=pitches, owners=[make_owner("o1", max_meetings=3)],
        tracks=[make_track("t1", tags=["电源"], capacity=80), make_track("t2", tags=["露天"], capacity=20)],
        locks=[{"owner": "o1", "track": "t1", "level": "exact"}, {"owner": "o1", "track": "t2", "level": "excluded"}],
        meetings={"slots": slots, "max_per_opc": 1, "held": held, "apart": [{"opc": "opc-p3", "owner": "o1"}]},
        constraints={"audience_fits": {"level": "block"}},
    )  # fmt: skip
    return problem, line_up(problem)


def drop(plan: Json, pitch: str) -> None:
    plan["placements"] = [row for row in plan["placements"] if row["pitch"] != pitch]


def meet(plan: Json, opc: str, slot: str, table: int = 2) -> None:
    plan["meetings"].append({"opc": opc, "owner": "o1", "slot": slot, "table": table, "score": 30})


MORE: dict[str, Callable[[Json], Any]] = {
    "owner_two_tracks": lambda plan: plan["seats"].append({"owner": "o1", "track": "t2"}),
    "must_place": lambda plan: drop(plan, "p1"),
    "needs": lambda plan: place(plan, "p1", "t2", start_min=540, end_min=560),
    "audience": lambda plan: place(plan, "p1", "t2", start_min=540, end_min=560),
    "avoids": lambda plan: place(plan, "p3", "t2", start_min=540, end_min=560),
    "meeting_apart": lambda plan: meet(plan, "opc-p3", "m1"),
    "meeting_not_held": lambda plan: plan.update(meetings=[row for row in plan["meetings"] if row["slot"] != "m0"]),
    "slot_closed": lambda plan: meet(plan, "opc-p2", "m0"),
    "meeting_cannot_attend": lambda plan: [row.update(slot="m3") for row in plan["meetings"] if row["opc"] == "opc-p2"],
    "max_meetings": lambda plan: [meet(plan, "opc-p1", slot) for slot in ("m1", "m2", "m3")],
}


def test_the_plan_of_a_day_that_has_begun_has_no_violation():
    problem, plan = day()

    assert [(row["opc"], row["slot"]) for row in plan["meetings"]] == [("opc-p1", "m0"), ("opc-p2", "m1")]
    assert check_line_up(problem, plan) == []


@pytest.mark.parametrize("code", MORE)
def test_a_day_broken_in_one_way_is_refused_for_it(code: str):
    problem, plan = day()
    broken = deepcopy(plan)

    MORE[code](broken)

    assert code in {violation.code for violation in check_line_up(problem, broken)}


def test_every_code_of_the_checker_has_a_plan_that_is_broken_in_that_way():
    source = Path(checker.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'code="(\w+)"', source)) | {f"unknown_{key}" for key in ("pitch", "track", "owner", "slot")}

    assert codes == set(BREAKS) | set(MORE)
    assert len(codes) >= 50


def test_the_checker_shares_no_code_with_the_solver():
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))

    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert all(not node.level and not (node.module or "").startswith("matching") for node in imports)
