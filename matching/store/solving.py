"""Solves that run in a process of their own: what was asked, how far they are, what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from matching.store.database import DbSession
from matching.store.season_schema import SolveRunRow

OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveRun:
    """One solve; `inputs` holds problem and names, `progress` stage, objective, bound, gap and seconds."""

    id: int
    season: str
    purpose: str
    state: str
    inputs: Mapping[str, Any]
    time_limit_s: int
    progress: Mapping[str, Any] | None
    draft: Mapping[str, Any] | None
    plan: Mapping[str, Any] | None
    error: str | None
    line_up_id: int | None
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    beat_at: datetime | None
    finished_at: datetime | None

    @property
    def best(self) -> Mapping[str, Any] | None:
        """The plan, or the draft while there is none."""
        return self.plan or self.draft


def add_run(
    session: DbSession,
    *,
    season: str,
    purpose: str,
    inputs: Mapping[str, Any],
    time_limit_s: int,
    by: str,
    now: datetime,
) -> int:
    """Ask for a solve; its id."""
    row = SolveRunRow(
        season=season,
        purpose=purpose,
        state="waiting",
        inputs=dict(inputs),
        time_limit_s=time_limit_s,
        asked_by=by,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def find_run(session: DbSession, run_id: int) -> SolveRun | None:
    """One solve as it stands now, or None."""
    row = session.get(SolveRunRow, run_id, populate_existing=True)
    return None if row is None else _run(row)


def list_runs(session: DbSession, season: str, limit: int = 10) -> list[SolveRun]:
    """The latest solves of a season, newest first."""
    chosen = select(SolveRunRow).where(SolveRunRow.season == season).order_by(SolveRunRow.id.desc()).limit(limit)
    return [_run(row) for row in session.execute(chosen).scalars()]


def claim(session: DbSession, run_id: int, token: str, now: datetime) -> bool:
    """Take a waiting solve under a fencing token; False where it does not wait (any more)."""
    return _changed(
        session,
        update(SolveRunRow)
        .where(SolveRunRow.id == run_id, SolveRunRow.state == "waiting")
        .values(state="running", token=token, started_at=now, beat_at=now),
    )


def report(session: DbSession, run_id: int, token: str, now: datetime, **values: Any) -> bool:
    """Write a sign of life and what is known by now (`progress`, `draft`); False where the run is no longer ours."""
    return _changed(session, _mine(run_id, token).values(beat_at=now, **values))


def finish(session: DbSession, run_id: int, token: str, now: datetime, **values: Any) -> bool:
    """Close a run with its `state`, `plan` or `error`; False where it is no longer ours: roll back."""
    return _changed(session, _mine(run_id, token).values(finished_at=now, **values))


def stop(session: DbSession, run_id: int, now: datetime, *, state: str, error: str | None = None) -> bool:
    """Close an open run from outside: its process loses the right to write; False where it was closed."""
    return _changed(
        session,
        update(SolveRunRow)
        .where(SolveRunRow.id == run_id, SolveRunRow.state.in_(OPEN))
        .values(state=state, error=error, token=None, finished_at=now),
    )


def keep_as(session: DbSession, run_id: int, line_up_id: int) -> bool:
    """Remember the revision that was made of a run; False where one was."""
    return _changed(
        session,
        update(SolveRunRow)
        .where(SolveRunRow.id == run_id, SolveRunRow.line_up_id.is_(None))
        .values(line_up_id=line_up_id),
    )


def _mine(run_id: int, token: str) -> Any:
    return update(SolveRunRow).where(
        SolveRunRow.id == run_id, SolveRunRow.token == token, SolveRunRow.state == "running"
    )


def _changed(session: DbSession, statement: Any) -> bool:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def _run(row: SolveRunRow) -> SolveRun:
    return SolveRun(
        id=row.id,
        season=row.season,
        purpose=row.purpose,
        state=row.state,
        inputs=row.inputs,
        time_limit_s=row.time_limit_s,
        progress=row.progress,
        draft=row.draft,
        plan=row.plan,
        error=row.error,
        line_up_id=row.line_up_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        started_at=row.started_at,
        beat_at=row.beat_at,
        finished_at=row.finished_at,
    )
