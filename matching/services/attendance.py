"""Who is there on the day: check-in by a signed code or by staff, and the sheet of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matching.domain.errors import InputError, NotFound, problem
from matching.publishing.programme import Programme, Side, Subject
from matching.publishing.programme.agenda import Appointment, agendas
from matching.services.access import Action, Actor, authorize
from matching.services.programme_files import programme_of, published_of
from matching.services.records import SHANGHAI
from matching.store import DbSession, participation, publications, write_transaction
from matching.store.audit import record_change
from matching.store.participation import Answer, CheckIn
from matching.store.publications import StoredLineUp

CODE, STAFF = "code", "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a person sees who opens a code: who, which session, and since when it is checked in."""

    season: str
    session: str
    title: str
    on: date | None
    subject: Subject
    name: str
    appointments: Sequence[Appointment]
    checked_in: CheckIn | None
    is_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person on a session's sheet."""

    subject: Subject
    name: str
    appointments: Sequence[Appointment]
    answers: Sequence[Answer]
    checked_in: CheckIn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A session's people by their first appointment."""

    stored: StoredLineUp
    session: str
    title: str
    on: date | None
    lines: Sequence[Line]


def claims(season: str, session_id: str, subject: Subject) -> dict[str, str]:
    """What a check-in code says, for the caller to sign."""
    return {"season": season, "session": session_id, "side": subject.side.value, "id": subject.id}


def arrival(session: DbSession, said: Mapping[str, Any], *, now: datetime) -> Arrival:
    """What a code whose signature the caller has checked opens; nothing is changed.

    Raises:
        NotFound: the person has no part in that session of the published programme (any more).
    """
    season, session_id = str(said["season"]), str(said["session"])
    subject = Subject(Side(said["side"]), str(said["id"]))
    programme = programme_of(published_of(session, season)).only(session_id)
    rows = agendas(programme).get(subject, ()) if programme.sessions else ()
    if not rows:
        raise NotFound(problem("not_found"))
    found = programme.sessions[0]
    key = (subject.side.value, subject.id)
    return Arrival(
        season=season,
        session=session_id,
        title=found.title,
        on=found.on,
        subject=subject,
        name=_names(programme)[subject],
        appointments=rows,
        checked_in=participation.list_check_ins(session, season, session_id).get(key),
        is_today=found.on == now.astimezone(SHANGHAI).date(),
    )


def check_in(session: DbSession, said: Mapping[str, Any], *, now: datetime) -> Arrival:
    """Check a person in by its code: once, on the session's day.

    Raises:
        InputError: `not_the_day`.
        NotFound: as `arrival`.
    """
    found = arrival(session, said, now=now)
    if not found.is_today:
        raise InputError(problem("not_the_day", key=found.title, on=found.on.isoformat() if found.on else "—"))
    _write(session, found.season, found.session, found.subject, how=CODE, by=found.name, now=now)
    return arrival(session, said, now=now)


def check_in_by_staff(
    session: DbSession, line_up_id: int, session_id: str, subject: Subject, *, actor: Actor, now: datetime
) -> None:
    """Check somebody in at the door.

    Raises:
        NotFound: there is no such revision, or the person has no part in the session.
    """
    authorize(actor, Action.COMPUTE)
    sheet = sheet_of(session, line_up_id, session_id, actor=actor)
    if subject not in {line.subject for line in sheet.lines}:
        raise NotFound(problem("not_found"))
    _write(session, sheet.stored.season, session_id, subject, how=STAFF, by=actor.name, now=now)


def sheet_of(session: DbSession, line_up_id: int, session_id: str, *, actor: Actor) -> Sheet:
    """Everybody with a part in a session, with what they answered and whether they are there.

    Raises:
        NotFound: there is no such revision or session.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    stored = publications.find_line_up(session, line_up_id)
    programme = None if stored is None else programme_of(stored).only(session_id)
    if stored is None or programme is None or not programme.sessions:
        raise NotFound(problem("not_found"))
    there = participation.list_check_ins(session, stored.season, session_id)
    answers = participation.list_answers(session, stored.season)
    names = _names(programme)
    lines = [
        Line(
            subject=subject,
            name=names[subject],
            appointments=rows,
            answers=[
                said
                for (side, person, item), said in answers.items()
                if (side, person) == (subject.side.value, subject.id) and item in {row.item for row in rows}
            ],
            checked_in=there.get((subject.side.value, subject.id)),
        )
        for subject, rows in agendas(programme).items()
        if subject.side is not Side.ROOM
    ]
    lines.sort(key=lambda line: (line.appointments[0].span.start_min, line.subject))
    found = programme.sessions[0]
    return Sheet(stored=stored, session=session_id, title=found.title, on=found.on, lines=lines)


def _write(session: DbSession, season: str, session_id: str, who: Subject, *, how: str, by: str, now: datetime) -> None:
    with write_transaction(session):
        added = participation.add_check_in(session, season, session_id, who.side.value, who.id, how=how, by=by, now=now)
        if added:
            record_change(
                session, now=now, actor=by, action="check_in", object_kind=who.side.value, object_id=who.id,
                season=season, at=session_id, how=how,
            )  # fmt: skip


def _names(programme: Programme) -> dict[Subject, str]:
    return {person.subject: person.name for person in programme.people}
