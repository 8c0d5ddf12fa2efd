"""The demonstration's workbooks, made from `seeds/demo/` for any day: what districts would hand in."""

import calendar
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

import xlsxwriter

from matching.domain.records import RecordKind
from matching.intake.columns import LAYOUTS

_PLACEHOLDER = re.compile(r"\{D([+-]\d+)(?: (年月日|点|斜|月底))?\}")


def write_demonstration(folder: Path, as_of: date) -> list[tuple[str, Path]]:
    """Write one workbook for each file of `seeds/demo/`, its days counted from `as_of`.

    The same day gives the same bytes. Demands come before profiles.

    Returns:
        (kind, path): `demands` or `profiles`, and where the workbook is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    sources = sorted((files("seeds") / "demo").iterdir(), key=lambda source: source.name)
    for source in sources:
        name, _, suffix = source.name.rpartition(".")
        kind = name.partition("-")[0]
        if suffix == "jsonl" and kind in list(RecordKind):
            records = [json.loads(line) for line in source.read_text("utf-8").splitlines() if line.strip()]
            path = folder / f"{name}.xlsx"
            _write(path, RecordKind(kind), records, as_of)
            written.append((kind, path))
    return written


def _write(path: Path, kind: RecordKind, records: list[Mapping[str, str]], as_of: date) -> None:
    layout = LAYOUTS[kind]
    said = {heading for record in records for heading in record}
    headings = [column.heading for column in layout.all_columns if column.heading in said]
    headings += sorted(said.difference(headings))
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime.combine(as_of, time())})
        sheet = book.add_worksheet(layout.zh)
        heading = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for place, text in enumerate(headings):
            sheet.set_column(place, place, 18)
            sheet.write_string(0, place, text, heading)
        sheet.freeze_panes(1, 0)
        for line, record in enumerate(records, start=1):
            for place, text in enumerate(headings):
                if cell := record.get(text, ""):
                    sheet.write_string(line, place, fill_days(cell, as_of), wrapped)


def fill_days(text: str, as_of: date) -> str:
    """The text with its placeholders written out: {D+45}, {D+45 年月日}, {D+45 点}, {D+45 斜}, {D+45 月底}."""

    def day(found: re.Match[str]) -> str:
        on = as_of + timedelta(days=int(found[1]))
        if found[2] == "月底":
            last = calendar.monthrange(on.year, on.month)[1]
            on = on.replace(day=last)
            return f"{on.year}年{on.month}月底前"
        forms = {"年月日": f"{on.year}年{on.month}月{on.day}日", "点": f"{on.year}.{on.month}.{on.day}"}
        return forms.get(found[2] or "", f"{on.year}/{on.month}/{on.day}" if found[2] else on.isoformat())

    return _PLACEHOLDER.sub(day, text)
