"""Importing a file: rows become records that wait for review; what cannot be read waits for a correction."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from matching.domain.errors import Problem, problem
from matching.domain.records import Record, RecordKind, owner_of, title_of
from matching.domain.stages import Stage
from matching.domain.text import fold
from matching.domain.vocabulary import Vocabulary
from matching.intake.rows import NO_CONTACT, Row, read_file
from matching.intake.tables import read_bytes
from matching.services.access import Action, Actor, authorize
from matching.services.records import SHANGHAI
from matching.store import DbSession, records, write_transaction
from matching.store import imports as store
from matching.store.audit import record_change
from matching.store.imports import ImportRun
from matching.store.records import StoredRecord


@dataclass(kw_only=True)
class ImportOutcome:
    """What an import did, or (dry run) would do. `warnings` kept no row from going in."""

    kind: RecordKind
    file_name: str
    sha256: str
    dry_run: bool
    seen_before: bool = False  # these very bytes were imported before: only the rows that waited were tried again
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: list[Row] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Rows that went in, or were in already."""
        return self.added + self.changed + self.unchanged

    @property
    def rows(self) -> int:
        """Rows with content."""
        return self.accepted + len(self.waiting)

    def summary(self) -> dict[str, object]:
        """The counts under the codes that the report has labels for."""
        return {
            "file": self.file_name,
            "sha256": self.sha256,
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "waiting": len(self.waiting),
            "remarks": len(self.warnings),
        }


_NAMED = 10
"""Near-duplicates of one group that a warning names."""

_EDITABLE = (Stage.DRAFT, Stage.SUBMITTED, Stage.RETURNED, Stage.PUBLISHED, Stage.WITHDRAWN, Stage.EXPIRED)


def import_file(
    session: DbSession,
    kind: RecordKind,
    path: Path,
    *,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
    file_name: str | None = None,
    dry_run: bool = False,
) -> ImportOutcome:
    """Take in a .xlsx, .csv or .jsonl file. A row goes in whole or waits whole; what goes in waits for review.

    A record is known by its id. The same bytes a second time change nothing: rows that went in before are
    left as they are now, even if somebody has edited the record since; rows that waited are tried again.

    Raises:
        NotAllowed: the actor may not import.
        InputError: the file cannot be used at all.
    """
    authorize(actor, Action.IMPORT)
    name = file_name or path.name
    content = read_bytes(path, name)
    intake = read_file(content, name, kind, today=now.astimezone(SHANGHAI).date(), vocabulary=vocabulary)
    outcome = ImportOutcome(
        kind=kind,
        file_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        dry_run=dry_run,
        waiting=list(intake.waiting),
        warnings=[*intake.warnings, *_alike(intake.accepted)],
    )
    if dry_run:
        _sort(session, kind, intake.accepted, outcome)
        return outcome
    with write_transaction(session):
        going = _sort(session, kind, intake.accepted, outcome)
        if outcome.seen_before and not going:
            return outcome  # nothing happened, so nothing is recorded
        import_id = store.add_import(
            session, kind=kind, file_name=name, sha256=outcome.sha256, actor=actor.name, now=now
        )
        for row, stored in going:
            assert row.record is not None
            _save(session, kind, row, row.record, stored, vocabulary=vocabulary, now=now, import_id=import_id)
            record_change(
                session, now=now, actor=actor.name, action="import", object_kind=kind, object_id=row.record.id,
                import_id=import_id, line=row.line, fate="changed" if stored else "added",
            )  # fmt: skip
        counts = {key: getattr(outcome, key) for key in ("added", "changed", "unchanged")}
        store.finish_import(
            session,
            import_id,
            {**counts, "waiting": len(outcome.waiting)},
            [(row.sheet, row.line, row.raw, [_problem_json(p) for p in row.problems]) for row in outcome.waiting],
        )
    return outcome


def recent_imports(session: DbSession, *, actor: Actor) -> Sequence[ImportRun]:
    """The latest imports, newest first."""
    authorize(actor, Action.IMPORT)
    return store.recent_imports(session)


def _sort(
    session: DbSession, kind: RecordKind, rows: Iterable[Row], outcome: ImportOutcome
) -> list[tuple[Row, StoredRecord | None]]:
    """Decide for every readable row what becomes of it; the rows that go in, with the record that they replace."""
    rows = list(rows)
    tried_again = store.waiting_places(session, kind, outcome.sha256)
    outcome.seen_before = tried_again is not None
    stored = records.records_by_id(session, kind, [row.record.id for row in rows if row.record])
    going: list[tuple[Row, StoredRecord | None]] = []
    for row in rows:
        assert row.record is not None
        found = stored.get(row.record.id)
        if found is not None and _went_in(row, tried_again):
            outcome.unchanged += 1
            continue
        refusal = found and _refusal(row, row.record, found)
        if refusal:
            outcome.waiting.append(replace(row, problems=(refusal,)))
        elif found is None:
            outcome.added += 1
            going.append((row, None))
        elif found.record == row.record and (row.contact == NO_CONTACT or asdict(row.contact) == found.contact):
            outcome.unchanged += 1
        else:
            outcome.changed += 1
            going.append((row, found))
    outcome.waiting.sort(key=lambda row: (row.sheet, row.line))
    return going


def _alike(rows: Sequence[Row]) -> list[Problem]:
    """The rows of a file that say nearly the same as others of it, told at the second one of each group."""
    from matching.engine.duplicates import near_duplicates  # brings scipy: not for a page that imports nothing

    by_id = {row.record.id: row for row in rows if row.record}
    found = []
    for group in near_duplicates([row.record for row in by_id.values() if row.record]):
        own = sorted((by_id[member] for member in group.members), key=lambda row: (row.sheet, row.line))
        percent = int(100 * group.similarity)
        ids = [*group.members[:_NAMED], *(["…"] if len(group.members) > _NAMED else [])]
        told = problem("near_duplicates", ids=ids, percent=percent)
        found.append(replace(told, sheet=own[1].sheet or None, line=own[1].line))
    return found


def _went_in(row: Row, tried_again: Collection[tuple[str, int]] | None) -> bool:
    return tried_again is not None and (row.sheet, row.line) not in tried_again


def _refusal(row: Row, record: Record, found: StoredRecord) -> Problem | None:
    """Why a row may not replace the stored record of the same id: two districts may both number from 1."""
    if found.stage not in _EDITABLE:
        refused = problem("cannot_change_now", key="id", value=record.id, stage=found.stage.value)
    elif _name(record) != _name(found.record) and fold(owner_of(record) or "") != fold(owner_of(found.record) or ""):
        refused = problem("id_taken", key="id", value=record.id, other=title_of(found.record))
    else:
        return None
    return replace(refused, sheet=row.sheet or None, line=row.line)


def _name(record: Record) -> str:
    return fold(title_of(record))


def _save(
    session: DbSession,
    kind: RecordKind,
    row: Row,
    record: Record,
    stored: StoredRecord | None,
    *,
    vocabulary: Vocabulary,
    now: datetime,
    import_id: int,
) -> None:
    contact: dict[str, Any] | None = None if row.contact == NO_CONTACT else asdict(row.contact)
    if stored is None:
        records.add_record(
            session, kind, record, stage=Stage.SUBMITTED, vocabulary=vocabulary, now=now, contact=contact,
            import_id=import_id,
        )  # fmt: skip
    else:
        records.save_record(
            session, kind, record, expected_version=stored.version, vocabulary=vocabulary, now=now, contact=contact,
            stage=stored.stage if record == stored.record else Stage.SUBMITTED,  # a contact is not for the public
            import_id=import_id,
        )  # fmt: skip


def _problem_json(found: Problem) -> dict[str, Any]:
    return {key: dict(value) if key == "facts" else value for key, value in _fields(found) if value is not None}


def _fields(found: Problem) -> Iterable[tuple[str, Any]]:
    return ((name, getattr(found, name)) for name in Problem.__dataclass_fields__)
