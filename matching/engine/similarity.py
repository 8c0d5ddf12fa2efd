"""Text similarity alone, for whoever has texts and no records."""

import math
from collections.abc import Collection, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.domain.errors import InputError, problem
from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.engine.fields import Field
from matching.engine.index import ConceptReadings, Reader
from matching.engine.scorers.lexical import FULL, Floats, LexicalScorer, Queries, Rows, counted
from matching.engine.texts import normalise

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

    Raises
    ------
    InputError
        `bad_weight`: a weight is no number, negative or not finite; `no_weight`: all of them are 0.
    """

    def __init__(
        self,
        *,
        words: float = 0.2,
        characters: float = 0.3,
        concepts: float = 0.5,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.words = _weight(words, "words")
        self.characters = _weight(characters, "characters")
        self.concepts = _weight(concepts, "concepts")
        if not self.words + self.characters + self.concepts:
            raise InputError(problem("no_weight"))
        self.vocabulary = vocabulary

    def fit(self, docs: Sequence[Document], background: Sequence[str] | None = None) -> "TextSimilarity":
        """Index the documents; `background` are further texts from which rarity is learnt (the queries, say).

        Raises:
            InputError: `not_a_list` for one text in place of a list; `not_text` for what is no text.
        """
        _check_texts(docs, "docs", parts=True)
        _check_texts(background or (), "background")
        self._reader = Reader(self.vocabulary or load_vocabulary())
        self.words_, self.characters_ = LexicalScorer(), LexicalScorer()
        concepts = ConceptReadings(self._reader)
        for document in docs:
            reading = self._reader.read(list(_fields(document)))
            self.words_.add(reading.words)
            self.characters_.add(reading.characters)
            concepts.add(reading.concepts)
        for text in background or ():
            reading = self._reader.read(list(_fields(text)))
            self.words_.add_background(reading.words)
            self.characters_.add_background(reading.characters)
        self._n_documents = len(docs)
        self._lexical = [_Documents(scorer.finish()) for scorer in (self.words_, self.characters_)]
        held = concepts.as_answers(self.words_, self.characters_)
        self._concepts = _matrix(held, 2 * len(self._reader.lexicon.codes)).T.tocsr()
        return self

    def score(self, queries: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
        """For each query the best `k` documents as (index, score in 0..1), best first, ties by index, zeros left out.

        A score is the share of the query that the document covers, so scores compare between queries.

        Raises:
            InputError: `not_a_list` for one text in place of a list; `not_text` for what is no text; `not_whole` for
                another `k`. One below 1 gives empty answers.
        """
        _check_texts(queries, "queries")
        if not isinstance(k, Integral):
            raise InputError(problem("not_whole", key="k", value=k))
        size = max(1, BLOCK_CELLS // max(1, self._n_documents))
        found: list[list[tuple[int, float]]] = []
        for start in range(0, len(queries), size):
            for row in self._scores(queries[start : start + size]):
                found.append(_best(row, k))
        return found

    def _scores(self, queries: Sequence[str]) -> Floats:
        readings = [self._reader.read(list(_fields(query))) for query in queries]
        words = np.sqrt(self._lexical[0].shares(self.words_.encode(r.words for r in readings)))
        characters = np.sqrt(self._lexical[1].shares(self.characters_.encode(r.characters for r in readings)))
        spoken = ConceptReadings(self._reader)
        for reading in readings:
            spoken.add(reading.concepts)
        asked = spoken.as_questions(counted(r.words for r in readings), counted(r.characters for r in readings))
        concepts = _shares(asked, self._concepts)
        lexical = (self.words * words + self.characters * characters) / ((self.words + self.characters) or 1.0)
        total = self.words + self.characters + self.concepts
        both = (self.words * words + self.characters * characters + self.concepts * concepts) / total
        speaks = np.diff(asked.rows.starts) > 0
        return np.where(speaks[:, np.newaxis], both, lexical)


class _Documents:
    """One lexical scorer's documents, term by term, scored as a whole and in the mean of their best units."""

    BEST_UNITS = 3

    def __init__(self, scorer: LexicalScorer) -> None:
        everything = slice(0, len(scorer.whole_))
        units, starts = scorer.unit_impacts(everything)
        self._unit_share = scorer.unit_share
        self._whole = _matrix(scorer.impacts(everything), len(scorer.numbers_)).T.tocsr()
        self._units = _matrix(units, len(scorer.numbers_)).T.tocsr()
        self._groups = _groups_of_equal_size(starts)

    def shares(self, queries: Queries) -> Floats:
        """The share of each query that each document covers, (n_queries, n_documents)."""
        score = _shares(queries, self._whole)
        if not self._groups:
            return score
        units = _shares(queries, self._units)
        for documents, members in self._groups:
            of_units = -np.sort(-units[:, members], axis=2)[:, :, : self.BEST_UNITS].mean(axis=2)
            score[:, documents] = (1 - self._unit_share) * score[:, documents] + self._unit_share * of_units
        return score


def _weight(value: object, key: str) -> float:
    number: Any = value
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= number < math.inf:
        raise InputError(problem("bad_weight", key=key, value=value))
    return float(number)


def _check_texts(texts: Sequence[object], key: str, *, parts: bool = False) -> None:
    """Refuse what is no list of texts; with `parts` a text may be a list of texts, of which None is not there."""
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Collection):
        raise InputError(problem("not_a_list", key=key, value=texts))
    for place, text in enumerate(texts):
        if parts and isinstance(text, Collection) and not isinstance(text, (str, bytes)):
            _check_texts([part for part in text if part is not None], f"{key}[{place}]")
        elif not isinstance(text, str):
            raise InputError(problem("not_text", key=f"{key}[{place}]", value=text))


def _matrix(rows: Rows, width: int) -> Any:
    return sparse.csr_array((rows.values.astype(np.int64), rows.terms, rows.starts), shape=(len(rows), width))


def _shares(queries: Queries, by_term: Any) -> Floats:
    sums = _matrix(queries.rows, by_term.shape[0]) @ by_term
    return np.asarray(np.minimum(sums.toarray() / FULL, 1.0), dtype=np.float64)


def _groups_of_equal_size(starts: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Documents with equally many units: (documents, their unit rows of shape (n_documents, size))."""
    sizes = np.diff(starts)
    groups = []
    for size in np.unique(sizes[sizes > 0]):
        documents = np.flatnonzero(sizes == size)
        groups.append((documents, starts[documents][:, np.newaxis] + np.arange(size)))
    return groups


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
