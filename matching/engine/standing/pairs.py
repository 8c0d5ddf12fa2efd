"""Some pairs of one record with many of the other side, judged and scored as a scan does, to the last bit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.policy import MatchPolicy
from matching.engine.kernels import Weights
from matching.engine.rules import HARD, SOFT, HardRule, SoftRule
from matching.engine.scorers.lexical import FULL, ranges
from matching.engine.scoring import CHANGEABLE, MOST_CHANGES
from matching.engine.standing.columns import grown
from matching.engine.standing.texts import Weighted

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Places = NDArray[np.int64]

NO_PLACES: Places = np.zeros(0, dtype=np.int64)


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


class Laid(NamedTuple):
    """Some texts, one behind the other: all terms, what they weigh, and how many each text has."""

    terms: NDArray[np.int32]
    values: NDArray[np.int32]
    sizes: Longs


def laid(texts: Sequence[Weighted]) -> Laid:
    """The texts one behind the other."""
    none = np.zeros(0, dtype=np.int32)
    return Laid(
        np.concatenate([none, *(text.terms for text in texts)]),
        np.concatenate([none, *(text.values for text in texts)]),
        np.array([len(text.terms) for text in texts], dtype=np.int64),
    )


class Spread:
    """A table of all terms in which one text is spread out, so that others are looked up in it."""

    def __init__(self) -> None:
        self._table = np.zeros(1024, dtype=np.int64)

    def earned(self, text: Weighted, others: Laid) -> Longs:
        """The product of a text with each of the others."""
        with self.of(text, int(others.terms.max(initial=0))) as table:
            sums: Longs = np.append(0, np.cumsum(table[others.terms] * others.values))
        earned: Longs = np.diff(sums[np.append(0, np.cumsum(others.sizes))])
        return earned

    @contextmanager
    def of(self, text: Weighted, last: int) -> Iterator[Longs]:
        """The table with one text; it reaches to a last term."""
        self._table = grown(self._table, max(last, int(text.terms.max(initial=0))) + 1)
        self._table[text.terms] = text.values
        yield self._table
        self._table[text.terms] = 0


class Shelf:
    """Texts by place, laid out once; one that is replaced leaves a gap behind."""

    def __init__(self, texts: Sequence[Weighted], *, compiled: bool) -> None:
        self._compiled = compiled
        self._spread = Spread()
        self._terms, self._values, self._sizes = laid(texts)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._end = len(self._terms)
        self._last = int(self._terms.max(initial=0))

    def put(self, place: int, text: Weighted) -> None:
        """Add a text, or let it stand in place of another."""
        end = self._end + len(text.terms)
        self._terms, self._values = grown(self._terms, end), grown(self._values, end)
        self._terms[self._end : end], self._values[self._end : end] = text
        self._starts, self._sizes = grown(self._starts, place + 1), grown(self._sizes, place + 1)
        self._starts[place], self._sizes[place] = self._end, len(text.terms)
        self._end = end
        self._last = max(self._last, int(text.terms.max(initial=0)))

    def sizes(self, places: Places) -> Longs:
        """How many terms each text has."""
        sizes: Longs = self._sizes[places]
        return sizes

    def earned(self, texts: Sequence[Weighted], places: Places) -> list[Longs]:
        """The products of each of some texts with those of some places."""
        if not self._compiled:
            starts, sizes = self._starts[places], self._sizes[places]
            where = ranges(starts, starts + sizes)
            some = Laid(self._terms[where], self._values[where], sizes)
            return [self._spread.earned(text, some) for text in texts]
        from matching.engine.standing.compiled import products

        found = np.zeros((len(texts), len(places)), dtype=np.int64)
        for text, sums in zip(texts, found, strict=True):
            with self._spread.of(text, self._last) as table:
                products(table, places, self._starts, self._sizes, self._terms, self._values, sums)
        return list(found)


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
