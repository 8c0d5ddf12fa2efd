"""An empty workbook to fill in: headings, drop-downs, an example row and what each column means."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary
from matching.intake.columns import LAYOUTS, Column, column_letter
from matching.publishing.formats.files import replacing
from matching.publishing.formats.xlsx import HEADING, head, width, workbook

ROWS_TO_FILL = 1_000
"""Drop-downs and text format reach this far down."""

_LONGEST_INLINE = 255  # characters of a drop-down that may stand in the cell's own rule


@cache
def labels() -> Mapping[str, Mapping[str, str]]:
    """The words on the sheets of templates and reports: code → {zh, en}."""
    words: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (files("matching.publishing.formats") / "labels.toml").read_text("utf-8")
    )
    return words


def write_template(kind: RecordKind, path: Path, vocabulary: Vocabulary) -> None:
    """Write the template of a kind of record. The sheet reads back as empty: the example row is passed over.

    Raises:
        InputError: `cannot_write`.
    """
    layout = LAYOUTS[kind]
    columns = [column for column in layout.all_columns if not column.extra]
    with replacing(path) as part, workbook(part) as book:
        sheet = book.add_worksheet(layout.zh)
        _guide(book, columns, vocabulary)
        head(book, sheet, columns)
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        example = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_color": "#7F7F7F"})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, width(column), text)
            sheet.write_string(1, place, column.example, example)
            sheet.data_validation(1, place, ROWS_TO_FILL, place, _rule(book, column, place, vocabulary))


def _rule(book: Any, column: Column, place: int, vocabulary: Vocabulary) -> dict[str, Any]:
    """A hint for every column; a drop-down where a cell holds one of the words, which still takes other words."""
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": column.heading[:32],
        "input_message": column.zh_help[:255],
        "ignore_blank": True,
    }
    names = _choices(column, vocabulary) if column.one else []
    if names:
        rule |= {"validate": "list", "error_type": "information", "source": names}
        if len(",".join(names)) > _LONGEST_INLINE:
            sheet, letter = labels()["options"]["zh"], column_letter(place)
            options = book.get_worksheet_by_name(sheet) or book.add_worksheet(sheet)
            options.hide()
            options.write_column(0, place, names)
            rule["source"] = f"='{sheet}'!${letter}$1:${letter}${len(names)}"
    return rule


def _choices(column: Column, vocabulary: Vocabulary) -> list[str]:
    terms = column.terms(vocabulary)
    return [] if terms is None else [term.zh for term in terms]


def _guide(book: Any, columns: Sequence[Column], vocabulary: Vocabulary) -> None:
    sheet = book.add_worksheet(labels()["guide"]["zh"])
    heading, wrapped = book.add_format(HEADING), book.add_format({"text_wrap": True, "valign": "top"})
    parts = ("column", "is_required", "meaning", "example", "choices")
    for place, (part, wide) in enumerate(zip(parts, (16, 10, 60, 40, 60), strict=True)):
        sheet.set_column(place, place, wide)
        sheet.write_string(0, place, f"{labels()[part]['zh']} {labels()[part]['en']}", heading)
    sheet.freeze_panes(1, 0)
    for line, column in enumerate(columns, start=1):
        required = labels()["required" if column.required else "optional"]["zh"]
        cells = (
            f"{column.heading}\n{column.en}",
            required,
            f"{column.zh_help}\n{column.en_help}",
            column.example,
            "、".join(_choices(column, vocabulary)),
        )
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, wrapped)
    for line, note in enumerate(("note_required", "note_example", "note_other_words"), start=len(columns) + 2):
        sheet.write_string(line, 0, labels()[note]["zh"])
        sheet.write_string(line + 4, 0, labels()[note]["en"])
