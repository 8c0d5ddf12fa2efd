"""What is wrong with a problem's JSON, and the reader that collects it: every fault in one reading."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .messages import FAULTS, Language, say
from .model import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a problem: `where` is a JSON path such as `pitches[3].duration_min`."""

    code: str
    where: str
    value: object = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        text = say(FAULTS, self.code, language, self.facts)
        if language == "zh":
            return f"{self.where}{'' if self.value is None else f'（现为 {_short(self.value)}）'}：{text}"
        return f"{self.where}{'' if self.value is None else f' (is {_short(self.value)})'}: {text}"


class ProblemError(Exception):
    """The problem cannot be used as it stands; `problems` holds every fault, as data."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """All faults in one line, in zh or en: where, what, and how to mend it."""
        return ("；" if language == "zh" else "; ").join(fault.sentence(language) for fault in self.problems)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


class Reader:
    """Reads values and collects faults; a value with a fault comes back as its default."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, code: str, where: str, value: object = None, **facts: object) -> None:
        self.faults.append(Fault(code=code, where=where, value=value, facts=facts))

    def mapping(self, value: object, where: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.fault("not_object", where, value)
        return {}

    def items(self, data: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
        value = data.get(key)
        if value is None:
            return []
        place = f"{where}{key}"
        if not isinstance(value, (list, tuple)):
            self.fault("not_list", place, value)
            return []
        return [(f"{place}[{i}]", item) for i, item in enumerate(value)]

    def objects(self, data: Mapping[str, Any], key: str, where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
        for place, item in self.items(data, key, where):
            if isinstance(item, Mapping):
                yield place, item
            else:
                self.fault("not_object", place, item)

    def text(self, data: Mapping[str, Any], key: str, where: str) -> str | None:
        value = data.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.fault("not_text", f"{where}.{key}", value)
        return None

    def needed_text(self, data: Mapping[str, Any], key: str, where: str) -> str:
        if data.get(key) is None:
            self.fault("missing", f"{where}.{key}")
        return self.text(data, key, where) or ""

    def texts(self, data: Mapping[str, Any], key: str, where: str) -> frozenset[str]:
        found = []
        for place, item in self.items(data, key, where + "."):
            if isinstance(item, str) and item.strip():
                found.append(item)
            else:
                self.fault("not_text", place, item)
        return frozenset(found)

    def whole(self, data: Mapping[str, Any], key: str, where: str, *, least: int = 0) -> int | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_whole(value):
            self.fault("not_whole", f"{where}.{key}", value)
        elif value < least:
            self.fault("too_small", f"{where}.{key}", value, least=least)
        else:
            return int(value)
        return None

    def needed_whole(self, data: Mapping[str, Any], key: str, where: str, *, least: int = 0) -> int:
        if data.get(key) is None:
            self.fault("missing", f"{where}.{key}")
        got = self.whole(data, key, where, least=least)
        return least if got is None else got

    def number(self, data: Mapping[str, Any], key: str, where: str) -> float | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self.fault("not_number", f"{where}.{key}", value)
        elif value < 0:
            self.fault("too_small", f"{where}.{key}", value, least=0)
        else:
            return value
        return None

    def flag(self, data: Mapping[str, Any], key: str, where: str) -> bool:
        value = data.get(key)
        if value is not None and not isinstance(value, bool):
            self.fault("not_bool", f"{where}.{key}", value)
        return value is True

    def choice(self, data: Mapping[str, Any], key: str, where: str, known: Sequence[str], default: str) -> str:
        value = data.get(key)
        if value is None:
            return default
        if value not in known or not isinstance(value, str):
            self.fault("not_a_choice", f"{where}.{key}", value, known=", ".join(known))
            return default
        return value

    def span(self, data: Mapping[str, Any], where: str) -> tuple[int, int]:
        start = self.needed_whole(data, "start_min", where)
        end = self.needed_whole(data, "end_min", where, least=1)
        if is_number(data.get("start_min")) and is_number(data.get("end_min")) and end <= start:
            self.fault("reversed", f"{where}.end_min", end, start_min=start)
        return start, end

    def windows(self, data: Mapping[str, Any], where: str) -> tuple[Window, ...]:
        found = []
        for place, item in self.objects(data, "windows", where + "."):
            session = self.needed_text(item, "session", place)
            start, end = self.span(item, place)
            found.append(Window(session=session, start_min=start, end_min=end))
        return tuple(found)

    def no_other_keys(self, data: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in data:
            if key not in known:
                self.fault("unknown_key", f"{where}{key}", None, known=", ".join(known))


def is_whole(value: float) -> bool:
    """A number without a fraction; 3.0 is one, infinity is none."""
    return isinstance(value, int) or (math.isfinite(value) and value == int(value))


def is_number(value: object) -> bool:
    """An int or float; JSON's true and false are not numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
