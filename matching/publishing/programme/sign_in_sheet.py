"""签到表: a line for each person with a part in a session, and room to sign. No contacts. A4 landscape."""

from collections.abc import Mapping, Sequence

from fpdf.enums import Align

from matching.publishing.programme.agenda import Appointment, agendas
from matching.publishing.programme.paper import GREY, Column, Paper
from matching.publishing.programme.programme import Person, Programme, Session, Subject, by_name, people_of
from matching.publishing.programme.words import clock, day_words, programme_words

ROW_MM = 11.0
"""Room to write in."""


def render(programme: Programme, *, language: str = "zh") -> bytes:
    """The document as PDF.

    Raises:
        InputError: `no_chinese_font`.
    """
    with Paper(programme, "sign_in_sheet", language, landscape=True) as paper:
        for session in programme.sessions:
            paper.add_page()
            kind = programme_words("kind", session.kind, language)
            paper.heading(session.title, f"{kind} · {day_words(session, language)}")
            rows = sign_in_rows(programme, session, language)
            if rows:
                paper.rows(_columns(paper), rows, height=ROW_MM)
            paper.letters(9, color=GREY)
            paper.text_block(programme_words("say", "no_contacts" if rows else "nothing", language), 5)
        return paper.finished()


def sign_in_rows(programme: Programme, session: Session, language: str = "zh") -> list[list[str]]:
    """The lines of one session: number, organisation, side, where, first time, and two fields to fill in by hand."""
    people: Mapping[Subject, Person] = {person.subject: person for person in people_of(session)}
    own = agendas(programme.only(session.id))
    rows = []
    for number, person in enumerate(sorted(people.values(), key=by_name), start=1):
        mine = own[person.subject]
        side, first = programme_words("side", person.side.value, language), clock(mine[0].span.start_min)
        rows.append([str(number), person.name, side, _places(mine, language), first, "", ""])
    return rows


def _places(appointments: Sequence[Appointment], language: str) -> str:
    """The rooms; for those who only meet, that they do (the table changes from slot to slot)."""
    rooms = [one.room or programme_words("item", "meeting", language) for one in appointments]
    return programme_words("say", "between", language).join(dict.fromkeys(rooms))


def _columns(paper: Paper) -> list[Column]:
    widths = {"number": 14.0, "organisation": 86.0, "side": 24.0, "room": 46.0, "first_at": 22.0, "attendee": 36.0}
    centred = ("number", "side", "first_at")
    columns = [
        Column(
            heading=programme_words("heading", code, paper.language),
            width=width,
            align=Align.C if code in centred else Align.L,
        )
        for code, width in widths.items()
    ]
    left = paper.epw - sum(widths.values())
    return [*columns, Column(heading=programme_words("heading", "signature", paper.language), width=left)]
