"""Records as CSV in UTF-8 with a byte order mark, as spreadsheet programs expect it."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from matching.domain.records import Record, RecordKind
from matching.publishing.formats.grid import rows_of, used_columns

_FORMULA = re.compile(r"\s*'*\s*[=+\-@\t\r＝＋－＠]")


def write(kind: RecordKind, records: Sequence[Record], path: Path) -> None:
    """Write the file; text that a spreadsheet would run as a formula starts with an apostrophe."""
    columns = used_columns(kind, records)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(column.heading for column in columns)
        writer.writerows([defuse(cell) for cell in row] for row in rows_of(columns, records))


def defuse(cell: str) -> str:
    """The cell, led by an apostrophe when it starts as a formula; the import takes it off again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
