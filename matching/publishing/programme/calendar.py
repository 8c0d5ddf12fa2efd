"""A person's or a room's calendar (RFC 5545), made from the publications of a season in their order.

What a calendar needs beyond one revision follows from the history alone: SEQUENCE counts in how many publications
an event changed (section 3.8.7.4), and what has left the programme stays as STATUS:CANCELLED with its last times
(section 3.8.1.11), so that importing a later file over an earlier one leaves exactly the later programme. There is no
METHOD: with one, RFC 5546 asks for an ORGANIZER with an address, and addresses of people are not given away.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event
from icalendar.enums import STATUS, TRANSP

from matching.domain.errors import InputError, problem
from matching.publishing.programme.agenda import Appointment, agenda
from matching.publishing.programme.programme import Programme, Side, Subject
from matching.publishing.programme.words import (
    clock,
    names_of,
    pitch_words,
    place_words,
    programme_words,
    summary_words,
)

PRODUCT = "-//opcmatch//programme//ZH"
ASK_AGAIN_EVERY = timedelta(hours=1)

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:opcmatch:programme")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeEvent:
    """One event of a calendar as it stands after all publications; `cancelled` ones keep their last appointment."""

    uid: str
    season_title: str
    appointment: Appointment
    sequence: int
    cancelled: bool
    created_at: datetime
    changed_at: datetime  # of the publication in which it last changed: DTSTAMP and LAST-MODIFIED


def calendar_events(history: Sequence[Programme], subject: Subject) -> tuple[ProgrammeEvent, ...]:
    """The events of one person or room.

    Args:
        history: published revisions in the order of their publication, of one season or of several.

    Raises:
        InputError: `not_published` where a revision is a draft: a calendar tells what holds.
    """
    by_season: dict[str, dict[str, ProgrammeEvent]] = {}
    for programme in history:
        at = programme.published_at
        if at is None:
            raise InputError(problem("not_published", season=programme.season, revision=programme.revision))
        events = by_season.setdefault(programme.season, {})
        now = {
            event_uid(programme.season, subject, appointment.item): appointment
            for appointment in agenda(programme, subject)
            if appointment.span.on is not None  # a session without a day is in nobody's calendar yet
        }
        for uid, appointment in now.items():
            events[uid] = _standing(events.get(uid), uid, appointment, programme.title, at)
        for uid in events.keys() - now.keys():
            if not events[uid].cancelled:
                events[uid] = replace(events[uid], cancelled=True, sequence=events[uid].sequence + 1, changed_at=at)
    return tuple(event for events in by_season.values() for event in events.values())


def event_uid(season: str, subject: Subject, item: str) -> str:
    """The identity of an event for ever: the same season, side, person and item give the same UID."""
    name = "\x1f".join((season, subject.side.value, subject.id, item))
    return f"{uuid.uuid5(_NAMESPACE, name)}@opcmatch"


def calendar_file(history: Sequence[Programme], subject: Subject, *, name: str, language: str = "zh") -> bytes:
    """The calendar as an .ics file. The same history gives the same bytes; `name` is whose it is, as people know it.

    Raises:
        InputError: `not_published`.
    """
    events = calendar_events(history, subject)
    title = history[-1].title if history else ""
    calendar = Calendar.new(
        prodid=PRODUCT,
        uid=event_uid("", subject, ""),
        name=programme_words("say", "calendar", language, name=name, title=title),
        refresh_interval=ASK_AGAIN_EVERY,
    )
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"  # section 5.7 of RFC 7986 asks for it
    for event in events:
        calendar.add_component(_component(event, subject, language))
    if events:
        years = [event.appointment.span.on.year for event in events if event.appointment.span.on is not None]
        calendar.add_missing_timezones(first_date=date(min(years), 1, 1), last_date=date(max(years) + 1, 1, 1))
    written: bytes = calendar.to_ical()
    return written


def _standing(
    former: ProgrammeEvent | None, uid: str, appointment: Appointment, title: str, at: datetime
) -> ProgrammeEvent:
    if former is None:
        return ProgrammeEvent(
            uid=uid, season_title=title, appointment=appointment, sequence=0, cancelled=False, created_at=at,
            changed_at=at,
        )  # fmt: skip
    if not former.cancelled and (former.appointment, former.season_title) == (appointment, title):
        return former
    return replace(
        former, season_title=title, appointment=appointment, sequence=former.sequence + 1, cancelled=False,
        changed_at=at,
    )  # fmt: skip


def _component(event: ProgrammeEvent, subject: Subject, language: str) -> Event:
    appointment = event.appointment
    made = Event.new(
        uid=event.uid,
        sequence=event.sequence,
        stamp=event.changed_at.astimezone(UTC),
        last_modified=event.changed_at.astimezone(UTC),
        created=event.created_at.astimezone(UTC),
        start=appointment.span.starts_at,
        end=appointment.span.ends_at,
        summary=summary_words(appointment, language),
        location=place_words(appointment, language),
        description="\n".join(_lines(event, language)),
        status=STATUS.CANCELLED if event.cancelled else STATUS.CONFIRMED,
    )
    # A room's track is what takes its time; the pitches within it are only named.
    if subject.side is Side.ROOM and appointment.kind == "pitch":
        made.transparency = TRANSP.TRANSPARENT
    return made


def _lines(event: ProgrammeEvent, language: str) -> list[str]:
    appointment = event.appointment
    lines = [event.season_title, appointment.session]
    if appointment.others and appointment.kind != "meeting":
        code = "fellows" if appointment.kind == "panel" else "panel_of"
        lines.append(programme_words("say", code, language, panel=names_of(appointment.others, language)))
    if appointment.heard:
        lines.append(programme_words("say", "pitches", language))
        lines += [f"{clock(one.span.start_min)} {pitch_words(one, language)}" for one in appointment.heard]
    return lines
