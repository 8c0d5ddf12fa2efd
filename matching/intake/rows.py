"""Tables and JSON lines into records: each row is accepted whole or waits whole, with every reason told."""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from matching.domain.codec import to_json
from matching.domain.demand import Demand
from matching.domain.errors import InputError, Problem, problem, shorten
from matching.domain.fair_competition import basis_needed
from matching.domain.records import Record, RecordKind
from matching.domain.text import check_text, fold
from matching.domain.vocabulary import Vocabulary
from matching.intake.cells import Reading
from matching.intake.columns import JSON_MARK, LAYOUTS, Column, ColumnUse, Layout, find_header, map_columns
from matching.intake.jsonl import iter_objects
from matching.intake.tables import Table, read_bytes, read_tables
from matching.intake.unknown import UnknownWords

EXAMPLE_ID = "示例"
"""A row whose id starts so is the template's example, and is passed over."""

OWN_SHEETS = frozenset(
    {"填写说明", "选项", "汇总", "问题", "提醒", "How to fill in", "Options", "Summary", "Problems", "Remarks"}
)
"""Sheets that templates and reports carry beside the rows; they are passed over without a word."""

_ID_PREFIXES = {RecordKind.DEMANDS: "D", RecordKind.PROFILES: "P"}


@dataclass(frozen=True, slots=True)
class Contact:
    """The person to ask about a record. Personal data: stored apart, never part of the record's JSON."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


NO_CONTACT = Contact()
_CONTACT_KEYS = ("name", "phone", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row or line of a file.

    `raw` is the row as written, heading → cell. `data` is the contract JSON, `record` the same as a checked
    record. A row that waits has no record; `problems` says why, each with sheet, line, column, key (the
    heading; of a JSON line the key) and value, and `data` holds what could be read.
    """

    sheet: str  # "" for files without sheets
    line: int  # counted from 1
    raw: Mapping[str, str]
    data: Mapping[str, Any]
    record: Record | None = None
    contact: Contact = NO_CONTACT
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a file holds, in its order. `warnings` keep no row from being accepted."""

    kind: RecordKind
    accepted: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    columns: list[ColumnUse] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def ignored_columns(self) -> list[ColumnUse]:
        """The columns that fill no key of the record; their cells are in `Row.raw`."""
        return [use for use in self.columns if use.column is None]

    @property
    def problems(self) -> list[Problem]:
        """Every reason for which a row waits."""
        return [p for row in self.waiting for p in row.problems]


def read_file(source: Path | bytes, file_name: str, kind: RecordKind, *, today: date, vocabulary: Vocabulary) -> Intake:
    """Read an .xlsx, .csv or .jsonl file; which of them it is, its name tells and its content must bear out.

    Raises:
        InputError: the file cannot be used at all (see `read_tables`, `read_rows`). Rows with problems wait.
    """
    try:
        if PurePath(file_name).suffix.casefold() == ".jsonl":
            return read_jsonl_rows(read_bytes(source, file_name), kind, vocabulary=vocabulary)
        return read_rows(read_tables(source, file_name), kind, today=today, vocabulary=vocabulary)
    except InputError as error:
        named = (replace(p, value=None) if p.value == file_name else p for p in error.problems)
        raise InputError(*named).at(file=PurePath(file_name).name) from None


def read_rows(tables: Sequence[Table], kind: RecordKind, *, today: date, vocabulary: Vocabulary) -> Intake:
    """Every row of every sheet that has a heading row. Blank rows and the template's example are passed over.

    Args:
        today: what 随时 means; a day in Asia/Shanghai.
        vocabulary: words outside it are kept, and reported as `unknown_word` warnings; beside them stands
            `registration_basis_needed` (see `fair_competition`), which people judge at the review.

    Raises:
        InputError: `no_header`: no sheet has a row with two known headings.
    """
    layout = LAYOUTS[kind]
    intake = Intake(kind=kind)
    remarks = _Remarks(vocabulary, layout)
    seen: dict[str, str | int] = {}
    skipped: list[Problem] = []
    for table in tables:
        header = None if table.sheet in OWN_SHEETS else find_header(table.rows, layout)
        if header is None:
            if table.sheet not in OWN_SHEETS and any(cell.strip() for row in table.rows for cell in row):
                skipped.append(replace(problem("sheet_skipped"), sheet=table.sheet or None))
            continue
        sheet = _Sheet(table, header, layout, today, vocabulary)
        intake.columns.extend(use for use in sheet.uses if use.column is not None or sheet.has_content(use))
        for row in sheet.rows():
            here: str | int = row.line if len(tables) == 1 else f"{table.sheet}!{row.line}"
            _add(intake, row, seen, here, sheet.locate, remarks)
    if not intake.columns:
        raise InputError(problem("no_header", known=[column.heading for column in layout.columns[:8]]))
    intake.warnings[:0] = [*skipped, *_heading_warnings(intake.columns)]
    return intake


def read_jsonl_rows(content: bytes, kind: RecordKind, *, vocabulary: Vocabulary) -> Intake:
    """Records in contract keys, one a line. A bad line waits with its line and key; the others are accepted.

    A key `contact` with name, phone and email is the person to ask. Other unknown keys are kept in `raw` and
    reported once each.
    """
    layout = LAYOUTS[kind]
    intake = Intake(kind=kind)
    remarks = _Remarks(vocabulary, layout)
    seen: dict[str, str | int] = {}
    strangers: dict[str, Problem] = {}
    for item in iter_objects(io.BytesIO(content)):
        row = _json_row(item.line, item.value, item.error, layout)
        for key in row.raw:
            if key in kind.fields or key.partition(".")[0] in ("owner", "contact"):
                continue
            strangers.setdefault(key, replace(problem("ignored_key", key=key), line=item.line))
        _add(intake, row, seen, item.line, lambda p: p, remarks)
    intake.warnings.extend(strangers.values())
    return intake


class _Remarks:
    """What is told of a row that keeps it from nothing."""

    def __init__(self, vocabulary: Vocabulary, layout: Layout) -> None:
        self._vocabulary = vocabulary
        self._unknown = UnknownWords(vocabulary, layout)

    def on(self, row: Row) -> Iterator[Problem]:
        """Its unknown words, and what the law asks that it does not say."""
        yield from self._unknown.of(row.data)
        if isinstance(row.record, Demand) and (needed := basis_needed(row.record, self._vocabulary)):
            yield needed


class _Sheet:
    """The rows below a heading row, read with what its headings mean."""

    def __init__(self, table: Table, header: int, layout: Layout, today: date, vocabulary: Vocabulary) -> None:
        self._table = table
        self._first = header + 1
        self._layout = layout
        self.uses = map_columns(table.rows[header], layout, table.sheet)
        self._readings = [
            Reading(today, use.column.terms(vocabulary) if use.column else None, use.bare_unit_yuan, use.side)
            for use in self.uses
        ]

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank and not the example."""
        for line, cells in enumerate(self._table.rows[self._first :], start=self._first + 1):
            if any(cell.strip() for cell in cells):
                row = self._row(line, cells)
                if not str(row.data.get("id", "")).startswith(EXAMPLE_ID):
                    yield row

    def has_content(self, use: ColumnUse) -> bool:
        """Whether the column says anything, be it in its heading only."""
        rows = self._table.rows[self._first - 1 :]
        return any(use.place < len(row) and row[use.place].strip() for row in rows)

    def locate(self, p: Problem) -> Problem:
        """A problem that names a JSON key or a heading, with the sheet, the column and the heading filled in."""
        column = self._column_of(p.key)
        use = next((use for use in self.uses if column is not None and use.column is column), None)
        heading = column.heading if column is not None else p.key
        placed = replace(p, sheet=self._table.sheet or None, key=heading)
        other = self._column_of(str(p.facts.get("other", "")))
        if other is not None:
            placed = replace(placed, facts={**p.facts, "other": other.heading})
        return placed if use is None else replace(placed, column=use.letter, key=use.heading)

    def _column_of(self, key: str | None) -> Column | None:
        whole = (key or "").split("[")[0]
        by_key = self._layout.by_key
        return by_key.get(whole) or by_key.get(whole.split(".")[0]) or self._by_heading.get(whole)

    @property
    def _by_heading(self) -> Mapping[str, Column]:
        return {column.heading: column for column in self._layout.all_columns}

    def _row(self, line: int, cells: Sequence[str]) -> Row:
        raw: dict[str, str] = {}
        data: dict[str, Any] = {}
        complaints: list[Problem] = []
        for use, reading in zip(self.uses, self._readings, strict=True):
            cell = cells[use.place] if use.place < len(cells) else ""
            if not cell.strip():
                continue
            raw[use.heading if use.heading not in raw else f"{use.heading} ({use.letter})"] = cell
            if use.column is None:
                continue
            try:
                for key, value in use.column.read(check_text(cell), reading).items():
                    _put(data, key, value)
            except InputError as error:
                complaints.extend(
                    replace(self.locate(replace(p, key=use.column.keys[0])), column=use.letter, key=use.heading)
                    for p in error.problems
                )
        contact = Contact(**data.pop("contact", {}))
        name = self._layout.name_key
        if data.get(name) is None and not any(self._column_of(p.key) is self._layout.by_key[name] for p in complaints):
            complaints.append(self.locate(problem("missing", key=name)))
        record = None
        if not complaints:
            try:
                data = _with_id(data, self._layout)
                record = self._layout.kind.read(data)
                data = to_json(record)
            except InputError as error:
                complaints.extend(map(self.locate, error.problems))
        problems = tuple(self._with_cell(replace(p, line=line), cells) for p in complaints)
        return Row(
            sheet=self._table.sheet, line=line, raw=raw, data=data, record=record, contact=contact, problems=problems
        )

    def _with_cell(self, p: Problem, cells: Sequence[str]) -> Problem:
        """The problem with the cell as its value where the codec saw only a part, or nothing, of it."""
        place = next((use.place for use in self.uses if use.letter == p.column), None)
        if p.value is not None or place is None or place >= len(cells) or not cells[place].strip():
            return p
        return replace(p, value=shorten(cells[place]))


def _json_row(line: int, value: Any, error: InputError | None, layout: Layout) -> Row:
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    raw = {key: v if isinstance(v, str) else JSON_MARK + json.dumps(v) for key, v in _flat(given)}
    data: dict[str, Any] = {key: v for key, v in given.items() if key in layout.kind.fields}
    complaints = [] if error is None else list(error.problems)
    record, contact = None, NO_CONTACT
    if error is None:
        try:
            contact = _json_contact(given.get("contact"))
        except InputError as refused:
            complaints.extend(refused.problems)
        try:
            record = layout.kind.read(_with_id(data, layout) if given else value)
            data = to_json(record)
        except InputError as refused:
            complaints.extend(refused.problems)
    return Row(
        sheet="",
        line=line,
        raw=raw,
        data=data,
        record=None if complaints else record,
        contact=contact,
        problems=tuple(replace(p, line=line) for p in complaints),
    )


def _flat(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The keys and values as a workbook has them: `owner.name` is a column of its own."""
    for key, value in given.items():
        if key in ("owner", "contact") and isinstance(value, dict):
            yield from ((f"{key}.{part}", v) for part, v in value.items())
        else:
            yield key, value


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    for part in path:
        data = data.setdefault(part, {})
    data[last] = value


def _with_id(data: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """The data with an id: its own, or one made from owner and title (or name), the same at every reading."""
    name = data.get(layout.name_key)
    if data.get("id") is not None or not isinstance(name, str):
        return dict(data)
    owner = data.get("owner")
    whose = owner.get("name") or "" if isinstance(owner, Mapping) else ""
    digest = hashlib.sha256(f"{fold(str(whose))}\n{fold(name)}".encode("utf-8", "surrogatepass")).hexdigest()
    return {"id": f"{_ID_PREFIXES[layout.kind]}-{digest[:10]}", **data}


def _add(
    intake: Intake,
    row: Row,
    seen: dict[str, str | int],
    here: str | int,
    locate: Callable[[Problem], Problem],
    remarks: "_Remarks",
) -> None:
    """Put the row where it belongs; one whose id stands in the file already waits."""
    identity = row.data.get("id")
    if isinstance(identity, str) and seen.setdefault(identity, here) != here:
        repeat = locate(problem("duplicate_id", key="id", value=identity, first=seen[identity]))
        row = replace(row, record=None, problems=(*row.problems, replace(repeat, line=row.line)))
    if row.record is None:
        intake.waiting.append(row)
        return
    intake.accepted.append(row)
    intake.warnings.extend(replace(locate(p), line=row.line) for p in remarks.on(row))


def _heading_warnings(uses: Iterable[ColumnUse]) -> Iterator[Problem]:
    for use in uses:
        if use.column is not None and use.similarity < 100:
            said = problem("similar_heading", value=use.heading, taken=use.column.heading, similarity=use.similarity)
        elif use.column is None:
            said = problem("repeated_heading" if use.is_repeated else "unknown_heading", value=use.heading)
        else:
            continue
        yield replace(said, sheet=use.sheet or None, column=use.letter)


def _json_contact(value: object) -> Contact:
    if value is None:
        return NO_CONTACT
    if not isinstance(value, dict):
        raise InputError(problem("not_an_object", key="contact", value=value))
    for key, said in value.items():
        if key not in _CONTACT_KEYS:
            raise InputError(problem("unknown_key", key=f"contact.{key}", known=_CONTACT_KEYS))
        if said is not None and not isinstance(said, str):
            raise InputError(problem("not_text", key=f"contact.{key}", value=said))
        check_text(said or "", key=f"contact.{key}")
    return Contact(**value)
