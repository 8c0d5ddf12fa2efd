"""Words of a record that the vocabulary does not hold: kept as written, and reported with the nearest known ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz import fuzz, process

from matching.domain.errors import Problem, problem
from matching.domain.text import fold
from matching.domain.vocabulary import Terms, Vocabulary
from matching.intake.columns import Layout

LEAST_LIKENESS = 50
"""Per cent from which a known word is offered as what may have been meant."""


class UnknownWords:
    """Finds the unknown words of records, and remembers what lies near each."""

    def __init__(self, vocabulary: Vocabulary, layout: Layout) -> None:
        self._lists = [(c, terms) for c in layout.columns if (terms := c.terms(vocabulary)) is not None]
        self._near: dict[tuple[str, str], list[str]] = {}

    def of(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        """One `unknown_word` for each unknown word of a record's JSON; `key` is the column's heading."""
        for column, terms in self._lists:
            for word in _words_at(data, column.keys[0]):
                if terms.code(word) is None:
                    near = self._nearest(column.heading, terms, word)
                    yield problem("unknown_word", key=column.heading, value=word, near=near or ["—"])

    def _nearest(self, name: str, terms: Terms, word: str) -> list[str]:
        key = name, fold(word)
        if key not in self._near:
            spellings = list(terms.by_spelling)
            found = process.extract(key[1], spellings, scorer=fuzz.ratio, limit=9, score_cutoff=LEAST_LIKENESS)
            names = dict.fromkeys(terms.by_code[terms.by_spelling[spelling]].zh for spelling, _, _ in found)
            self._near[key] = list(names)[:3]
        return self._near[key]


def _words_at(data: Mapping[str, Any], key: str) -> Iterator[str]:
    value: Any = data
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    for item in value if isinstance(value, list) else [value]:
        word = item.get("name") if isinstance(item, Mapping) else item
        if isinstance(word, str):
            yield word
