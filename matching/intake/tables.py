"""Files into tables of text: .xlsx and .csv, told apart by their content, with guards against hostile ones.

A table is what a sheet shows: rows of cells, each as the text that a person reads there.
"""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePath
from typing import IO, Any

import python_calamine
from charset_normalizer import from_bytes

from matching.domain.errors import InputError, Problem, problem

LARGEST_FILE = 100 * 2**20
LARGEST_UNPACKED = 200 * 2**20
MOST_ENTRIES = 10_000
MOST_ROWS = 200_000
MOST_COLUMNS = 500
MOST_CELLS = 10_000_000
"""Bytes, parts of a workbook, rows, columns and cells of one sheet. A larger file is refused unread."""

SUFFIXES = (".xlsx", ".csv", ".jsonl")


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. `rows[0]` is the sheet's first row; every cell is text as written, "" when empty."""

    sheet: str
    rows: Sequence[Sequence[str]]


def read_bytes(source: Path | bytes, file_name: str) -> bytes:
    """The content of a file that may be imported.

    Raises:
        InputError: `no_such_file`, `cannot_read`, `empty_file`, `file_too_large`.
    """
    if isinstance(source, bytes):
        content = source
    else:
        try:
            size = source.stat().st_size
            if size > LARGEST_FILE:
                raise InputError(_too_large(file_name, "bytes", size, LARGEST_FILE))
            content = source.read_bytes()
        except FileNotFoundError:
            raise InputError(problem("no_such_file", value=file_name)) from None
        except OSError as error:
            raise InputError(problem("cannot_read", value=file_name, reason=error.strerror)) from None
    if len(content) > LARGEST_FILE:
        raise InputError(_too_large(file_name, "bytes", len(content), LARGEST_FILE))
    if not content.strip():
        raise InputError(problem("empty_file", value=file_name))
    return content


def read_tables(source: Path | bytes, file_name: str) -> list[Table]:
    """The visible sheets of a workbook, or the one table of a CSV file (its sheet is named "").

    Raises:
        InputError: the file is none that can be imported: `unknown_format` (its name), `content_differs`,
            `old_workbook`, `password_protected`, `broken_workbook`, `file_too_large`, `broken_csv`,
            `unknown_encoding`, and those of `read_bytes`.
    """
    content = read_bytes(source, file_name)
    suffix = PurePath(file_name).suffix.casefold()
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        code = "password_protected" if "EncryptedPackage".encode("utf-16-le") in content else "old_workbook"
        raise InputError(problem(code, value=file_name))
    is_zip = content.startswith(b"PK")
    if suffix == ".xlsx":
        if not is_zip:
            raise InputError(problem("content_differs", value=file_name, suffix=suffix))
        return _read_workbook(content, file_name)
    if suffix == ".csv":
        if is_zip or content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b")):
            raise InputError(problem("content_differs", value=file_name, suffix=suffix))
        return [Table("", _read_csv(_decode(content, file_name), file_name))]
    raise InputError(problem("unknown_format", value=file_name, known=SUFFIXES))


def _too_large(file_name: str, what: str, size: int, limit: int) -> Problem:
    return problem("file_too_large", value=file_name, what=what, size=size, limit=limit)


def _read_workbook(content: bytes, file_name: str) -> list[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive, file_name)
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        return [Table(name, _rows(workbook.get_sheet_by_name(name))) for name in names]
    except InputError:
        raise
    except python_calamine.PasswordError:
        raise InputError(problem("password_protected", value=file_name)) from None
    except Exception as error:  # whatever a damaged archive makes the two parsers raise, the answer is the same
        raise InputError(problem("broken_workbook", value=file_name, reason=type(error).__name__)) from None


_FILLED = re.compile(rb"<(?:[^\s<>/:]+:)?c(?:\s[^>]*[^/>])?>")
_PLACED = re.compile(rb"<(?:[^\s<>/:]+:)?c(?:\s[^>]*?)?\sr\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"'](?:[^>]*[^/>])?>")


def _check_archive(archive: zipfile.ZipFile, file_name: str) -> None:
    """Refuse what would not fit into memory, before the parser sees it: by the directory, then by the sheets.

    Every part is unpacked once, piece by piece: a part that is longer than its entry says, or whose checksum
    is wrong, ends here (`BadZipFile`).
    """
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if not any(name.startswith("xl/workbook.") for name in names):
        raise InputError(problem("not_a_workbook", value=file_name))
    if any(entry.flag_bits & 1 for entry in entries):
        raise InputError(problem("password_protected", value=file_name))
    if len(entries) > MOST_ENTRIES:
        raise InputError(_too_large(file_name, "parts", len(entries), MOST_ENTRIES))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > LARGEST_UNPACKED:
        raise InputError(_too_large(file_name, "bytes", unpacked, LARGEST_UNPACKED))
    for entry in entries:
        with archive.open(entry) as part:
            _check_part(part, file_name)


def _check_part(part: IO[bytes], file_name: str) -> None:
    """Read one part to its end; if it is a sheet, measure it by the places of the cells that are not empty.

    A sheet whose cells do not say where they are, in plain bytes, cannot be measured and is refused.
    """
    is_sheet, filled, placed = False, 0, 0
    last_row, letters = 0, set[bytes]()
    rest = b""
    while chunk := part.read(2**20):
        text = rest + chunk
        cut = text.rfind(b"<") if text.rfind(b"<") > text.rfind(b">") else len(text)  # an open tag waits for its end
        text, rest = text[:cut], text[cut:]
        if len(rest) > 2**20:
            raise InputError(problem("broken_workbook", value=file_name, reason="XML"))
        is_sheet = is_sheet or b"sheetData" in text
        filled += len(_FILLED.findall(text))
        places = _PLACED.findall(text)
        placed += len(places)
        last_row = max(last_row, max((int(row) for _, row in places), default=0))
        letters.update(column for column, _ in places)
        if is_sheet and b"\0" in text:
            raise InputError(problem("broken_workbook", value=file_name, reason="UTF-16"))
    if not is_sheet:
        return
    if filled != placed:
        raise InputError(problem("broken_workbook", value=file_name, reason="XML"))
    last_column = max(map(_column_number, letters), default=0)
    sizes = (
        ("rows", last_row, MOST_ROWS),
        ("columns", last_column, MOST_COLUMNS),
        ("cells", last_row * last_column, MOST_CELLS),
    )
    for what, size, limit in sizes:
        if size > limit:
            raise InputError(_too_large(file_name, what, size, limit))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _rows(sheet: Any) -> list[list[str]]:
    return [
        [cell if isinstance(cell, str) else _text(cell) for cell in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]


def _text(cell: object) -> str:
    """What a cell that holds no text shows: 20 for 20.0, ISO days without a midnight."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _decode(content: bytes, file_name: str) -> str:
    """UTF-8 and UTF-16 by their marks, else UTF-8, else GB18030, both strictly; a guess comes last."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                raise InputError(problem("unknown_encoding", value=file_name)) from None
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    guess = from_bytes(content[: 2**20]).best()
    if guess is None:
        raise InputError(problem("unknown_encoding", value=file_name))
    try:
        return content.decode(guess.encoding)
    except UnicodeDecodeError:
        raise InputError(problem("unknown_encoding", value=file_name)) from None


def _read_csv(text: str, file_name: str) -> list[list[str]]:
    head = text[:20_000].splitlines()[:20]
    delimiter = max(",;\t", key=lambda mark: max((line.count(mark) for line in head), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise InputError(_too_large(file_name, "rows", len(rows), MOST_ROWS))
            if len(row) > MOST_COLUMNS:
                raise InputError(_too_large(file_name, "columns", len(row), MOST_COLUMNS))
    except csv.Error as error:
        broken = problem("broken_csv", value=file_name, reason=str(error))
        raise InputError(broken).at(line=reader.line_num) from None
    return rows
