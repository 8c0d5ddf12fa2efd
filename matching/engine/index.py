"""Both sides' texts, read once, and the values of the text parts for a block of pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.engine.fields import Field, demand_fields, profile_fields
from matching.engine.scorers.concepts import ConceptLexicon, Concepts, shared
from matching.engine.scorers.lexical import Floats, LexicalScorer, Passage, Queries
from matching.engine.texts import WordSplitter, characters, word_splitter


@dataclass(frozen=True, slots=True)
class Side:
    """The texts of one side, in the order of its records."""

    fields: list[list[Field]]
    words: list[list[Passage]]
    characters: list[list[Passage]]
    concepts: list[Concepts]


class TextIndex:
    """The three text scorers over all profiles, with the demands as their questions.

    A profile of eighty characters never covers a demand of two hundred, so shares of words and characters lie
    close to 0; their square root is the value of the part. It keeps the order and 0 and 1, and spreads what lies
    between, so that text is not drowned by the soft rules.

    Attributes
    ----------
    words_, characters_ : LexicalScorer
    word_queries_, character_queries_ : Queries
    demand_concepts_, profile_concepts_ : sparse matrix (n_records, n_concepts)
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.splitter = word_splitter(own_words(vocabulary))
        self.lexicon = ConceptLexicon(vocabulary.capabilities)

    def fit(self, demands: Sequence[Demand], profiles: Sequence[CapabilityProfile]) -> "TextIndex":
        """Read every text once and index the profiles; the demands are the background of the word statistics."""
        self.demands = read_side([demand_fields(demand) for demand in demands], self.splitter, self.lexicon)
        self.profiles = read_side([profile_fields(profile) for profile in profiles], self.splitter, self.lexicon)
        self.words_ = LexicalScorer().fit(self.profiles.words, self.demands.words)
        self.characters_ = LexicalScorer().fit(self.profiles.characters, self.demands.characters)
        self.word_queries_: Queries = self.words_.encode(self.demands.words)
        self.character_queries_: Queries = self.characters_.encode(self.demands.characters)
        self.demand_concepts_: Any = self.lexicon.matrix(self.demands.concepts)
        self.profile_concepts_: Any = self.lexicon.matrix(self.profiles.concepts)
        return self

    @property
    def widest(self) -> int:
        """The longest row that a scorer makes for one demand; it decides how many demands make a block."""
        widest: int = max(self.words_.whole_.shape[0], self.words_.units_.shape[0], 1)
        return widest

    def values(self, rows: slice) -> Mapping[str, Floats]:
        """Part code → values of shape (n_demands of `rows`, n_profiles), NaN where nobody knows."""
        return {
            "words": np.sqrt(self.words_.score(self.word_queries_.rows(rows))),
            "characters": np.sqrt(self.characters_.score(self.character_queries_.rows(rows))),
            "capability": shared(self.demand_concepts_[rows], self.profile_concepts_),
        }


def own_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The vocabulary's names and synonyms, which the general dictionary may not know as words."""
    return tuple(word for term in vocabulary.capabilities for word in (term.zh, *term.synonyms))


def read_side(fields: list[list[Field]], splitter: WordSplitter, lexicon: ConceptLexicon) -> Side:
    """Split every text into words, characters and concepts; a text that stands in many records only once."""
    words = _remembering(splitter)
    pairs = _remembering(characters)
    return Side(
        fields=fields,
        words=[[Passage(words(f.normal), f.weight, f.unit) for f in record] for record in fields],
        characters=[[Passage(pairs(f.normal), f.weight, f.unit) for f in record] for record in fields],
        concepts=[
            lexicon.read(((f.name, f.normal) for f in record), tags=((f.name, f.text) for f in record if f.tag))
            for record in fields
        ],
    )


def _remembering(split: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    known: dict[str, list[str]] = {}

    def look_up(text: str) -> list[str]:
        terms = known.get(text)
        if terms is None:
            terms = known[text] = split(text)
        return terms

    return look_up
