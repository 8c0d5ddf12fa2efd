"""What one person or one room has in a programme, in the order of time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from matching.publishing.programme.programme import Person, Pitch, Programme, Session, Side, Span, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One thing in somebody's or some room's time. Equal where nothing about it has changed.

    `item` names it within the season: `pitch:ID`, `panel:TRACK`, `meeting:OPC|OWNER`, or a room's `track:TRACK`.
    `others` are whom one meets there: the panel, or the other side of a meeting; `heard` are the pitches of a panel
    or of a room's track.
    """

    item: str
    kind: str  # pitch | panel | meeting | track
    session: str  # its title
    span: Span
    room: str | None = None
    table: int | None = None
    title: str | None = None  # of a pitch
    opc: Person | None = None  # who pitches
    others: tuple[Person, ...] = ()
    heard: tuple[Pitch, ...] = ()


def agenda(programme: Programme, subject: Subject) -> tuple[Appointment, ...]:
    """The appointments of one person or one room; empty where it has no part."""
    found = (
        appointment
        for session in programme.sessions
        for owner, appointment in _appointments(session)
        if owner == subject
    )
    return tuple(sorted(found, key=_order))


def agendas(programme: Programme) -> dict[Subject, tuple[Appointment, ...]]:
    """The appointments of everybody and of every room at once."""
    found: dict[Subject, list[Appointment]] = {}
    for session in programme.sessions:
        for subject, appointment in _appointments(session):
            found.setdefault(subject, []).append(appointment)
    return {subject: tuple(sorted(found[subject], key=_order)) for subject in sorted(found)}


def subjects(programme: Programme) -> dict[Subject, str]:
    """Everybody and every room with a part, and the name to show."""
    people = {person.subject: person.name for person in programme.people}
    return {**people, **{Subject(Side.ROOM, room): room for room in programme.rooms}}


def _appointments(session: Session) -> Iterator[tuple[Subject, Appointment]]:
    for track in session.tracks:
        room = Subject(Side.ROOM, track.room)
        for pitch in track.pitches:
            on_stage = Appointment(
                item=f"pitch:{pitch.id}", kind="pitch", session=session.title, span=pitch.span, room=track.room,
                title=pitch.title, opc=pitch.opc, others=track.panel,
            )  # fmt: skip
            yield pitch.opc.subject, on_stage
            yield room, on_stage
        whole = Appointment(
            item=f"track:{track.id}", kind="track", session=session.title, span=track.span, room=track.room,
            others=track.panel, heard=track.pitches,
        )  # fmt: skip
        yield room, whole
        for owner in track.panel:
            fellows = tuple(one for one in track.panel if one != owner)
            yield owner.subject, replace(whole, item=f"panel:{track.id}", kind="panel", others=fellows)
    for slot in session.slots:
        for meeting in slot.meetings:
            for person, other in ((meeting.opc, meeting.owner), (meeting.owner, meeting.opc)):
                across = Appointment(
                    item=f"meeting:{meeting.opc.id}|{meeting.owner.id}", kind="meeting", session=session.title,
                    span=slot.span, table=meeting.table, others=(other,),
                )  # fmt: skip
                yield person.subject, across


def _order(appointment: Appointment) -> tuple[date, int, int, str]:
    span = appointment.span
    return span.on or date.max, span.start_min, -span.end_min, appointment.item
