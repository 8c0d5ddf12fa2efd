"""Remind people of the form about a meeting that they have not filled in: once a meeting and side."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.services import meeting_notes
from matching.services.access import SYSTEM
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def commit(session: DbSession, _prepared: None, _run: JobRun, now: datetime) -> Mapping[str, Any]:
    """Notices whose keys keep them from being written twice, however often and late this runs."""
    return {"reminded": meeting_notes.remind(session, actor=SYSTEM, now=now)}


WORK = Work(kind="reminders", commit=commit)
