"""Scheduled work and messages to the outside, as rows: the truth that the clock only prods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update

from matching.store.database import DbSession
from matching.store.schema import JobRunRow, OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One planned run of one kind of job."""

    kind: str
    slot: str
    state: str
    attempt: int
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result: Mapping[str, Any] | None


def plan_run(session: DbSession, kind: str, slot: str, planned_at: datetime) -> bool:
    """Write the planned run unless it is there already."""
    if session.get(JobRunRow, (kind, slot)) is not None:
        return False
    session.add(JobRunRow(kind=kind, slot=slot, state="due", attempt=0, planned_at=planned_at))
    session.flush()
    return True


def skip_older(session: DbSession, kind: str, now: datetime) -> int:
    """Mark every due run of a kind as skipped but the newest one whose time has come; how many."""
    due = (JobRunRow.kind == kind, JobRunRow.state == "due", JobRunRow.planned_at <= now)
    newest = session.execute(select(func.max(JobRunRow.planned_at)).where(*due)).scalar()
    if newest is None:
        return 0
    changed = session.execute(update(JobRunRow).where(*due, JobRunRow.planned_at < newest).values(state="skipped"))
    return cast("CursorResult[Any]", changed).rowcount


def claim_run(session: DbSession, token: str, now: datetime) -> JobRun | None:
    """Take the oldest run that is due, under a fencing token.

    On PostgreSQL rows that another worker is taking are passed over (FOR UPDATE SKIP LOCKED); on SQLite the
    write transaction keeps others out.
    """
    due = select(JobRunRow).where(JobRunRow.state == "due", JobRunRow.planned_at <= now)
    chosen = due.order_by(JobRunRow.planned_at, JobRunRow.kind).limit(1).with_for_update(skip_locked=True)
    row = session.execute(chosen).scalar_one_or_none()
    if row is None:
        return None
    row.state, row.token, row.started_at, row.attempt = "running", token, now, row.attempt + 1
    session.flush()
    return _run(row)


def finish_run(
    session: DbSession, kind: str, slot: str, *, token: str, state: str, result: Mapping[str, Any], now: datetime
) -> bool:
    """Close a run; False where the token is no longer the run's: the caller must roll back."""
    changed = session.execute(
        update(JobRunRow)
        .where(JobRunRow.kind == kind, JobRunRow.slot == slot, JobRunRow.token == token, JobRunRow.state == "running")
        .values(state=state, result=dict(result), finished_at=now)
    )
    return cast("CursorResult[Any]", changed).rowcount == 1


def release_running(session: DbSession) -> int:
    """Make every running run due again. Only for whoever holds the worker's lock: its former holder is dead."""
    changed = session.execute(update(JobRunRow).where(JobRunRow.state == "running").values(state="due", token=None))
    return cast("CursorResult[Any]", changed).rowcount


def newest_slot(session: DbSession, kind: str) -> datetime | None:
    """The latest planned time of a kind, whatever became of it."""
    return session.execute(select(func.max(JobRunRow.planned_at)).where(JobRunRow.kind == kind)).scalar()


def list_runs(session: DbSession, limit: int = 100) -> Sequence[JobRun]:
    """The latest runs, newest planned time first."""
    rows = session.execute(select(JobRunRow).order_by(JobRunRow.planned_at.desc(), JobRunRow.kind).limit(limit))
    return [_run(row) for row in rows.scalars()]


def enqueue(
    session: DbSession, *, key: str, channel: str, recipient: str, message: Mapping[str, Any], now: datetime
) -> bool:
    """Write a message to the outside, once a key."""
    if session.get(OutboxRow, key) is not None:
        return False
    row = OutboxRow(
        key=key, channel=channel, recipient=recipient, state="waiting", message=dict(message), created_at=now
    )
    session.add(row)
    return True


def count_outbox(session: DbSession) -> dict[str, int]:
    """How many messages stand in each state."""
    counts = session.execute(select(OutboxRow.state, func.count().label("number")).group_by(OutboxRow.state))
    return {row.state: row.number for row in counts}


def _run(row: JobRunRow) -> JobRun:
    return JobRun(
        kind=row.kind,
        slot=row.slot,
        state=row.state,
        attempt=row.attempt,
        planned_at=row.planned_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        result=row.result,
    )
