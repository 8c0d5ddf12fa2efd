"""Draft the season's line-up; a person approves it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.domain.vocabulary import load_vocabulary
from matching.services import roadshows
from matching.services.access import SYSTEM
from matching.services.roadshows import PlannedLineUp
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def prepare(session: DbSession, _run: JobRun, now: datetime) -> PlannedLineUp:
    """The solver's part, without a lock."""
    vocabulary = load_vocabulary()
    return roadshows.compute_line_up(session, None, actor=SYSTEM, vocabulary=vocabulary, now=now)


def commit(session: DbSession, prepared: PlannedLineUp, _run: JobRun, now: datetime) -> Mapping[str, Any]:
    """A new draft, unless the latest revision answers the same problem."""
    stored, new = roadshows.store_line_up(session, prepared, actor=SYSTEM, now=now)
    return {"season": stored.season, "revision": stored.revision, "new": new}


WORK = Work(kind="line_up", prepare=prepare, commit=commit)
