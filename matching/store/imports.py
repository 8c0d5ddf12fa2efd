"""Files that were imported, and the rows of them that wait for a correction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from matching.domain.records import RecordKind
from matching.store.database import DbSession
from matching.store.schema import ImportRow, WaitingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import and its counts of rows."""

    id: int
    kind: RecordKind
    file_name: str
    sha256: str
    actor: str
    at: datetime
    added: int
    changed: int
    unchanged: int
    waiting: int


def add_import(session: DbSession, *, kind: RecordKind, file_name: str, sha256: str, actor: str, now: datetime) -> int:
    """Open an import with all counts at zero; its id."""
    row = ImportRow(kind=kind, file_name=file_name, sha256=sha256, actor=actor, at=now)
    row.added = row.changed = row.unchanged = row.waiting = 0
    session.add(row)
    session.flush()
    return row.id


def finish_import(
    session: DbSession,
    import_id: int,
    counts: Mapping[str, int],
    waiting: Iterable[tuple[str | None, int, Mapping[str, Any], Sequence[Mapping[str, Any]]]],
) -> None:
    """Write the counts, and the waiting rows as (sheet, line, cells as written, problems)."""
    row = session.get_one(ImportRow, import_id)
    row.added, row.changed = counts["added"], counts["changed"]
    row.unchanged, row.waiting = counts["unchanged"], counts["waiting"]
    session.add_all(
        WaitingRow(import_id=import_id, sheet=sheet, line=line, cells=dict(cells), problems=list(problems))
        for sheet, line, cells, problems in waiting
    )


def waiting_places(session: DbSession, kind: RecordKind, sha256: str) -> set[tuple[str, int]] | None:
    """(sheet, line) of the rows that waited when these bytes were last imported; None: they never were."""
    last = select(ImportRow.id).where(ImportRow.kind == kind, ImportRow.sha256 == sha256)
    import_id = session.execute(last.order_by(ImportRow.id.desc()).limit(1)).scalar()
    if import_id is None:
        return None
    chosen = select(WaitingRow.sheet, WaitingRow.line).where(WaitingRow.import_id == import_id)
    return {(row.sheet or "", row.line) for row in session.execute(chosen)}


def recent_imports(session: DbSession, limit: int = 50) -> list[ImportRun]:
    """The latest imports, newest first."""
    rows = session.execute(select(ImportRow).order_by(ImportRow.id.desc()).limit(limit)).scalars()
    return [
        ImportRun(
            id=row.id,
            kind=RecordKind(row.kind),
            file_name=row.file_name,
            sha256=row.sha256,
            actor=row.actor,
            at=row.at,
            added=row.added,
            changed=row.changed,
            unchanged=row.unchanged,
            waiting=row.waiting,
        )
        for row in rows
    ]
