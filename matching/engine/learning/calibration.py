"""What a score promises: "x of 10 such pairs were accepted". Until enough was answered there is `domain.bands`."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

LABELS_NEEDED = 200
"""Labels from which on a number may be said, and a model be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What share of the pairs with a score was accepted: a sigmoid of it (Platt 1999).

    `low` and `high` are the scores between which it was seen; beyond them nothing is promised that was not seen.
    `log_loss` is that of the later labels, `base_log_loss` that of saying the same share for all.
    """

    intercept: float
    slope: float  # > 0
    low: float
    high: float
    labels: int
    log_loss: float
    base_log_loss: float

    def chance(self, score: float) -> float:
        """The share that was accepted of pairs with such a score, 0..1."""
        logit = self.intercept + self.slope * min(max(score, self.low), self.high)
        return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))

    def of_ten(self, score: float) -> int:
        """The x of "x of 10 such pairs were accepted"."""
        return round(10 * self.chance(score))

    def to_json(self) -> dict[str, float]:
        """The calibration as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, float]) -> "Calibration":
        """The calibration of a JSON object that `to_json` made."""
        return cls(**data)  # type: ignore[arg-type]  # `labels` is whole
