"""The clock: APScheduler only ticks. What is due is decided from planned slots in the database."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from jobs import utc_now
from jobs.table import JOBS, Job
from matching.services.schedule import newest_slot, plan_slots, run_due
from matching.store import Database, DbSession
from matching.store.runs import JobRun

log = logging.getLogger(__name__)

TICK_SECONDS = 10
MOST_MISSED = 1_000
"""Slots that are made up for at the most after a long stop."""


def fire_times(job: Job, after: datetime, until: datetime) -> list[datetime]:
    """Every planned instant (UTC) after `after`, up to the first one later than `until`."""
    found: list[datetime] = []
    fire = job.trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while fire is not None:
        found.append(fire.astimezone(UTC))
        if fire > until or len(found) > MOST_MISSED:
            break
        fire = job.trigger.get_next_fire_time(fire, fire + timedelta(microseconds=1))
    return found


def plan_and_run(session: DbSession, started_at: datetime, clock: Callable[[], datetime] = utc_now) -> list[JobRun]:
    """One tick: write the slots that have come and the next one, run what is due. Safe to do twice, or late.

    The next slot is always in the database already, so that a worker that dies before it knows on its return
    that it missed it.
    """
    for job in JOBS:
        now, newest = clock(), newest_slot(session, job.work.kind)
        if newest is not None and newest > now:
            continue
        planned = fire_times(job, newest or started_at, now)
        slots = [(job.slot(fire), fire) for fire in planned]
        plan_slots(session, job.work.kind, slots, now=now, newest_only=job.catch_up == "newest")
    return run_due(session, {job.work.kind: job.work for job in JOBS}, clock)


def tick_until(stop: threading.Event, database: Database) -> bool:
    """Tick until asked to stop; False when the clock's thread has died, so that the process can leave."""
    started_at = utc_now()

    def tick() -> None:
        with database.session() as session:
            plan_and_run(session, started_at)

    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        tick, "interval", seconds=TICK_SECONDS, id="tick", max_instances=1, coalesce=True, next_run_time=started_at
    )
    scheduler.start()
    try:
        while not stop.wait(TICK_SECONDS):
            if not scheduler._thread.is_alive():
                log.error("the clock's thread has died")
                return False
    finally:
        scheduler.shutdown(wait=True)
    return True
