"""Publish the week's digests: one for each OPC, of records that a person has reviewed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs import refresh
from matching.services import digests
from matching.services.access import SYSTEM
from matching.services.matches import Refresh
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def prepare(session: DbSession, run: JobRun, now: datetime) -> Refresh:
    """The matches of now: after a stop, the refresh of this minute may be due only later than the digest."""
    return refresh.prepare(session, run, now)


def commit(session: DbSession, prepared: Refresh, run: JobRun, now: datetime) -> Mapping[str, Any]:
    """The period is the planned one, however late the run."""
    refreshed = refresh.commit(session, prepared, run, now)
    return {**refreshed, "added": digests.publish_digests(session, run.slot, actor=SYSTEM, now=now)}


WORK = Work(kind="digest", prepare=prepare, commit=commit)
