"""The match policies that were put in force, one row each time; nothing here edits or removes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from matching.store.database import DbSession
from matching.store.schema import PolicyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedPolicy:
    """A policy and when it was put in force (UTC), by whom, and why. `toml` spells every value out."""

    id: int
    version: str
    toml: str
    applied_at: datetime
    applied_by: str
    note: str | None


def applied_policies(session: DbSession, limit: int = 100) -> Sequence[AppliedPolicy]:
    """The latest, newest first: the first one is in force."""
    rows = session.execute(select(PolicyRow).order_by(PolicyRow.id.desc()).limit(limit)).scalars()
    return [_applied(row) for row in rows]


def add_policy(
    session: DbSession, *, version: str, toml: str, applied_at: datetime, applied_by: str, note: str | None
) -> AppliedPolicy:
    """Put one in force."""
    row = PolicyRow(version=version, toml=toml, applied_at=applied_at, applied_by=applied_by, note=note)
    session.add(row)
    session.flush()
    return _applied(row)


def _applied(row: PolicyRow) -> AppliedPolicy:
    return AppliedPolicy(
        id=row.id, version=row.version, toml=row.toml, applied_at=row.applied_at, applied_by=row.applied_by,
        note=row.note,
    )  # fmt: skip
