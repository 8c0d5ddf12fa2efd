"""Seasons as they were set up, with what organisers decided, what happened and who can come when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from matching.store.database import DbSession
from matching.store.season_schema import AvailabilityRow, SeasonEventRow, SeasonLockRow, SeasonRow

Side = Literal["opc", "owner"]
Windows = Mapping[str, Sequence[Sequence[int]]]
"""session → [[start_min, end_min], …]; [] is "not there", a session that is not named is attended as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeason:
    """A season's setup; `version` 0 where it was never stored."""

    code: str
    setup: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLock:
    """One lock of a season; in force until it is released."""

    id: int
    lock: Mapping[str, Any]
    reason: str | None
    made_by: str
    made_at: datetime
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """Something that happened in a season, in the order of `id`."""

    id: int
    event: Mapping[str, Any]
    told_by: str
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """When one person can come."""

    side: Side
    person: str
    windows: Windows
    told_by: str
    told_at: datetime
    version: int


def find_season(session: DbSession, code: str) -> StoredSeason | None:
    """The season's setup, or None."""
    row = session.get(SeasonRow, code)
    return None if row is None else StoredSeason(code=row.code, setup=row.setup, version=row.version)


def save_season(
    session: DbSession, code: str, setup: Mapping[str, Any], *, expected_version: int, now: datetime
) -> bool:
    """Store a setup in place of the one of that version (0: there is none yet); False where it is another one."""
    row = session.get(SeasonRow, code, populate_existing=True)
    if (0 if row is None else row.version) != expected_version:
        return False
    if row is None:
        session.add(SeasonRow(code=code, setup=dict(setup), created_at=now, updated_at=now))
    else:
        row.setup, row.updated_at = dict(setup), now
    session.flush()
    return True


def add_lock(
    session: DbSession, season: str, lock: Mapping[str, Any], *, reason: str | None, by: str, now: datetime
) -> int:
    """Add a lock; its id."""
    row = SeasonLockRow(season=season, lock=dict(lock), reason=reason, made_by=by, made_at=now)
    session.add(row)
    session.flush()
    return row.id


def release_lock(session: DbSession, season: str, lock_id: int, *, by: str, now: datetime) -> bool:
    """Release a lock that is in force; False where there is no such one."""
    row = session.get(SeasonLockRow, lock_id)
    if row is None or row.season != season or row.released_at is not None:
        return False
    row.released_by, row.released_at = by, now
    session.flush()
    return True


def list_locks(session: DbSession, season: str, *, released: bool = False) -> list[StoredLock]:
    """The locks in force, oldest first; with `released` the others too."""
    chosen = select(SeasonLockRow).where(SeasonLockRow.season == season).order_by(SeasonLockRow.id)
    if not released:
        chosen = chosen.where(SeasonLockRow.released_at.is_(None))
    return [
        StoredLock(
            id=row.id,
            lock=row.lock,
            reason=row.reason,
            made_by=row.made_by,
            made_at=row.made_at,
            released_by=row.released_by,
            released_at=row.released_at,
        )
        for row in session.execute(chosen).scalars()
    ]


def add_event(session: DbSession, season: str, event: Mapping[str, Any], *, by: str, now: datetime) -> int:
    """Write down what happened; its id."""
    row = SeasonEventRow(season=season, event=dict(event), told_by=by, told_at=now)
    session.add(row)
    session.flush()
    return row.id


def list_events(session: DbSession, season: str) -> list[StoredEvent]:
    """What happened in a season, in its order."""
    chosen = select(SeasonEventRow).where(SeasonEventRow.season == season).order_by(SeasonEventRow.id)
    return [
        StoredEvent(id=row.id, event=row.event, told_by=row.told_by, told_at=row.told_at)
        for row in session.execute(chosen).scalars()
    ]


def save_availability(
    session: DbSession,
    season: str,
    side: Side,
    person: str,
    windows: Windows,
    *,
    expected_version: int,
    by: str,
    now: datetime,
) -> bool:
    """Store when somebody can come, in place of the answer of that version (0: none yet); False for another one."""
    row = session.get(AvailabilityRow, (season, side, person), populate_existing=True)
    if (0 if row is None else row.version) != expected_version:
        return False
    if row is None:
        row = AvailabilityRow(season=season, side=side, person=person)
        session.add(row)
    row.windows = {key: [list(span) for span in spans] for key, spans in windows.items()}
    row.told_by, row.told_at = by, now
    session.flush()
    return True


def find_availability(session: DbSession, season: str, side: Side, person: str) -> Availability | None:
    """What one person said, or None."""
    row = session.get(AvailabilityRow, (season, side, person))
    return None if row is None else _availability(row)


def list_availability(session: DbSession, season: str) -> list[Availability]:
    """Everybody who said when, by side and name."""
    chosen = select(AvailabilityRow).where(AvailabilityRow.season == season)
    rows = session.execute(chosen.order_by(AvailabilityRow.side, AvailabilityRow.person)).scalars()
    return [_availability(row) for row in rows]


def _availability(row: AvailabilityRow) -> Availability:
    side: Side = "opc" if row.side == "opc" else "owner"
    return Availability(
        side=side,
        person=row.person,
        windows=row.windows,
        told_by=row.told_by,
        told_at=row.told_at,
        version=row.version,
    )
