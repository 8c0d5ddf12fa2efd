"""桌牌: half a page for each person of a session, and for each table of its meetings; big letters, a QR on request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno
from fpdf.enums import Align

from matching.domain.errors import InputError, problem
from matching.publishing.programme.agenda import Appointment, agendas
from matching.publishing.programme.paper import GREY, MARGIN, Paper
from matching.publishing.programme.programme import Links, Person, Programme, Session, by_name, people_of
from matching.publishing.programme.words import (
    day_words,
    from_to,
    place_words,
    programme_words,
    revision_words,
    summary_words,
)

LONGEST_LINK = 600
"""Characters; more make squares that a phone does not read from a card."""

_CARD_MM, _QR_MM, _LINES = 148.5, 36.0, 9
_LARGEST, _LARGE_ENOUGH = 64.0, 38.0  # points of a name
_LINE_POINTS, _LINES_MM = 13.0, 7.0 * _LINES


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What stands on one card, from top to bottom."""

    session: str
    name: str
    role: str
    lines: tuple[str, ...]
    link: str | None = None


def render(programme: Programme, *, language: str = "zh", links: Links | None = None) -> bytes:
    """The cards as PDF, two a page, to be cut along the line in the middle.

    Raises:
        InputError: `no_chinese_font`, `link_too_long`.
    """
    cards = table_cards(programme, language, links)
    with Paper(programme, "table_cards", language, headed=False) as paper:
        for number, card in enumerate(cards):
            if number % 2 == 0:
                paper.add_page()
                paper.set_draw_color(*GREY)
                paper.set_dash_pattern(dash=2, gap=2)
                paper.line(0, _CARD_MM, paper.w, _CARD_MM)
                paper.set_dash_pattern()
            _draw(paper, card, _CARD_MM * (number % 2))
        return paper.finished()


def table_cards(programme: Programme, language: str = "zh", links: Links | None = None) -> list[Card]:
    """The cards of every session: owners on panels, OPCs, then the tables."""
    return [card for session in programme.sessions for card in _cards(programme, session, language, links or {})]


def _cards(programme: Programme, session: Session, language: str, links: Links) -> Iterator[Card]:
    top = f"{session.title} · {day_words(session, language)}"
    own = agendas(programme.only(session.id))
    people = {person.subject: person for person in people_of(session)}
    for person in sorted(people.values(), key=by_name):
        lines = tuple(_line(one, language) for one in own[person.subject])
        link = links.get((session.id, person.subject))
        for part in _parts(lines):
            yield Card(session=top, name=person.name, role=_role(person, language), lines=part, link=link)
    for table in range(1, max((slot.tables for slot in session.slots), default=0) + 1):
        name = programme_words("say", "table", language, table=table)
        lines = tuple(
            f"{from_to(slot.span)}  "
            + programme_words("say", "meets", language, opc=meeting.opc.name, owner=meeting.owner.name)
            for slot in session.slots
            for meeting in slot.meetings
            if meeting.table == table
        )
        for part in _parts(lines or (programme_words("say", "free_table", language),)):
            yield Card(session=top, name=name, role=programme_words("item", "meeting", language), lines=part)


def _role(person: Person, language: str) -> str:
    return programme_words("side", person.side.value, language)


def _line(appointment: Appointment, language: str) -> str:
    what = programme_words("item", appointment.kind, language)
    if appointment.kind == "meeting":
        what = summary_words(appointment, language)
    return f"{from_to(appointment.span)}  {place_words(appointment, language)}  {what}"


def _parts(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The lines in portions of one card each."""
    for start in range(0, len(lines), _LINES):
        yield tuple(lines[start : start + _LINES])


def _draw(paper: Paper, card: Card, top: float) -> None:
    width = paper.epw
    _text(paper, card.session, top + 8, width, 8, largest=13, smallest=8, bold=False)
    below = top + _CARD_MM - 12  # what is above the last line
    room = width if card.link is None else width - _QR_MM - 8
    paper.letters(_LINE_POINTS)
    wrapped = paper.lines("\n".join(card.lines), room - 2)
    lines_mm = min(_LINES_MM, 7.0 * max(2, len(wrapped)))
    if card.link is not None:
        lines_mm = max(lines_mm, _QR_MM + 6)
    lines_top = below - lines_mm
    _text(paper, card.name, top + 22, width, lines_top - top - 36, largest=_name_points(paper, card.name), smallest=20,
          bold=True)  # fmt: skip
    _text(paper, card.role, lines_top - 12, width, 10, largest=16, smallest=16, bold=False)
    _text(paper, "\n".join(card.lines), lines_top, room, lines_mm, largest=_LINE_POINTS, smallest=7, bold=False)
    if card.link is not None:
        left = MARGIN + width - _QR_MM
        _qr(paper, card.link, left, lines_top)
        paper.letters(9, color=GREY)
        paper.set_xy(left, lines_top + _QR_MM)
        paper.cell(_QR_MM, 5, programme_words("say", "check_in", paper.language), align=Align.C)
    paper.letters(8, color=GREY)
    paper.set_xy(MARGIN, top + _CARD_MM - 10)
    whose = [paper.programme.title, revision_words(paper.programme, paper.language)]
    if paper.programme.stage == "draft":
        whose.append(programme_words("stage", "draft", paper.language))
    paper.cell(width, 5, paper.cut(" · ".join(whose), width))


def _name_points(paper: Paper, name: str) -> float:
    """The largest letters for a name: those in which it stands in one line, if they are large enough for a hall."""
    paper.letters(_LARGEST, bold=True)
    in_one_line = _LARGEST * (paper.epw - 2) // (paper.get_string_width(name) or 1)
    return min(_LARGEST, in_one_line) if in_one_line >= _LARGE_ENOUGH else _LARGEST


def _text(
    paper: Paper, text: str, top: float, width: float, height: float, *, largest: float, smallest: float, bold: bool
) -> None:
    """Text in the middle of a box, as large as it fits."""
    points, lines = paper.fit(text, width=width - 2, height=height, largest=largest, smallest=smallest, bold=bold)
    step = paper.step(points)
    start = top + max(0.0, (height - step * len(lines)) / 2)
    for number, line in enumerate(lines):
        paper.set_xy(MARGIN, start + step * number)
        paper.cell(width, step, line, align=Align.C)


def _qr(paper: Paper, link: str, left: float, top: float) -> None:
    if len(link) > LONGEST_LINK:
        raise InputError(problem("link_too_long", length=len(link), longest=LONGEST_LINK))
    rows = segno.make_qr(link, error="m").matrix
    side = _QR_MM / (len(rows) + 8)  # ISO/IEC 18004 asks for four light modules around
    paper.set_fill_color(0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = next((n for n, module in enumerate(row[x:]) if module != row[x]), len(row) - x)
            if row[x]:
                paper.rect(left + side * (x + 4), top + side * (y + 4), side * run, side, style="F")
            x += run
