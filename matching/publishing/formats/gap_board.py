"""The gap board as a workbook: totals, a sheet for each table, and the records that stand alone."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matching.domain.vocabulary import Vocabulary
from matching.publishing.formats.files import replacing
from matching.publishing.formats.xlsx import HEADING, workbook
from matching.publishing.insight import code_name, insight_words, rule_counts

Cell = str | int
SIDE = ("records", "alone", "nobody", "stopped", "rules")
_WIDE = 28
_COUNTS = ("closed", "full")


def count_headings(language: str) -> list[str]:
    """The headings of the figures of a row of `count_cells`."""
    codes = (
        "demands", "demands_alone", "demands_nobody", "demands_stopped", "demands_rules", "budget_yuan",
        "budget_unknown", "profiles", "profiles_alone", "profiles_nobody", "profiles_stopped", "profiles_rules",
    )  # fmt: skip
    return [insight_words("heading", code, language) for code in codes]


def count_cells(row: Mapping[str, Any], language: str) -> list[Cell]:
    """The figures of one row of a board's table, in the order of `count_headings`; budgets in whole yuan."""
    demands, profiles = row["demands"], row["profiles"]
    of_demands, of_profiles = (
        [rule_counts(side[name], language) if name == "rules" else side[name] for name in SIDE]
        for side in (demands, profiles)
    )
    return [*of_demands, demands["budget_yuan"], demands["budget_unknown"], *of_profiles]


def write_gap_board(board: Mapping[str, Any], path: Path, vocabulary: Vocabulary, language: str = "zh") -> None:
    """Write a board (as its JSON object). The same board gives the same bytes.

    Raises:
        InputError: `cannot_write`. A file that was there is untouched.
    """
    with replacing(path) as part, workbook(part) as book:
        total: list[list[Cell]] = [[insight_words("heading", code, language), board[code]] for code in _COUNTS]
        unseen: list[Cell] = [insight_words("heading", "unseen", language), len(board["profiles_unseen"])]
        figures = zip(count_headings(language), count_cells(board["total"], language), strict=True)
        rows: list[list[Cell]] = [[name, cell] for name, cell in figures]
        _sheet(book, "total", language, ["", ""], [*rows, *total, unseen])
        for name, lines in board.items():
            if name.startswith("by_"):
                table = name.removeprefix("by_")
                dimensions = table.split("_")
                headings = [insight_words("heading", dimension, language) for dimension in dimensions]
                cells = (
                    [*(code_name(d, row[d], language, vocabulary) for d in dimensions), *count_cells(row, language)]
                    for row in lines
                )
                _sheet(book, table, language, [*headings, *count_headings(language)], cells)
        for name in ("demands_without_supply", "profiles_without_demand"):
            _sheet(book, name, language, *_lonely(board[name], vocabulary, language))


def _lonely(
    gaps: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, language: str
) -> tuple[list[str], Iterable[list[Cell]]]:
    codes = ("id", "title", "sector", "capability", "district", "reason", "suitable", "stops", "alone", "amount_yuan")
    headings = [insight_words("heading", code, language) for code in codes]
    between = "、" if language.startswith("zh") else ", "
    groups = (("sector", "sectors"), ("capability", "capabilities"), ("district", "districts"))
    rows: Iterable[list[Cell]] = (
        [
            gap["id"],
            gap["title"],
            *(between.join(code_name(d, code, language, vocabulary) for code in gap[key]) for d, key in groups),
            insight_words("value", gap["reason"], language),
            gap["suitable"],
            rule_counts(gap["stops"], language),
            rule_counts(gap["alone"], language),
            "" if gap["amount_yuan"] is None else gap["amount_yuan"],
        ]
        for gap in gaps
    )
    return headings, rows


def _sheet(book: Any, name: str, language: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.add_worksheet(insight_words("sheet", name, language))
    heading, wrapped = book.add_format(HEADING), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, len(headings) - 1, _WIDE if len(headings) == 2 else 16)
    for place, text in enumerate(headings):
        sheet.write_string(0, place, text, heading)
    sheet.freeze_panes(1, 0)
    for line, cells in enumerate(rows, start=1):
        for place, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(line, place, cell)
            elif cell:
                sheet.write_string(line, place, cell, wrapped)
