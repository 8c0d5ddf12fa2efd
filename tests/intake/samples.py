"""What the tests of the intake share: a vocabulary, a day, and files made on the spot."""

import io
from datetime import date
from pathlib import Path

import openpyxl

from matching.domain.records import RecordKind
from matching.domain.vocabulary import read_vocabulary
from matching.intake.rows import read_file, read_rows
from matching.intake.tables import Table

TODAY = date(2026, 11, 23)
VOCABULARY = read_vocabulary(Path(__file__).parents[2] / "seeds")
DEMANDS, PROFILES = RecordKind.DEMANDS, RecordKind.PROFILES


def workbook(**sheets):
    """The bytes of a workbook: sheet name → rows of cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(content, file_name="清单.xlsx", kind=DEMANDS):
    return read_file(content, file_name, kind, today=TODAY, vocabulary=VOCABULARY)


def read_table(*rows, kind=DEMANDS, sheet="需求"):
    return read_rows([Table(sheet, rows)], kind, today=TODAY, vocabulary=VOCABULARY)


def read_one(kind=DEMANDS, **cells):
    """The one row of a table with a name and these cells: (data, problems)."""
    name = "需求名称" if kind is DEMANDS else "名称"
    cells = {"编号": "X-1", name: "门店盘点", **cells}
    intake = read_table(list(cells), list(cells.values()), kind=kind)
    (row,) = intake.accepted + intake.waiting
    return dict(row.data), row.problems


def codes(problems):
    return [p.code for p in problems]
