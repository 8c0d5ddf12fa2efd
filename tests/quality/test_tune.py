"""The search for weights, on part values of which the best weighting is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.quality.make import make_gold
from tests.quality.tune import Trials, folds, in_hundredths, search

EVERY = np.arange(20)


@pytest.fixture(scope="module")
def gold():
    grades = np.random.default_rng(2).integers(0, 4, size=(20, 30))
    return make_gold(grades, ["plain"] * 20)


@pytest.fixture(scope="module")
def trials(gold):
    """Eight parts, of which the second follows the grades and the others are noise."""
    values = np.random.default_rng(3).random((20, 30, 8))
    values[..., 1] = gold.grades / 3
    return Trials(gold, SimpleNamespace(values=values, possible=np.ones((20, 30), dtype=np.bool_)))


def test_weights_become_hundredths_that_add_up():
    assert in_hundredths([1 / 3, 1 / 3, 1 / 3]) == (34, 33, 33)


def test_the_search_finds_the_part_that_tells_and_leaves_held_parts_alone(trials):
    present = (40, 10, 20, 10, 5, 5, 5, 5)

    found = search(trials, EVERY, present, free=[0, 1, 2])

    assert trials.ndcg(found, EVERY).mean() > trials.ndcg(present, EVERY).mean() + 0.2
    assert found[1] == max(found)
    assert sum(found) == 100
    assert found[3:] == present[3:]


def test_the_search_keeps_the_present_weights_when_nothing_is_better(trials):
    present = (0, 100, 0, 0, 0, 0, 0, 0)

    assert search(trials, EVERY, present, free=[0, 1, 2]) == present


def test_every_demand_is_left_out_as_often_and_is_not_learnt_from_then(gold):
    found = folds(gold)

    assert np.bincount(np.concatenate([left_out for _, left_out in found])).tolist() == [3] * 20
    assert all(not set(learnt) & set(left_out) for learnt, left_out in found)
