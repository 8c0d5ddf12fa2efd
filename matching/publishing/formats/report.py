"""The import report: counts, every problem in its place, and the waiting rows ready to be corrected."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matching.domain.errors import Problem, shorten
from matching.intake.rows import Row
from matching.publishing.formats.files import replacing
from matching.publishing.formats.template import labels
from matching.publishing.formats.xlsx import HEADING, LONGEST_CELL, workbook
from matching.publishing.wording import mend, what

_PLACES = ("sheet", "line", "letter", "heading", "value", "reason", "mend")
_WIDTHS = (14, 8, 8, 18, 40, 44, 48)
_LONGEST_COMMENT = 2_000
_SHEET_SIGNS = re.compile(r"[\[\]:*?/\\']")


def write_report(
    path: Path,
    waiting: Sequence[Row],
    warnings: Sequence[Problem],
    *,
    summary: Mapping[str, object],
    language: str = "zh",
) -> None:
    """Write the report of one import as a workbook.

    Sheets: 汇总, 问题, 提醒 (when there are any), and 待修改 for each sheet that has waiting rows: the rows as
    they were written, under their own headings, the cells at fault coloured and with a comment that says why.
    Corrected there, the workbook can be imported again.

    Args:
        waiting: rows with `sheet`, `line`, `raw` and `problems`.
        summary: label code (`labels.toml`: file, sha256, rows, accepted, waiting …) → value, in order.
        language: zh or en.

    Raises:
        InputError: `cannot_write`.
        KeyError: a code of `summary` has no label.
    """
    words = {code: entry["zh" if language.startswith("zh") else "en"] for code, entry in labels().items()}
    with replacing(path) as part, workbook(part) as book:
        _summary(book, words, summary)
        _problems(book, words["problems"], words, [p for row in waiting for p in row.problems], language)
        if warnings:
            _problems(book, words["warnings"], words, warnings, language)
        sheets = list(dict.fromkeys(row.sheet for row in waiting))
        for number, sheet in enumerate(sheets):
            name = words["to_mend"] if len(sheets) == 1 else f"{words['to_mend']} {number + 1} {sheet}"
            _to_mend(book, _sheet_name(name), [row for row in waiting if row.sheet == sheet], language)


def _summary(book: Any, words: Mapping[str, str], summary: Mapping[str, object]) -> None:
    sheet = book.add_worksheet(words["summary"])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 70)
    heading = book.add_format(HEADING)
    for line, (code, value) in enumerate(summary.items()):
        sheet.write_string(line, 0, words[code], heading)
        if isinstance(value, int):
            sheet.write_number(line, 1, value)
        else:
            sheet.write_string(line, 1, _printable(str(value)))


def _problems(book: Any, name: str, words: Mapping[str, str], problems: Sequence[Problem], language: str) -> None:
    sheet = book.add_worksheet(name)
    heading, wrapped = book.add_format(HEADING), book.add_format({"text_wrap": True, "valign": "top"})
    for place, (code, wide) in enumerate(zip(_PLACES, _WIDTHS, strict=True)):
        sheet.set_column(place, place, wide)
        sheet.write_string(0, place, words[code], heading)
    sheet.freeze_panes(1, 0)
    for line, p in enumerate(problems, start=1):
        said = (p.sheet, p.line, p.column, p.key, p.value, what(p, language), mend(p, language))
        for place, cell in enumerate(said):
            if isinstance(cell, int):
                sheet.write_number(line, place, cell, wrapped)
            elif cell:
                sheet.write_string(line, place, _printable(cell), wrapped)
    if problems:
        sheet.autofilter(0, 0, len(problems), len(_PLACES) - 1)


def _to_mend(book: Any, name: str, rows: Sequence[Row], language: str) -> None:
    sheet = book.add_worksheet(name)
    heading = book.add_format(HEADING)
    usual = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    bad = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "bg_color": "#FFC7CE"})
    headings = _headings(rows)
    for place, text in enumerate(headings):
        sheet.set_column(place, place, 20)
        sheet.write_string(0, place, _printable(text), heading)
    sheet.freeze_panes(1, 0)
    places = {text: place for place, text in enumerate(headings)}
    for line, row in enumerate(rows, start=1):
        faults: dict[int, list[str]] = {}
        for p in row.problems:
            said = f"{what(p, language)}。{mend(p, language)}。" if language.startswith("zh") else _english(p)
            faults.setdefault(_place(p, places), []).append(said)
        for text, cell in row.raw.items():
            shape = bad if places[text] in faults else usual
            sheet.write_string(line, places[text], _printable(cell), shape)
        for place, reasons in faults.items():
            if headings and headings[place] not in row.raw:
                sheet.write_blank(line, place, None, bad)
            note = _printable("\n".join(reasons))[:_LONGEST_COMMENT]
            sheet.write_comment(line, place, note, {"x_scale": 2, "y_scale": 1.5})


def _english(p: Problem) -> str:
    return f"{what(p, 'en')}; {mend(p, 'en')}."


def _headings(rows: Sequence[Row]) -> list[str]:
    """Every heading of the rows, and those that are missing, in the order of the first row that has them."""
    headings = dict.fromkeys(text for row in rows for text in row.raw)
    headings.update(dict.fromkeys(p.key for row in rows for p in row.problems if p.code == "missing" and p.key))
    return list(headings)


def _place(p: Problem, places: Mapping[str, int]) -> int:
    key = p.key or ""
    return places.get(key, places.get(key.split("[")[0], 0))


def _sheet_name(name: str) -> str:
    return _SHEET_SIGNS.sub(" ", _printable(name))[:31].strip()


def _printable(text: str) -> str:
    """Text that a workbook can hold: half characters are marked, what is too long is cut."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole if len(whole) <= LONGEST_CELL // 2 else shorten(whole, LONGEST_CELL // 2)
