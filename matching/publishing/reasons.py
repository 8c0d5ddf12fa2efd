"""Sentences for what the engine found, in Chinese and English. The words are data in `words/findings.toml`."""

import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.domain.policy import HARD_RULES
from matching.domain.vocabulary import Terms, Vocabulary

_TERMS: Mapping[str, str] = {
    "required": "qualifications",
    "held": "qualifications",
    "lacking": "qualifications",
    "qualifications": "qualifications",
    "delivery": "delivery",
    "delivery_modes": "delivery",
    "deployment": "deployment",
    "deployments": "deployment",
    "data_sensitivity": "sensitivity",
    "data_clearances": "sensitivity",
    "district": "districts",
    "service_districts": "districts",
    "demand_district": "districts",
    "profile_district": "districts",
    "require_registered_in": "cities",
    "registered_city": "cities",
    "common": "sectors",
    "demand_sectors": "sectors",
    "profile_sectors": "sectors",
}
"""Fact or field → the vocabulary's list that names its codes."""

_WAN = 10_000
_MOST_SHOWN = 5
"""Entries of a list that a sentence names; the others are counted."""
_LONGEST_WORD = 30
"""Characters of a word outside the vocabulary: people may write a whole page where a word is asked for."""


def part_name(code: str, language: str = "zh") -> str:
    """The name of a part of the score; a soft rule's part is called as the rule."""
    words = _words()
    entry: Mapping[str, str] = words["part"].get(code) or words["rule"][code]
    return entry[language[:2]]


def rule_name(code: str, language: str = "zh") -> str:
    """The name of a rule."""
    name: str = _words()["rule"][code][language[:2]]
    return name


@lru_cache(maxsize=1_024)
def field_name(field: str, language: str = "zh") -> str:
    """The name of a record's field as facts write it: `profile.capabilities[2].price_min_yuan`."""
    name: str = _words()["field"][re.sub(r"\[\d+\]", "", field)][language[:2]]
    return name


def finding_sentence(finding: Finding | Mapping[str, Any], language: str, vocabulary: Vocabulary) -> str:
    """What a rule found, in one short sentence without its name; a finding may come as its JSON object."""
    data: Mapping[str, Any] = finding.to_json() if isinstance(finding, Finding) else finding
    code, verdict, facts = data["code"], data["verdict"], data["facts"]
    speech = _Speech(language[:2], vocabulary)
    template = _words()["rule"][code].get(verdict)
    said = speech.fill(template, facts) if template else None
    if said is None and verdict == Verdict.UNKNOWN:
        general = _words()["unknown"]
        said = next((s for name in general if name in facts and (s := speech.fill(general[name], facts))), None)
    if said is None:
        raise ValueError(f"no words for {code} {verdict} with the facts {sorted(facts)}")
    if data["kind"] == Kind.SOFT and code in HARD_RULES:
        said = _words()["unknown"]["reported_only"][speech.language].format(said=said)
    return said


def near_miss_sentence(miss: NearMiss | Mapping[str, Any], language: str, vocabulary: Vocabulary) -> str:
    """The change that would turn a failed rule; a near miss may come as its JSON object."""
    data: Mapping[str, Any] = miss.to_json() if isinstance(miss, NearMiss) else miss
    speech = _Speech(language[:2], vocabulary)
    key = data["field"].rsplit(".", 1)[-1]
    before, after = data["from"], data["to"]
    kind = "change"
    if isinstance(after, Sequence) and not isinstance(after, str):
        kind, after = "add", [item for item in after if item not in (before or ())]
    template: str = _words()["near_miss"][kind][speech.language]
    return template.format_map(
        {
            "field": field_name(data["field"], language),
            "from": speech.say(key, before),
            "to": speech.say(key, after),
            "rule": rule_name(data["rule"], language),
        }
    )


def say_yuan(yuan: int, language: str = "zh") -> str:
    """Whole yuan in 万元 where that is exact to a hundredth, else in 元; in English in yuan."""
    if not language.startswith("zh"):
        return f"{yuan:,} yuan"
    if yuan >= _WAN and yuan % (_WAN // 100) == 0:
        whole, rest = divmod(yuan, _WAN)
        decimals = f".{rest // 100:02d}".rstrip("0").rstrip(".")
        return f"{whole}{decimals}万元"
    return f"{yuan}元"


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((files("matching.publishing") / "words" / "findings.toml").read_text("utf-8"))


@cache
def _names(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


class _Speech:
    """Facts into words of one language."""

    def __init__(self, language: str, vocabulary: Vocabulary) -> None:
        self.language = language
        self._vocabulary = vocabulary

    def fill(self, templates: Mapping[str, str | list[str]], facts: Mapping[str, object]) -> str | None:
        """The first template whose facts are all there, filled; an empty object counts as not there."""
        own = templates[self.language]
        there = {name for name, value in facts.items() if value != {}}
        for template in [own] if isinstance(own, str) else own:
            names = _names(template)
            if names <= there:
                return template.format_map({name: self.say(name, facts[name]) for name in names})
        return None

    def say(self, name: str, value: object) -> str:
        """One fact."""
        if value is None:
            return self._word("unsaid")
        if name == "missing":
            return self._join(field_name(field, self.language) for field in _texts(value))
        if name == "reasons":
            return self._join(self._word(code) for code in _texts(value))
        if isinstance(value, Mapping):
            return self._join(self._say_entry(name, key, entry) for key, entry in value.items())
        if isinstance(value, (list, tuple)):
            return self._join(self._say_one(name, item) for item in value) or self._word("none")
        return self._say_one(name, value)

    def _say_one(self, name: str, value: object) -> str:
        if isinstance(value, Mapping):  # a qualification with its last day
            return self._say_entry("expired", value["name"], value["valid_until"])
        if isinstance(value, date):
            return value.isoformat()
        if name.endswith("_yuan") and isinstance(value, int):
            return say_yuan(value, self.language)
        if name.endswith("_days") and self.language == "en":
            return f"{value} day{'' if value == 1 else 's'}"
        if name not in _TERMS:
            return str(value)
        terms: Terms = getattr(self._vocabulary, _TERMS[name])
        term = terms.by_code.get(str(value))  # nearly all are codes, and folding a spelling takes long
        return term.name(self.language) if term else _clip(terms.name(str(value), self.language))

    def _say_entry(self, name: str, key: str, value: object) -> str:
        if name == "not_known":
            quoted = self._join(f"“{_clip(word)}”" for word in _texts(value))
            return field_name(key, self.language) + ("" if self.language == "zh" else " ") + quoted
        day = self._word("unsaid") if value is None else str(value)
        shown = self._vocabulary.qualifications.name(key, self.language)
        return self._word("expires").format(name=shown, day=day)

    def _word(self, code: str) -> str:
        word: str = _words()["value"][code][self.language]
        return word

    def _join(self, words: Iterable[str]) -> str:
        items = list(words)
        said = ("、" if self.language == "zh" else ", ").join(items[:_MOST_SHOWN])
        more = len(items) - _MOST_SHOWN
        return said + self._word("more").format(count=len(items), more=more) if more > 0 else said


def _clip(word: str) -> str:
    return word if len(word) <= _LONGEST_WORD else word[: _LONGEST_WORD - 1] + "…"


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
