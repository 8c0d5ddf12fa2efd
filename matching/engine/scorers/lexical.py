"""BM25 as a share: how much of what a query asks for does a document cover?

Every score is divided by the query's ideal score, that of a document of usual length that holds each of the
query's terms once. So scores lie in 0..1 and mean the same for a short query and a long one.

Weights are whole numbers, so that sums are exact: they are the same in whatever order, on whatever machine and by
whatever means (term by term, or profile by profile) they are added up.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.scorers.statistics import Statistics, idf

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

IMPACT_UNIT = 1 << 12
"""What one occurrence in a text of usual length counts, on the documents' side."""
QUERY_UNIT = 1 << 15
"""What all terms of a query weigh together."""
FULL = IMPACT_UNIT * QUERY_UNIT
"""The sum that means a share of 1."""

FEW = 20
"""Texts among which no term is common."""

MOST_HALVES = 255  # weighted occurrences are counted in halves, in one byte; repeats beyond 127 say nothing new
_CHUNK = 2_048
_AT_ONCE = 1 << 22
_SPLINTERS = float(1 << 32)  # weights are added up in whole splinters, so that their order does not matter


class Passage(NamedTuple):
    """The terms of one field of a text."""

    terms: Sequence[str]
    weight: float = 1.0  # one occurrence here counts as this many; a multiple of a half
    unit: int | None = None  # passages of one number form a unit of the document: one capability, one case


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows of numbers: row `i` holds `values[starts[i]:starts[i + 1]]` under the same `terms`."""

    starts: Integers
    terms: NDArray[np.int32]
    values: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, rows: slice) -> "Rows":
        """Some neighbouring rows; the numbers are shared, not copied."""
        start, end = rows.start, rows.stop
        first, last = self.starts[start], self.starts[end]
        return Rows(self.starts[start : end + 1] - first, self.terms[first:last], self.values[first:last])

    def sums(self) -> Integers:
        """The sum of each row."""
        totals = np.concatenate([[0], np.cumsum(self.values, dtype=np.int64)])
        return np.asarray(totals[self.starts[1:]] - totals[self.starts[:-1]])


class TermNumbers(dict[str, int]):
    """Terms numbered as they come."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class _Strangers(dict[str, int]):
    """Looks terms up; those that are not known get numbers of their own behind the known ones."""

    def __init__(self, known: Mapping[str, int]) -> None:
        super().__init__()
        self.known = known
        self.next = len(known)

    def __missing__(self, term: str) -> int:
        number = self.known.get(term)
        if number is None:
            number, self.next = self.next, self.next + 1
        self[term] = number
        return number


class Counter:
    """Counts the terms of texts, one after the other, in halves; the texts themselves are let go at once."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._number = numbers.__getitem__
        self._rows = 0
        self._terms: list[int] = []
        self._weights: list[int] = []
        self._owners: list[int] = []
        # They grow in place: parts that are joined at the end would be held twice.
        self._sizes, self._found, self._halves = array("q", [0]), array("i"), array("B")

    def add(self, passages: Iterable[Passage]) -> None:
        """Count one text."""
        for passage in passages:
            number = len(passage.terms)
            self._terms.extend(map(self._number, passage.terms))
            self._weights.extend(repeat(round(2 * passage.weight), number))
            self._owners.extend(repeat(self._rows, number))
        self._rows += 1
        if self._rows == _CHUNK:
            self._flush()

    def rows(self) -> Rows:
        """All texts that were counted, in order."""
        self._flush()
        return Rows(
            np.cumsum(np.frombuffer(self._sizes, dtype=np.int64)),
            np.frombuffer(self._found, dtype=np.int32),
            np.frombuffer(self._halves, dtype=np.uint8),
        )

    def _flush(self) -> None:
        owners = np.array(self._owners, dtype=np.int64)
        keys = owners << 32 | np.array(self._terms, dtype=np.int64)
        found, places = np.unique(keys, return_inverse=True)
        halves = np.bincount(places, weights=self._weights, minlength=len(found)) if len(found) else np.empty(0)
        self._sizes.frombytes(np.bincount(found >> 32, minlength=self._rows).astype(np.int64).tobytes())
        self._found.frombytes((found & 0xFFFFFFFF).astype(np.int32).tobytes())
        self._halves.frombytes(np.minimum(halves, MOST_HALVES).astype(np.uint8).tobytes())
        self._rows = 0
        self._terms, self._weights, self._owners = [], [], []


def counted(texts: Iterable[Sequence[Passage]]) -> tuple[Rows, Mapping[str, int]]:
    """Texts counted under numbers of their own, and those numbers."""
    numbers = TermNumbers()
    counter = Counter(numbers)
    for text in texts:
        counter.add(text)
    return counter.rows(), numbers


@dataclass(frozen=True, slots=True)
class Queries:
    """Encoded queries: the whole-number weights of their known terms, `QUERY_UNIT` a query (with its strangers)."""

    rows: Rows

    def of(self, query: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Terms and weights of one query."""
        start, end = self.rows.starts[query], self.rows.starts[query + 1]
        return self.rows.terms[start:end], self.rows.values[start:end].astype(np.int32, copy=False)


class LexicalScorer:
    """Share of a query that each document covers, as a whole and in its best units.

    Parameters
    ----------
    k1 : float
        How soon repeats of a term in a document stop counting.
    b : float
        How much a long document is discounted, 0..1.
    common : float
        A term that a larger share of all texts holds says nothing and is left out (if more than `FEW` hold it).
    unit_share : float
        Weight of the best unit in a score; the rest is the whole document's. A document without units is scored as
        a whole; with 0 no units are indexed.

    Attributes
    ----------
    numbers_ : dict of str to int
        Every term of documents and background.
    whole_ : Rows
        The documents' weighted counts, in halves.
    units_ : Rows
        The same for their units; those of document `i` are `unit_starts_[i]:unit_starts_[i + 1]`.
    background_counts_, background_ : Rows, Queries
        The background's counts, and what they weigh when they are asked.
    idf_ : array (n_terms,)
        Rarity; 0 for what is too common to count.
    """

    def __init__(self, *, k1: float = 1.2, b: float = 0.4, common: float = 0.2, unit_share: float = 0.3) -> None:
        self.k1 = k1
        self.b = b
        self.common = common
        self.numbers_: dict[str, int] = TermNumbers()
        self.unit_share = unit_share
        self._documents = Counter(self.numbers_)
        self._unit_texts = Counter(self.numbers_)
        self._background = Counter(self.numbers_)
        self._unit_numbers: list[int] = []

    def add(self, document: Sequence[Passage]) -> None:
        """Count a document; `finish` makes the index."""
        self._documents.add(document)
        if self.unit_share:
            units: dict[int, list[Passage]] = {}
            for passage in document:
                if passage.unit is not None:
                    units.setdefault(passage.unit, []).append(passage)
            for number in sorted(units):
                self._unit_texts.add(units[number])
            self._unit_numbers.append(len(units))

    def add_background(self, text: Sequence[Passage]) -> None:
        """Count a text of the kind that will be asked: it says what is common there, and is not found."""
        self._background.add(text)

    def finish(self, statistics: Statistics | None = None) -> "LexicalScorer":
        """Learn the rarity of the terms. What was counted as background can be asked as `background_`."""
        unit_starts = np.append(0, np.cumsum(self._unit_numbers, dtype=np.int64))
        documents = Documents(self._documents.rows(), self._unit_texts.rows(), unit_starts)
        return self.learn(documents, self._background.rows(), statistics)

    def learn(self, documents: "Documents", background: Rows, statistics: Statistics | None = None) -> "LexicalScorer":
        """The same from texts that are counted under `numbers_`; or weigh as others taught, with their statistics."""
        self.whole_, self.units_, self.unit_starts_ = documents
        self.background_counts_ = background
        if statistics is None:
            self._learn()
        else:
            self.n_texts_, self.idf_ = statistics.n_texts, statistics.rarity_of(self.numbers_)
            self._usual_length, self._usual_unit = statistics.usual_length, statistics.usual_unit
        self._rarity = np.append(self.idf_, idf(np.zeros(1), self.n_texts_))  # a stranger's at the end
        self.background_ = self._weigh_queries(background)
        return self

    @property
    def statistics(self) -> Statistics:
        """What was learnt; `numbers_` is shared, not copied."""
        return Statistics(self.numbers_, self.idf_, self.n_texts_, self._usual_length, self._usual_unit)

    def _learn(self) -> None:
        background = self.background_counts_
        self.n_texts_ = len(self.whole_) + len(background)
        holders = _holders(self.whole_, len(self.numbers_)) + _holders(background, len(self.numbers_))
        self.idf_ = idf(holders, self.n_texts_)
        self.idf_[holders > max(self.common * self.n_texts_, FEW)] = 0.0
        self._usual_length = _usual(self.whole_)
        self._usual_unit = _usual(self.units_)

    def encode(self, queries: Iterable[Sequence[Passage]]) -> Queries:
        """Queries as rows; a repeated word counts, but less each time."""
        counter = Counter(_Strangers(self.numbers_))
        for query in queries:
            counter.add(query)
        return self._weigh_queries(counter.rows())

    def part(self, documents: slice) -> "Documents":
        """Some neighbouring documents; the numbers are shared, not copied."""
        starts = self.unit_starts_[documents.start : documents.stop + 1] if self.unit_share else np.zeros(1, np.int64)
        return Documents(self.whole_[documents], self.units_[slice(starts[0], starts[-1])], starts - starts[0])

    def picked(self, documents: Integers) -> "LexicalScorer":
        """The same scorer with some of its documents, in the order given."""
        other = copy(self)
        other.whole_ = pick(self.whole_, documents)
        if self.unit_share:
            starts, ends = self.unit_starts_[documents], self.unit_starts_[documents + 1]
            other.units_ = pick(self.units_, ranges(starts, ends))
            other.unit_starts_ = np.append(0, np.cumsum(ends - starts))
        return other

    def holding(self, documents: "Documents") -> "LexicalScorer":
        """A scorer of other documents that weighs them as this one does; it knows no term by name."""
        other = LexicalScorer(k1=self.k1, b=self.b, common=self.common, unit_share=self.unit_share)
        other.whole_, other.units_, other.unit_starts_ = documents
        other.n_texts_, other.idf_, other._rarity = self.n_texts_, self.idf_, self._rarity
        other._usual_length, other._usual_unit = self._usual_length, self._usual_unit
        return other

    def impacts(self, documents: slice) -> Rows:
        """What each term counts in some documents: BM25's document side without rarity, in `IMPACT_UNIT`."""
        return self.weigh(self.whole_[documents])

    def unit_impacts(self, documents: slice) -> tuple[Rows, Integers]:
        """The same for the units of some documents, and where each document's units start."""
        starts = self.unit_starts_[documents.start : documents.stop + 1]
        return self.weigh(self.units_[slice(starts[0], starts[-1])], units=True), starts - starts[0]

    def earned(self, query: tuple[NDArray[np.int32], NDArray[np.int32]], documents: Integers) -> "Earned":
        """What each shared term of a query (terms and weights) earns in some documents."""
        return _earned(query, self.weigh(pick(self.whole_, documents)), len(self.numbers_))

    def earned_by_units(
        self, query: tuple[NDArray[np.int32], NDArray[np.int32]], documents: Integers
    ) -> tuple[Integers, Integers]:
        """What the units of some documents earn, one after the other, and where each document's start."""
        starts, ends = self.unit_starts_[documents], self.unit_starts_[documents + 1]
        units = ranges(starts, ends)
        sums = _earned(query, self.weigh(pick(self.units_, units), units=True), len(self.numbers_)).sums
        return sums, np.concatenate([[0], np.cumsum(ends - starts)])

    def _weigh_queries(self, counts: Rows) -> Queries:
        """Whole-number weights; a query's strangers take their share of `QUERY_UNIT` with them."""
        known = counts.terms < len(self.idf_)
        weights = self._asked(counts.terms, counts.values)
        owners = np.repeat(np.arange(len(counts)), np.diff(counts.starts))
        ideal = np.bincount(owners, weights=np.rint(weights * _SPLINTERS), minlength=len(counts)) / _SPLINTERS
        shares = np.rint(weights * QUERY_UNIT / np.where(ideal > 0, ideal, 1.0)[owners]).astype(np.int32)
        kept = known & (shares > 0)
        sizes = np.bincount(owners[kept], minlength=len(counts))
        return Queries(Rows(np.concatenate([[0], np.cumsum(sizes)]), counts.terms[kept], shares[kept]))

    def weigh_query(self, terms: NDArray[np.int32], halves: NDArray[Any]) -> NDArray[np.int32]:
        """The weights of the terms (numbers, each once) of one query; a number that is not known is a stranger's."""
        weights = self._asked(terms, halves)
        ideal = np.rint(weights * _SPLINTERS).sum() / _SPLINTERS
        return np.rint(weights * QUERY_UNIT / (ideal or 1.0)).astype(np.int32)

    def _asked(self, terms: NDArray[np.int32], halves: NDArray[Any]) -> Floats:
        """Rarity of each term, times how often it is said, damped."""
        weights: Floats = DAMPED[halves] * self._rarity[np.minimum(terms, len(self.idf_))]
        return weights

    def weigh(self, counts: Rows, *, units: bool = False) -> Rows:
        """What each term counts in counted documents, or in units."""
        usual = self._usual_unit if units else self._usual_length
        lengths = counts.sums() / 2.0
        brake = np.repeat(self.k1 * (1 - self.b + self.b * lengths / usual), np.diff(counts.starts))
        said = counts.values / 2.0
        impacts = np.rint(IMPACT_UNIT * said * (self.k1 + 1) / (said + brake)).astype(np.uint16)
        return Rows(counts.starts, counts.terms, impacts)


class Documents(NamedTuple):
    """The counts of some documents and of their units; those of document `i` are from `unit_starts[i]` on."""

    whole: Rows
    units: Rows
    unit_starts: Integers


class Earned(NamedTuple):
    """For each document the terms that it shares with a query, and what they earn (of `FULL`)."""

    documents: Integers  # (n_shared,) which of the documents asked for
    terms: NDArray[np.int32]
    amounts: Integers
    sums: Integers  # (n_documents,)


def _earned(query: tuple[NDArray[np.int32], NDArray[np.int32]], held: Rows, n_terms: int) -> Earned:
    table = np.zeros(n_terms, dtype=np.int64)
    table[query[0]] = query[1]
    amounts = table[held.terms] * held.values
    owners = np.repeat(np.arange(len(held)), np.diff(held.starts))
    shared = np.flatnonzero(amounts)
    sums = np.zeros(len(held), dtype=np.int64)
    np.add.at(sums, owners[shared], amounts[shared])
    return Earned(owners[shared], held.terms[shared], amounts[shared], sums)


def pick(rows: Rows, places: Integers) -> Rows:
    """Some rows in the order given."""
    starts, ends = rows.starts[places], rows.starts[places + 1]
    kept = ranges(starts, ends)
    return Rows(np.concatenate([[0], np.cumsum(ends - starts)]), rows.terms[kept], rows.values[kept])


def ranges(starts: Integers, ends: Integers) -> Integers:
    """The numbers from each start to its end, one range after the other."""
    sizes = ends - starts
    first = np.cumsum(sizes) - sizes
    found: Integers = np.arange(int(sizes.sum())) + np.repeat(starts - first, sizes)
    return found


_SAID = np.arange(MOST_HALVES + 1) / 2.0
DAMPED: Floats = np.where(_SAID > 1, 1 + np.log(np.maximum(_SAID, 1.0)), _SAID)
"""How much a term counts in a query, by how often it is said, in halves."""


def _holders(counts: Rows, n_terms: int) -> Integers:
    """How many texts hold each term; in parts, as numpy counts in copies of 8 bytes."""
    held = np.zeros(n_terms, dtype=np.int64)
    for start in range(0, len(counts.terms), _AT_ONCE):
        held += np.bincount(counts.terms[start : start + _AT_ONCE], minlength=n_terms)
    return held


def _usual(counts: Rows) -> float:
    return float(counts.values.sum(dtype=np.int64)) / 2.0 / len(counts) if len(counts.values) else 1.0
