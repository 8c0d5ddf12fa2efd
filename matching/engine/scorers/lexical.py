"""BM25 as a share: how much of what a query asks for does a document cover?

Every score is divided by the query's ideal score, that of a document of usual length that holds each of the
query's terms once. So scores lie in 0..1 and mean the same for a short query and a long one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Passage(NamedTuple):
    """The terms of one field of a text."""

    terms: Sequence[str]
    weight: float = 1.0  # one occurrence here counts as this many
    unit: int | None = None  # passages of one number form a unit of the document: one capability, one case


@dataclass(frozen=True, slots=True)
class Queries:
    """Encoded queries: `weights` is a sparse matrix (n_queries, n_terms), `ideal` has shape (n_queries,)."""

    weights: Any
    ideal: Floats

    def rows(self, rows: slice) -> "Queries":
        """A part of the queries."""
        return Queries(self.weights[rows], self.ideal[rows])


class LexicalScorer:
    """Share of a query that each document covers, as a whole and in its best units.

    Parameters
    ----------
    k1 : float
        How soon repeats of a term in a document stop counting.
    b : float
        How much a long document is discounted, 0..1.
    unit_share : float
        Weight of the best units in a score; the rest is the whole document's. A document without units is
        scored as a whole.
    best_units : int
        The mean of that many best units is taken.

    Attributes
    ----------
    counter_ : CountVectorizer
        scikit-learn's, over terms that were split already.
    terms_ : dict of str to int
        Every term of documents and background, in sorted order, so that no order of input changes a sum.
    whole_ : sparse matrix (n_documents, n_terms)
    units_ : sparse matrix (n_units, n_terms)
    unit_starts_ : array (n_documents + 1,)
        The units of document `i` are the rows `unit_starts_[i]:unit_starts_[i + 1]`.
    idf_ : array (n_terms,)
    """

    def __init__(self, *, k1: float = 1.2, b: float = 0.4, unit_share: float = 0.3, best_units: int = 1) -> None:
        self.k1 = k1
        self.b = b
        self.unit_share = unit_share
        self.best_units = best_units

    def fit(
        self, documents: Sequence[Sequence[Passage]], background: Sequence[Sequence[Passage]] = ()
    ) -> "LexicalScorer":
        """Learn the terms and their rarity, and index the documents.

        `background` are texts of the kind that will be asked (the demands): they say which words are
        common there too, and are not indexed.
        """
        everything = list(chain(_passages(documents), _passages(background)))
        self.counter_ = CountVectorizer(analyzer=_terms_of, dtype=np.float64)
        if any(passage.terms for passage in everything):  # scikit-learn refuses texts that say nothing at all
            self.counter_.fit(everything)
            self.terms_ = {str(term): place for place, term in enumerate(self.counter_.get_feature_names_out())}
        else:
            self.terms_ = {}
        whole, _ = self._count(documents)
        asked, _ = self._count(background)
        n_texts = whole.shape[0] + asked.shape[0]
        holders = np.bincount(whole.indices, minlength=len(self.terms_)) + np.bincount(
            asked.indices, minlength=len(self.terms_)
        )
        self.idf_ = _idf(holders, n_texts)
        self.unseen_idf_ = float(_idf(np.zeros(1), n_texts)[0])

        flat: list[list[Passage]] = []
        starts = [0]
        for document in documents:
            units: dict[int, list[Passage]] = {}
            for passage in document:
                if passage.unit is not None:
                    units.setdefault(passage.unit, []).append(passage)
            flat.extend(units[number] for number in sorted(units))
            starts.append(len(flat))
        self.unit_starts_: Integers = np.array(starts, dtype=np.int64)
        self.whole_ = self._weigh(whole)
        self.units_ = self._weigh(self._count(flat)[0])
        self._unit_groups = _groups_of_equal_size(self.unit_starts_)
        return self

    def encode(self, queries: Sequence[Sequence[Passage]]) -> Queries:
        """Queries as rows; a repeated word counts, but less each time."""
        counts, unseen = self._count(queries)
        counts.data = _damp(counts.data)
        weights = counts @ sparse.diags_array(self.idf_)
        ideal = np.asarray(weights.sum(axis=1)).ravel()
        ideal += self.unseen_idf_ * unseen
        return Queries(sparse.csr_array(weights), ideal)

    def score(self, queries: Queries) -> Floats:
        """Scores in 0..1, an array of shape (n_queries, n_documents)."""
        whole = self._shares(queries, self.whole_)
        if self.unit_share == 0 or self.units_.shape[0] == 0:
            return whole
        units = self._shares(queries, self.units_)
        score = whole.copy()
        for documents, members in self._unit_groups:
            scores = units[:, members]  # (n_queries, documents of this size, size)
            keep = min(self.best_units, scores.shape[2])
            best = (
                scores.max(axis=2) if keep == 1 else -np.partition(-scores, keep - 1, axis=2)[:, :, :keep].mean(axis=2)
            )
            score[:, documents] = (1 - self.unit_share) * whole[:, documents] + self.unit_share * best
        return score

    def _shares(self, queries: Queries, documents: Any) -> Floats:
        covered: Floats = (queries.weights @ documents.T).toarray()
        safe = np.where(queries.ideal > 0, queries.ideal, 1.0)
        covered /= safe[:, np.newaxis]
        return np.minimum(covered, 1.0, out=covered)

    def _count(self, texts: Sequence[Sequence[Passage]]) -> tuple[Any, Floats]:
        """Weighted counts (n_texts, n_terms), and how much of each text nobody ever said (damped), (n_texts,)."""
        passages = list(_passages(texts))
        owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        weights = np.array([passage.weight for passage in passages], dtype=np.float64)
        if self.terms_:
            found = sparse.csr_array(self.counter_.transform(passages))
        else:
            found = sparse.csr_array((len(passages), 0), dtype=np.float64)
        gather = sparse.csr_array((weights, (owners, np.arange(len(passages)))), shape=(len(texts), len(passages)))
        counts = sparse.csr_array(gather @ found)
        counts.sort_indices()
        said = np.array([len(passage.terms) for passage in passages], dtype=np.int64)
        unseen = np.zeros(len(texts))
        for row in np.unique(owners[said > np.asarray(found.sum(axis=1)).ravel()]):
            unseen[row] = self._strangers(texts[row])
        return counts, unseen

    def _strangers(self, text: Sequence[Passage]) -> float:
        strange: dict[str, float] = {}
        for passage in text:
            for term in passage.terms:
                if term not in self.terms_:
                    strange[term] = strange.get(term, 0.0) + passage.weight
        return float(_damp(np.array(list(strange.values()))).sum())

    def _weigh(self, counts: Any) -> Any:
        """BM25's document side without idf: 1 for one occurrence in a text of usual length."""
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        usual = lengths.mean() if lengths.any() else 1.0
        brake = self.k1 * (1 - self.b + self.b * lengths / usual)
        weights = counts.copy()
        per_entry = np.repeat(brake, np.diff(counts.indptr))
        weights.data = counts.data * (self.k1 + 1) / (counts.data + per_entry)
        return weights


def _terms_of(passage: Passage) -> Sequence[str]:
    return passage.terms


def _passages(texts: Iterable[Sequence[Passage]]) -> Iterable[Passage]:
    return chain.from_iterable(texts)


def _idf(holders: NDArray[Any], n_texts: int) -> Floats:
    return np.asarray(np.log1p((n_texts - holders + 0.5) / (holders + 0.5)), dtype=np.float64)


def _damp(counts: Floats) -> Floats:
    return np.where(counts > 1, 1 + np.log(np.maximum(counts, 1)), counts)


def _groups_of_equal_size(starts: Integers) -> list[tuple[Integers, Integers]]:
    """Documents with equally many units: (documents, their unit rows of shape (n_documents, size))."""
    sizes = np.diff(starts)
    groups = []
    for size in np.unique(sizes[sizes > 0]):
        documents = np.flatnonzero(sizes == size)
        groups.append((documents, starts[documents][:, np.newaxis] + np.arange(size)))
    return groups
