"""Records as a workbook with the headings of the import. Every cell is text, so nothing is ever a formula."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import xlsxwriter

from matching.domain.errors import InputError, problem
from matching.domain.records import Record, RecordKind
from matching.intake.columns import LAYOUTS, Column
from matching.publishing.formats.grid import rows_of, used_columns

LONGEST_CELL = 32_767
"""Characters (UTF-16 units) that a cell of a workbook takes."""

WRITTEN_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's property has no zone; fixed, so that same records give same bytes

HEADING: Mapping[str, object] = MappingProxyType(
    {"bold": True, "bg_color": "#DCE6F1", "border": 1, "valign": "vcenter", "text_wrap": True}
)
_WIDTHS = {
    "title": 28, "text": 20, "list": 24, "open_list": 20, "capabilities": 28, "money": 18, "metrics": 32,
    "qualifications": 36, "cases": 48,
}  # fmt: skip


def write(kind: RecordKind, records: Sequence[Record], path: Path) -> None:
    """Write the workbook.

    Raises:
        InputError: `cell_too_long`, with the record's id and the heading.
    """
    columns = used_columns(kind, records)
    with workbook(path, constant_memory=True) as book:
        sheet = book.add_worksheet(LAYOUTS[kind].zh)
        head(book, sheet, columns)
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for line, (record, cells) in enumerate(zip(records, rows_of(columns, records), strict=True), start=1):
            for place, cell in enumerate(cells):
                if cell:
                    _check_length(cell, record.id, columns[place].heading)
                    sheet.write_string(line, place, cell, wrapped)


def workbook(path: Path, **options: object) -> Any:
    """A new workbook with a fixed date of creation; a context manager that writes it."""
    book = xlsxwriter.Workbook(str(path), {"tmpdir": str(path.parent), **options})
    book.set_properties({"created": WRITTEN_AT})
    return book


def head(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    """The heading row of a record sheet: frozen, wide enough, required columns marked by their colour."""
    usual, required = book.add_format(HEADING), book.add_format({**HEADING, "bg_color": "#FCD5B4"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, width(column))
        sheet.write_string(0, place, column.heading, required if column.required else usual)
    sheet.freeze_panes(1, 0)


def width(column: Column) -> int:
    """Characters across that the column's usual content takes."""
    return 60 if column.keys[0] in ("description", "summary") else _WIDTHS.get(column.form, 14)


def _check_length(cell: str, record_id: str, heading: str) -> None:
    length = len(cell) + sum(c > "\uffff" for c in cell) if len(cell) > LONGEST_CELL // 2 else 0
    if length > LONGEST_CELL:
        raise InputError(problem("cell_too_long", key=heading, length=length, longest=LONGEST_CELL)).at(
            record=record_id
        )
