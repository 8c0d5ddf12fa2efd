"""Constraints of a programme (约束): each with an id, names, a level that the organiser chooses, and a weight.

`CONSTRAINTS` is the table; a module of this package holds the checks of one family. They read the contract's JSON, so
that a page can ask while a pitch is dragged. BLOCK: nothing is published while it is broken, and the solver keeps to
those that it can (see `solved_by`); WARN: it is told, and its weight is counted; IGNORE: it is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..messages import Language
from . import facts, hard, kept, meetings, mixing, people, places, tags
from .facts import Found, Row, View

LEVELS = ("block", "warn", "ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One constraint: what it is called, how it is told, how tightly it holds unless the organiser says otherwise.

    `value` is its number (minutes, pitches, percent), None where it has none. `may_change` False: a fact of the world
    or a promise, always BLOCK. `solved_by`: solver (it never happens in a plan of ours), meetings (none of
    ours breaks it; the stage may), lowered (made rare, not impossible), setup or checked only.
    """

    id: str
    name_zh: str
    name_en: str
    told_zh: str
    told_en: str
    level: str
    weight: float = 1.0
    value: float | None = None
    may_change: bool = True
    solved_by: str = "checked"

    def name(self, language: Language) -> str:
        """What it is called."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintFinding:
    """One place where a constraint is broken; `subjects` are ids, `facts` fill the sentence."""

    constraint: str
    level: str
    weight: float
    subjects: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: Language, names: Mapping[str, str] | None = None) -> str:
        """What is broken, with `names` in place of ids where they are known."""
        known = names or {}
        one = BY_ID[self.constraint]
        told = one.told_zh if language == "zh" else one.told_en
        who = ["、".join(known.get(part, part) for part in subject.split("+")) for subject in self.subjects]
        named = {key: known.get(str(value), value) for key, value in self.facts.items()}
        return told.format(*who, **named)

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        keys = ("constraint", "level", "weight", "facts")
        return {key: getattr(self, key) for key in keys} | {"subjects": list(self.subjects)}


CONSTRAINTS: tuple[Constraint, ...] = tuple(
    Constraint(**entry) for module in (hard, tags, places, people, meetings, mixing, kept) for entry in module.ENTRIES
)
BY_ID: Mapping[str, Constraint] = {one.id: one for one in CONSTRAINTS}


CHECKED = frozenset({*hard.CODES, "required_tags", "prohibited_tags", "audience_fits"})
"""Constraints that the independent checker looks at too, where they block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How one constraint stands in a problem."""

    constraint: Constraint
    level: str
    weight: float
    value: float | None


def settings_of(problem: Row) -> dict[str, Setting]:
    """Every constraint as the problem's optional key `constraints` sets it: {id: {level, weight, value}}."""
    given = problem.get("constraints") or {}
    found = {}
    for one in CONSTRAINTS:
        row = {key: value for key, value in (given.get(one.id) or {}).items() if value is not None}
        found[one.id] = Setting(
            constraint=one,
            level=row.get("level", one.level) if one.may_change else one.level,
            weight=float(row.get("weight", one.weight)),
            value=row.get("value", one.value),
        )
    return found


def findings(problem: Row, plan: Row) -> list[ConstraintFinding]:
    """Every broken constraint of a plan that is not ignored: the blocking ones first, then by weight."""
    view, settings = View(problem, plan), settings_of(problem)
    found = [
        ConstraintFinding(
            constraint=code, level=settings[code].level, weight=settings[code].weight, subjects=subjects, facts=said
        )
        for code, subjects, said in _found(view, settings)
    ]
    return sorted(found, key=lambda one: (LEVELS.index(one.level), -one.weight, one.constraint, one.subjects))


def soft_cost(found: Sequence[ConstraintFinding]) -> float:
    """The weights of what is only warned of, together: less is better between plans of one objective."""
    return sum(one.weight for one in found if one.level == "warn")


def _found(view: View, settings: Mapping[str, Setting]) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    for module in (hard, tags, places, people, meetings, mixing, kept):
        for code, check in module.CHECKS.items():
            one = settings[code]
            if one.level == "ignore":
                continue
            for found in check(view, one.value):
                yield code, found.subjects, found.facts


__all__ = [
    "BY_ID",
    "CHECKED",
    "CONSTRAINTS",
    "LEVELS",
    "Constraint",
    "ConstraintFinding",
    "Found",
    "Setting",
    "facts",
    "findings",
    "settings_of",
    "soft_cost",
]
