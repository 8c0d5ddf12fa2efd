"""Both sides' texts, read once, as the numbers that the text parts add up."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.fields import Field, demand_fields, profile_fields
from matching.engine.scorers.affinity import affinity_with, answers, questions
from matching.engine.scorers.concepts import ConceptLexicon, Concepts
from matching.engine.scorers.lexical import (
    IMPACT_UNIT,
    QUERY_UNIT,
    Documents,
    Integers,
    LexicalScorer,
    Passage,
    Queries,
    Rows,
    pick,
)
from matching.engine.scorers.statistics import Statistics
from matching.engine.texts import characters, word_splitter

Progress = Callable[[int], None]

Counted = tuple[Rows, Mapping[str, int]]
"""Texts that are counted, and the numbers of their terms."""

_RECORDS = 8_192
_REMEMBERED = 20_000
"""Texts whose words are kept: tags and phrases that stand in many records are split once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One record's texts, read."""

    fields: list[Field]
    words: list[Passage]
    characters: list[Passage]
    concepts: Concepts


class Reader:
    """Turns the texts of a record into words, characters and concepts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.lexicon = ConceptLexicon(vocabulary.capabilities)
        splitter = word_splitter(own_words(vocabulary))
        self.affinity = affinity_with(tuple(vocabulary.capabilities), splitter)
        self._words = lru_cache(_REMEMBERED)(splitter)
        self._characters = lru_cache(_REMEMBERED)(characters)

    def read(self, fields: list[Field]) -> Reading:
        """Read the fields of one record."""
        return Reading(
            fields,
            [Passage(self._words(f.normal), f.weight, f.unit) for f in fields],
            [Passage(self._characters(f.normal), f.weight, f.unit) for f in fields],
            self.concepts(fields),
        )

    def concepts(self, fields: list[Field]) -> Concepts:
        """The concepts of which a record speaks."""
        return self.lexicon.read(((f.name, f.normal) for f in fields), tags=((f.name, f.text) for f in fields if f.tag))


class TextIndex:
    """The three text scorers over all profiles, with the demands as their questions.

    A profile of eighty characters never covers a demand of two hundred, so shares of words and characters lie
    close to 0; their square root is the value of the part. It keeps the order and 0 and 1, and spreads what lies
    between, so that text is not drowned by the soft rules.

    Attributes
    ----------
    words_, characters_ : LexicalScorer
    word_queries_, character_queries_, concept_queries_ : Queries
        What the demands ask.
    concepts_ : Rows
        How surely each profile speaks of each concept, in `IMPACT_UNIT`; a number counts the concepts twice, first as
        found by phrases, then as where all words lead.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.reader = Reader(vocabulary)
        self.words_ = LexicalScorer()
        self.characters_ = LexicalScorer(unit_share=0.0)

    def fit(
        self,
        demands: Sequence[Demand],
        profiles: Sequence[CapabilityProfile],
        progress: Progress | None = None,
        statistics: tuple[Statistics, Statistics] | None = None,
    ) -> "TextIndex":
        """Read every text once and index the profiles; the demands are the background of the word statistics.

        With the `statistics` of another index, the texts are weighed as that one weighs them.
        """
        held, asked = ConceptReadings(self.reader), ConceptReadings(self.reader)
        for place, profile in enumerate(profiles):
            reading = self.reader.read(profile_fields(profile))
            self.words_.add(reading.words)
            self.characters_.add(reading.characters)
            held.add(reading.concepts)
            if progress is not None and place % 256 == 255:
                progress(place + 1)
        for place, demand in enumerate(demands):
            reading = self.reader.read(demand_fields(demand))
            self.words_.add_background(reading.words)
            self.characters_.add_background(reading.characters)
            asked.add(reading.concepts)
            if progress is not None and place % 256 == 255:
                progress(len(profiles) + place + 1)
        of_words, of_characters = statistics or (None, None)
        self.words_.finish(of_words)
        self.characters_.finish(of_characters)
        self.word_queries_: Queries = self.words_.background_
        self.character_queries_: Queries = self.characters_.background_
        self.concepts_ = held.as_answers(self.words_, self.characters_)
        self.concept_queries_ = asked.as_questions(
            (self.words_.background_counts_, self.words_.numbers_),
            (self.characters_.background_counts_, self.characters_.numbers_),
        )
        return self

    @property
    def statistics(self) -> tuple[Statistics, Statistics]:
        """What the words and the characters taught."""
        return self.words_.statistics, self.characters_.statistics

    @property
    def n_concepts(self) -> int:
        """How many numbers the concepts have in both readings."""
        return 2 * len(self.reader.lexicon.codes)

    def picked(self, profiles: Integers) -> "TextIndex":
        """The same index with some of its profiles, in the order given."""
        other = copy(self)
        other.words_, other.characters_ = self.words_.picked(profiles), self.characters_.picked(profiles)
        other.concepts_ = pick(self.concepts_, profiles)
        return other

    def texts(self, profiles: slice) -> "Texts":
        """The texts of some neighbouring profiles; the numbers are shared, not copied."""
        return Texts(self.words_.part(profiles), self.characters_.part(profiles), self.concepts_[profiles])

    def part(self, profiles: slice) -> "IndexPart":
        """What a scan needs to weigh some neighbouring profiles, or those that it is given instead."""
        texts = self.texts(profiles)
        return IndexPart(
            self.words_.holding(texts.words), self.characters_.holding(texts.characters), texts.concepts,
            self.n_concepts,
        )  # fmt: skip


class Texts(NamedTuple):
    """What was read of some profiles."""

    words: Documents
    characters: Documents
    concepts: Rows


class IndexPart(NamedTuple):
    """Some profiles of an index, to be scanned; it can be shipped, and knows no term by name."""

    words: LexicalScorer
    characters: LexicalScorer
    concepts: Rows
    n_concepts: int

    def holding(self, texts: Texts) -> "IndexPart":
        """Other profiles, weighed as among all of the index."""
        return IndexPart(
            self.words.holding(texts.words), self.characters.holding(texts.characters), texts.concepts, self.n_concepts
        )


class ConceptReadings:
    """Both readings of the concepts of many records: the phrases that were found, and where all words lead."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._starts = array("q", [0])
        self._places = array("i")
        self._strengths = array("d")

    def add(self, concepts: Concepts) -> None:
        """The phrases of one more record."""
        for code, sighting in concepts.items():
            self._places.append(self._reader.lexicon.place[code])
            self._strengths.append(sighting.strength)
        self._starts.append(len(self._places))

    def as_answers(self, words: LexicalScorer, characters: LexicalScorer) -> Rows:
        """As documents, in `IMPACT_UNIT`; the scorers hold the same records."""
        return self._both(
            answers, (words.whole_, words.numbers_), (characters.whole_, characters.numbers_), IMPACT_UNIT
        )

    def as_questions(self, words: Counted, characters: Counted) -> Queries:
        """As questions, in `QUERY_UNIT`; what is counted are the same records."""
        return Queries(self._both(questions, words, characters, QUERY_UNIT))

    def _both(self, side: Callable[[Any, Any], Any], words: Counted, characters: Counted, unit: int) -> Rows:
        width = len(self._reader.lexicon.codes)
        starts = np.array(self._starts, dtype=np.int64)
        places, strengths = np.array(self._places, dtype=np.int32), np.array(self._strengths, dtype=np.float64)
        sizes, terms, values = [np.zeros(1, np.int64)], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
        for first in range(0, len(starts) - 1, _RECORDS):  # in parts, so that no more than a few are held as floats
            some = slice(first, min(first + _RECORDS, len(starts) - 1))
            own = slice(starts[some.start], starts[some.stop])
            found = sparse.csr_array(
                (strengths[own], places[own], starts[some.start : some.stop + 1] - starts[some.start]),
                shape=(some.stop - some.start, width),
            )
            vectors = self._reader.affinity.of_counts((words[0][some], words[1]), (characters[0][some], characters[1]))
            rows = side(found, vectors)
            whole = np.rint(rows.data * unit).astype(np.int32)
            owners = np.repeat(np.arange(len(vectors.indptr) - 1), np.diff(rows.indptr))[whole > 0]
            sizes.append(np.bincount(owners, minlength=len(vectors.indptr) - 1))
            terms.append(rows.indices[whole > 0].astype(np.int32))
            values.append(whole[whole > 0])
        return Rows(np.cumsum(np.concatenate(sizes)), np.concatenate(terms), np.concatenate(values))


def own_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The vocabulary's names and synonyms, which the general dictionary may not know as words."""
    return tuple(word for term in vocabulary.capabilities for word in (term.zh, *term.synonyms))
