"""Search the policy's weights and minimum on the tuning half: python -m tests.quality.tune [--parts CODE …].

Only the text parts and the sector are searched unless told otherwise: the grades judge the need against the offer,
regardless of price, date and place, so they say nothing about what the other parts are worth. What is found is judged
on demands that were left out of the search, and suggested only if the gain there is not noise. Deterministic.
"""

import argparse
from collections.abc import Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import DEFAULT_POLICY, PARTS, TEXT_PARTS
from tests.quality.figures import Figures, table
from tests.quality.gold import STYLES, Gold, load_gold
from tests.quality.measures import K, discounts, gains, mean_difference
from tests.quality.ours import N_TEXT, PartValues

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Hundredths = tuple[int, ...]
"""The weights of all parts, in the order of `PARTS`, adding up to 100."""

SEED = 1
FOLDS, REPEATS = 5, 3
RANDOM_STARTS = 4
STEPS = (8, 4, 2, 1)
WORTH = 0.0005
"""A search moves a hundredth of weight only if nDCG gains this much: few digits, and no chase after one demand."""
MINIMA = np.arange(0, 61) / 100


class Trials:
    """nDCG@10 and usefulness of any weights, by one matrix product."""

    def __init__(self, gold: Gold, values: PartValues) -> None:
        self.answerable = gold.answerable
        self._values = values.values
        self._possible = values.possible
        self._gains = np.where(values.possible, gains(gold.usable), 0.0)  # what cannot be shown earns nothing
        ideal = -np.sort(-gains(gold.usable), axis=1)[:, :K] @ discounts()
        self._ideal = np.where(ideal > 0, ideal, 1.0)

    def ndcg(self, weights: Hundredths, demands: Places) -> Floats:
        """(len(demands),) without a minimum; 0 for a demand without any supply."""
        total = np.where(self._possible[demands], self._values[demands] @ np.array(weights), -1.0)
        best = np.argsort(-total, axis=1, kind="stable")[:, :K]
        return np.take_along_axis(self._gains[demands], best, axis=1) @ discounts() / self._ideal[demands]

    def usefulness(self, weights: Hundredths, demands: Places) -> Floats:
        """(len(MINIMA), len(demands)): see `tests.quality.measures.usefulness`."""
        heavy = np.array(weights)
        total = np.where(self._possible[demands], self._values[demands] @ heavy, -1.0)
        best = np.argsort(-total, axis=1, kind="stable")
        relevance = self._values[demands][..., :N_TEXT] @ heavy[:N_TEXT] / max(1, heavy[:N_TEXT].sum())
        relevance = np.take_along_axis(np.where(self._possible[demands], relevance, -1.0), best, axis=1)
        earned = np.take_along_axis(self._gains[demands], best, axis=1)
        found = np.empty((len(MINIMA), len(demands)))
        for row, minimum in enumerate(MINIMA):
            shown = relevance >= minimum - 1e-12
            ranks = np.minimum(np.cumsum(shown, axis=1), K + 1)
            discount = np.append(discounts(), 0.0)[ranks - 1]
            with_supply = (earned * discount * shown).sum(axis=1) / self._ideal[demands]
            found[row] = np.where(self.answerable[demands], with_supply, ~shown.any(axis=1))
        return found


def main() -> None:
    """Print what the search found, how far it can be believed, and a suggestion."""
    parser = argparse.ArgumentParser(description="Search the policy's weights and minimum on the tuning half.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*TEXT_PARTS, "sector"], metavar="CODE")
    free = [PARTS.index(code) for code in parser.parse_args().parts]
    gold = load_gold("tune")
    values = PartValues.of(gold)
    trials = Trials(gold, values)
    present = in_hundredths([DEFAULT_POLICY.weights[code] for code in PARTS])
    suggested = _weights(gold, trials, present, free)
    _minimum(gold, trials, suggested)
    _check(gold, values, trials, suggested)


def in_hundredths(weights: Sequence[float]) -> Hundredths:
    """Weights that add up to 1 as whole hundredths that add up to 100; the largest takes what rounding leaves."""
    rounded = [round(100 * weight) for weight in weights]
    rounded[int(np.argmax(rounded))] += 100 - sum(rounded)
    return tuple(rounded)


def search(trials: Trials, demands: Places, present: Hundredths, free: Sequence[int]) -> Hundredths:
    """The best weights found by moving hundredths between the free parts, from the present ones and random ones."""
    chance = np.random.default_rng(SEED)
    share = sum(present[part] for part in free)
    starts = [present]
    for _ in range(RANDOM_STARTS):
        start = list(present)
        drawn = np.floor(share * chance.dirichlet(np.ones(len(free)))).astype(int)
        drawn[0] += share - drawn.sum()
        for part, weight in zip(free, drawn.tolist(), strict=True):
            start[part] = weight
        starts.append(tuple(start))
    found = [_climb(trials, demands, start, free) for start in starts]

    def merit(weights: Hundredths) -> float:
        moved = sum(abs(a - b) for a, b in zip(weights, present, strict=True)) / 2
        return float(trials.ndcg(weights, demands).mean()) - WORTH * moved

    return max([present, *found], key=merit)  # of equals the first: the present ones


def _climb(trials: Trials, demands: Places, weights: Hundredths, free: Sequence[int]) -> Hundredths:
    reached = trials.ndcg(weights, demands).mean()
    for step in STEPS:
        while True:
            best, most = weights, reached + WORTH * step
            for giver, taker in permutations(free, 2):
                moved = list(weights)
                moved[giver] -= step
                moved[taker] += step
                if moved[giver] >= 0 and (merit := trials.ndcg(tuple(moved), demands).mean()) > most:
                    best, most = tuple(moved), merit
            if best == weights:
                break
            weights, reached = best, most
    return weights


def folds(gold: Gold) -> list[tuple[Places, Places]]:
    """(demands to learn from, demands left out): every style in every fold as evenly as can be, several times."""
    chance = np.random.default_rng(SEED)
    parts = []
    for _ in range(REPEATS):
        order = chance.permutation(len(gold.demands))
        order = order[np.argsort([STYLES.index(gold.styles[d]) for d in order], kind="stable")]
        for fold in range(FOLDS):
            left_out = np.sort(order[fold::FOLDS])
            parts.append((np.setdiff1d(order, left_out), left_out))
    return parts


def _weights(gold: Gold, trials: Trials, present: Hundredths, free: Sequence[int]) -> Hundredths:
    """Print the search for weights; what is suggested."""
    everything = np.flatnonzero(gold.answerable)
    own = np.zeros(len(gold.demands))
    found = []
    for learnt, left_out in folds(gold):
        weights = search(trials, learnt[gold.answerable[learnt]], present, free)
        found.append(weights)
        own[left_out] += trials.ndcg(weights, left_out) / REPEATS
    best = search(trials, everything, present, free)
    spread = [f"{min(column) / 100:.2f}-{max(column) / 100:.2f}" for column in zip(*found, strict=True)]
    rows = [
        [code, present[part] / 100, best[part] / 100, spread[part], "" if part in free else "held"]
        for part, code in enumerate(PARTS)
    ]
    print(table(["weights", "present", "found", f"in {len(found)} folds", ""], rows))
    before, after = (trials.ndcg(weights, everything) for weights in (present, best))
    gain = mean_difference(own[everything], before)
    print(f"nDCG@10 without a minimum: present {before.mean():.3f}; found {after.mean():.3f} where it was searched,")
    print(f"  {own[everything].mean():.3f} on demands left out of the search: {gain}")
    if best == present or gain.low <= 0:
        print("suggestion: keep the weights; the gain on demands left out is not above noise\n")
        return present
    print("suggestion:\n[weights]")
    print("\n".join(f"{code} = {best[part] / 100:.2f}" for part, code in enumerate(PARTS) if best[part]) + "\n")
    return best


def _minimum(gold: Gold, trials: Trials, weights: Hundredths) -> None:
    """Print the search for a minimum under these weights."""
    every = trials.usefulness(weights, np.arange(len(gold.demands)))
    own = np.zeros(len(gold.demands))
    for learnt, left_out in folds(gold):
        own[left_out] += every[_best_minimum(every[:, learnt]), left_out] / REPEATS
    now = int(np.abs(MINIMA - DEFAULT_POLICY.minimum_relevance).argmin())
    best = _best_minimum(every)
    gain = mean_difference(own, every[now])
    levels = (
        f"present {MINIMA[now]:.2f} {every[now].mean():.3f}",
        f"found {MINIMA[best]:.2f} {every[best].mean():.3f}",
    )
    print(f"useful lists by minimum_relevance: {'; '.join(levels)} where it was searched,")
    print(f"  {own.mean():.3f} on demands left out of the search: {gain}")
    if best == now or gain.low <= 0:
        print("suggestion: keep the minimum; the gain on demands left out is not above noise\n")
    else:
        print(f"suggestion: minimum_relevance = {MINIMA[best]:.2f}\n")


def _best_minimum(useful: Floats) -> int:
    """The lowest minimum of those that are as good as the best, to half a thousandth."""
    means = useful.mean(axis=1)
    return int(np.flatnonzero(means >= means.max() - WORTH)[0])


def _check(gold: Gold, values: PartValues, trials: Trials, weights: Hundredths) -> None:
    """Print how far the matrix products are from what the lists themselves say."""
    every = np.arange(len(gold.demands))
    useful = trials.usefulness(weights, every)
    shares = {code: weights[part] / 100 for part, code in enumerate(PARTS)}
    off = 0.0
    for row in range(0, len(MINIMA), 5):
        measured = Figures.of(gold, values.lists(shares, float(MINIMA[row])))
        off = max(off, float(np.abs(measured.usefulness - useful[row]).max()))
        if not row:
            off = max(off, float(np.abs(measured.ndcg - trials.ndcg(weights, every))[gold.answerable].max()))
    print(f"largest difference between the search's figures and those of the lists: {off:.1e}")


if __name__ == "__main__":
    main()
