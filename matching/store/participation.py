"""What people did about their appointments: answers, check-ins, notes after meetings; and what they were told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from matching.store.database import DbSession
from matching.store.season_schema import CheckInRow, MeetingNoteRow, NoticeRow, ParticipationRow
from matching.store.seasons import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: `confirmed` or `withdrawn`, for the place and time in `place`."""

    side: str
    person: str
    item: str
    state: str
    place: Mapping[str, Any]
    reason: str | None
    told_by: str
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """Somebody was there; `how` is `code` or `staff`."""

    session: str
    side: str
    person: str
    how: str
    told_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingNote:
    """What one side wrote after a meeting; `rating` 1..5."""

    opc: str
    owner: str
    side: str
    outcome: str
    minutes: str | None
    next_step: str | None
    next_on: date | None
    rating: int | None
    told_by: str
    told_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one person is told on their own page."""

    id: int
    side: str
    person: str
    season: str
    kind: str
    facts: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


def save_answer(
    session: DbSession,
    season: str,
    side: str,
    person: str,
    item: str,
    *,
    state: str,
    place: Mapping[str, Any],
    reason: str | None,
    by: str,
    now: datetime,
) -> None:
    """Store an answer in place of an earlier one to the same appointment."""
    row = session.get(ParticipationRow, (season, side, person, item))
    if row is None:
        row = ParticipationRow(season=season, side=side, person=person, item=item)
        session.add(row)
    row.state, row.place, row.reason, row.told_by, row.told_at = state, dict(place), reason, by, now
    session.flush()


def list_answers(session: DbSession, season: str) -> dict[tuple[Side, str, str], Answer]:
    """(side, person, item) → what was answered."""
    rows = session.execute(select(ParticipationRow).where(ParticipationRow.season == season)).scalars()
    return {
        ("opc" if row.side == "opc" else "owner", row.person, row.item): Answer(
            side=row.side,
            person=row.person,
            item=row.item,
            state=row.state,
            place=row.place,
            reason=row.reason,
            told_by=row.told_by,
            told_at=row.told_at,
        )
        for row in rows
    }


def add_check_in(
    session: DbSession, season: str, session_id: str, side: str, person: str, *, how: str, by: str, now: datetime
) -> bool:
    """Write that somebody is there; False where it stands already."""
    if session.get(CheckInRow, (season, session_id, side, person)) is not None:
        return False
    session.add(CheckInRow(season=season, session=session_id, side=side, person=person, how=how, told_by=by, at=now))
    session.flush()
    return True


def list_check_ins(session: DbSession, season: str, session_id: str) -> dict[tuple[str, str], CheckIn]:
    """(side, person) → when and how somebody checked in to a session."""
    chosen = select(CheckInRow).where(CheckInRow.season == season, CheckInRow.session == session_id)
    return {
        (row.side, row.person): CheckIn(
            session=row.session, side=row.side, person=row.person, how=row.how, told_by=row.told_by, at=row.at
        )
        for row in session.execute(chosen).scalars()
    }


def save_note(
    session: DbSession, season: str, note: Mapping[str, Any], *, expected_version: int, by: str, now: datetime
) -> bool:
    """Store a meeting's note (the fields of `MeetingNote`) in place of that version; False for another one."""
    key = (season, note["opc"], note["owner"], note["side"])
    row = session.get(MeetingNoteRow, key, populate_existing=True)
    if (0 if row is None else row.version) != expected_version:
        return False
    if row is None:
        row = MeetingNoteRow(season=season, opc=note["opc"], owner=note["owner"], side=note["side"])
        session.add(row)
    row.outcome, row.minutes, row.next_step = note["outcome"], note["minutes"], note["next_step"]
    row.next_on, row.rating, row.told_by, row.told_at = note["next_on"], note["rating"], by, now
    session.flush()
    return True


def list_notes(session: DbSession, season: str) -> dict[tuple[str, str, str], MeetingNote]:
    """(OPC, owner, side) → what that side wrote."""
    rows = session.execute(select(MeetingNoteRow).where(MeetingNoteRow.season == season)).scalars()
    return {
        (row.opc, row.owner, row.side): MeetingNote(
            opc=row.opc,
            owner=row.owner,
            side=row.side,
            outcome=row.outcome,
            minutes=row.minutes,
            next_step=row.next_step,
            next_on=row.next_on,
            rating=row.rating,
            told_by=row.told_by,
            told_at=row.told_at,
            version=row.version,
        )
        for row in rows
    }


def add_notice(
    session: DbSession,
    *,
    key: str,
    side: str,
    person: str,
    season: str,
    kind: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Tell somebody something, once a key; False where it was told."""
    if session.execute(select(NoticeRow.id).where(NoticeRow.key == key)).first() is not None:
        return False
    session.add(
        NoticeRow(key=key, side=side, person=person, season=season, kind=kind, facts=dict(facts), created_at=now)
    )
    return True


def notices_for(
    session: DbSession, people: Iterable[tuple[str, str]], *, unread_only: bool = False, limit: int = 100
) -> list[Notice]:
    """What these (side, person) were told, newest first."""
    found: list[Notice] = []
    for side, person in people:
        chosen = select(NoticeRow).where(NoticeRow.side == side, NoticeRow.person == person)
        if unread_only:
            chosen = chosen.where(NoticeRow.read_at.is_(None))
        found += [_notice(row) for row in session.execute(chosen.order_by(NoticeRow.id.desc()).limit(limit)).scalars()]
    return sorted(found, key=lambda notice: -notice.id)[:limit]


def find_notice(session: DbSession, notice_id: int) -> Notice | None:
    """One notice, or None."""
    row = session.get(NoticeRow, notice_id)
    return None if row is None else _notice(row)


def mark_read(session: DbSession, notice_id: int, now: datetime) -> None:
    """Remember that it was read; the first time counts."""
    row = session.get_one(NoticeRow, notice_id)
    row.read_at = row.read_at or now


def _notice(row: NoticeRow) -> Notice:
    return Notice(
        id=row.id,
        side=row.side,
        person=row.person,
        season=row.season,
        kind=row.kind,
        facts=row.facts,
        created_at=row.created_at,
        read_at=row.read_at,
    )
