"""A programme as a workbook: a sheet a session, a sheet for its meetings (slot × table), and everybody's day.

Every cell is text, so nothing is ever a formula, and times read as they are printed.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from io import BytesIO
from math import ceil
from typing import Any

import xlsxwriter

from matching.publishing.formats.xlsx import HEADING
from matching.publishing.programme.agenda import agendas
from matching.publishing.programme.programme import Programme, Session
from matching.publishing.programme.words import (
    clock,
    dated_words,
    day_words,
    from_to,
    names_of,
    place_words,
    programme_words,
    revision_words,
    summary_words,
)

LONGEST_NAME = 31
"""Characters that the name of a sheet takes."""

_A4 = 9  # Excel's number of the paper
_SIGNS = re.compile(r"[\[\]:*?/\\']")
_PITCHES = {"room": 16, "start": 8, "end": 8, "order": 7, "pitch": 38, "opc": 26, "panel": 46}
_PEOPLE = {
    "side": 10,
    "organisation": 28,
    "on": 24,
    "start": 8,
    "end": 8,
    "item": 40,
    "place": 16,
    "session": 28,
    "with": 34,
}
_TABLE_WIDTH = 25
_TABLES_A_PAGE = 8  # as many as can still be read on A4 landscape


def render(programme: Programme, *, language: str = "zh") -> bytes:
    """The workbook. The same programme gives the same bytes."""
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({
            "title": programme.title,
            "comments": revision_words(programme, language),
            "created": programme.dated_at.astimezone(UTC).replace(tzinfo=None),
        })  # fmt: skip
        sheets = _Sheets(book, programme, language)
        for session in programme.sessions:
            sheets.pitches(session)
            if session.slots:
                sheets.meetings(session)
        sheets.people()
    return written.getvalue()


class _Sheets:
    """The sheets of one book, all of one look."""

    def __init__(self, book: Any, programme: Programme, language: str) -> None:
        self._book, self._programme, self._language = book, programme, language
        self._names: set[str] = set()
        self._title = book.add_format({"bold": True, "font_size": 15, "valign": "vcenter"})
        self._note = book.add_format({"font_color": "#555555", "valign": "vcenter"})
        self._heading = book.add_format({**HEADING, "align": "center"})
        cell = {"text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#B0B0B0", "num_format": "@"}
        self._cell = book.add_format(cell)
        self._centre = book.add_format({**cell, "align": "center"})

    def pitches(self, session: Session) -> None:
        """One session's pitches, track by track."""
        rows = [
            (
                track.room, clock(pitch.span.start_min), clock(pitch.span.end_min), str(pitch.position), pitch.title,
                pitch.opc.name, names_of(track.panel, self._language),
            )
            for track in session.tracks
            for pitch in track.pitches
        ]  # fmt: skip
        self._list(session.title, self._about(session), _PITCHES, rows, centred=("start", "end", "order"))

    def meetings(self, session: Session) -> None:
        """Who meets whom: a row a slot, a column a table."""
        tables = max(slot.tables for slot in session.slots)
        say = self._say
        title = f"{session.title} {say('heading', 'meetings')}"
        headings = [say("heading", "time"), *(say("say", "table", table=table) for table in range(1, tables + 1))]
        sheet = self._sheet(title, self._about(session), headings, [14, *[_TABLE_WIDTH] * tables])
        sheet.fit_to_pages(ceil(tables / _TABLES_A_PAGE), 0)
        sheet.repeat_columns(0)
        for line, slot in enumerate(session.slots, start=3):
            sheet.write_string(line, 0, from_to(slot.span), self._centre)
            taken = {meeting.table: meeting for meeting in slot.meetings}
            for table in range(1, tables + 1):
                meeting = taken.get(table)
                said = "" if meeting is None else say("say", "meets", opc=meeting.opc.name, owner=meeting.owner.name)
                if said:
                    sheet.write_string(line, table, said, self._cell)
                else:
                    sheet.write_blank(line, table, None, self._cell)

    def people(self) -> None:
        """Everybody's appointments, for looking one person up."""
        days = agendas(self._programme)
        rows = [
            (
                self._say("side", person.side.value), person.name, day_words(one.span, self._language),
                clock(one.span.start_min), clock(one.span.end_min), summary_words(one, self._language),
                place_words(one, self._language), one.session, names_of(one.others, self._language),
            )
            for person in self._programme.people
            for one in days[person.subject]
        ]  # fmt: skip
        self._list(self._say("heading", "people"), "", _PEOPLE, rows, centred=("side", "start", "end"))

    def _list(
        self, title: str, about: str, columns: dict[str, int], rows: Sequence[Sequence[str]], centred: Iterable[str]
    ) -> None:
        centred = set(centred)
        headings = [self._say("heading", code) for code in columns]
        sheet = self._sheet(title, about, headings, list(columns.values()))
        for line, cells in enumerate(rows, start=3):
            for place, (code, cell) in enumerate(zip(columns, cells, strict=True)):
                sheet.write_string(line, place, cell, self._centre if code in centred else self._cell)
        if rows:
            sheet.autofilter(2, 0, 2 + len(rows), len(columns) - 1)
        else:
            sheet.write_string(3, 0, self._say("say", "nothing"), self._note)

    def _sheet(self, title: str, about: str, headings: Sequence[str], widths: Sequence[int]) -> Any:
        """A sheet with its title, a line about it, and headings that stay in sight and on every printed page."""
        sheet = self._book.add_worksheet(self._name(title))
        sheet.write_string(0, 0, title, self._title)
        revision = f"{revision_words(self._programme, self._language)} {dated_words(self._programme, self._language)}"
        sheet.write_string(1, 0, " · ".join(filter(None, (about, self._programme.title, revision))), self._note)
        sheet.set_row(0, 26)
        sheet.set_row(1, 18)
        sheet.set_row(2, 22)
        for place, (heading, wide) in enumerate(zip(headings, widths, strict=True)):
            sheet.set_column(place, place, wide)
            sheet.write_string(2, place, heading, self._heading)
        sheet.freeze_panes(3, 0)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&C{self._say('say', 'page', page='&P', pages='&N')}")
        return sheet

    def _about(self, session: Session) -> str:
        kind = self._say("kind", session.kind)
        return f"{kind} {day_words(session, self._language)}"

    def _name(self, title: str) -> str:
        """A name that a sheet may have and no other sheet has."""
        plain = _SIGNS.sub(" ", title).strip()[:LONGEST_NAME].strip() or "-"
        name, number = plain, 1
        while name.casefold() in self._names or name.casefold() == "history":  # a name that Excel keeps for itself
            number += 1
            end = f" {number}"
            name = plain[: LONGEST_NAME - len(end)].strip() + end
        self._names.add(name.casefold())
        return name

    def _say(self, kind: str, code: str, **facts: object) -> str:
        return programme_words(kind, code, self._language, **facts)
