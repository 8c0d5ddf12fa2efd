"""Publish the week's digests: one for each OPC, of records that a person has reviewed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.services import digests
from matching.services.access import SYSTEM
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def commit(session: DbSession, _prepared: None, run: JobRun, now: datetime) -> Mapping[str, Any]:
    """The period is the planned one, however late the run."""
    return {"added": digests.publish_digests(session, run.slot, actor=SYSTEM, now=now)}


WORK = Work(kind="digest", commit=commit)
