"""Other systems on the same texts: what an able team would build in an afternoon with a well-kept library.

Each gives a score for every (query, document). All get our normal form (compatibility characters folded, lower case,
simplified characters) and our stop words, and settings that do well on the tuning half.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import bm25s
import numpy as np
import rjieba
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from matching.engine.texts import normalise, stop_words
from tests.quality.gold import Gold, demand_text, profile_text, sector_words

Floats = NDArray[np.float64]
Scorer = Callable[[Sequence[str], Sequence[str]], Floats]


def bm25_words(queries: Sequence[str], documents: Sequence[str]) -> Floats:
    """BM25 over rjieba's words."""
    index = bm25s.BM25(k1=1.2, b=0.4)
    index.index([words_of(text) for text in documents], show_progress=False)
    asked = [[word for word in words_of(query) if word in index.vocab_dict] for query in queries]
    scores = [index.get_scores(words) if words else np.zeros(len(documents)) for words in asked]
    return np.stack(scores).astype(np.float64)


def tfidf_words(queries: Sequence[str], documents: Sequence[str]) -> Floats:
    """Cosine of TF-IDF vectors over rjieba's words."""
    return _cosine(TfidfVectorizer(analyzer=words_of, sublinear_tf=True), queries, documents)


def tfidf_characters(queries: Sequence[str], documents: Sequence[str], *, shortest: int, longest: int) -> Floats:
    """Cosine of TF-IDF vectors over runs of neighbouring characters."""
    vectoriser = TfidfVectorizer(
        analyzer="char", ngram_range=(shortest, longest), preprocessor=normalise, sublinear_tf=True
    )
    return _cosine(vectoriser, queries, documents)


def fuzzy_words(queries: Sequence[str], documents: Sequence[str]) -> Floats:
    """RapidFuzz's token set ratio over rjieba's words."""
    spaced = [[" ".join(words_of(text)) for text in texts] for texts in (queries, documents)]
    return np.asarray(process.cdist(*spaced, scorer=fuzz.token_set_ratio), dtype=np.float64)


class Peer(NamedTuple):
    """`with_sectors`: the texts also hold the names of the sectors, which are no text for our engine."""

    scores: Scorer
    with_sectors: bool = False


USUAL = {
    "bm25s, words": Peer(bm25_words),
    "TF-IDF, words": Peer(tfidf_words),
    "TF-IDF, 2-4 characters": Peer(partial(tfidf_characters, shortest=2, longest=4)),
    "rapidfuzz, words": Peer(fuzzy_words),
}
"""What is usually taken."""

STRONGER = {
    "TF-IDF, 1-2 characters": Peer(partial(tfidf_characters, shortest=1, longest=2)),
    "the same with sectors": Peer(partial(tfidf_characters, shortest=1, longest=2), with_sectors=True),
}
"""The best of those that were tried on the tuning half: single characters find paraphrases that words miss."""


def peer_lists(peer: Peer, gold: Gold) -> list[list[int]]:
    """For each demand the profiles that the rules allow, best first."""
    queries, documents = map(demand_text, gold.demands), map(profile_text, gold.profiles)
    if not peer.with_sectors:
        return ranked(peer.scores(list(queries), list(documents)), gold.allowed)
    asked = [f"{text}\n{sector_words(demand)}" for text, demand in zip(queries, gold.demands, strict=True)]
    held = [f"{text}\n{sector_words(profile)}" for text, profile in zip(documents, gold.profiles, strict=True)]
    return ranked(peer.scores(asked, held), gold.allowed)


def ranked(scores: Floats, allowed: NDArray[np.bool_]) -> list[list[int]]:
    """For each query the allowed documents with a score above 0, best first, ties in order."""
    lists = []
    for row, mask in zip(scores, allowed, strict=True):
        shown = np.flatnonzero(mask & (row > 0))
        lists.append(shown[np.argsort(-row[shown], kind="stable")].tolist())
    return lists


def words_of(text: str) -> list[str]:
    """The words of a text, longer words with the shorter ones inside them, without marks and stop words."""
    found = rjieba.cut_for_search(normalise(text))
    return [word for word in found if word not in stop_words() and any(map(str.isalnum, word))]


def _cosine(vectoriser: Any, queries: Sequence[str], documents: Sequence[str]) -> Floats:
    vectoriser.fit([*documents, *queries])
    return np.asarray((vectoriser.transform(queries) @ vectoriser.transform(documents).T).toarray(), dtype=np.float64)
