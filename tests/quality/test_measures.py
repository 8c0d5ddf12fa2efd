"""Each measure against an example that was worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from tests.quality import measures
from tests.quality.figures import Figures, table
from tests.quality.make import make_gold

GRADES = np.array([0, 3, 1, 2, 0], dtype=np.int8)


def test_ndcg_is_the_discounted_gain_over_the_best_that_could_be():
    found = measures.ndcg([3, 0, 1], GRADES)

    # gains 3, 0, 7 at discounts 1, 0.630930, 0.5; the best order has 7, 3, 1
    assert found == pytest.approx((3 + 0 + 7 * 0.5) / (7 + 3 * 0.6309297535714575 + 1 * 0.5))


def test_ndcg_is_that_of_scikit_learn():
    chance = np.random.default_rng(5)
    for _ in range(50):
        grades = chance.integers(0, 4, size=25).astype(np.int8)
        scores = chance.permutation(25).astype(float)
        shown = np.argsort(-scores).tolist()

        expected = ndcg_score([measures.gains(grades)], [scores], k=10)

        assert measures.ndcg(shown, grades) == pytest.approx(expected)


def test_ndcg_counts_nothing_behind_the_tenth_rank():
    grades = np.zeros(12, dtype=np.int8)
    grades[[10, 11]] = 3

    assert measures.ndcg(range(12), grades) == 0
    assert measures.ndcg(range(11, -1, -1), grades) == 1


def test_ndcg_of_an_empty_list_and_of_a_demand_without_supply_is_0():
    assert measures.ndcg([], GRADES) == 0
    assert measures.ndcg([0, 1], np.zeros(3, dtype=np.int8)) == 0


def test_recall_is_the_share_of_the_usable_among_the_first_ten():
    assert measures.recall([0, 2, 3], GRADES) == 0.5
    assert measures.recall([3, 1], GRADES) == 1
    assert measures.recall([0, 3, 1], GRADES, k=2) == 0.5


def test_reciprocal_rank_is_that_of_the_first_usable_profile():
    assert measures.reciprocal_rank([0, 2, 3, 1], GRADES) == pytest.approx(1 / 3)
    assert measures.reciprocal_rank([0, 2], GRADES) == 0


def test_a_decoy_wins_above_the_best_right_profile():
    assert measures.decoy_wins([3, 2, 1], GRADES, decoys=[2]) is True
    assert measures.decoy_wins([3, 1, 2], GRADES, decoys=[2]) is False
    assert measures.decoy_wins([2], GRADES, decoys=[2]) is True  # the right one is not shown at all
    assert measures.decoy_wins([3], GRADES, decoys=[2]) is False
    assert measures.decoy_wins([3], GRADES, decoys=[]) is None
    assert measures.decoy_wins([3], np.array([0, 2, 0, 0]), decoys=[2]) is None


def test_forbidden_pairs_are_counted_among_the_first_ten():
    not_allowed = np.array([True] * 6 + [False] * 5 + [True])

    assert measures.forbidden(range(12), not_allowed) == 6


def test_usefulness_is_an_empty_list_where_there_is_no_supply():
    weak = np.array([0, 1], dtype=np.int8)

    assert measures.usefulness([], weak) == 1
    assert measures.usefulness([1], weak) == 0
    assert measures.usefulness([3, 0, 1], GRADES) == measures.ndcg([3, 0, 1], GRADES)


def test_the_statement_that_there_is_none_has_precision_and_recall():
    answerable = np.array([True, True, False, False, False])

    said_three = measures.none_statement([[], [1], [], [], [2]], answerable)
    said_nothing = measures.none_statement([[1]] * 5, answerable)

    assert said_three == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert np.isnan(said_nothing.precision)
    assert said_nothing.recall == 0


def test_the_interval_holds_the_mean_difference_and_is_the_same_again():
    chance = np.random.default_rng(3)
    theirs = chance.random(60)
    ours = theirs + 0.1 + chance.normal(0, 0.2, size=60)

    found = measures.mean_difference(ours, theirs)

    differences = ours - theirs
    usual = 1.96 * differences.std() / np.sqrt(60)  # what a normal law says of a mean of sixty
    assert found.mean == pytest.approx(differences.mean())
    assert found.low == pytest.approx(differences.mean() - usual, abs=0.01)
    assert found.high == pytest.approx(differences.mean() + usual, abs=0.01)
    assert found == measures.mean_difference(ours, theirs)


def test_the_interval_of_equal_systems_is_0():
    assert measures.mean_difference(np.ones(9), np.ones(9)) == (0, 0, 0)


def test_figures_leave_out_demands_without_supply_and_count_what_must_not_be_shown():
    gold = make_gold(
        [[3, 0, 2], [0, 1, 0], [2, 3, 0]],
        ["plain", "none", "paraphrase"],
        blocked={(0, 2): ["budget"]},
        failing={(0, 2): ["budget"], (1, 0): ["open"]},
    )

    found = Figures.of(gold, [[2, 0], [0], [1, 0]])

    assert found.violations == 2
    assert found.mean(found.ndcg) == pytest.approx((0.6309297535714575 + 1) / 2)  # the blocked pair earned nothing
    assert found.mean(found.reciprocal_rank) == 0.75
    assert found.of_style("paraphrase").tolist() == [1]
    assert found.usefulness[1] == 0


def test_a_table_is_aligned_and_shows_what_is_not_known_as_a_dash():
    assert table(["name", "x"], [["a", 0.5], ["long name", np.nan]]).split("\n") == [
        "name           x",
        "a          0.500",
        "long name      -",
    ]
