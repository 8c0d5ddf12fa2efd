"""Is it better? Log loss, AUC and nDCG on later labels, with intervals from resampled demands."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import ndcg_score

from matching.engine.learning.examples import Flags, Floats, Places

RESAMPLES = 2_000
CELLS_AT_ONCE = 4_000_000
LIST_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of both; `gain` is positive where the proposed one is better, `low` and `high` its 95 % interval."""

    present: float
    proposed: float
    gain: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How the proposed score and chance do beside the present ones. `ndcg` None: no demand had both outcomes."""

    log_loss: Comparison
    auc: Comparison
    ndcg: Comparison | None
    labels: int
    demands: int

    @property
    def is_better(self) -> bool:
        """Better in log loss and in order, both beyond chance, and no worse inside the lists."""
        surely = all(measure.gain > 0 and measure.low >= 0 for measure in (self.log_loss, self.auc))
        return surely and (self.ndcg is None or self.ndcg.gain >= 0)

    def to_json(self) -> dict[str, object]:
        """The figures as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one side says about the later labels: `scores` (n,) to rank by, `chances` (n,) of being accepted."""

    scores: Floats
    chances: Floats


def compare(present: Opinion, proposed: Opinion, accepted: Flags, demands: Places, seed: int = 0) -> Figures:
    """Judge on labels of shape (n,), both outcomes among them.

    Whole demands are drawn with replacement, since labels of one demand are alike (the cluster bootstrap: Davison and
    Hinkley, Bootstrap Methods, 1997, section 3.8; percentile intervals). A draw without both outcomes has no AUC and
    is left out.
    """
    losses = [_losses(opinion.chances, accepted) for opinion in (present, proposed)]
    _, places = np.unique(demands, return_inverse=True)
    n_demands = int(places.max()) + 1
    gains: dict[str, list[Floats]] = {"log_loss": [], "auc": [], "ndcg": []}
    in_lists = _list_measures(present.scores, proposed.scores, accepted, places, n_demands)
    for counts in _draws(n_demands, len(accepted), seed):
        weights = counts[:, places]
        gains["log_loss"].append(weights @ (losses[0] - losses[1]) / np.maximum(weights.sum(axis=1), 1))
        gains["auc"].append(auc(proposed.scores, accepted, weights) - auc(present.scores, accepted, weights))
        judged = counts[:, in_lists.demands]
        with np.errstate(invalid="ignore"):  # a draw without a list that can be judged is left out
            gains["ndcg"].append(judged @ (in_lists.proposed - in_lists.present) / judged.sum(axis=1))
    once = np.ones((1, len(accepted)))
    return Figures(
        _comparison(losses[0].mean(), losses[1].mean(), -1, gains["log_loss"]),
        _comparison(auc(present.scores, accepted, once)[0], auc(proposed.scores, accepted, once)[0], 1, gains["auc"]),
        _comparison(in_lists.present.mean(), in_lists.proposed.mean(), 1, gains["ndcg"])
        if len(in_lists.demands)
        else None,
        len(accepted),
        n_demands,
    )


def auc(scores: Floats, accepted: Flags, weights: Floats) -> Floats:
    """Share of (accepted, declined) pairs in the right order, ties by half, for each row of weights (m, n); (m,).

    NaN where a row leaves one outcome out. The weighted form of the Mann-Whitney statistic.
    """
    order = np.argsort(scores, kind="stable")
    ordered, yes, weights = scores[order], accepted[order], weights[:, order]
    declined = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights * ~yes, axis=1)], axis=1)
    below, up_to = np.searchsorted(ordered, ordered, "left"), np.searchsorted(ordered, ordered, "right")
    accepted_weights = weights * yes
    right: Floats = (accepted_weights * (declined[:, below] + declined[:, up_to]) / 2).sum(axis=1)
    with np.errstate(invalid="ignore"):
        share: Floats = right / (accepted_weights.sum(axis=1) * declined[:, -1])
    return share


@dataclass(frozen=True, slots=True)
class _ListMeasures:
    """nDCG of the lists that have both outcomes, (n_lists,); `demands` are the places of their demands."""

    demands: Places
    present: Floats
    proposed: Floats


def _list_measures(present: Floats, proposed: Floats, accepted: Flags, places: Places, number: int) -> _ListMeasures:
    order = np.argsort(places, kind="stable")
    borders = np.searchsorted(places[order], np.arange(1, number))
    lists = [rows for rows in np.split(order, borders) if accepted[rows].any() and not accepted[rows].all()]
    return _ListMeasures(
        np.array([places[rows[0]] for rows in lists], dtype=np.int64),
        np.array([ndcg_score([accepted[rows]], [present[rows]], k=LIST_LENGTH) for rows in lists]),
        np.array([ndcg_score([accepted[rows]], [proposed[rows]], k=LIST_LENGTH) for rows in lists]),
    )


def _draws(n_demands: int, n_labels: int, seed: int) -> Iterator[Floats]:
    """How often each demand is drawn, (some, n_demands), `RESAMPLES` rows in all."""
    chance = np.random.default_rng(seed)
    step = max(1, CELLS_AT_ONCE // max(n_labels, 1))
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        yield chance.multinomial(n_demands, np.full(n_demands, 1 / n_demands), size=size).astype(np.float64)


def _losses(chances: Floats, accepted: Flags) -> Floats:
    sure = np.clip(np.where(accepted, chances, 1 - chances), 1e-12, 1)
    losses: Floats = -np.log(sure)
    return losses


def _comparison(present: float, proposed: float, sign: int, gains: list[Floats]) -> Comparison:
    low, high = np.nanquantile(np.concatenate(gains), [0.025, 0.975])
    numbers = (present, proposed, sign * (proposed - present), low, high)
    return Comparison(*(round(float(number), 6) for number in numbers))
