"""Where a term of the evidence first stands in a record as it was written."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate

from matching.engine.copied import Signs
from matching.engine.fields import Field
from matching.engine.scorers.affinity import Affinity
from matching.engine.scorers.concepts import TAG, Concepts, Sighting
from matching.engine.texts import locate

Where = Mapping[str, object]

AFFINITY = "affinity"
"""How a concept was read where no phrase names it: the words of the text lead to it."""
LEADS = 2
"""Words shown for that."""


class Places:
    """The places in one record's texts, looked up once each.

    `side` is "demand" or "profile": it begins the keys `…_field` and `…_span` of what is found.
    """

    def __init__(self, side: str, fields: Sequence[Field], concepts: Concepts) -> None:
        self.side = side
        self.fields = fields
        self.concepts = concepts
        self._terms: dict[str, Where] = {}
        self._sightings: dict[str, Where] = {}
        self._leads: dict[int, Where] = {}
        normals = [field.normal for field in fields]
        self._text = "\n".join(normals)
        self._starts = list(accumulate((len(normal) + 1 for normal in normals), initial=0))

    @cached_property
    def signs(self) -> Signs:
        """The texts, for finding what one record copied from another."""
        return Signs(self.fields)

    def of_term(self, term: str) -> Where:
        """Field and span [start, end] of the first place of a term; empty if it is not found as it stands."""
        where = self._terms.get(term)
        if where is None:
            where = self._terms[term] = self._find(term)
        return where

    def of_concept(self, code: str) -> Where:
        """How a record speaks of a concept: by what, how surely, in which words, and where the first of them stands."""
        where = self._sightings.get(code)
        if where is None:
            where = self._sightings[code] = _sighting(self.concepts[code], self.fields)
        return where

    def of_lead(self, place: int, affinity: Affinity) -> Where:
        """Which words lead to a concept (by place) that no phrase names, and where the first of them stands."""
        where = self._leads.get(place)
        if where is None:
            words = affinity.leads(self._text, place, LEADS)
            first = self._find(words[0]) if words else {}
            where = self._leads[place] = {"by": AFFINITY, "words": words} | {
                key: first[f"{self.side}_{key}"] for key in ("field", "span") if f"{self.side}_{key}" in first
            }
        return where

    def _find(self, term: str) -> Where:
        start = self._text.find(term)
        if start < 0:
            return {}
        number = bisect_right(self._starts, start) - 1
        field = self.fields[number]
        return {f"{self.side}_field": field.name} | _span(
            f"{self.side}_span", term, field, start - self._starts[number]
        )


def _span(key: str, term: str, field: Field, start: int) -> dict[str, object]:
    if len(field.normal) == len(field.text):  # nearly always: positions of the normal form are the original's
        return {key: [start, start + len(term)]}
    span = locate(term, field.text)
    return {} if span is None else {key: list(span)}


def _sighting(sighting: Sighting, fields: Sequence[Field]) -> Where:
    seen: dict[str, object] = {
        "by": sighting.by,
        "strength": sighting.strength,
        "words": list(sighting.words),
        "field": sighting.field,
    }
    field = next(f for f in fields if f.name == sighting.field)
    if sighting.by == TAG:
        return seen | {"span": [0, len(field.text)]}
    return seen | _span("span", sighting.words[0], field, field.normal.find(sighting.words[0]))
