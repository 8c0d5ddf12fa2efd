"""What is learnt: a few numbers that turn the values of a score's parts into one more value, 0..1."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import expit

from matching.domain.errors import InputError, problem, shorten
from matching.engine.learning.calibration import Calibration
from matching.engine.learning.examples import FEATURES, LEARNT, Floats

FORMAT = "opcmatch learnt part 1"

LARGEST_WEIGHT = 0.10
"""What the part may weigh at most: no score moves by more than this, whatever was learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """How one part is read.

    A known value v adds `policy_coefficient`·v + `coefficient`·(v - `mean`) / `scale` to the log odds of being
    accepted, an unknown one `when_missing`. The first term is the present policy's own opinion, scaled; the others are
    what the responses say beyond it.
    """

    code: str
    policy_coefficient: float
    mean: float
    scale: float
    coefficient: float
    when_missing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntModel:
    """A fitted model. `weight` is what its part may weigh, `policy_version` the policy that it corrects.

    `labels`, `accepted`, `first_at` and `last_at` describe the responses that it was fitted on, `figures` how it was
    judged on later ones (see `judging.Figures.to_json`).
    """

    features: tuple[Feature, ...]
    intercept: float
    weight: float
    policy_version: str
    labels: int
    accepted: int
    first_at: datetime
    last_at: datetime
    figures: Mapping[str, object] | None = None
    calibration: Calibration | None = None

    def values(self, parts: Floats, codes: Sequence[str]) -> Floats:
        """The value of the learnt part, 0..1, of shape (…).

        Args:
            parts: values of shape (n_parts, …), NaN unknown.
            codes: the part of each row; rows that the model does not read are passed over.

        Raises:
            ValueError: a part that the model reads is not among `codes`.
        """
        logits = np.full(parts.shape[1:], self.intercept)
        for _, effect in self._effects(parts, codes):
            logits += effect
        value: Floats = expit(logits)
        return value

    def effects(self, values: Mapping[str, float | None]) -> dict[str, float]:
        """What each part of one pair does to the log odds, beside the pair of mean parts: the part's evidence."""
        codes = [feature.code for feature in self.features]
        parts = np.array([values.get(code) for code in codes], dtype=np.float64)
        means = {feature.code: feature.policy_coefficient * feature.mean for feature in self.features}
        return {code: float(effect) - means[code] for code, effect in self._effects(parts, codes)}

    def _effects(self, parts: Floats, codes: Sequence[str]) -> Iterator[tuple[str, Floats]]:
        rows = {code: row for row, code in enumerate(codes)}
        for feature in self.features:
            if feature.code not in rows:
                raise ValueError(f"the model reads {feature.code!r}, which is not among {list(codes)}")
            value = parts[rows[feature.code]]
            known = feature.policy_coefficient * value + feature.coefficient * (value - feature.mean) / feature.scale
            yield feature.code, np.where(np.isnan(value), feature.when_missing, known)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with anything the model says."""
        canonical = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """The model as a JSON object; `read_model` reads it."""
        return {"format": FORMAT, "version": self.version, **self._content()}

    def _content(self) -> dict[str, Any]:
        return {
            "policy_version": self.policy_version,
            "weight": self.weight,
            "labels": self.labels,
            "accepted": self.accepted,
            "first_at": self.first_at.isoformat(),
            "last_at": self.last_at.isoformat(),
            "intercept": self.intercept,
            "features": [{name: getattr(f, name) for name in Feature.__slots__} for f in self.features],
            "figures": self.figures,
            "calibration": self.calibration and self.calibration.to_json(),
        }


def read_model(data: object) -> LearntModel:
    """The model of a JSON object that `LearntModel.to_json` made.

    Raises:
        InputError: `not_a_model` where it is something else, or reads parts that the score does not have;
            `changed_model` where its version is not that of its content.
    """
    try:
        model = _model(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(problem("not_a_model", reason=shorten(error))) from None
    if model.version != data["version"]:  # type: ignore[index]  # a mapping: it was read as one
        raise InputError(problem("changed_model", value=data["version"]))  # type: ignore[index]
    return model


def _model(data: Any) -> LearntModel:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r}")
    features = tuple(Feature(**entry) for entry in data["features"])
    numbers = [getattr(f, name) for f in features for name in Feature.__slots__[1:]]
    if not all(map(math.isfinite, [*numbers, data["intercept"]])) or not all(f.scale > 0 for f in features):
        raise ValueError("a number is not finite, or a scale not positive")
    if strange := [f.code for f in features if f.code not in FEATURES]:
        raise ValueError(f"parts {strange}")
    if not 0 <= data["weight"] <= LARGEST_WEIGHT:
        raise ValueError(f"weight {data['weight']!r}")
    return LearntModel(
        features=features,
        intercept=data["intercept"],
        weight=data["weight"],
        policy_version=data["policy_version"],
        labels=data["labels"],
        accepted=data["accepted"],
        first_at=datetime.fromisoformat(data["first_at"]),
        last_at=datetime.fromisoformat(data["last_at"]),
        figures=data["figures"],
        calibration=data["calibration"] and Calibration.from_json(data["calibration"]),
    )


def with_learnt(weights: Mapping[str, float], weight: float) -> dict[str, float]:
    """The weights with the learnt part at `weight` and the others scaled to the rest; 0 takes it out again.

    Raises:
        InputError: `out_of_range` for a weight above `LARGEST_WEIGHT`.
    """
    if not 0 <= weight <= LARGEST_WEIGHT:
        raise InputError(problem("out_of_range", key=LEARNT, value=weight, smallest=0, largest=LARGEST_WEIGHT))
    others = {code: share for code, share in weights.items() if code != LEARNT}
    total = math.fsum(others.values())
    return {**{code: share / total * (1 - weight) for code, share in others.items()}, LEARNT: weight}


def blend(plain: Floats, learnt: Floats, weight: float) -> Floats:
    """The score (…) with the learnt part in it: never further from `plain` than `weight`."""
    return (1 - weight) * plain + weight * learnt
