"""The line-up: read, lock, search, settle, bound, keep what was, meet, explain, check.

`solve_line_up` is the whole path on one screen; each step is a module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import scipy

from .changes import earlier_panels, earlier_tracks, keep_previous, moves_between
from .checker import check_line_up
from .conflicts import explain_conflict, locked_start
from .diagnosis import EXACT_PITCHES, Explainer
from .linear import Budget
from .locking import Locked, read_locks
from .meetings import plan_meetings
from .messages import WARNINGS, told
from .model import Json, LineUp, Placement, Previous, Problem, Reason, Seat, Status, relative_gap
from .order import Timing, keep_times, placement_reason
from .panels import feasible_panels
from .parsing import parse_previous
from .progress import OnProgress, Progress
from .search import Plan, find_plan, first_plan, quick_bound, whole_bound
from .steady import steady_draft, steady_meetings
from .tables import Tables

SOLVER = f"HiGHS (SciPy {scipy.__version__})"
OPTIMAL_GAP = 1e-6


class BrokenPlan(AssertionError):
    """The checker rejected a plan of ours: a bug, never shown as an answer."""


def solve_line_up(
    problem: Problem,
    *,
    time_limit: float | None = None,
    work_limit: int | None = None,
    seed: int = 0,
    previous: Previous | LineUp | Mapping[str, Any] | None = None,
    explain: bool | int = False,
    on_progress: OnProgress | None = None,
) -> LineUp:
    """Solve a problem made by `parse_problem`.

    Parameters
    ----------
    time_limit : seconds for everything; None: no limit, and the answer depends on input, seed and work limit only.
    work_limit : branch-and-bound nodes of each MILP.
    seed : of the restarts of the panel search.
    previous : an earlier output; stands before the problem's own.
    explain : True computes the loss of every left-out pitch by forcing it in, for up to 200 pitches; a number moves
        that limit; otherwise a loss is the interval up to the best exchange that was found.
    on_progress : called from stage to stage, and within the long ones, with a `Progress`; the first of stage `greedy`
        carries a whole plan. It changes nothing about the answer.
    """
    budget = Budget(time_limit, work_limit)
    watch = _Watch(on_progress, budget)
    budget.watch = watch.tell
    tables = Tables(problem)
    locked = read_locks(tables, problem.held)
    warnings = problem_warnings(problem, tables, locked)
    start, seats = locked_start(tables, locked), feasible_panels(tables, locked)
    budget.mark("locks", 0.0)
    budget.tell("locks")
    if start is None or seats is None:
        conflicts, ways_out = explain_conflict(tables, problem)
        answer = _without_plan(Status.INFEASIBLE, budget, seed, warnings, conflicts)
        return _checked(problem, replace(answer, ways_out=tuple(ways_out)))
    before = _previous(problem, previous)
    budget.share(_weights(problem, locked, before is not None, bool(explain)))
    earlier = None
    if before is not None:
        earlier = earlier_tracks(tables, before), earlier_panels(tables, locked, before)
    first = first_plan(tables, locked, start, seats, budget, earlier)
    if on_progress is not None:
        watch.tell("greedy", first.value, draft=_draft(problem, tables, locked, first, before, budget, seed))
    plan = find_plan(tables, locked, start, seats, first, budget, seed)
    budget.tell("pitches", plan.value)
    bound = whole_bound(tables, locked, plan)
    budget.tell("bound", plan.value, bound)
    if before is not None:
        since = budget.spent()
        plan, is_proved = keep_previous(tables, locked, plan, before, budget)
        plan = _kept_times(tables, locked, plan, before)
        budget.mark("previous", since)
        watch.best = plan.value  # few moves may cost up to 1 %
        budget.tell("previous")
        warnings += [] if is_proved else [told(WARNINGS, "moves_not_proved")]
    warnings += [told(WARNINGS, "greedy_plan")] if plan.is_greedy else []
    line_up = _line_up(problem, tables, locked, plan, bound, budget, seed)
    line_up = replace(line_up, moves=moves_between(tables, before, plan.placed))
    if problem.meetings is not None:
        since = budget.spent()
        stage = (plan.placed, plan.panel, plan.timing.starts)
        if before is not None and before.meetings:
            meetings, gaps, _ = steady_meetings(tables, problem.meetings, before.meetings, stage, budget, seed)
        else:
            meetings, gaps, _ = plan_meetings(tables, problem.meetings, *stage, budget, seed)
        line_up = replace(line_up, meetings=meetings, idle_gaps=gaps)
        budget.mark("meetings", since)
        budget.tell("meetings")
    since = budget.spent()
    left_out = _reasons(problem, tables, locked, plan, budget, explain)
    budget.mark("explain", since)
    budget.tell("explain")
    budget.mark("total", 0.0)
    open_losses = sum(r.kind == "outscored" and not isinstance(r.loss, (int, float)) for _, r in left_out)
    if explain and open_losses:
        warnings.append(told(WARNINGS, "loss_not_exact", count=open_losses))
    if explain and locked.is_seating_free and left_out:
        warnings.append(told(WARNINGS, "loss_under_panels"))
    warnings += [told(WARNINGS, "unmet", owner=o, have=h, need=n) for o, h, n in line_up.unmet]
    line_up = replace(line_up, left_out=left_out, warnings=tuple(warnings), timings=dict(budget.timings))
    return _checked(problem, line_up)


def _weights(problem: Problem, locked: Locked, has_previous: bool, is_explained: bool) -> dict[str, float]:
    """How the time limit is dealt out to the steps."""
    is_free = locked.is_seating_free
    return {
        "panels": (10.0 if has_previous else 30.0) if is_free else 0.0,
        "bound": (5.0 if has_previous else 20.0) if is_free else 0.0,
        "refine": (10.0 if has_previous else 45.0) if is_free else 0.0,
        "pitches": min(20.0, len(problem.pitches) / 10) if is_free else 80.0,
        "previous": 60.0 if has_previous else 0.0,
        "meetings": 20.0 if problem.meetings is not None else 0.0,
        "explain": 30.0 if is_explained else 5.0,
    }


class _Watch:
    """Keeps the best objective and bound told so far and passes them on."""

    def __init__(self, on_progress: OnProgress | None, budget: Budget) -> None:
        self.on_progress, self.budget = on_progress, budget
        self.best: float | None = None
        self.bound: float | None = None

    def tell(
        self, stage: str, objective: float | None = None, bound: float | None = None, draft: LineUp | None = None
    ) -> None:
        if self.on_progress is None:
            return
        if objective is not None:
            self.best = objective if self.best is None else max(self.best, objective)
        if bound is not None and np.isfinite(bound):
            self.bound = bound if self.bound is None else min(self.bound, bound)
        gap = None if self.best is None or self.bound is None else relative_gap(self.bound, self.best)
        self.on_progress(
            Progress(
                stage=stage,
                objective=self.best,
                bound=self.bound,
                gap=gap,
                seconds=round(self.budget.spent(), 3),
                draft=draft,
            )
        )


def _kept_times(tables: Tables, locked: Locked, plan: Plan, before: Previous) -> Plan:
    """The plan with as many earlier start minutes as its tracks allow."""
    was = {
        tables.pitch_at[pitch]: (tables.track_at[before.tracks[pitch]], start)
        for pitch, start in before.starts.items()
        if pitch in tables.pitch_at and before.tracks[pitch] in tables.track_at
    }
    return replace(plan, timing=keep_times(tables, locked, plan.placed, plan.timing, was))


def _draft(
    problem: Problem, tables: Tables, locked: Locked, plan: Plan, before: Previous | None, budget: Budget, seed: int
) -> LineUp:
    """The first plan as an answer of its own: quick meetings, reasons without losses, a quick bound, checked."""
    plan = plan if before is None else _kept_times(tables, locked, plan, before)
    line_up = _line_up(problem, tables, locked, plan, quick_bound(tables, locked), budget, seed)
    if problem.meetings is not None:
        stage, earlier = (plan.placed, plan.panel, plan.timing.starts), before.meetings if before else ()
        meetings, gaps = steady_draft(tables, problem.meetings, earlier, stage)
        line_up = replace(line_up, meetings=meetings, idle_gaps=gaps)
    spent = Budget(0.0, budget.work_limit)
    return _checked(
        problem,
        replace(
            line_up,
            left_out=_reasons(problem, tables, locked, plan, spent, explain=False),
            moves=moves_between(tables, before, plan.placed),
            warnings=(told(WARNINGS, "greedy_plan"),),
            timings=dict(budget.timings),
        ),
    )


def _checked(problem: Problem, line_up: LineUp) -> LineUp:
    violations = check_line_up(problem.source, line_up.to_json())
    if violations:
        raise BrokenPlan("; ".join(f"{v.code} {v.subjects} {v.detail}" for v in violations))
    return line_up


def _without_plan(status: Status, budget: Budget, seed: int, warnings: list[Json], conflicts: list[Json]) -> LineUp:
    budget.mark("total", 0.0)
    return LineUp(
        status=status,
        seed=seed,
        solver=SOLVER,
        timings=dict(budget.timings),
        conflict_set=tuple(conflicts),
        warnings=tuple(warnings),
    )


def _previous(problem: Problem, previous: Previous | LineUp | Mapping[str, Any] | None) -> Previous | None:
    if previous is None:
        return problem.previous
    if isinstance(previous, Previous):
        return previous
    return parse_previous(previous.to_json() if isinstance(previous, LineUp) else previous)


def _line_up(
    problem: Problem, tables: Tables, locked: Locked, plan: Plan, bound: float, budget: Budget, seed: int
) -> LineUp:
    score = tables.evaluate(plan.placed, plan.panel)
    bound = max(bound, score.total)
    gap = relative_gap(bound, score.total)
    unmet = tuple(
        (owner.id, int(score.heard[o]), owner.min_candidates)
        for o, owner in enumerate(tables.owners)
        if score.heard[o] < owner.min_candidates
    )
    return LineUp(
        status=Status.OPTIMAL if gap <= OPTIMAL_GAP else Status.FEASIBLE,
        objective=score.total,
        bound=bound,
        gap=gap,
        seed=seed,
        solver=SOLVER,
        placements=_placements(tables, locked, plan, plan.timing),
        seats=tuple(
            Seat(owner=tables.owners[o].id, track=tables.tracks[t].id) for t, o in np.argwhere(plan.panel.T).tolist()
        ),
        unmet=unmet,
    )


def _placements(tables: Tables, locked: Locked, plan: Plan, timing: Timing) -> tuple[Placement, ...]:
    return tuple(
        Placement(
            pitch=tables.pitches[p].id,
            track=tables.tracks[t].id,
            position=position,
            start_min=timing.starts[p],
            end_min=timing.starts[p] + tables.pitches[p].duration_min,
            reason=placement_reason(tables, locked, p, t, plan.panel),
        )
        for t in sorted(timing.order)
        for position, p in enumerate(timing.order[t], 1)
    )


def _reasons(
    problem: Problem, tables: Tables, locked: Locked, plan: Plan, budget: Budget, explain: bool | int
) -> tuple[tuple[str, Reason], ...]:
    most = EXACT_PITCHES if explain is True else int(explain)
    explainer = Explainer(tables, problem, locked, plan.placed, plan.panel)
    found = []
    for p in np.flatnonzero(plan.placed < 0).tolist():
        reason = explainer.reason(p, budget, plan.cuts, is_asked=len(tables.pitches) <= most)
        found.append((tables.pitches[p].id, reason))
    return tuple(found)


def problem_warnings(problem: Problem, tables: Tables, locked: Locked) -> list[Json]:
    """What is legal but probably not meant."""
    found = [
        told(WARNINGS, code)
        for code, rows in (
            ("no_owners", problem.owners),
            ("no_tracks", problem.tracks),
            ("no_pitches", problem.pitches),
        )
        if not rows
    ]
    dayless = sorted(session.id for session in problem.sessions if session.on is None)
    if dayless and len(problem.sessions) > 1:
        found.append(told(WARNINGS, "no_day", sessions=", ".join(dayless)))
    for t in sorted(locked.given):
        track, count = tables.tracks[t], int(locked.seat_open[:, t].sum())
        if count < track.panel_seats:
            found.append(told(WARNINGS, "panel_given", track=track.id, locked=count, seats=track.panel_seats))
    for t, track in enumerate(tables.tracks):
        held = {lock.owner for lock in problem.locks if lock.owner and lock.track == track.id}
        if tables.sessions[track.session].format == "reverse" and len(held) > 1:
            found.append(told(WARNINGS, "reverse_panel", track=track.id, locked=len(held)))
        for u in range(t + 1, len(tables.tracks)):
            other = tables.tracks[u]
            if track.room is not None and track.room == other.room and tables.parallel[t, u]:
                found.append(told(WARNINGS, "room_twice", first=track.id, second=other.id, room=track.room))
    return found
