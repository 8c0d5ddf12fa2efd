"""The soft reading of a text: how close it is to every capability, whether or not any phrase is found in it.

Explicit semantic analysis (Gabrilovich & Markovitch, IJCAI 2007) over the capability lexicon: each capability is a
pseudo-document of all its names and phrases, and a text is the vector of its BM25 scores with them. Two texts that
share no word meet where their words lead to the same capabilities.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from matching.domain.vocabulary import Term
from matching.engine.scorers.concepts import asked
from matching.engine.scorers.lexical import DAMPED, Counter, Floats, Integers, Passage, Rows, TermNumbers, ranges
from matching.engine.scorers.phrases import alternatives
from matching.engine.texts import characters

KEPT = 20
"""So many capabilities of a text are kept; what is behind them is noise."""
LEAST = 0.2
"""Those are left out that have less than this share of the best one's score."""

_SHARPNESS = 1.5  # scores are raised to this power, so that the near capabilities count more
_K1, _B = 1.2, 0.75  # BM25's usual constants; long pseudo-documents are no likelier than short ones
_CHUNK = 2_048

REPEATS = 5
"""A term that a text says more often counts as said so often: what is repeated is not said more surely."""
CLAIMED = 10
"""A profile that speaks of more concepts than these speaks of each less surely; few honest ones do."""

SOFT_SHARE = 0.6
"""What the soft reading weighs beside the phrases that a demand holds; it stands alone where there are none."""

_COUNTED = DAMPED[np.minimum(np.arange(len(DAMPED)), 2 * REPEATS)]  # by halves

Splitter = Callable[[str], Sequence[str]]


class Affinity:
    """Turns texts into unit vectors over the capabilities; the closeness of two texts is the product of their vectors.

    Parameters
    ----------
    terms : sequence of Term
        The capabilities, in whose order the columns stand.
    words : callable
        Splits a normalised text into words, as `WordSplitter` does.

    Attributes
    ----------
    numbers_ : tuple of two dicts
        Words and characters of the pseudo-documents, numbered.
    weights_ : sparse matrix (n_words + n_characters, n_capabilities)
        What a term says for each capability.
    """

    def __init__(self, terms: Iterable[Term], words: Splitter) -> None:
        self._splitters: tuple[Splitter, Splitter] = (words, _pairs)
        self.numbers_ = (TermNumbers(), TermNumbers())
        spoken = ["\n".join(_spoken(term)) for term in terms]  # no word and no pair reaches over a line end
        counts = [
            _matrix(_count(split, numbers, spoken), len(numbers))
            for split, numbers in zip(self._splitters, self.numbers_, strict=True)
        ]
        said = sparse.csr_array(sparse.hstack(counts))
        self.weights_: Any = _bm25(said).T.tocsr()
        self._starts: Integers = self.weights_.indptr.astype(np.int64)
        self._columns = self.weights_.tocsc()
        self._terms = [term for numbers in self.numbers_ for term in numbers]
        self._by_capability: dict[int, list[str]] = {}

    def of_texts(self, texts: Sequence[str]) -> Any:
        """The vectors of some normalised texts, a sparse matrix (n_texts, n_capabilities)."""
        numbers = (TermNumbers(), TermNumbers())
        counted = [(_count(split, own, texts), own) for split, own in zip(self._splitters, numbers, strict=True)]
        return self.of_counts(*counted)

    def of_counts(self, words: tuple[Rows, Mapping[str, int]], signs: tuple[Rows, Mapping[str, int]]) -> Any:
        """The vectors of texts that are counted already, a sparse matrix (n_texts, n_capabilities).

        `words` and `signs` (single characters and their pairs) are counts in halves and the numbers of their terms,
        such as `LexicalScorer.whole_` and `LexicalScorer.numbers_`. Rows have length 1; a text that has no term in
        common with any capability gets an empty row. A row depends on nothing but its own text.
        """
        counts = sparse.csr_array(
            sparse.hstack(
                [
                    self._renumber(rows, numbers, own)
                    for (rows, numbers), own in zip((words, signs), self.numbers_, strict=True)
                ]
            )
        )
        counts.sort_indices()  # so that sums are added up in one order, whatever else was counted
        vectors = [
            _sharpen((counts[start : start + _CHUNK] @ self.weights_).toarray())
            for start in range(0, counts.shape[0], _CHUNK)
        ]
        empty = sparse.csr_array((0, self.weights_.shape[1]), dtype=np.float64)
        return sparse.csr_array(sparse.vstack([empty, *vectors]))

    def of_one(self, terms: Integers, halves: Integers) -> Floats:
        """The vector of one text, (n_capabilities,), to the last bit as in a batch.

        Terms are rows of `weights_`, each once, and come with the halves that they count. Sums are added up in the
        order of the terms, as the product of sparse matrices does.
        """
        order = np.argsort(terms)
        starts, ends = self._starts[terms[order]], self._starts[terms[order] + 1]
        places = ranges(starts, ends)
        amounts = np.repeat(_COUNTED[halves[order]], ends - starts) * self.weights_.data[places]
        sums = np.bincount(self.weights_.indices[places], weights=amounts, minlength=self.weights_.shape[1])
        return _sharp(sums.astype(np.float64, copy=False)[np.newaxis])[0]  # type: ignore[no-any-return]

    def leads(self, normalised: str, capability: int, most: int) -> list[str]:
        """The terms in a text that lead most surely to a capability (by place), best first."""
        found: list[str] = []
        for term in self._leading(capability):
            if len(found) == most:
                break
            if _stands_in(term, normalised) and not any(term in other or other in term for other in found):
                found.append(term)
        return found

    def _leading(self, capability: int) -> list[str]:
        """All terms that lead to a capability, the surest first."""
        terms = self._by_capability.get(capability)
        if terms is None:
            start, end = self._columns.indptr[capability], self._columns.indptr[capability + 1]
            numbers, weights = self._columns.indices[start:end], self._columns.data[start:end]
            terms = [self._terms[number] for number in numbers[np.lexsort((numbers, -weights))].tolist()]
            self._by_capability[capability] = terms
        return terms

    def _renumber(self, rows: Rows, numbers: Mapping[str, int], own: Mapping[str, int]) -> Any:
        """Damped counts under our own numbers; terms of no capability are left out."""
        place = np.full(max(len(numbers), 1), -1, dtype=np.int64)
        for term, number in own.items():
            other = numbers.get(term)
            if other is not None:
                place[other] = number
        columns = place[rows.terms]
        kept = columns >= 0
        damped = _COUNTED[rows.values[kept]]
        starts = np.concatenate([[0], np.cumsum(kept)])[rows.starts]
        return sparse.csr_array((damped, columns[kept], starts), shape=(len(rows), len(own)))


@lru_cache(maxsize=4)
def affinity_with(terms: tuple[Term, ...], words: Splitter) -> Affinity:
    """The affinity with some capabilities; making one takes a moment, and the lexicon rarely changes."""
    return Affinity(terms, words)


def questions(strengths: Any, vectors: Any) -> Any:
    """Both readings of some demands side by side, sparse (n_demands, 2 * n_capabilities).

    The first half weighs the concepts that were found (`asked`), the second the soft reading. The product with the
    `answers` of a profile is the pair's value in 0..1.
    """
    has_phrases = np.diff(strengths.indptr) > 0
    share = np.where(has_phrases, SOFT_SHARE, 1.0)
    return sparse.csr_array(
        sparse.hstack([asked(strengths) * (1 - SOFT_SHARE), sparse.diags_array(share) @ vectors], format="csr")
    )


def answers(strengths: Any, vectors: Any) -> Any:
    """Both readings of some profiles side by side, sparse (n_profiles, 2 * n_capabilities); see `undiluted`."""
    left = sparse.diags_array(undiluted(np.diff(strengths.indptr)))
    return sparse.csr_array(sparse.hstack([left @ strengths, vectors], format="csr"))


def undiluted(claimed: Any) -> Any:
    """What is left of the strength of each concept found in a profile that speaks of so many.

    √(`CLAIMED` / n) from n > `CLAIMED` on: so many together are no longer a vector than `CLAIMED` of them, as the soft
    reading has length 1 whatever is said. To list every capability there is earns little of any.
    """
    return np.sqrt(CLAIMED / np.maximum(claimed, CLAIMED))


def _stands_in(term: str, text: str) -> bool:
    """A Latin term must not stand inside a longer word; a plural's end is none."""
    start = text.find(term)
    if start < 0 or not term.isascii():
        return start >= 0
    end = start + len(term)
    before, behind = text[start - 1 : start], text[end : end + 2]
    return not _is_latin(before) and not _is_latin(behind[1:] if behind[:1] == "s" else behind[:1])


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _pairs(normalised: str) -> list[str]:
    return [term for term in characters(normalised) if len(term) > 1]  # single ones lead everywhere


def _spoken(term: Term) -> Iterable[str]:
    """Everything that the lexicon says for a capability, in normal form."""
    for phrase in (term.zh, term.en, *term.synonyms, *term.needs, *term.offers):
        for piece in alternatives(phrase):
            yield from piece


def _count(split: Splitter, numbers: dict[str, int], texts: Sequence[str]) -> Rows:
    counter = Counter(numbers)
    for text in texts:
        counter.add([Passage(split(text))])
    return counter.rows()


def _matrix(rows: Rows, width: int) -> Any:
    return sparse.csr_array((rows.values / 2.0, rows.terms, rows.starts), shape=(len(rows), width))


def _bm25(said: Any) -> Any:
    """BM25's weights of the pseudo-documents; rarity counts twice, for the text's side too, as in a cosine."""
    held = np.bincount(said.indices, minlength=said.shape[1])
    rarity = np.log1p((said.shape[0] - held + 0.5) / (held + 0.5))
    lengths = np.asarray(said.sum(axis=1)).ravel()
    usual = lengths.mean() if lengths.any() else 1.0
    brake = np.repeat(_K1 * (1 - _B + _B * lengths / usual), np.diff(said.indptr))
    weights = said.data * (_K1 + 1) / (said.data + brake) * rarity[said.indices] ** 2
    return sparse.csr_array((weights, said.indices, said.indptr), shape=said.shape)


def _sharpen(scores: Floats) -> Any:
    return sparse.csr_array(_sharp(scores))


def _sharp(scores: Floats) -> Floats:
    """The best `KEPT` of each row, the better the more, of length 1."""
    least = LEAST * scores.max(axis=1, keepdims=True, initial=0.0)
    if scores.shape[1] > KEPT:
        least = np.maximum(least, np.partition(scores, -KEPT, axis=1)[:, [-KEPT]])
    scores = np.where(scores >= least, scores, 0.0)
    sharp = scores**_SHARPNESS
    lengths = np.sqrt((sharp**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(sharp, lengths, out=np.zeros_like(sharp), where=lengths > 0))
