"""Text similarity alone, for whoever has texts and no records."""

from collections.abc import Sequence

import numpy as np

from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.engine.fields import Field
from matching.engine.index import Side, own_words, read_side
from matching.engine.scorers.concepts import ConceptLexicon, shared
from matching.engine.scorers.lexical import Floats, LexicalScorer
from matching.engine.texts import normalise, word_splitter

Document = str | Sequence[str]
"""A text, or a list of texts: a profile's parts or cases, scored as a whole and in its best parts."""

BLOCK_CELLS = 4_000_000


class TextSimilarity:
    """How much of a query each document covers: words, characters and concepts together.

    Parameters
    ----------
    words, characters, concepts : float
        What the three scorers weigh; they need not add up to 1. Where a query speaks of no known concept, words
        and characters share the weight of the concepts.
    vocabulary : Vocabulary, optional
        The one that ships with the product by default.

    Attributes
    ----------
    words_, characters_ : LexicalScorer
    concepts_ : sparse matrix (n_documents, n_concepts)
    """

    def __init__(
        self,
        *,
        words: float = 0.42,
        characters: float = 0.28,
        concepts: float = 0.3,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.words = words
        self.characters = characters
        self.concepts = concepts
        self.vocabulary = vocabulary

    def fit(self, docs: Sequence[Document], background: Sequence[str] | None = None) -> "TextSimilarity":
        """Index the documents; `background` are further texts from which rarity is learnt (the queries, say)."""
        vocabulary = self.vocabulary or load_vocabulary()
        self._splitter = word_splitter(own_words(vocabulary))
        self._lexicon = ConceptLexicon(vocabulary.capabilities)
        documents = self._read(docs)
        known = self._read(background or ())
        self.words_ = LexicalScorer(best_units=3).fit(documents.words, known.words)
        self.characters_ = LexicalScorer(best_units=3).fit(documents.characters, known.characters)
        self.concepts_ = self._lexicon.matrix(documents.concepts)
        return self

    def score(self, queries: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """For each query the best `k` documents as (index, score in 0..1), best first, ties by index, zeros left out.

        A score is the share of the query that the document covers, so scores compare between queries.
        """
        size = max(1, BLOCK_CELLS // max(1, self.concepts_.shape[0]))
        found: list[list[tuple[int, float]]] = []
        for start in range(0, len(queries), size):
            for row in self._scores(queries[start : start + size]):
                found.append(_best(row, k))
        return found

    def _scores(self, queries: Sequence[str]) -> Floats:
        asked = self._read(queries)
        words = np.sqrt(self.words_.score(self.words_.encode(asked.words)))
        characters = np.sqrt(self.characters_.score(self.characters_.encode(asked.characters)))
        concepts = shared(self._lexicon.matrix(asked.concepts), self.concepts_)
        lexical = (self.words * words + self.characters * characters) / (self.words + self.characters)
        total = self.words + self.characters + self.concepts
        both = (self.words * words + self.characters * characters + self.concepts * concepts) / total
        return np.where(np.isnan(concepts), lexical, both)

    def _read(self, texts: Sequence[Document]) -> Side:
        return read_side([list(_fields(text)) for text in texts], self._splitter, self._lexicon)


def _fields(text: Document) -> list[Field]:
    if isinstance(text, str):
        return [Field("text", text, normalise(text), 1.0)] if text else []
    return [Field(f"part[{n}]", part, normalise(part), 1.0, unit=n) for n, part in enumerate(text) if part]


def _best(scores: Floats, k: int) -> list[tuple[int, float]]:
    positive = np.flatnonzero(scores > 0)
    if 0 < k < len(positive):
        border = np.partition(scores[positive], len(positive) - k)[len(positive) - k]
        positive = positive[scores[positive] >= border]
    order = positive[np.lexsort((positive, -scores[positive]))][: max(0, k)]
    return [(int(place), float(scores[place])) for place in order]
