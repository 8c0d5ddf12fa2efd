"""Scheduled work: planned slots become rows, rows are claimed, and a run's result and its row are one commit."""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matching.domain.errors import OpcmatchError
from matching.services.access import Action, Actor, authorize
from matching.store import DbSession, runs, write_transaction
from matching.store.runs import JobRun

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3

Commit = Callable[[DbSession, Any, JobRun, datetime], Mapping[str, Any]]
"""(session, what was prepared, the run, now) → result, inside the transaction that closes the run."""

Prepare = Callable[[DbSession, JobRun, datetime], Any]
"""(session, the run, now) → something for `Commit`; reads and computes without holding a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a kind of run does."""

    kind: str
    commit: Commit
    prepare: Prepare | None = None


class Superseded(Exception):
    """Somebody else has taken the run over; what this process did for it is rolled back."""


def plan_slots(
    session: DbSession, kind: str, slots: Iterable[tuple[str, datetime]], *, now: datetime, newest_only: bool
) -> int:
    """Write (slot, planned instant) rows that are not there yet; how many were added.

    `newest_only`: of several slots that are due, only the newest will run; the others are marked as skipped.
    """
    with write_transaction(session):
        added = sum(runs.plan_run(session, kind, slot, planned_at) for slot, planned_at in slots)
        if newest_only:
            runs.skip_older(session, kind, now)
    return added


def newest_slot(session: DbSession, kind: str) -> datetime | None:
    """The latest planned instant of a kind."""
    return runs.newest_slot(session, kind)


def take_over(session: DbSession) -> int:
    """Make the runs of a dead worker due again; only for whoever holds the worker's lock."""
    with write_transaction(session):
        return runs.release_running(session)


def run_due(session: DbSession, works: Mapping[str, Work], clock: Callable[[], datetime]) -> list[JobRun]:
    """Run everything that is due, one run after the other; the runs that were closed here.

    The result of a run, everything that it publishes and the row that says "done" are one transaction,
    guarded by the run's fencing token: a process that lost the run changes nothing.
    """
    closed: list[JobRun] = []
    while True:
        token, now = secrets.token_hex(8), clock()
        with write_transaction(session):
            run = runs.claim_run(session, token, now)
        if run is None:
            return closed
        try:
            work = works[run.kind]
            prepared = work.prepare(session, run, now) if work.prepare else None
            with write_transaction(session):
                result = work.commit(session, prepared, run, now)
                if not runs.finish_run(
                    session, run.kind, run.slot, token=token, state="done", result=result, now=clock()
                ):
                    raise Superseded(f"{run.kind} {run.slot}")
        except Superseded:
            log.warning("run %s %s was taken over; nothing of it was kept here", run.kind, run.slot)
        except Exception as error:  # whatever it was, the row says so and the other runs go on
            log.exception("run %s %s failed", run.kind, run.slot)
            _fail(session, run, token, error, clock())
        else:
            log.info("run %s %s done: %s", run.kind, run.slot, dict(result))
        closed.append(run)


def list_runs(session: DbSession, *, actor: Actor, limit: int = 100) -> Sequence[JobRun]:
    """The latest runs, for those who organise."""
    authorize(actor, Action.VIEW_DRAFTS)
    return runs.list_runs(session, limit)


def _fail(session: DbSession, run: JobRun, token: str, error: Exception, now: datetime) -> None:
    said = [problem.code for problem in error.problems] if isinstance(error, OpcmatchError) else type(error).__name__
    # A sentence will not become true by trying again; a busy database may.
    again = not isinstance(error, OpcmatchError) and run.attempt < MOST_ATTEMPTS
    with write_transaction(session):
        runs.finish_run(
            session,
            run.kind,
            run.slot,
            token=token,
            state="due" if again else "failed",
            result={"error": said},
            now=now,
        )
