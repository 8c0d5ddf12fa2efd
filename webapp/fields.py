"""The fields of a record on pages: the workbook's columns, each with the inputs that suit it.

A field turns the record's JSON into the texts of its inputs (`raw`), and those texts back (`read`). What is
left blank is absent, "none" has a box of its own, and an input that nobody touched keeps the stored value
exactly, so that an edit never rewrites what it did not show in full.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, ClassVar

from matching.domain.errors import InputError, Problem, problem
from matching.domain.records import RecordKind
from matching.domain.text import fold
from matching.domain.vocabulary import Terms, Vocabulary
from matching.intake.cells import Reading, read_lead_days, read_maturity, read_money, show_money, show_yuan, split
from matching.intake.columns import LAYOUTS, Column
from matching.intake.days import LONG, parse_day

Raw = Mapping[str, Sequence[str]]
Values = dict[str, Any]
SMALLEST_BARE_YUAN = 10_000
UNKNOWN_DAY = "不详"
LONG_TEXTS = {"description", "summary", "registration_basis"}
INNER = {"excluded"}
"""Whom somebody will not work with is for those who may edit the record only."""

GROUPS: Mapping[RecordKind, Sequence[tuple[str, Sequence[str]]]] = {
    RecordKind.DEMANDS: (
        ("what", ("title", "description", "kind", "owner.name", "owner.kind", "sectors", "capabilities")),
        ("where", ("district", "address", "delivery", "deployment")),
        ("money_and_time", ("budget_min_yuan", "procurement_route", "publish_until", "start_by", "deliver_by",
                            "max_engagements")),
        ("conditions", ("required_qualifications", "require_registered_in", "registration_basis", "min_maturity",
                        "data_sensitivity", "data_provided", "metrics", "excluded")),
    ),
    RecordKind.PROFILES: (
        ("what", ("name", "summary", "sectors", "capabilities", "maturity", "cases")),
        ("where", ("registered_city", "district", "community", "delivery_modes", "deployments", "service_districts")),
        ("money_and_time", ("price_min_yuan", "lead_days", "available_from", "max_concurrent", "active_engagements")),
        ("conditions", ("qualifications", "data_clearances", "team_size", "founded_on", "excluded", "wants")),
    ),
}  # fmt: skip
"""Which fields stand together; a test holds them against the columns."""


@dataclass(frozen=True)
class Field:
    """One field in one input. `name` is its first JSON key and the name of the input."""

    column: Column
    widget: ClassVar[str] = "text"

    @property
    def name(self) -> str:
        """The name of the input, and of the field's place on the page."""
        return self.column.keys[0]

    @property
    def inner(self) -> bool:
        """Whether only those who may edit the record see it."""
        return self.name in INNER

    def label(self, language: str) -> str:
        """What the field is called."""
        return self.column.en if language == "en" else self.column.heading

    def hint(self, language: str) -> str:
        """How to fill it in."""
        return self.column.en_help if language == "en" else self.column.zh_help

    def terms(self, vocabulary: Vocabulary) -> Terms | None:
        """The list of words that the field takes, if it has one."""
        return self.column.terms(vocabulary)

    def raw(self, data: Values, vocabulary: Vocabulary) -> dict[str, list[str]]:
        """The texts of the inputs for a record; no text where nothing was said."""
        shown = self.column.show(data)
        return {self.name: [shown] if shown else []}

    def read(self, raw: Raw, stored: Values, vocabulary: Vocabulary, today: date) -> Values:
        """JSON values by key (a dot goes into an object), without those that were left blank.

        Raises:
            InputError: see `matching.intake.cells`; and `unit_needed`.
        """
        text = first(raw, self.name)
        if self.column.form == "money":
            check_unit(text)
        return self.column.read(text, Reading(today=today, terms=self.terms(vocabulary)))


class LongText(Field):
    """Several lines: prose, or a list with an entry a line."""

    widget = "long"

    def raw(self, data: Values, vocabulary: Vocabulary) -> dict[str, list[str]]:
        """The text; of a list one entry a line."""
        shown = self.column.show(data)
        if self.column.form == "list" and "；" in shown and not shown.startswith("JSON:"):
            shown = "\n".join(look_up(data, self.name))
        return {self.name: [shown] if shown else []}


class Choice(Field):
    """One word of the vocabulary, or the unknown word that is stored."""

    widget = "choice"

    def raw(self, data: Values, vocabulary: Vocabulary) -> dict[str, list[str]]:
        """The word's code, or the unknown word."""
        word = look_up(data, self.name)
        return {self.name: [] if word is None else [known(self, vocabulary).code(word) or word]}

    def read(self, raw: Raw, stored: Values, vocabulary: Vocabulary, today: date) -> Values:
        """The word in the vocabulary's spelling."""
        text = first(raw, self.name)
        return {self.name: known(self, vocabulary).name(text)} if text else {}


class Choices(Field):
    """Several words of the vocabulary as boxes, and a line for others."""

    widget = "choices"

    @property
    def can_be_none(self) -> bool:
        """Whether "none" is an answer: no qualification is one, no sector is not."""
        return self.column.form == "list"

    def raw(self, data: Values, vocabulary: Vocabulary) -> dict[str, list[str]]:
        """Codes for the boxes, unknown words for the line beside them."""
        words, terms = look_up(data, self.name), known(self, vocabulary)
        other = "；".join(word for word in words or () if not terms.code(word))
        return {
            self.name: [code for word in words or () if (code := terms.code(word))],
            f"{self.name}.other": [other] if other else [],
            f"{self.name}.none": ["1"] if words == [] and self.can_be_none else [],
        }

    def read(self, raw: Raw, stored: Values, vocabulary: Vocabulary, today: date) -> Values:
        """The ticked words, each in the spelling that the record has already, and the others."""
        terms = known(self, vocabulary)
        spelt = {terms.code(word): word for word in look_up(stored, self.name) or ()}
        items = [spelt.get(code) or terms.name(code) for code in dict.fromkeys(raw.get(self.name, ()))]
        items += [word for word in split(first(raw, f"{self.name}.other"), "；;、\n") if word not in items]
        return listed(self.name, items, none=bool(raw.get(f"{self.name}.none")))


@dataclass(frozen=True)
class Cell:
    """One input of a row; the words for it are in `labels.CELLS`. `form` names its reader."""

    name: str
    form: str = "text"  # text | long | figure | until | maturity | price | days | yuan | year | list
    keys: tuple[str, ...] = ()

    def show(self, item: Values) -> str:
        """The text for an object; "" where it says nothing."""
        if self.form == "price":
            return show_money([item.get(key) for key in self.keys])
        if self.form == "until":
            return (item[self.name] or UNKNOWN_DAY) if self.name in item else ""
        value = item.get(self.name)
        if value is None:
            return ""
        shown = {"days": "{}天", "yuan": show_yuan(value) if self.form == "yuan" else ""}.get(self.form, "{}")
        return "；".join(value) if self.form == "list" else shown.format(value)

    def read(self, text: str, today: date) -> Values:
        """The object's keys and values."""
        value: Any = text
        if not text:
            return {}
        if self.form == "price":
            check_unit(text)
            ends = read_money(text, Reading(today=today)) or (None, None)
            return {key: end for key, end in zip(self.keys, ends, strict=True) if end is not None}
        if self.form == "yuan":
            check_unit(text)
            low, high = read_money(text, Reading(today=today)) or (None, None)
            if low != high:
                raise InputError(problem("not_one_amount", value=text))
            value = low
        elif self.form == "days":
            value = read_lead_days(text, Reading(today=today))
        elif self.form == "maturity":
            value = read_maturity(text, Reading(today=today))
        elif self.form == "until":
            if text == UNKNOWN_DAY:
                return {self.name: None}
            day = parse_day(text, end=True)
            value = None if day is LONG else day.isoformat()
        elif self.form == "figure":
            value = figure(text)
        elif self.form == "year":
            value = whole(text)
        elif self.form == "list":
            value = split(text, "；;\n")
        return {} if value is None else {self.name: value}


@dataclass(frozen=True)
class Rows(Field):
    """A list of small objects, one a row; a row with nothing but its `main` cell is a plain text."""

    cells: tuple[Cell, ...]
    main: str | None = None
    widget: ClassVar[str] = "rows"
    can_be_none: ClassVar[bool] = True

    def raw(self, data: Values, vocabulary: Vocabulary) -> dict[str, list[str]]:
        """Inputs named `key-place-cell`."""
        items = look_up(data, self.name)
        found: dict[str, list[str]] = {f"{self.name}.none": ["1"] if items == [] else []}
        for place, item in enumerate(items or ()):
            whole_item: Values = {self.main or "name": item} if isinstance(item, str) else item
            for cell in self.cells:
                shown = cell.show(whole_item)
                found[f"{self.name}-{place}-{cell.name}"] = [shown] if shown else []
        return found

    def read(self, raw: Raw, stored: Values, vocabulary: Vocabulary, today: date) -> Values:
        """The rows that are not blank."""
        items: list[Any] = []
        problems: list[Problem] = []
        for place in self.places(raw):
            item: Values = {}
            for cell in self.cells:
                input_name = f"{self.name}-{place}-{cell.name}"
                try:
                    item |= cell.read(first(raw, input_name), today)
                except InputError as error:
                    problems += error.at(key=input_name).problems
            if item:
                items.append(item[self.main] if self.main and set(item) == {self.main} else item)
        if problems:
            raise InputError(*problems)
        return listed(self.name, items, none=bool(raw.get(f"{self.name}.none")))

    def places(self, raw: Raw) -> list[int]:
        """The rows that the inputs speak of, in order."""
        pattern = re.compile(rf"{re.escape(self.name)}-(\d{{1,3}})-")
        return sorted({int(found[1]) for name in raw if (found := pattern.match(name))})


_ROWS: Mapping[str, tuple[tuple[Cell, ...], str | None]] = {
    "metrics": ((Cell("name"), Cell("operator"), Cell("value", "figure"), Cell("unit")), None),
    "qualifications": ((Cell("name"), Cell("valid_until", "until")), "name"),
    "capabilities": (
        (Cell("name"), Cell("price", "price", ("price_min_yuan", "price_max_yuan")), Cell("lead_days", "days"),
         Cell("maturity", "maturity"), Cell("description"), Cell("cases", "list")),
        "name",
    ),
    "cases": (
        (Cell("client"), Cell("sector"), Cell("year", "year"), Cell("metric"), Cell("amount_yuan", "yuan"),
         Cell("verified_by")),
        None,
    ),
}  # fmt: skip


@cache
def fields_of(kind: RecordKind) -> Mapping[str, Field]:
    """The fields of a kind of record by name, in the order of the groups."""
    columns = {column.keys[0]: column for column in LAYOUTS[kind].columns}
    return {name: _field(columns[name]) for _, names in GROUPS[kind] for name in names}


def _field(column: Column) -> Field:
    name = column.keys[0]
    if column.form in ("metrics", "qualifications", "cases", "capabilities"):
        cells, main = _ROWS[column.form]
        return Rows(column, cells, main)
    if column.words and column.one:
        return Choice(column)
    if column.words:
        return Choices(column)
    return LongText(column) if name in LONG_TEXTS or column.form == "list" else Field(column)


def known(field: Field, vocabulary: Vocabulary) -> Terms:
    """The field's list of words."""
    terms = field.terms(vocabulary)
    assert terms is not None
    return terms


def look_up(data: Mapping[str, Any], name: str) -> Any:
    """The value under a key; a dot goes into an object."""
    value: Any = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def first(raw: Raw, name: str) -> str:
    """The one text of an input, with the line ends of every browser made one."""
    return next(iter(raw.get(name, ())), "").replace("\r\n", "\n").strip()


def check_unit(text: str) -> None:
    """Refuse a small number without a unit: 30 may mean 30 万元, and a form has no heading that says so.

    Raises:
        InputError: `unit_needed`.
    """
    folded = fold(text)
    if folded.isdecimal() and 0 < int(folded) < SMALLEST_BARE_YUAN:
        raise InputError(problem("unit_needed", value=text))


def whole(text: str) -> int:
    """The whole number that a text means."""
    folded = fold(text).removesuffix("年")
    if not re.fullmatch(r"-?\d{1,12}", folded):
        raise InputError(problem("not_whole", value=text))
    return int(folded)


def figure(text: str) -> int | float | str:
    """A number where the text is one, else the text."""
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,15}\.\d{1,9}", text) else text


def listed(name: str, items: list[Any], *, none: bool) -> Values:
    """A list under its key: none at all, or nothing said.

    Raises:
        InputError: `none_and_some`.
    """
    if none and items:
        raise InputError(problem("none_and_some", key=name))
    return {name: items} if items or none else {}


def same_inputs(one: Raw, other: Raw) -> bool:
    """Whether two sets of inputs say the same."""

    def said(raw: Raw) -> dict[str, list[str]]:
        cleaned = ((name, [text.replace("\r\n", "\n").strip() for text in texts]) for name, texts in raw.items())
        return {name: given for name, texts in cleaned if (given := sorted(text for text in texts if text))}

    return said(one) == said(other)
