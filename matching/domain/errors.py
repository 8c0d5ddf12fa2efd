"""What can be wrong with what people give us, as data: the words are made later (`publishing.wording`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with an input: where, what, and what the mend needs to know.

    `code` names the sentence; `facts` fill its gaps. `value` is what was given, as given.
    """

    code: str
    file: str | None = None
    sheet: str | None = None
    line: int | None = None  # counted from 1, as an editor or a spreadsheet counts
    column: str | None = None  # a spreadsheet's letter
    key: str | None = None  # the JSON key or the heading
    record: str | None = None  # the id of the record
    value: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


class OpcmatchError(Exception):
    """Base of every error that is told to a person: it carries problems, never a finished sentence."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.code} {p.key or ''} {dict(p.facts)}".strip() for p in problems))
        self.problems = problems


class InputError(OpcmatchError):
    """The input cannot be used as it stands; nothing of it was taken."""

    def at(self, **where: object) -> "InputError":
        """The same error with the place filled in where it was not known yet."""
        return InputError(*(replace(p, **_only_missing(p, where)) for p in self.problems))


class NotAllowed(OpcmatchError):
    """The person may not do this, or may not know that the object exists."""


class NotFound(OpcmatchError):
    """No such object, or none that the person may see."""


class EditConflict(OpcmatchError):
    """Somebody else changed the row since it was read; nothing was written."""


class SettingsError(OpcmatchError):
    """The environment asks for something that would be unsafe or cannot work."""


def problem(code: str, /, *, value: object = None, key: str | None = None, **facts: object) -> Problem:
    """Short form for raising: `raise InputError(problem("not_whole", key="lead_days", value=v))`."""
    return Problem(code=code, key=key, value=None if value is None else shorten(value), facts=facts)


def shorten(value: object, limit: int = 60) -> str:
    """A value for a message: one line, at most `limit` characters, safe to print."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _only_missing(problem: Problem, where: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in where.items() if getattr(problem, name) is None}


def merge(errors: Iterable[InputError]) -> InputError:
    """Several errors told together."""
    return InputError(*(p for error in errors for p in error.problems))
