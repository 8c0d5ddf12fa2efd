"""Fitting a model to labels, and a sigmoid to scores (scikit-learn)."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from matching.domain.policy import MatchPolicy
from matching.engine.learning.examples import FEATURES, Examples, Flags, Floats
from matching.engine.learning.model import Feature, LearntModel

INVERSE_PENALTY = 0.05
"""scikit-learn's C: one part by itself may hardly move the odds until hundreds of labels ask for it."""

SCORE_REACH = 10.0
"""The present score is stretched by this, so that the penalty spares it: what needs no correction stays as it is."""

LABELS_FOR_HALF = 200
"""Labels (twice the rarer outcome) with which half of the correction found is applied; n / (n + this) in general."""


def fit_model(examples: Examples, policy: MatchPolicy, weight: float) -> LearntModel:
    """A logistic regression on the present score and, penalised and shrunk, on its parts.

    With little data it comes close to a growing function of the present score alone, which as one more part changes
    no order. All columns are centred, so shrinking leaves the mean odds where they were found, and nothing is scaled
    up again afterwards: a second calibration would give back as confidence what the shrinking took, and lost log loss
    on labels made by chance. Both outcomes must be among the labels; the numbers are the same on every run.
    """
    values = examples.values
    known = ~np.isnan(values)
    means = _share(np.nansum(values, axis=1), known.sum(axis=1))
    spread = np.sqrt(_share(np.nansum((values - means[:, None]) ** 2, axis=1), known.sum(axis=1)))
    scales = np.where(spread > 1e-9, spread, 1.0)
    weights = np.array([policy.weights.get(code, 0.0) for code in FEATURES])
    base = weights @ np.nan_to_num(values)
    middle, width = float(base.mean()), float(base.std()) or 1.0
    standard = np.where(known, (np.nan_to_num(values) - means[:, None]) / scales[:, None], 0.0)
    unknown = (~known).mean(axis=1)
    table = np.vstack([SCORE_REACH * (base - middle) / width, standard, ~known - unknown[:, None]]).T
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=2_000).fit(table, examples.accepted)
    of_base = max(float(regression.coef_[0, 0]), 0.0) * SCORE_REACH / width  # the policy is never turned round
    rarer = min(int(examples.accepted.sum()), int((~examples.accepted).sum()))
    coefficients, missing = np.split(regression.coef_[0, 1:] * 2 * rarer / (2 * rarer + LABELS_FOR_HALF), 2)
    return LearntModel(
        features=_features(of_base * weights, means, scales, coefficients, missing),
        intercept=float(regression.intercept_[0]) - of_base * middle - float(missing @ unknown),
        weight=weight,
        policy_version=policy.version,
        labels=len(examples),
        accepted=int(examples.accepted.sum()),
        first_at=examples.at[0],
        last_at=examples.at[-1],
    )


def fit_sigmoid(scores: Floats, accepted: Flags) -> tuple[float, float]:
    """(intercept, slope) of Platt's sigmoid, with his targets that never promise 0 or 1 (Platt 1999)."""
    yes, no = int(accepted.sum()), int((~accepted).sum())
    targets = np.where(accepted, (yes + 1) / (yes + 2), 1 / (no + 2))
    twice = np.concatenate([scores, scores])[:, np.newaxis]
    outcomes = np.repeat([True, False], len(scores))
    model = LogisticRegression(C=1e4, max_iter=2_000)
    model.fit(twice, outcomes, sample_weight=np.concatenate([targets, 1 - targets]))
    return float(model.intercept_[0]), float(model.coef_[0, 0])


def _features(of_policy: Floats, *columns: Floats) -> tuple[Feature, ...]:
    rows: Sequence[Sequence[float]] = np.stack([of_policy, *columns], axis=1).tolist()
    return tuple(
        Feature(code=code, policy_coefficient=of_code, mean=mean, scale=scale, coefficient=found, when_missing=missing)
        for code, (of_code, mean, scale, found, missing) in zip(FEATURES, rows, strict=True)
    )


def _share(sums: Floats, counts: Floats) -> Floats:
    """Sums by counts, 0 where nothing was counted."""
    return np.divide(sums, counts, out=np.zeros(len(sums)), where=counts > 0)
