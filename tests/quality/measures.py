"""Measures of ranked lists against grades.

A list holds the places of the profiles that are shown for one demand, best first; `grades` is that demand's row of
grades with 0 for pairs that must not be shown.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from tests.quality.gold import RIGHT, USABLE

K = 10
RESAMPLES = 10_000

List = Sequence[int]
Grades = NDArray[np.int8]


class Interval(NamedTuple):
    """A mean, and the bounds that hold it with a probability of 95 %."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


class Statement(NamedTuple):
    """How far "there is no suitable supply" can be believed; NaN where nothing was said, or nothing was to be said."""

    precision: float
    recall: float


def ndcg(shown: List, grades: Grades, k: int = K) -> float:
    """Normalised discounted cumulative gain of the first k, with gain 2^grade - 1 and discount log2(1 + rank).

    Burges et al. 2005, "Learning to rank using gradient descent". 0 if no profile has a grade.
    """
    best = _gain(np.sort(grades)[::-1][:k])
    return _gain(grades[list(shown[:k])]) / best if best else 0.0


def discounts(k: int = K) -> NDArray[np.float64]:
    """What a gain counts at ranks 1 to k."""
    return 1 / np.log2(np.arange(2, k + 2))


def gains(grades: Grades) -> NDArray[np.float64]:
    """What a profile of each grade is worth."""
    return np.exp2(grades.astype(np.float64)) - 1


def recall(shown: List, grades: Grades, k: int = K) -> float:
    """Share of the usable profiles that are among the first k; 0 if there are none."""
    usable = int((grades >= USABLE).sum())
    return int((grades[list(shown[:k])] >= USABLE).sum()) / usable if usable else 0.0


def reciprocal_rank(shown: List, grades: Grades) -> float:
    """1 / rank of the first usable profile; 0 if none is shown."""
    return next((1 / rank for rank, place in enumerate(shown, start=1) if grades[place] >= USABLE), 0.0)


def decoy_wins(shown: List, grades: Grades, decoys: Sequence[int]) -> bool | None:
    """Whether a decoy stands above the best right profile; None if the demand has no decoy or no right profile."""
    if not len(decoys) or not (grades >= RIGHT).any():
        return None
    first = next((place for place in shown if place in decoys or grades[place] >= RIGHT), None)
    return first is not None and first in decoys


def forbidden(shown: List, not_allowed: NDArray[np.bool_], k: int = K) -> int:
    """How many of the first k must not be shown."""
    return int(not_allowed[list(shown[:k])].sum())


def usefulness(shown: List, grades: Grades, k: int = K) -> float:
    """nDCG where there is usable supply; where there is none, 1 for an empty list and 0 for any other."""
    return ndcg(shown, grades, k) if (grades >= USABLE).any() else float(not len(shown))


def none_statement(lists: Sequence[List], answerable: NDArray[np.bool_]) -> Statement:
    """An empty list says that there is no suitable supply; it is right for the demands that are not answerable."""
    said = np.array([not len(shown) for shown in lists], dtype=np.bool_)
    right = ~answerable
    both = int((said & right).sum())
    return Statement(both / said.sum() if said.any() else np.nan, both / right.sum() if right.any() else np.nan)


def mean_difference(ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int = 1) -> Interval:
    """How much better ours are, (n_demands,) each, with the paired percentile bootstrap's 95 % interval.

    Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13: the demands are drawn anew, each with
    both systems' figures.
    """
    differences = np.asarray(ours) - np.asarray(theirs)
    if len(differences) < 2:
        return Interval(float(differences.mean()), np.nan, np.nan)
    found = bootstrap(
        (differences,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(seed)
    )
    return Interval(float(differences.mean()), *map(float, found.confidence_interval))


def _gain(grades: Grades) -> float:
    return float(gains(grades) @ discounts(len(grades)))
