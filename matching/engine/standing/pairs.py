"""Some pairs of one record with many of the other side, judged and scored as a scan does, to the last bit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.engine.kernels import Weights
from matching.engine.rules import HARD, SOFT, HardRule, SoftRule
from matching.engine.scorers.lexical import FULL
from matching.engine.scoring import CHANGEABLE, MOST_CHANGES
from matching.engine.standing.columns import grown
from matching.engine.standing.texts import Weighted

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Places = NDArray[np.int64]


class Binding:
    """The rules that bind under a policy, by the way in which they are asked.

    `limited` compare two numbers, `clashing` know the few pairs that fail by words, `masked` are the others (see
    `matching.engine.rules`); `soft` come with what they weigh.
    """

    def __init__(self, policy: MatchPolicy) -> None:
        binding = [rule for rule in HARD if policy.hard[rule.CODE]]
        self.limited: list[Any] = [rule for rule in binding if hasattr(rule, "measure")]
        self.clashing: list[Any] = [rule for rule in binding if hasattr(rule, "clashes")]
        self.masked: list[HardRule] = [r for r in binding if not hasattr(r, "measure") and not hasattr(r, "clashes")]
        self.soft: list[tuple[SoftRule, float]] = [(r, policy.weights[r.CODE]) for r in SOFT if policy.soft[r.CODE]]


class Tally:
    """How many rules some pairs fail: those that nobody can mend, and the others."""

    def __init__(self, number: int) -> None:
        self.stopped = np.zeros(number, dtype=np.bool_)
        self.changes = np.zeros(number, dtype=np.int8)

    def add(self, code: str, fails: Flags) -> None:
        """What one rule says."""
        if code in CHANGEABLE:
            self.changes += fails
        else:
            self.stopped |= fails

    def possible(self, near: bool) -> Flags:
        """The pairs that may still be wanted."""
        return ~self.stopped & (self.changes <= (MOST_CHANGES if near else 0))

    def wanted(self, near: bool) -> Flags:
        """The pairs that are eligible, or near."""
        return self.possible(near) & (self.changes > 0) if near else self.possible(near)

    def keep(self, kept: Places) -> None:
        """Go on with some of the pairs."""
        self.stopped, self.changes = self.stopped[kept], self.changes[kept]


class Spread:
    """A table of all terms in which one text is spread out, so that others are looked up in it."""

    def __init__(self) -> None:
        self._table = np.zeros(1024, dtype=np.int64)

    def earned(self, text: Weighted, others: Sequence[Weighted]) -> Longs:
        """The product of a text with each of the others."""
        if not others:
            return np.zeros(0, dtype=np.int64)
        terms = np.concatenate([other.terms for other in others])
        values = np.concatenate([other.values for other in others])
        ends = np.cumsum([len(other.terms) for other in others])
        most = max(int(terms.max(initial=0)), int(text.terms.max(initial=0)))
        self._table = grown(self._table, most + 1)
        self._table[text.terms] = text.values
        sums = np.append(0, np.cumsum(self._table[terms] * values))
        self._table[text.terms] = 0
        return sums[ends] - sums[np.append(0, ends[:-1])]


def of_text(
    weights: Weights, words: Longs, units: Longs, characters: Longs, concepts: Longs, asks: Flags
) -> tuple[Floats, Flags]:
    """What the text parts earn, in their order, and which pairs are suitable; `units` are the best ones' words."""
    of_words = np.minimum(1.0, ((1.0 - weights.unit_share) * words + weights.unit_share * units) / FULL)
    text = weights.words * np.sqrt(of_words)
    text += weights.characters * np.sqrt(np.minimum(1.0, characters / FULL))
    text += np.where(asks, weights.concepts * np.minimum(1.0, concepts / FULL), 0.0)
    evidence = (words > 0) | (characters > 0) | (asks & (concepts > 0))
    return text, evidence & (text >= weights.floor)


def best_unit(words: Longs, units: Longs, counts: Sequence[int]) -> Longs:
    """The best unit of each text, one after the other in `units`; the whole where there is none."""
    best = words.copy()
    has_units = np.array(counts, dtype=np.int64)
    some = has_units > 0
    if some.any():
        first = np.cumsum(has_units[some]) - has_units[some]
        best[some] = np.maximum.reduceat(units, first)
    return best
