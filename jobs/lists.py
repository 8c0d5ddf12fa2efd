"""Draft the week's numbered lists; a person approves them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from matching.domain.records import RecordKind
from matching.services import batches
from matching.services.access import SYSTEM
from matching.services.schedule import Work
from matching.store import DbSession
from matching.store.runs import JobRun


def commit(session: DbSession, _prepared: None, run: JobRun, now: datetime) -> Mapping[str, Any]:
    """A draft of each kind, where anything was reviewed since the last one."""
    drafts = {kind: batches.draft_batch(session, kind, actor=SYSTEM, now=now, slot=run.slot) for kind in RecordKind}
    return {kind.value: draft.size if draft else 0 for kind, draft in drafts.items()}


WORK = Work(kind="lists", commit=commit)
