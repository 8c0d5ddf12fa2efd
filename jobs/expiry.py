"""Close the demands whose publication has ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.services import records
from matching.services.access import SYSTEM
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def commit(session: DbSession, _prepared: None, _run: JobRun, now: datetime) -> Mapping[str, Any]:
    """Every demand past its day, each with its line in the audit log."""
    return {"expired": records.expire_demands(session, actor=SYSTEM, now=now)}


WORK = Work(kind="expiry", commit=commit)
