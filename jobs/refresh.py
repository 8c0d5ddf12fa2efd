"""Match the open demands with the published profiles again, if anything has changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.domain.vocabulary import load_vocabulary
from matching.services import matches, policies
from matching.services.access import SYSTEM
from matching.services.matches import Refresh
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def prepare(session: DbSession, _run: JobRun, now: datetime) -> Refresh:
    """The long part, without a lock."""
    policy = policies.current_policy(session)
    return matches.compute_refresh(session, policy=policy, vocabulary=load_vocabulary(), actor=SYSTEM, now=now)


def commit(session: DbSession, prepared: Refresh, _run: JobRun, now: datetime) -> Mapping[str, Any]:
    """Put the new pairs in place of the old."""
    changed = matches.store_refresh(session, prepared, actor=SYSTEM, now=now)
    return {"changed": changed, "matches": prepared.run.matches}


WORK = Work(kind="refresh", prepare=prepare, commit=commit)
