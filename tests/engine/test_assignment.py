"""Both sides at once: the lists, the proof that none are better, what they cost, and who gave way to whom."""

import inspect
import random
from collections import Counter
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.commands.assign import command
from matching.domain.errors import InputError
from matching.engine.assignment import (
    UNITS,
    Cause,
    GaveWay,
    Reciprocal,
    ScoredPair,
    Shortfall,
    Shown,
    assign,
    gini,
    reciprocal_fits,
)
from matching.publishing.wording import error_line
from tests.engine.demonstration import demonstration
from tests.engine.make import match


def pairs(**scores):
    """`pairs(D1_A=0.9)`: the pair of D1 and A."""
    return [ScoredPair(*name.split("_"), score) for name, score in scores.items()]


def shown(assignment):
    return {demand: [entry.profile for entry in own] for demand, own in assignment.lists.items()}


def counts(assignment):
    return Counter(entry.profile for own in assignment.lists.values() for entry in own)


@st.composite
def small_problems(draw):
    """Up to three demands and four profiles, scores with many ties among them, and capacities."""
    keys = [(f"D{d}", f"P{p}") for d in range(3) for p in range(4)]
    chosen = draw(st.lists(st.sampled_from(keys), unique=True))
    score = st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.75, 0.9, 1.0]) | st.floats(0, 1)
    cap = draw(st.integers(1, 3))
    sizes = {"per_demand": draw(st.integers(1, 3)), "cap": cap, "floor": draw(st.integers(0, cap))}
    return [ScoredPair(*key, draw(score)) for key in chosen], sizes


def best_by_trying_everything(given, *, per_demand, cap, floor):
    """(lists missing under the floors, total in units) of the best of all plans, one after the other."""
    by_demand = {}
    for demand, profile, score in given:
        by_demand.setdefault(demand, []).append((profile, max(1, round(score * UNITS))))
    choices = [
        [chosen for size in range(min(per_demand, len(own)) + 1) for chosen in combinations(own, size)]
        for own in by_demand.values()
    ]
    profiles = {pair.profile for pair in given}
    best = None
    for plan in product(*choices):
        times = Counter(profile for chosen in plan for profile, _ in chosen)
        if max(times.values(), default=0) <= cap:
            missing = sum(max(0, floor - times[profile]) for profile in profiles)
            total = sum(score for chosen in plan for _, score in chosen)
            best = min(best or (missing, -total), (missing, -total))
    return best[0], -best[1]


@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_no_plan_is_better_and_no_fewer_lists_could_be_missing(problem):
    given, sizes = problem

    found = assign(given, **sizes)

    missing, total = best_by_trying_everything(given, **sizes)
    assert found.optimal
    assert sum(sizes["floor"] - short.shown for short in found.shortfalls) == missing
    assert found.total == pytest.approx(total / UNITS, abs=12 / UNITS)
    assert found.total <= found.bound <= found.total + 24 / UNITS


@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_capacities_hold_and_the_lists_are_in_the_demands_own_order(problem):
    given, sizes = problem
    scores = {(pair.demand, pair.profile): pair.score for pair in given}

    found = assign(given, **sizes)

    assert list(found.lists) == sorted({pair.demand for pair in given})
    assert max(counts(found).values(), default=0) <= sizes["cap"]
    for demand, own in found.lists.items():
        ranked = sorted((-score, profile) for (other, profile), score in scores.items() if other == demand)
        assert len(own) <= sizes["per_demand"]
        assert [entry.own_place for entry in own] == sorted({entry.own_place for entry in own})
        for entry in own:
            assert ranked[entry.own_place - 1] == (-scores[demand, entry.profile], entry.profile)


@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_whoever_leaves_a_list_is_told_with_a_cause_that_holds(problem):
    given, sizes = problem

    found = assign(given, **sizes)

    times = counts(found)
    for demand, own in found.lists.items():
        ranked = sorted((-pair.score, pair.profile) for pair in given if pair.demand == demand)
        alone = {profile for _, profile in ranked[: sizes["per_demand"]]}
        now = {entry.profile for entry in own}
        gone = [gone for gone in found.gave_way if gone.demand == demand]
        assert {g.profile for g in gone} == alone - now
        assert Counter(g.successor for g in gone if g.successor) == Counter(now - alone)
    for gone in found.gave_way:
        if gone.cause is Cause.CAP:
            assert times[gone.profile] == sizes["cap"]
        else:
            assert times[gone.successor] <= sizes["floor"]


@settings(max_examples=100, deadline=None)
@given(small_problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_and_telling_one_twice_change_nothing(problem, chance):
    given, sizes = problem
    again = given + given[::2]
    chance.shuffle(again)

    assert assign(again, **sizes) == assign(given, **sizes)


def test_a_full_profile_goes_where_it_is_worth_most():
    found = assign(pairs(D1_A=0.9, D1_B=0.8, D2_A=0.7, D2_B=0.2), per_demand=1, cap=1, floor=0)

    assert shown(found) == {"D1": ["B"], "D2": ["A"]}  # 1.5, where the other way round would be 1.1
    assert found.gave_way == (
        GaveWay(demand="D1", profile="A", score=0.9, own_place=1, successor="B", cause=Cause.CAP),
    )
    assert (found.total, found.own_total, found.places) == (pytest.approx(1.5), pytest.approx(1.6), 2)
    assert found.cost == pytest.approx(0.1 / 1.6)


def test_a_newcomer_takes_the_place_where_it_costs_least():
    given = pairs(D1_A=0.9, D1_B=0.8, D1_NEW=0.3, D2_A=0.9, D2_B=0.5, D2_NEW=0.25)

    found = assign(given, per_demand=2, cap=8, floor=1)

    assert shown(found) == {"D1": ["A", "B"], "D2": ["A", "NEW"]}
    assert found.gave_way == (
        GaveWay(demand="D2", profile="B", score=0.5, own_place=2, successor="NEW", cause=Cause.FLOOR),
    )
    assert found.lists["D2"][1] == Shown(profile="NEW", score=0.25, own_place=3)
    assert found.own_exposure.never_shown == ("NEW",)
    assert found.exposure.never_shown == ()


def test_a_place_that_nobody_may_take_stays_empty():
    found = assign(pairs(D1_A=0.9, D2_A=0.8), per_demand=1, cap=1, floor=1)

    assert shown(found) == {"D1": ["A"], "D2": []}
    assert found.gave_way == (
        GaveWay(demand="D2", profile="A", score=0.8, own_place=1, successor=None, cause=Cause.CAP),
    )
    assert found.mean_score == pytest.approx(0.45)  # the empty place counts 0


def test_a_floor_that_cannot_be_met_is_met_as_far_as_it_can_and_named():
    given = pairs(D1_A=0.9, D1_B=0.8, D1_C=0.7, D2_C=0.6)

    found = assign(given, per_demand=1, cap=2, floor=2)

    assert shown(found) == {"D1": ["A"], "D2": ["C"]}
    assert found.shortfalls == (
        Shortfall(profile="A", pairs=1, shown=1),
        Shortfall(profile="B", pairs=1, shown=0),
        Shortfall(profile="C", pairs=2, shown=1),
    )


def test_without_capacities_that_bind_every_demand_keeps_its_own_ranking():
    given = pairs(D1_A=0.9, D1_B=0.8, D1_C=0.7, D2_A=0.6)

    found = assign(given, per_demand=2, cap=8, floor=0)

    assert shown(found) == {"D1": ["A", "B"], "D2": ["A"]}
    assert (found.cost, found.gave_way, found.exposure) == (0, (), found.own_exposure)


def test_ties_go_to_the_earlier_ids():
    even = [ScoredPair(demand, profile, 0.5) for demand in ("D1", "D2", "D3") for profile in ("A", "B", "C")]

    assert shown(assign(even, per_demand=1, cap=3, floor=0)) == {"D1": ["A"], "D2": ["A"], "D3": ["A"]}
    assert shown(assign(even, per_demand=1, cap=1, floor=0)) == {"D1": ["A"], "D2": ["B"], "D3": ["C"]}
    assert shown(assign(even, per_demand=1, cap=2, floor=1)) == {"D1": ["A"], "D2": ["B"], "D3": ["C"]}


def test_no_pairs_are_no_lists():
    found = assign([], per_demand=5, cap=8, floor=1)

    assert (found.lists, found.total, found.bound, found.optimal) == ({}, 0, 0, True)
    assert (found.cost, found.mean_score, found.exposure.gini, found.exposure.most) == (0, 0, 0, 0)


def test_a_pair_that_scores_nothing_is_still_shown_before_an_empty_place():
    assert shown(assign(pairs(D1_A=0.0), per_demand=5, cap=8, floor=0)) == {"D1": ["A"]}


def test_many_pairs_are_solved_to_the_proven_optimum_without_a_word(capfd):
    chance = random.Random(7)
    given = [
        ScoredPair(f"D{d:03}", f"P{p:03}", round(chance.random() ** 2, 2))
        for d in range(60)
        for p in chance.sample(range(200), 30)
    ]

    found = assign(given, per_demand=5, cap=8, floor=1)

    assert found.optimal
    assert found.exposure.never_shown == ()
    assert found.exposure.most <= 8
    assert capfd.readouterr() == ("", "")


def test_on_the_demonstration_nobody_who_fits_anything_stays_unseen_at_two_percent_of_the_score():
    recommended = match(*demonstration(), top_per_demand=50, top_per_profile=5)
    lists = (recommended.for_demands, recommended.for_profiles)
    given = [ScoredPair(m.demand, m.profile, m.score) for own in lists for ms in own.values() for m in ms]

    found = assign(given)

    assert found.optimal
    assert found.own_exposure.never_shown
    assert (found.exposure.never_shown, found.shortfalls) == ((), ())
    assert found.cost <= 0.02
    assert found.exposure.most <= 8
    assert found.exposure.gini < found.own_exposure.gini


@pytest.mark.parametrize(
    ("counted", "expected"),
    [([3, 3, 3], 0), ([0, 0, 6], 2 / 3), ([1, 2, 3], 2 / 9), ([0, 0], 0), ([], 0)],
)
def test_the_gini_coefficient_of_counts(counted, expected):
    assert gini(np.array(counted, dtype=np.int64)) == pytest.approx(expected)


def test_reciprocal_fit_is_the_harmonic_mean_of_both_rank_shares():
    fits = reciprocal_fits(pairs(D1_A=0.9, D1_B=0.8, D2_A=0.95, D2_C=0.1))

    assert fits["D1", "A"] == Reciprocal(demand_rank=1, demand_pairs=2, profile_rank=2, profile_pairs=2)
    assert fits["D1", "A"].fit == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert fits["D2", "A"].fit == 1
    assert fits["D2", "C"].fit == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert list(fits) == [("D1", "A"), ("D1", "B"), ("D2", "A"), ("D2", "C")]


def test_reciprocal_ranks_break_ties_by_id():
    fits = reciprocal_fits(pairs(D1_B=0.5, D1_A=0.5, D2_A=0.5))

    assert [fits[key].demand_rank for key in (("D1", "A"), ("D1", "B"))] == [1, 2]
    assert [fits[key].profile_rank for key in (("D1", "A"), ("D2", "A"))] == [1, 2]


@pytest.mark.parametrize(
    ("given", "sizes", "code", "key"),
    [
        (pairs(D_A=1.1), {}, "out_of_range", "score"),
        (pairs(D_A=float("nan")), {}, "out_of_range", "score"),
        (pairs(D_A=0.5) + pairs(D_A=0.6), {}, "two_scores", None),
        ([], {"per_demand": 0}, "out_of_range", "per_demand"),
        ([], {"cap": 0}, "out_of_range", "cap"),
        ([], {"floor": -1}, "out_of_range", "floor"),
        ([], {"cap": 2, "floor": 3}, "reversed", "floor"),
    ],
)
def test_what_cannot_be_assigned_is_refused_in_words(given, sizes, code, key):
    with pytest.raises(InputError) as refused:
        assign(given, **sizes)

    assert [(p.code, p.key) for p in refused.value.problems] == [(code, key)]
    assert all(error_line(refused.value, language) for language in ("zh", "en"))


def test_the_command_and_the_function_have_the_same_defaults():
    defaults = {name: p.default for name, p in inspect.signature(assign).parameters.items() if name != "pairs"}

    assert {p.name: p.default for p in command.params if p.name in defaults} == defaults
