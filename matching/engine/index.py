"""Both sides' texts, read once, as the numbers that the text parts add up."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.fields import Field, demand_fields, profile_fields
from matching.engine.scorers.concepts import ConceptLexicon, Concepts
from matching.engine.scorers.lexical import IMPACT_UNIT, QUERY_UNIT, LexicalScorer, Passage, Queries, Rows
from matching.engine.texts import characters, word_splitter

Progress = Callable[[int], None]

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
        self._words = lru_cache(_REMEMBERED)(word_splitter(own_words(vocabulary)))
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
        How surely each profile speaks of each concept, in `IMPACT_UNIT`.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.reader = Reader(vocabulary)
        self.words_ = LexicalScorer()
        self.characters_ = LexicalScorer(unit_share=0.0)

    def fit(
        self, demands: Sequence[Demand], profiles: Sequence[CapabilityProfile], progress: Progress | None = None
    ) -> "TextIndex":
        """Read every text once and index the profiles; the demands are the background of the word statistics."""
        held, asked = _ConceptRows(self.reader.lexicon), _ConceptRows(self.reader.lexicon)
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
        self.words_.finish()
        self.characters_.finish()
        self.word_queries_: Queries = self.words_.background_
        self.character_queries_: Queries = self.characters_.background_
        self.concept_queries_ = asked.queries()
        self.concepts_ = held.impacts()
        return self

    @property
    def n_concepts(self) -> int:
        """How many concepts there are."""
        return len(self.reader.lexicon.codes)


class _ConceptRows:
    """Strengths of concepts, record by record."""

    def __init__(self, lexicon: ConceptLexicon) -> None:
        self._lexicon = lexicon
        self._starts = array("q", [0])
        self._places = array("i")
        self._strengths = array("d")

    def add(self, concepts: Concepts) -> None:
        for code, sighting in concepts.items():
            self._places.append(self._lexicon.place[code])
            self._strengths.append(sighting.strength)
        self._starts.append(len(self._places))

    def impacts(self) -> Rows:
        """As documents: how surely each record speaks of each concept."""
        strengths = np.array(self._strengths, dtype=np.float64)
        return self._rows(np.rint(strengths * IMPACT_UNIT).astype(np.uint16))

    def queries(self) -> Queries:
        """As questions: each concept counts as much as it was seen, of all that the record speaks of."""
        starts = np.array(self._starts, dtype=np.int64)
        strengths = np.array(self._strengths, dtype=np.float64)
        owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        sums = np.bincount(owners, weights=strengths, minlength=len(starts) - 1)
        return Queries(self._rows(np.rint(strengths * QUERY_UNIT / sums[owners]).astype(np.int32)))

    def _rows(self, values: np.ndarray) -> Rows:  # type: ignore[type-arg]
        return Rows(np.array(self._starts, dtype=np.int64), np.array(self._places, dtype=np.int32), values)


def concept_rows(lexicon: ConceptLexicon, records: Iterable[Concepts]) -> _ConceptRows:
    """The strengths of some records."""
    rows = _ConceptRows(lexicon)
    for concepts in records:
        rows.add(concepts)
    return rows


def own_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The vocabulary's names and synonyms, which the general dictionary may not know as words."""
    return tuple(word for term in vocabulary.capabilities for word in (term.zh, *term.synonyms))
