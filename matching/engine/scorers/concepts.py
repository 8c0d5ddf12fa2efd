"""Concepts: the capabilities of the vocabulary, found in what people write.

A demand and the profile that solves it often share no word; both may still speak of 视觉盘点. A concept is found by
a tag (the record says so itself), by a name or synonym in the text, or by an expression: the way people speak of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from matching.domain.vocabulary import Term, Terms
from matching.engine.scorers.lexical import Floats
from matching.engine.scorers.phrases import Found, Phrase, PhraseFinder

TAG, NAME, EXPRESSION = "tag", "name", "expression"
STRENGTHS: Mapping[str, float] = {TAG: 1.0, NAME: 0.8, EXPRESSION: 0.5}
_SHORT = 0.4  # an expression of two characters, or with a piece of one, is soon said by chance
_STRONGEST_IN_TEXT = 0.8  # any number of expressions says no more than the name itself
_REMEMBERED = 20_000  # texts: tags and phrases that stand in many records are searched once


@dataclass(frozen=True, slots=True)
class Sighting:
    """A concept in a text: how sure (0..1), found by what, the words found (normal form), and in which field."""

    strength: float
    by: str
    words: tuple[str, ...]
    field: str


Concepts = Mapping[str, Sighting]
"""Code of the concept → where it was seen."""


class ConceptLexicon:
    """Finds a vocabulary's capabilities in normalised text."""

    def __init__(self, terms: Terms) -> None:
        self.codes = tuple(terms.by_code)
        self.place = {code: place for place, code in enumerate(self.codes)}
        self._terms = terms
        self._find = lru_cache(_REMEMBERED)(_finder(tuple(terms)).find)

    def tag(self, word: str) -> str | None:
        """The concept that a capability tag means, or None."""
        return self._terms.code(word)

    def find(self, normalised: str) -> list[Found]:
        """The phrases in a text, without those that it says it is not about; see `PhraseFinder`."""
        return self._find(normalised)

    def read(self, fields: Iterable[tuple[str, str]], tags: Iterable[tuple[str, str]] = ()) -> Concepts:
        """The concepts of a record: `fields` are (name, normalised text), `tags` are (name, word as written)."""
        sightings: dict[str, Sighting] = {}
        for name, word in tags:
            code = self.tag(word)
            if code is not None and code not in sightings:
                sightings[code] = Sighting(STRENGTHS[TAG], TAG, (word,), name)
        evidence: dict[str, list[_Evidence]] = {}
        for name, text in fields:
            for found in self._find(text):
                code = found.phrase.code
                if code in sightings:
                    continue
                own = evidence.get(code)
                if own is None:
                    evidence[code] = [_Evidence(_strength(found), name, found)]
                elif not any(found.words == other.found.words for other in own):
                    own.append(_Evidence(_strength(found), name, found))
        for code, own in evidence.items():
            sightings[code] = _together(own)
        return sightings

    def matrix(self, records: Sequence[Concepts]) -> Any:
        """The strengths as a sparse matrix of shape (n_records, n_concepts)."""
        rows = [row for row, concepts in enumerate(records) for _ in concepts]
        columns = [self.place[code] for concepts in records for code in concepts]
        data = [sighting.strength for concepts in records for sighting in concepts.values()]
        return sparse.csr_array(
            (np.array(data, dtype=np.float64), (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))),
            shape=(len(records), len(self.codes)),
        )


def asked(demands: Any) -> Any:
    """How much each concept weighs in each demand, sparse (n_demands, n_concepts): its strength squared, 1 in all.

    Squared, so that the one thing that a demand is about outweighs what it mentions in passing.
    """
    weights = sparse.csr_array(demands, copy=True)
    weights.data **= 2
    sums = np.repeat(np.asarray(weights.sum(axis=1)).ravel(), np.diff(weights.indptr))
    weights.data /= sums
    return weights


def shared(demands: Any, profiles: Any) -> Floats:
    """Share of each demand's concepts that each profile has, (n_demands, n_profiles), 0..1.

    Both arguments are sparse strengths. Each concept counts as much as it weighs in the demand (see `asked`), times
    as much as it was seen in the profile. A demand without any concept gets NaN: nobody knows.
    """
    common: Floats = (asked(demands) @ profiles.T).toarray()
    common[np.diff(demands.indptr) == 0] = np.nan
    return common


class _Evidence(NamedTuple):
    strength: float
    field: str
    found: Found


def _strength(found: Found) -> float:
    if found.phrase.is_name:
        return STRENGTHS[NAME]
    words = found.words
    is_short = len(words[0]) == 2 if len(words) == 1 else min(map(len, words)) == 1
    return _SHORT if is_short else STRENGTHS[EXPRESSION]


def _together(seen: Sequence[_Evidence]) -> Sighting:
    """Several phrases of one concept: each leaves less doubt (noisy or, Pearl 1988), up to a bound."""
    strongest = seen[0]
    strength = strongest.strength
    words = strongest.found.words
    if len(seen) > 1:
        doubt = 1.0
        for one in seen:
            doubt *= 1 - one.strength
            if one.strength > strongest.strength:
                strongest = one
        strength = round(min(1 - doubt, _STRONGEST_IN_TEXT), 6)  # 0.8 and not 0.7999999999999999
        words = tuple(dict.fromkeys(w for one in (strongest, *seen) for w in one.found.words))
    return Sighting(strength, NAME if strongest.found.phrase.is_name else EXPRESSION, words, strongest.field)


@lru_cache(maxsize=4)
def _finder(terms: tuple[Term, ...]) -> PhraseFinder:
    """The finder of a list of capabilities; making one takes a moment, and the list rarely changes."""
    names = [Phrase(t.code, word, is_name=True) for t in terms for word in (t.zh, t.en, *t.synonyms)]
    needs = [Phrase(t.code, word, is_name=False, is_need=True) for t in terms for word in t.needs]
    offers = [Phrase(t.code, word, is_name=False) for t in terms for word in t.offers]
    return PhraseFinder((*names, *needs, *offers))
