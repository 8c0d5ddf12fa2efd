"""What a caller sees while a line-up is solved: the stages, a draft first, a bound and a time limit that hold."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from matching.programme import Progress, check_line_up, parse_problem, solve_line_up
from matching.programme.progress import STAGES

from .generator import add_hall, make_season
from .make import line_up, make_problem, make_track


def reports(problem: dict[str, Any], **options: Any) -> tuple[list[Progress], dict[str, Any]]:
    seen: list[Progress] = []
    plan = solve_line_up(parse_problem(problem), on_progress=seen.append, **options).to_json()
    del plan["timings"]
    return seen, plan


def test_a_checked_draft_with_meetings_comes_with_the_first_greedy_report_and_only_there():
    problem = add_hall(make_season(24, 2), 2)

    seen, _ = reports(problem)

    drafts = [progress for progress in seen if progress.draft is not None]
    assert [progress.stage for progress in drafts] == ["greedy"]
    assert drafts[0] == next(progress for progress in seen if progress.stage == "greedy")
    assert drafts[0].draft is not None
    draft = drafts[0].draft.to_json()
    assert check_line_up(problem, draft) == []
    assert draft["placements"]
    assert draft["meetings"]


def test_stages_come_in_their_order_and_the_seconds_never_run_back():
    seen, _ = reports(add_hall(make_season(16, 1), 1) | {"previous": line_up(make_season(16, 1))})

    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert set(stages) <= set(STAGES)
    assert (stages[0], stages[1], stages[-1]) == ("locks", "greedy", "explain")
    assert all(a.seconds <= b.seconds for a, b in pairwise(seen))


def test_the_objective_only_rises_and_the_bound_only_falls():
    seen, plan = reports(make_season(30, 3))

    objectives = [progress.objective for progress in seen if progress.objective is not None]
    bounds = [progress.bound for progress in seen if progress.bound is not None]
    assert objectives == sorted(objectives)
    assert bounds == sorted(bounds, reverse=True)
    assert objectives[-1] == plan["objective"] <= plan["bound"] <= bounds[0]


def test_watching_changes_nothing_about_the_answer():
    season = add_hall(make_season(20, 4), 4)

    assert reports(season, seed=5)[1] == line_up(season, seed=5)


def test_infeasible_locks_are_reported_without_a_draft():
    problem = make_problem(tracks=[make_track(end_min=550)])
    problem["locks"] = [*problem["locks"], {"pitch": "p1", "track": "t1", "level": "exact"}]

    seen, plan = reports(problem)

    assert plan["status"] == "infeasible"
    assert [progress.stage for progress in seen] == ["locks"]


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.5])
def test_a_time_limit_never_returns_nothing_where_a_plan_exists(limit: float):
    season = add_hall(make_season(60, 1), 1)

    plan = solve_line_up(parse_problem(season), time_limit=limit).to_json()

    assert plan["status"] in ("optimal", "feasible")
    assert len(plan["placements"]) > 20
    assert len(plan["meetings"]) > 20
    assert check_line_up(season, plan) == []
