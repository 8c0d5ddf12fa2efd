"""Words for gaps, what-ifs and rehearsals, in Chinese and English. The words are data in `words/insight.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from matching.domain.match import NearMiss
from matching.domain.vocabulary import Vocabulary
from matching.publishing.reasons import field_name, rule_name, say_yuan

_TERMS: Mapping[str, str] = {
    "qualifications": "qualifications", "required_qualifications": "qualifications",
    "delivery": "delivery", "delivery_modes": "delivery", "deployment": "deployment", "deployments": "deployment",
    "data_clearances": "sensitivity", "district": "districts", "service_districts": "districts",
    "require_registered_in": "cities", "registered_city": "cities",
}  # fmt: skip
"""Field of a record → the vocabulary's list that names its codes."""

_LISTS: Mapping[str, str] = {"sector": "sectors", "capability": "capabilities", "district": "districts"}
"""Dimension of a table → the vocabulary's list that names its codes."""


def insight_words(kind: str, code: str, language: str = "zh") -> str:
    """A heading, the name of a sheet, or a word for a value."""
    return _words()[kind][code][language[:2]]


def change_words(change: NearMiss | Mapping[str, Any], language: str, vocabulary: Vocabulary) -> str:
    """A change of one field, such as 「画像的报价下限：15万元 → 10万元」; it may come as its JSON object."""
    data: Mapping[str, Any] = change.to_json() if isinstance(change, NearMiss) else change
    language = language[:2]
    name = data["field"].rsplit(".", 1)[-1]
    before, after = data["from"], data["to"]
    given = {"field": field_name(data["field"], language)}
    if isinstance(after, Sequence) and not isinstance(after, str):
        former = list(before or ())
        added, gone = _without(after, former), _without(former, after)
        kind, key, items = ("add", "to", added) if added else ("drop", "gone", gone)
        names = (item["name"] if isinstance(item, Mapping) else item for item in items)
        given[key] = ("、" if language == "zh" else ", ").join(_value(name, n, language, vocabulary) for n in names)
    else:
        kind = "free" if after is None else "to"
        given |= {key: _value(name, value, language, vocabulary) for key, value in (("from", before), ("to", after))}
    return insight_words("change", kind, language).format_map(given)


def code_name(dimension: str, code: str | None, language: str, vocabulary: Vocabulary) -> str:
    """The name of a row of a table by sector, capability or district; None is its own row."""
    if code is None:
        return insight_words("value", "unknown", language)
    name: str = getattr(vocabulary, _LISTS[dimension]).name(code, language[:2])
    return name


def rule_counts(counts: Mapping[str, int], language: str, most: int | None = None) -> str:
    """「预算 2、资质 1」"""
    told = [f"{rule_name(code, language)} {number}" for code, number in counts.items()][:most]
    return ("、" if language.startswith("zh") else ", ").join(told)


def amount_words(amounts: Mapping[str, Any], language: str) -> str:
    """Sum and range of some amounts; empty where nobody says any."""
    if not amounts["said"]:
        return ""
    total, lowest, highest = (say_yuan(amounts[f"{name}_yuan"], language) for name in ("total", "lowest", "highest"))
    if lowest == highest == total:
        return total
    return insight_words("value", "range", language).format(total=total, lowest=lowest, highest=highest)


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
        (files("matching.publishing") / "words" / "insight.toml").read_text("utf-8")
    )
    return words


def _without(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    return [item for item in some if item not in others]


def _value(name: str, value: Any, language: str, vocabulary: Vocabulary) -> str:
    if value is None:
        return insight_words("value", "unsaid", language)
    if name.endswith("_yuan"):
        return say_yuan(value, language)
    if name.endswith("_days"):
        return insight_words("value", "days", language).format(number=value)
    if name in _TERMS:
        said: str = getattr(vocabulary, _TERMS[name]).name(value, language)
        return said
    return str(value)
