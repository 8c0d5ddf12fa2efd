"""Concepts: the capabilities of the vocabulary, found in what people write.

A demand and the profile that solves it often share no word; both may still speak of 视觉盘点. A concept is found by
a tag (the record says so itself), by a name or synonym in the text, or by an expression: the way people speak of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

import numpy as np
from scipy import sparse

from matching.domain.vocabulary import Terms
from matching.engine.scorers.lexical import Floats
from matching.engine.texts import normalise

TAG, NAME, EXPRESSION = "tag", "name", "expression"
STRENGTHS: Mapping[str, float] = {TAG: 1.0, NAME: 0.8, EXPRESSION: 0.5}
_STRONGEST_IN_TEXT = 0.8  # any number of expressions says no more than the name itself
_SHORTEST = 2  # a single character is said in every text


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
        self._starts: dict[str, list[tuple[str, str, str]]] = {}  # first two characters → (phrase, code, by)
        seen: set[str] = set()
        for by in (NAME, EXPRESSION):
            for term in terms:
                spellings = (term.zh, term.en, *term.synonyms) if by == NAME else (*term.needs, *term.offers)
                for phrase in map(normalise, spellings):
                    if len(phrase) >= _SHORTEST and phrase not in seen:
                        seen.add(phrase)
                        self._starts.setdefault(phrase[:_SHORTEST], []).append((phrase, term.code, by))
        for phrases in self._starts.values():
            phrases.sort(key=lambda entry: (-len(entry[0]), entry[0]))

    def tag(self, word: str) -> str | None:
        """The concept that a capability tag means, or None."""
        return self._terms.code(word)

    def find(self, normalised: str) -> list[tuple[str, str, str]]:
        """The phrases in a text as (phrase, code, by); the longest one counts, not what it is made of."""
        found = []
        covered = 0
        starts = self._starts
        heads = map(add, normalised, normalised[1:])
        for place in [place for place, head in enumerate(heads) if head in starts]:
            for phrase, code, by in starts[normalised[place : place + _SHORTEST]]:
                end = place + len(phrase)
                if end > covered and normalised.startswith(phrase, place) and _whole_words(phrase, normalised, place):
                    found.append((phrase, code, by))
                    covered = end
                    break
        return found

    def read(self, fields: Iterable[tuple[str, str]], tags: Iterable[tuple[str, str]] = ()) -> Concepts:
        """The concepts of a record: `fields` are (name, normalised text), `tags` are (name, word as written)."""
        sightings: dict[str, Sighting] = {}
        for name, word in tags:
            code = self.tag(word)
            if code is not None and code not in sightings:
                sightings[code] = Sighting(STRENGTHS[TAG], TAG, (word,), name)
        in_text: dict[str, list[tuple[str, str, str]]] = {}
        for name, text in fields:
            for phrase, code, by in self.find(text):
                if code not in sightings and all(phrase != other for other, _, _ in in_text.get(code, ())):
                    in_text.setdefault(code, []).append((phrase, by, name))
        for code, phrases in in_text.items():
            missed = 1.0
            for _, by, _ in phrases:
                missed *= 1 - STRENGTHS[by]
            strongest = min(phrases, key=lambda entry: entry[1] != NAME)
            words = tuple(phrase for phrase, _, _ in phrases)
            strength = round(min(1 - missed, _STRONGEST_IN_TEXT), 6)  # 0.8 and not 0.7999999999999999
            sightings[code] = Sighting(strength, strongest[1], words, strongest[2])
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


def shared(demands: Any, profiles: Any) -> Floats:
    """Share of each demand's concepts that each profile has, (n_demands, n_profiles), 0..1.

    Both arguments are sparse strengths. Each concept counts as much as it was seen in the demand, times as much
    as it was seen in the profile. A demand without any concept gets NaN: nobody knows.
    """
    asked = np.asarray(demands.sum(axis=1)).ravel()
    common: Floats = (demands @ profiles.T).toarray()
    common /= np.where(asked > 0, asked, np.nan)[:, np.newaxis]
    return common


_WORD_CHARACTER = re.compile(r"[a-z0-9]")


def _whole_words(phrase: str, text: str, place: int) -> bool:
    """A Latin phrase must not start or end inside a longer word: "art" is not in "start"."""
    end = place + len(phrase)
    starts_inside = place > 0 and _WORD_CHARACTER.match(phrase[0]) and _WORD_CHARACTER.match(text[place - 1])
    ends_inside = end < len(text) and _WORD_CHARACTER.match(phrase[-1]) and _WORD_CHARACTER.match(text[end])
    return not (starts_inside or ends_inside)
