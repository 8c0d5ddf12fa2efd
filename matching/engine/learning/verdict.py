"""Learn from what was answered, and keep the result only if it is better."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.special import expit

from matching.domain.policy import MatchPolicy
from matching.engine.learning.calibration import LABELS_NEEDED, Calibration
from matching.engine.learning.examples import FEATURES, Examples, Floats
from matching.engine.learning.fitting import fit_model, fit_sigmoid
from matching.engine.learning.judging import Figures, Opinion, compare
from matching.engine.learning.model import LARGEST_WEIGHT, LearntModel, blend

EARLIER = 0.7
"""Share of the labels that is learnt from; the later rest judges."""
EACH_OUTCOME, DEMANDS = 10, 10
"""Labels of either outcome, on either side of the border, and later demands: with fewer an interval means nothing."""


class Why(StrEnum):
    """What decided."""

    BETTER = "better"
    NOT_BETTER = "not_better"
    TOO_FEW_LABELS = "too_few_labels"
    TOO_FEW_OF_ONE_OUTCOME = "too_few_of_one_outcome"
    TOO_FEW_DEMANDS = "too_few_demands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of it. `model` None: the present score is kept. `figures` None: it could not be judged at all.

    `calibration` belongs to the score that is now in force; None: say bands, not numbers.
    """

    why: Why
    labels: int
    accepted: int
    earlier: int
    later: int
    figures: Figures | None
    model: LearntModel | None
    calibration: Calibration | None

    @property
    def is_kept(self) -> bool:
        """Whether there is a model that takes the place of the present one."""
        return self.model is not None

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON object; the model is told by its version."""
        return {
            "kept": self.is_kept,
            "why": self.why,
            "labels": self.labels,
            "accepted": self.accepted,
            "earlier": self.earlier,
            "later": self.later,
            "figures": self.figures and self.figures.to_json(),
            "model": self.model and self.model.version,
            "calibration": self.calibration and self.calibration.to_json(),
        }


def learn(examples: Examples, policy: MatchPolicy, *, weight: float = LARGEST_WEIGHT, seed: int = 0) -> Verdict:
    """Fit on the earlier labels, judge on the later ones.

    The model is kept if there are `LABELS_NEEDED` labels, and the score with it as one more part of `weight` is better
    than the present score in log loss and in AUC, with the lower end of the 95 % interval at or above 0 for both,
    and no worse inside the demands' lists. What is kept is what was judged: nothing is fitted again afterwards.
    """
    earlier, later = examples.split(EARLIER)
    enough = all(
        min(int(side.accepted.sum()), int((~side.accepted).sum())) >= EACH_OUTCOME for side in (earlier, later)
    )
    figures = model = calibration = None
    why = Why.TOO_FEW_OF_ONE_OUTCOME if len(examples) >= LABELS_NEEDED else Why.TOO_FEW_LABELS
    if enough:
        proposed = fit_model(earlier, policy, weight)
        figures = _judge(proposed, earlier, later, seed)
        why = _decide(len(examples), figures)
        in_force = [side.scores for side in (earlier, later)]
        if why is Why.BETTER:
            model = proposed
            in_force = [_with_model(model, side) for side in (earlier, later)]
        calibration = _calibrate(earlier, later, *in_force)
    if model is not None and figures is not None:
        model = replace(model, figures=figures.to_json(), calibration=calibration)
    return Verdict(
        why=why,
        labels=len(examples),
        accepted=int(examples.accepted.sum()),
        earlier=len(earlier),
        later=len(later),
        figures=figures,
        model=model,
        calibration=calibration,
    )


def _judge(model: LearntModel, earlier: Examples, later: Examples, seed: int) -> Figures:
    intercept, slope = fit_sigmoid(earlier.scores, earlier.accepted)
    present = Opinion(later.scores, expit(intercept + slope * later.scores))
    proposed = Opinion(_with_model(model, later), model.values(later.values, FEATURES))
    return compare(present, proposed, later.accepted, later.demands, seed)


def _decide(labels: int, figures: Figures) -> Why:
    if labels < LABELS_NEEDED:
        return Why.TOO_FEW_LABELS
    if figures.demands < DEMANDS:
        return Why.TOO_FEW_DEMANDS
    return Why.BETTER if figures.is_better else Why.NOT_BETTER


def _with_model(model: LearntModel, examples: Examples) -> Floats:
    return blend(examples.plain, model.values(examples.values, FEATURES), model.weight)


def _calibrate(earlier: Examples, later: Examples, scores: Floats, later_scores: Floats) -> Calibration | None:
    """The sigmoid of the score in force; None where labels are few or it says no more than the share of all."""
    labels = len(earlier) + len(later)
    if labels < LABELS_NEEDED:
        return None
    intercept, slope = fit_sigmoid(scores, earlier.accepted)
    low, high = float(scores.min()), float(scores.max())
    chances = expit(intercept + slope * np.clip(later_scores, low, high))
    loss, base = (
        float(-np.log(np.where(later.accepted, chance, 1 - chance)).mean())
        for chance in (chances, earlier.accepted.mean())
    )
    if slope <= 0 or loss >= base:
        return None
    return Calibration(
        intercept=intercept, slope=slope, low=low, high=high, labels=labels, log_loss=loss, base_log_loss=base
    )
