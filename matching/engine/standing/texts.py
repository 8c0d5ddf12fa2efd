"""The texts of one record at a time, weighed to the last bit as in a full reading whose statistics are frozen."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.engine.fields import demand_fields, profile_fields
from matching.engine.index import TextIndex
from matching.engine.scorers.affinity import SOFT_SHARE, undiluted
from matching.engine.scorers.concepts import Concepts
from matching.engine.scorers.lexical import (
    IMPACT_UNIT,
    MOST_HALVES,
    QUERY_UNIT,
    Documents,
    LexicalScorer,
    Passage,
    Rows,
)


class Weighted(NamedTuple):
    """Terms by number, each once, and what they weigh or count."""

    terms: NDArray[np.int32]
    values: NDArray[np.int32]


class Question(NamedTuple):
    """What a demand asks, in `QUERY_UNIT`; a term that no number is known of is left out, its share with it."""

    words: Weighted
    characters: Weighted
    concepts: Weighted
    said: tuple[Weighted, Weighted]  # words and characters as counted, in halves


class Answer(NamedTuple):
    """What a profile holds, in `IMPACT_UNIT`: as a whole, and the words of each of its units."""

    words: Weighted
    characters: Weighted
    concepts: Weighted
    units: Sequence[Weighted]
    said: tuple[Documents, Documents]  # words and characters as counted, one document each


class FrozenTexts:
    """Reads records as `TextIndex` does, with what its texts taught; what it meets first gets a number."""

    def __init__(self, index: TextIndex) -> None:
        self.reader = index.reader
        words, characters = self.reader.affinity.numbers_
        self._words = _Terms(index.words_, words, 0)
        self._characters = _Terms(index.characters_, characters, len(words))

    def names(self) -> tuple[list[str], list[str]]:
        """The terms of words and of characters, by number."""
        return self._words.names(), self._characters.names()

    def question(self, demand: Demand, *, keep: bool) -> Question:
        """Read a demand. A stranger gets a number only if the demand is kept, and so may be asked later."""
        reading = self.reader.read(demand_fields(demand))
        words, characters = self._words.said(reading.words, keep), self._characters.said(reading.characters, keep)
        places, strengths = self._found(reading.concepts)
        squares = strengths * strengths
        found = squares / (sum(squares.tolist()) or 1.0) * (1 - SOFT_SHARE)
        share = SOFT_SHARE if len(places) else 1.0
        return Question(
            self._words.asked(words),
            self._characters.asked(characters),
            _both(places, found, share * self._soft(words, characters), QUERY_UNIT),
            (words.counted, characters.counted),
        )

    def answer(self, profile: CapabilityProfile) -> Answer:
        """Read a profile."""
        reading = self.reader.read(profile_fields(profile))
        words, characters = self._words.said(reading.words, True), self._characters.said(reading.characters, True)
        of_units: dict[int, list[Passage]] = {}
        for passage in reading.words:
            if passage.unit is not None:
                of_units.setdefault(passage.unit, []).append(passage)
        units = [self._words.said(of_units[number], True) for number in sorted(of_units)]
        said = _document(words, units), _document(characters, [])
        places, strengths = self._found(reading.concepts)
        strengths = strengths * undiluted(len(places))
        concepts = _both(places, strengths, self._soft(words, characters), IMPACT_UNIT)
        return answer_of(self._words.scorer, self._characters.scorer, said, concepts)

    def _soft(self, words: "_Said", characters: "_Said") -> NDArray[np.float64]:
        """Where all words lead."""
        leads = np.concatenate([words.leads, characters.leads])
        halves = np.concatenate([words.counted.values, characters.counted.values])
        return self.reader.affinity.of_one(leads[leads >= 0], halves[leads >= 0])

    def _found(self, concepts: Concepts) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The places of the concepts that phrases speak of, and how surely."""
        place = self.reader.lexicon.place
        return (
            np.array([place[code] for code in concepts], dtype=np.int64),
            np.array([sighting.strength for sighting in concepts.values()], dtype=np.float64),
        )


def questions_of(index: TextIndex) -> Iterator[Question]:
    """What the demands of a full reading ask, one after the other."""
    counts = index.words_.background_counts_, index.characters_.background_counts_
    for place in range(len(counts[0])):
        asked = (index.word_queries_, index.character_queries_, index.concept_queries_)
        words, characters, concepts = (Weighted(*queries.of(place)) for queries in asked)
        said_words, said_characters = (only(rows[slice(place, place + 1)]) for rows in counts)
        yield Question(words, characters, concepts, (said_words, said_characters))


def answer_of(
    words: LexicalScorer, characters: LexicalScorer, said: tuple[Documents, Documents], concepts: Weighted
) -> Answer:
    """What one counted profile holds."""
    units = words.weigh(said[0].units, units=True)
    return Answer(
        only(words.weigh(said[0].whole)),
        only(characters.weigh(said[1].whole)),
        concepts,
        [only(units[slice(n, n + 1)]) for n in range(len(units))],
        said,
    )


class _Said(NamedTuple):
    """The terms of a text, each once: their numbers (-1 for none) and halves, and their places in the affinity."""

    counted: Weighted
    leads: NDArray[np.int64]


class _Terms:
    """Numbers and weights of one scorer's terms, and their places in the affinity, which begin with `first`."""

    def __init__(self, scorer: LexicalScorer, own: Mapping[str, int], first: int) -> None:
        self.scorer = scorer
        self.numbers = scorer.numbers_
        self._own = own
        self._first = first
        self._names: list[str] = []
        self._places = np.full(len(self.numbers), _NOWHERE, dtype=np.int64)
        known = [(self.numbers[term], place + first) for term, place in own.items() if term in self.numbers]
        if known:
            numbers, places = np.array(known, dtype=np.int64).T
            self._places[numbers] = places

    def names(self) -> list[str]:
        """The terms by number."""
        new = len(self.numbers) - len(self._names)
        self._names += list(islice(reversed(self.numbers), new))[::-1]
        return self._names

    def said(self, passages: Sequence[Passage], keep: bool) -> _Said:
        """Count a text; strangers get a number if they are to be kept."""
        said: Counter[str] = Counter()
        for passage in passages:
            said.update(list(passage.terms) * round(2 * passage.weight))
        numbers = np.fromiter(map(self.numbers.get, said, repeat(-1)), dtype=np.int32, count=len(said))
        halves = np.fromiter(said.values(), dtype=np.int32, count=len(said))
        strange = (numbers < 0) | (numbers >= len(self._places))
        places = np.full(len(said), _NOWHERE, dtype=np.int64)
        places[~strange] = self._places[numbers[~strange]]
        if strange.any():
            terms = list(said)
            for n in np.flatnonzero(strange).tolist():
                places[n] = self._own.get(terms[n], _NOWHERE - self._first) + self._first
                if keep:
                    numbers[n] = self.numbers[terms[n]]
        return _Said(Weighted(numbers, np.minimum(halves, MOST_HALVES)), places)

    def asked(self, said: _Said) -> Weighted:
        """What the terms of a query weigh; those without a number are left out, their share with them."""
        terms, halves = said.counted
        shares = self.scorer.weigh_query(np.where(terms < 0, len(self.scorer.idf_), terms), halves)
        kept = (terms >= 0) & (shares > 0)
        return Weighted(terms[kept], shares[kept])


_NOWHERE = -1


def _document(whole: _Said, units: Sequence[_Said]) -> Documents:
    """A document as counted."""
    return Documents(_rows([whole]), _rows(units), np.array([0, len(units)], dtype=np.int64))


def _rows(texts: Sequence[_Said]) -> Rows:
    """Counted texts, each in the order of its terms."""
    orders = [np.argsort(text.counted.terms) for text in texts]
    terms = [text.counted.terms[order] for text, order in zip(texts, orders, strict=True)]
    halves = [text.counted.values[order] for text, order in zip(texts, orders, strict=True)]
    return Rows(
        np.cumsum([0, *map(len, terms)]),
        np.concatenate([np.zeros(0, np.int32), *terms]),
        np.concatenate([np.zeros(0, np.int32), *halves]).astype(np.uint8),
    )


def _both(places: NDArray[np.int64], found: NDArray[np.float64], soft: NDArray[np.float64], unit: int) -> Weighted:
    """Both readings of the concepts side by side, as whole numbers."""
    near = np.flatnonzero(soft)
    terms = np.concatenate([places, near + len(soft)]).astype(np.int32)
    values = np.rint(np.concatenate([found, soft[near]]) * unit).astype(np.int32)
    return Weighted(terms[values > 0], values[values > 0])


def only(rows: Rows) -> Weighted:
    """The terms and values of a single row."""
    return Weighted(rows.terms, rows.values.astype(np.int32))
