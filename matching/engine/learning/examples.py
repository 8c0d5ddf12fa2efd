"""Labels beside the parts of the score: all that a model gets to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.match import Match
from matching.domain.policy import PARTS, MatchPolicy
from matching.engine.learning.responses import Label

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

LEARNT = "learnt"
"""The code of the part that a model adds."""

FEATURES = tuple(code for code in PARTS if code not in ("locality", LEARNT))
"""The parts that are learnt from. Not locality: where a firm sits earns nothing unless a policy says so in the open."""


class PairScore(NamedTuple):
    """A pair's score and the values of its parts by code (None: unknown), as they were shown."""

    score: float
    values: Mapping[str, float | None]

    @classmethod
    def of(cls, match: Match) -> "PairScore":
        """Those of a match."""
        return cls(match.score, {part.code: part.value for part in match.parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Labelled pairs in the order of time.

    `values` (n_features, n) in the order of `FEATURES`, NaN unknown; `scores` (n,) as they stood; `plain` (n,) the
    same without a part that was learnt before; `accepted` (n,); `demands` (n,) numbers the demands, for grouping only.
    """

    values: Floats
    scores: Floats
    plain: Floats
    accepted: Flags
    demands: Places
    at: Sequence[datetime]

    def __len__(self) -> int:
        return len(self.at)

    def split(self, share: float) -> tuple["Examples", "Examples"]:
        """The earlier `share` and the later rest; what was answered at one instant stays together."""
        cut = round(len(self) * share)
        while 0 < cut < len(self) and self.at[cut - 1] == self.at[cut]:
            cut -= 1
        return self._part(slice(None, cut)), self._part(slice(cut, None))

    def _part(self, rows: slice) -> "Examples":
        return Examples(
            values=self.values[:, rows],
            scores=self.scores[rows],
            plain=self.plain[rows],
            accepted=self.accepted[rows],
            demands=self.demands[rows],
            at=self.at[rows],
        )


def examples_of(labels: Sequence[Label], pairs: Mapping[tuple[str, str], PairScore], policy: MatchPolicy) -> Examples:
    """The labels whose pair's score is known, by (demand, profile); `policy` is the one that scored them."""
    known = [(label, pairs[label.demand, label.profile]) for label in labels if (label.demand, label.profile) in pairs]
    values = [[pair.values.get(code) for code in FEATURES] for _, pair in known]
    scores = np.array([pair.score for _, pair in known], dtype=np.float64)
    weight = policy.weights.get(LEARNT, 0.0)
    earned = np.array([weight * (pair.values.get(LEARNT) or 0.0) for _, pair in known], dtype=np.float64)
    numbers = {demand: number for number, demand in enumerate(sorted({label.demand for label, _ in known}))}
    return Examples(
        values=np.array(values, dtype=np.float64).reshape(len(known), len(FEATURES)).T,  # None becomes NaN
        scores=scores,
        plain=(scores - earned) / (1 - weight),
        accepted=np.array([label.accepted for label, _ in known], dtype=np.bool_),
        demands=np.array([numbers[label.demand] for label, _ in known], dtype=np.int64),
        at=[label.at for label, _ in known],
    )
