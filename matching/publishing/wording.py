"""Sentences for problems, in Chinese and English: where, what, and how to mend it.

The words are data in `words/problems/*.toml`, one entry a code; everything below carries codes and facts.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from matching.domain.errors import OpcmatchError, Problem

LANGUAGES = ("zh", "en")

_PLACES = {
    "zh": {
        "file": "{}", "sheet": "工作表“{}”", "line": "第 {} 行", "column": "{} 列", "key": "{}", "record": "记录 {}",
        "value": "“{}”", "between": "，", "then": "：", "mend": "；",
    },
    "en": {
        "file": "{}", "sheet": "sheet “{}”", "line": "line {}", "column": "column {}", "key": "{}",
        "record": "record {}",
        "value": "“{}”", "between": ", ", "then": ": ", "mend": "; ",
    },
}  # fmt: skip


@cache
def problem_words() -> Mapping[str, Mapping[str, str]]:
    """code → {zh, zh_mend, en, en_mend}, from every file of the folder."""
    words: dict[str, Mapping[str, str]] = {}
    for source in sorted((files("matching.publishing") / "words" / "problems").iterdir(), key=lambda f: f.name):
        for code, entry in tomllib.loads(source.read_text("utf-8")).items():
            if code in words:
                raise ValueError(f"{source.name}: {code!r} has its words already")
            words[code] = entry
    return words


def what(problem: Problem, language: str = "zh") -> str:
    """What is wrong, without the place: 「“30万”不是整数」."""
    return _fill(problem, language[:2], language[:2])


def mend(problem: Problem, language: str = "zh") -> str:
    """What to do about it: 「请写成整数的元，例如 300000」."""
    return _fill(problem, f"{language[:2]}_mend", language[:2])


def place(problem: Problem, language: str = "zh") -> str:
    """Where it is, as far as that is known: file, sheet, line, column, key."""
    words = _PLACES[language[:2]]
    names: tuple[str, ...] = ("file", "sheet", "line", "column", "key")
    if problem.line is None and problem.record is not None:
        names = ("file", "record", "key")
    given = ((name, getattr(problem, name)) for name in names)
    return words["between"].join(words[name].format(value) for name, value in given if value is not None)


def sentence(problem: Problem, language: str = "zh") -> str:
    """Place, problem and mend in one line."""
    words = _PLACES[language[:2]]
    where = place(problem, language)
    said = what(problem, language) + words["mend"] + mend(problem, language)
    return where + words["then"] + said if where else said


def error_line(error: OpcmatchError, language: str = "zh") -> str:
    """One line for a whole error: its first problem, and how many more there are."""
    first, *others = error.problems
    said = sentence(first, language)
    if others:
        said += f"（另有 {len(others)} 处问题）" if language.startswith("zh") else f" (and {len(others)} more)"
    return said


def _fill(problem: Problem, entry: str, language: str) -> str:
    template = problem_words()[problem.code][entry]
    facts = {name: _say(value, language) for name, value in problem.facts.items()}
    shown = "" if problem.value is None else _PLACES[language]["value"].format(problem.value)
    return template.format_map({**facts, "value": shown, "key": problem.key or ""})


def _say(value: object, language: str) -> str:
    if isinstance(value, (list, tuple, frozenset, set)):
        return ("、" if language == "zh" else ", ").join(str(item) for item in value)
    return str(value)
