"""The columns of each kind of workbook (`columns.toml`), and which heading of a sheet means which column."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import Any

from rapidfuzz import fuzz, process

from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.domain.text import fold
from matching.domain.vocabulary import Terms, Vocabulary
from matching.intake.cells import AnyWords, Reading
from matching.intake.forms import FORMS

HEADER_ROWS = 15
"""The heading row is looked for in this many first rows of a sheet."""

LEAST_SIMILARITY = 82
"""Per cent (`rapidfuzz.fuzz.ratio`) from which an unknown heading is taken for a known one, and reported.

One slip among six characters is 83; 需求单位名称 against 需求名称, which means another thing, is 80."""

JSON_MARK = "JSON:"
"""A cell that starts so holds contract JSON: the export's form for what has no plain one."""

_DEFUSED = re.compile(r"\s*'+\s*[=+\-@\t\r＝＋－＠]")
_UNREADABLE_IN_A_SHEET = re.compile("[\ufffe\uffff]")
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its headings, the JSON keys that it fills and the form of its cells."""

    heading: str
    en: str
    keys: tuple[str, ...]
    form: str
    required: bool = False
    words: str | None = None  # name of a list of the vocabulary
    one: bool = False  # a cell holds one of the words, so that a drop-down fits
    also: tuple[str, ...] = ()
    example: str = ""
    extra: bool = False
    zh_help: str = ""
    en_help: str = ""

    def terms(self, vocabulary: Vocabulary) -> Terms | None:
        """The list of words that the cells are taken from, or None: free text."""
        terms: Terms | None = None if self.words is None else getattr(vocabulary, self.words)
        return terms

    def read(self, text: str, reading: Reading) -> dict[str, Any]:
        """The JSON keys and values that a cell gives; a key that stays unknown is left out.

        Raises:
            InputError: the cell cannot be read (see `cells`), or `bad_json_cell`.
        """
        if text.startswith("'") and _DEFUSED.match(text):
            text = text[1:]  # the apostrophe that keeps a spreadsheet from taking the text for a formula
        if text.startswith(JSON_MARK):
            return self._read_json(text, reading)
        text = text.strip()
        value = FORMS[self.form][0](text, reading)
        if value is None:
            return {}
        values = value if len(self.keys) > 1 else [value]
        return {key: v for key, v in zip(self.keys, values, strict=True) if v is not None}

    def _read_json(self, text: str, reading: Reading) -> dict[str, Any]:
        try:
            value = json.loads(text.removeprefix(JSON_MARK))
        except (ValueError, RecursionError) as error:
            raise InputError(problem("bad_json_cell", value=text, reason=str(error))) from None
        if len(self.keys) == 1:
            return {self.keys[0]: value}
        if reading.side and not isinstance(value, dict):  # under the heading of one end: budget_max_yuan
            return {self.keys[reading.side == "max"]: value}
        if not isinstance(value, dict) or not set(value) <= set(self.keys):
            raise InputError(problem("bad_json_cell", value=text, reason=", ".join(self.keys)))
        return value

    def show(self, record: Mapping[str, Any]) -> str:
        """The cell for a record's JSON object, so that `read` gives the same values; "" when all are unknown."""
        values = {key: value for key in self.keys if (value := _at(record, key)) is not None}
        if not values:
            return ""
        one = len(self.keys) == 1
        text = FORMS[self.form][1](values[self.keys[0]] if one else [values.get(key) for key in self.keys])
        if _UNREADABLE_IN_A_SHEET.search(text) is None and self._reads_as(text, values):
            return text
        return JSON_MARK + json.dumps(values[self.keys[0]] if one else values, ensure_ascii=True)

    def _reads_as(self, text: str, values: dict[str, Any]) -> bool:
        try:
            reading = Reading(_ANY_DAY, AnyWords() if self.words else None)  # it must hold for any vocabulary
            return self.read(text, reading) == values
        except InputError:
            return False


def _at(record: Mapping[str, Any], key: str) -> Any:
    value: Any = record
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Layout:
    """How a kind of record lies in a workbook."""

    kind: RecordKind
    zh: str
    en: str
    columns: tuple[Column, ...]
    contact_columns: tuple[Column, ...]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The record's columns, then the contact's."""
        return self.columns + self.contact_columns

    @property
    def name_key(self) -> str:
        """The key that a record is called by."""
        return "title" if self.kind is RecordKind.DEMANDS else "name"

    @cached_property
    def by_key(self) -> Mapping[str, Column]:
        """JSON key → the column that fills it."""
        return {key: column for column in self.all_columns for key in column.keys}

    @cached_property
    def by_heading(self) -> Mapping[str, Column]:
        """Folded heading → column: Chinese, English, JSON key and every usual other heading."""
        found: dict[str, Column] = {}
        for column in self.all_columns:
            for heading in (column.heading, column.en, *column.keys, *column.also):
                if found.setdefault(fold_heading(heading), column) is not column:
                    raise ValueError(f"{self.kind}: heading {heading!r} stands for two columns")
        return found


def _load() -> dict[RecordKind, Layout]:
    tables = tomllib.loads((files("matching.intake") / "columns.toml").read_text("utf-8"))
    contact = _columns(tables["contact"])
    return {
        kind: Layout(kind, table["zh"], table["en"], _columns(table["column"]), contact)
        for kind, table in ((kind, tables[kind.value]) for kind in RecordKind)
    }


def _columns(entries: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    return tuple(_column({k: tuple(v) if isinstance(v, list) else v for k, v in e.items()}) for e in entries)


def _column(entry: dict[str, Any]) -> Column:
    return Column(**entry)


def fold_heading(heading: str) -> str:
    """A heading for comparing: folded, without brackets and what stands in them, numbering and marks."""
    bare = re.sub(r"[（(\[【][^（()）\[\]【】]*[)）\]】]", "", heading)
    return re.sub(r"^[\d一二三四五六七八九十]+[.、．]|[*＊:：_\-—/]", "", fold(bare or heading))


LAYOUTS: Mapping[RecordKind, Layout] = _load()
"""The layout of each kind, read once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """What a column of a sheet was taken for. `column` None: nobody knows the heading."""

    sheet: str
    place: int  # counted from 0
    heading: str  # as written; the letter of the column when it is blank
    column: Column | None = None
    similarity: int = 100  # per cent; below 100 the heading was guessed
    bare_unit_yuan: int = 1
    side: str = ""
    is_repeated: bool = False  # the column is filled by another heading already

    @property
    def letter(self) -> str:
        """The spreadsheet's letter of the column."""
        return column_letter(self.place)


def column_letter(place: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def find_header(rows: Sequence[Sequence[str]], layout: Layout) -> int | None:
    """The row (from 0) with the most known headings among the first `HEADER_ROWS`; None when no row has two."""
    best, place = 1, None
    for number, row in enumerate(rows[:HEADER_ROWS]):
        known = len({id(column) for cell in row if (column := layout.by_heading.get(fold_heading(cell)))})
        if known > best:
            best, place = known, number
    return place


def map_columns(headings: Sequence[str], layout: Layout, sheet: str) -> list[ColumnUse]:
    """What each heading of a sheet means: exact spellings first, then similar ones for the columns left over."""
    uses = [
        _use(place, heading, layout.by_heading.get(fold_heading(heading)) if heading.strip() else None, sheet)
        for place, heading in enumerate(headings)
    ]
    taken = {use.column.heading for use in uses if use.column is not None}
    choices = [h for h, column in layout.by_heading.items() if column.heading not in taken]
    for place, heading in enumerate(headings):
        folded = fold_heading(heading)
        if uses[place].column is None and len(folded) > 1:
            found = process.extractOne(folded, choices, scorer=fuzz.ratio, score_cutoff=LEAST_SIMILARITY)
            if found is not None:
                uses[place] = _use(place, heading, layout.by_heading[found[0]], sheet, int(found[1]))
    filled: set[tuple[str, str]] = set()
    for place, use in enumerate(uses):
        if use.column is None:
            continue
        slots = {(use.column.heading, side) for side in ([use.side] if use.side else ["min", "max"])}
        if filled & slots:
            uses[place] = replace(use, column=None, is_repeated=True)
        filled |= slots
    return uses


def _use(place: int, heading: str, column: Column | None, sheet: str, similarity: int = 100) -> ColumnUse:
    folded = fold(heading)
    is_money = column is not None and column.form == "money"
    return ColumnUse(
        sheet=sheet,
        place=place,
        heading=heading.strip() or column_letter(place),
        column=column,
        similarity=similarity,
        bare_unit_yuan=10_000 if is_money and "万" in folded else 1,
        side=_side(folded) if is_money else "",
    )


def _side(folded: str) -> str:
    if re.search(r"最高|上限|限价|控制价|max", folded):
        return "max"
    return "min" if re.search(r"最低|下限|起步|min", folded) else ""
