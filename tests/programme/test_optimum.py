"""The solver against trying everything, on tiny problems with given panels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.programme import check_line_up, objective_of, search

from .generator import make_season
from .make import best_objective, line_up, make_owner, make_pitch, make_session, make_track, seat


@st.composite
def tiny_problems(draw: st.DrawFn) -> dict[str, Any]:
    """Up to five pitches and two tracks, panels given; limits, locks on time, districts and minimums included."""
    sessions = [
        make_session("s1"),
        make_session("s2", on="2026-12-06", themes=draw(st.sampled_from([[], ["culture"]]))),
    ]
    tracks = [
        make_track(
            "t1", "s1", end_min=540 + draw(st.sampled_from([40, 60])), max_per_district=draw(st.sampled_from([None, 1]))
        ),
        make_track("t2", draw(st.sampled_from(["s1", "s2"])), end_min=540 + draw(st.sampled_from([30, 50]))),
    ]
    ids = [f"p{i}" for i in range(draw(st.integers(1, 5)))]
    pitches = []
    for i, name in enumerate(ids):
        extra: dict[str, Any] = {}
        if draw(st.booleans()):
            start = draw(st.sampled_from([540, 550, 570]))
            extra["windows"] = [
                {"session": "s1", "start_min": start, "end_min": start + draw(st.sampled_from([20, 40]))}
            ]
        if i and draw(st.integers(0, 3)) == 0:
            extra["after"] = ids[i - 1]
        if i and draw(st.integers(0, 3)) == 0:
            extra["apart_from"] = [ids[0]]
        pitches.append(
            make_pitch(
                name,
                opc=draw(st.sampled_from([f"opc-{name}", "shared"])),
                theme=draw(st.sampled_from(["culture", "sports", None])),
                district=draw(st.sampled_from(["a", "b", None])),
                duration_min=draw(st.sampled_from([10, 15, 20])),
                sessions=draw(st.sampled_from([["s1"], ["s1", "s2"], ["s2"]])),
                fresh=draw(st.booleans()),
                **extra,
            )
        )
    owners = [
        make_owner(f"o{i}", sessions=["s1", "s2"], min_candidates=draw(st.integers(0, 3)), max_sessions=2)
        for i in (1, 2)
    ]
    scores = [[p, o, draw(st.integers(0, 100))] for p in ids for o in ("o1", "o2") if draw(st.integers(0, 3))]
    rules = {"buffer_min": draw(st.sampled_from([0, 5])), "max_pitches_per_opc": draw(st.sampled_from([1, 2]))}
    return {
        "sessions": sessions,
        "tracks": tracks,
        "pitches": pitches,
        "owners": owners,
        "scores": scores,
        "rules": rules,
        "locks": [seat("o1", "t1"), seat("o2", "t2")],
    }


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tiny_problems())
def test_the_objective_is_what_trying_everything_finds(problem: dict[str, Any]):
    answer = line_up(problem)

    assert (answer["objective"], answer["status"]) == (best_objective(problem), "optimal")


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tiny_problems(), st.booleans())
def test_every_plan_passes_the_checker_panels_given_or_not(problem: dict[str, Any], is_open: bool):
    problem = problem | {"locks": [] if is_open else problem["locks"]}

    answer = line_up(problem)

    assert check_line_up(problem, answer) == []
    assert objective_of(problem, answer) == answer["objective"]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tiny_problems())
def test_open_panels_are_at_least_as_good_as_given_ones(problem: dict[str, Any]):
    given_panels, open_panels = line_up(problem), line_up(problem | {"locks": []})

    assert given_panels["objective"] <= open_panels["bound"]
    if open_panels["status"] == "optimal":
        assert given_panels["objective"] <= open_panels["objective"]


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_of_the_prices_is_never_below_the_optimum(seed: int, monkeypatch: pytest.MonkeyPatch):
    season = make_season(9, seed, n_owners=4)
    monkeypatch.setattr(search, "SMALL_JOINT", 10_000)  # all in one MILP
    optimum = line_up(season, work_limit=100_000)
    assert optimum["status"] == "optimal"

    monkeypatch.setattr(search, "SMALL_JOINT", 0)  # never: prices, and MILPs over the panels that they leave
    answer = line_up(season)

    assert answer["objective"] <= optimum["objective"] <= answer["bound"]
    assert check_line_up(season, answer) == []
