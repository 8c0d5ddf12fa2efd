"""A plan edited by hand: one pitch elsewhere, everything that the plan says of itself worked out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .checker import check_line_up, objective_of
from .diagnosis import Explainer
from .linear import Budget
from .locking import read_locks
from .model import Json, Problem, number, relative_gap
from .order import placement_reason, retime
from .parsing import Fault, ProblemError, parse_problem
from .tables import Bools, Ints, Tables

Row = Mapping[str, Any]
LISTS = {"pitch": "pitches", "track": "tracks"}


def moved(problem: Row, plan: Row, pitch: str, track: str | None, position: int | None = None) -> Json:
    """The plan with one pitch on `track` at `position` (from 1; None: last), or left out where `track` is None.

    The tracks that it leaves and enters close up, and their minutes are worked out anew. It never refuses for a rule:
    what is wrong afterwards is what the checker and `constraints` say. The bound stays where the edited plan obeys
    every rule and lock; otherwise it says nothing about the plan, and bound and gap are None. Meetings of an OPC that
    is no longer on stage are dropped.

    Raises:
        ProblemError: the pitch or the track is not in the problem, or the problem itself is wrong.
    """
    parsed = parse_problem(problem)
    tables = Tables(parsed)
    for key, value, known in (("pitch", pitch, tables.pitch_at), ("track", track, tables.track_at)):
        if value is not None and value not in known:
            raise ProblemError([Fault(code="unknown_id", where=key, value=value, facts={"list": LISTS[key]})])
    placed, panel, order, starts = _read(tables, plan)
    p = tables.pitch_at[pitch]
    source = int(placed[p])
    if source >= 0:
        order[source].remove(p)
        del starts[p]
    placed[p] = -1 if track is None else tables.track_at[track]
    if track is not None:
        rows = order.setdefault(int(placed[p]), [])
        rows.insert(len(rows) if position is None else min(max(position, 1), len(rows) + 1) - 1, p)
    locked = read_locks(tables, ())
    for t in sorted({source, int(placed[p])} - {-1}):
        others = {q: start for q, start in starts.items() if placed[q] != t}
        starts = others | retime(tables, locked, placed, order[t], t, others)
    return _told(problem, parsed, tables, plan, (placed, panel, order, starts), p)


def _read(tables: Tables, plan: Row) -> tuple[Ints, Bools, dict[int, list[int]], dict[int, int]]:
    """Track of each pitch, panels, order by track and start minutes of a plan."""
    placed = np.full(len(tables.pitches), -1, dtype=np.int64)
    panel = np.zeros((len(tables.owners), len(tables.tracks)), dtype=bool)
    order: dict[int, list[int]] = {}
    starts: dict[int, int] = {}
    for row in sorted(plan["placements"], key=lambda row: (row["track"], row["position"])):
        p, t = tables.pitch_at[row["pitch"]], tables.track_at[row["track"]]
        placed[p] = t
        starts[p] = row["start_min"]
        order.setdefault(t, []).append(p)
    for seat in plan["seats"]:
        panel[tables.owner_at[seat["owner"]], tables.track_at[seat["track"]]] = True
    return placed, panel, order, starts


def _told(
    problem: Row,
    parsed: Problem,
    tables: Tables,
    plan: Row,
    stands: tuple[Ints, Bools, dict[int, list[int]], dict[int, int]],
    edited: int,
) -> Json:
    placed, panel, order, starts = stands
    locked = read_locks(tables, parsed.held)
    on_stage = {tables.pitches[q].opc for q in starts}
    was = {row["pitch"]: row for row in plan["placements"]}
    heard = tables.evaluate(placed, panel).heard
    told: Json = {
        **plan,
        "status": "feasible",
        "placements": [
            {
                "pitch": tables.pitches[q].id,
                "track": tables.tracks[t].id,
                "position": position,
                "start_min": starts[q],
                "end_min": starts[q] + tables.pitches[q].duration_min,
                "reason": was[tables.pitches[q].id]["reason"]
                if q != edited and tables.pitches[q].id in was
                else placement_reason(tables, locked, q, t, panel),
            }
            for t in sorted(order)
            for position, q in enumerate(order[t], 1)
        ],
        "meetings": [meeting for meeting in plan["meetings"] if meeting["opc"] in on_stage],
        "unmet": [
            {"owner": owner.id, "have": int(heard[o]), "need": owner.min_candidates}
            for o, owner in enumerate(tables.owners)
            if heard[o] < owner.min_candidates
        ],
        "left_out": _left_out(parsed, tables, plan, placed, panel),
    }
    objective = objective_of(problem, told)
    told["objective"] = number(objective)
    bound = plan.get("bound")
    told |= {"bound": bound, "gap": None if bound is None else relative_gap(bound, objective)}
    if check_line_up(problem, told):
        told |= {"bound": None, "gap": None}
    return told


def _left_out(parsed: Problem, tables: Tables, plan: Row, placed: Ints, panel: Bools) -> list[Json]:
    """Reasons under the edited plan; losses that were computed for the plan before are not its losses any more."""
    known = {row["pitch"]: row["reason"] for row in plan["left_out"]}
    explainer = Explainer(tables, parsed, read_locks(tables, parsed.held), placed, panel)
    spent, found = Budget(0.0, None), []
    for q in np.flatnonzero(placed < 0).tolist():
        pitch = tables.pitches[q].id
        reason = known.get(pitch)
        if reason is None or reason["kind"] == "outscored":
            fresh = explainer.reason(q, spent, (), is_asked=False)
            reason = replace(fresh, rival=None, loss=None).to_json()
        found.append({"pitch": pitch, "reason": reason})
    return found
