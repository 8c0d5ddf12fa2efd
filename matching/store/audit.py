"""The audit log: one row for every change, in the transaction of the change. Nothing here edits or removes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from matching.store.database import DbSession
from matching.store.schema import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which object, when (UTC)."""

    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]


def record_change(
    session: DbSession,
    *,
    now: datetime,
    actor: str,
    action: str,
    object_kind: str,
    object_id: object,
    **detail: object,
) -> None:
    """Add one row. `detail` is JSON: what changed, never a password or a contact."""
    session.add(
        AuditRow(
            at=now, actor=actor, action=action, object_kind=object_kind, object_id=str(object_id), detail=dict(detail)
        )
    )


def changes_of(session: DbSession, object_kind: str, object_id: object, limit: int = 100) -> Sequence[AuditEntry]:
    """The history of one object, newest first."""
    chosen = (
        select(AuditRow)
        .where(AuditRow.object_kind == object_kind, AuditRow.object_id == str(object_id))
        .order_by(AuditRow.id.desc())
        .limit(limit)
    )
    return [
        AuditEntry(
            at=row.at,
            actor=row.actor,
            action=row.action,
            object_kind=row.object_kind,
            object_id=row.object_id,
            detail=row.detail,
        )
        for row in session.execute(chosen).scalars()
    ]
