"""Demands and profiles: posting, editing, reviewing, expiring, and reading them within one's rights."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import Record, RecordKind
from matching.domain.stages import OPEN_STAGES, PUBLIC_STAGES, Stage, check_move
from matching.domain.text import check_text
from matching.domain.vocabulary import Vocabulary
from matching.services.access import Action, Actor, authorize
from matching.store import DbSession, records, write_transaction
from matching.store.audit import AuditEntry, changes_of, record_change
from matching.store.records import Filter, Page, StoredRecord

SHANGHAI = ZoneInfo("Asia/Shanghai")

_POST = {RecordKind.DEMANDS: Action.POST_DEMAND, RecordKind.PROFILES: Action.POST_PROFILE}


def post_record(
    session: DbSession,
    kind: RecordKind,
    record: Record,
    *,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
    contact: Mapping[str, str] | None = None,
) -> StoredRecord:
    """Post a new record and hand it in for review.

    The caller chooses the id before the form is shown, so that a form sent twice posts once: the second
    time the stored record is returned, unchanged.
    """
    authorize(actor, _POST[kind])
    record = dataclasses.replace(record, updated_on=now.astimezone(SHANGHAI).date())
    with write_transaction(session):
        stored = records.find_record(session, kind, record.id)
        if stored is None:
            records.add_record(
                session, kind, record, stage=Stage.SUBMITTED, vocabulary=vocabulary, now=now,
                account_id=actor.account_id if actor.role.value in ("scenario_owner", "opc") else None, contact=contact,
            )  # fmt: skip
            _audit(session, now, actor, "post", kind, record.id)
        else:
            authorize(actor, Action.EDIT_RECORD, stored)
    return view_record(session, kind, record.id, actor=actor)


def edit_record(
    session: DbSession,
    kind: RecordKind,
    record: Record,
    *,
    expected_version: int,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
    contact: Mapping[str, str] | None = None,
) -> StoredRecord:
    """Save an edit; what was public goes back to review, because the public reads only what was reviewed.

    Raises:
        EditConflict: somebody saved another version since `expected_version` was read.
        InputError: `no_such_move` where the record's stage allows no edit any more.
    """
    record = dataclasses.replace(record, updated_on=now.astimezone(SHANGHAI).date())
    with write_transaction(session):
        stored = _find(session, kind, record.id)
        authorize(actor, Action.EDIT_RECORD, stored)
        if stored.stage is not Stage.SUBMITTED:
            check_move(kind.moves, stored.stage, Stage.SUBMITTED)
        records.save_record(
            session, kind, record, expected_version=expected_version, stage=Stage.SUBMITTED, vocabulary=vocabulary,
            now=now, contact=contact,
        )  # fmt: skip
        _audit(session, now, actor, "edit", kind, record.id, from_stage=stored.stage, version=expected_version + 1)
    return view_record(session, kind, record.id, actor=actor)


def review_records(
    session: DbSession,
    kind: RecordKind,
    record_ids: Iterable[str] | None,
    decision: Stage,
    *,
    actor: Actor,
    now: datetime,
    note: str | None = None,
) -> list[str]:
    """Approve (`PUBLISHED`) or send back (`RETURNED`, with a note) records that were handed in; their ids.

    `record_ids` None means the whole queue. All of them move, or none.

    Raises:
        InputError: `no_such_move` (not in the queue any more), `note_needed` (returned without a word).
    """
    authorize(actor, Action.REVIEW)
    if decision is Stage.RETURNED and not (note or "").strip():
        raise InputError(problem("note_needed", key="note"))
    if note:
        check_text(note, key="note", longest=2_000)
    with write_transaction(session):
        if record_ids is None:
            queue = records.records_in(session, kind, [Stage.SUBMITTED])
        else:
            queue = [_find(session, kind, record_id) for record_id in record_ids]
        for stored in queue:
            check_move(kind.moves, stored.stage, decision)
            records.set_stage(session, stored, decision, now=now, note=note)
            _audit(session, now, actor, "review", kind, stored.id, decision=decision.value)
    return [stored.id for stored in queue]


def withdraw_record(
    session: DbSession, kind: RecordKind, record_id: str, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Take a record back; it leaves the lists and takes no part in matching.

    Raises:
        EditConflict: see `edit_record`.
    """
    with write_transaction(session):
        stored = _find(session, kind, record_id)
        authorize(actor, Action.EDIT_RECORD, stored)
        check_move(kind.moves, stored.stage, Stage.WITHDRAWN)
        records.set_stage(session, dataclasses.replace(stored, version=expected_version), Stage.WITHDRAWN, now=now)
        _audit(session, now, actor, "withdraw", kind, record_id)


def expire_demands(session: DbSession, *, actor: Actor, now: datetime) -> list[str]:
    """Close the demands whose publication has ended; their ids."""
    authorize(actor, Action.COMPUTE)
    today = now.astimezone(SHANGHAI).date()
    with write_transaction(session):
        overdue = records.overdue_demands(session, today, OPEN_STAGES)
        for stored in overdue:
            check_move(stored.kind.moves, stored.stage, Stage.EXPIRED)
            records.set_stage(session, stored, Stage.EXPIRED, now=now)
            _audit(session, now, actor, "expire", stored.kind, stored.id)
    return [stored.id for stored in overdue]


def view_record(session: DbSession, kind: RecordKind, record_id: str, *, actor: Actor) -> StoredRecord:
    """One record that the actor may see.

    Raises:
        NotFound: there is none, or none for this actor.
    """
    stored = _find(session, kind, record_id)
    authorize(actor, Action.VIEW_RECORD, stored)
    return stored


def view_history(session: DbSession, stored: StoredRecord, *, actor: Actor) -> Sequence[AuditEntry]:
    """What happened to a record, newest first, for those who may edit it."""
    authorize(actor, Action.EDIT_RECORD, stored)
    return changes_of(session, stored.kind, stored.id)


def public_page(session: DbSession, kind: RecordKind, wanted: Filter, number: int = 1, size: int = 20) -> Page:
    """A page of what anybody may read: the open demands, or the published profiles."""
    stages = OPEN_STAGES if kind is RecordKind.DEMANDS else PUBLIC_STAGES
    return records.list_records(
        session, kind, dataclasses.replace(wanted, stages=tuple(stages), account_id=None), number, size
    )


def own_records(session: DbSession, kind: RecordKind, *, actor: Actor, number: int = 1, size: int = 50) -> Page:
    """A page of the actor's own records, in every stage."""
    authorize(actor, _POST[kind])
    return records.list_records(session, kind, Filter(account_id=actor.account_id or -1), number, size)


def review_queue(session: DbSession, kind: RecordKind, *, actor: Actor, number: int = 1, size: int = 20) -> Page:
    """A page of what waits for review."""
    authorize(actor, Action.REVIEW)
    return records.list_records(session, kind, Filter(stages=(Stage.SUBMITTED,)), number, size)


def export_records(session: DbSession, kind: RecordKind, *, actor: Actor) -> list[Any]:
    """Every public record of a kind, by id; contacts are never part of it."""
    authorize(actor, Action.EXPORT)
    return [stored.record for stored in records.records_in(session, kind, PUBLIC_STAGES)]


def _find(session: DbSession, kind: RecordKind, record_id: str) -> StoredRecord:
    stored = records.find_record(session, kind, record_id)
    if stored is None:
        raise NotFound(problem("not_found"))
    return stored


def _audit(
    session: DbSession, now: datetime, actor: Actor, action: str, kind: RecordKind, record_id: str, **detail: object
) -> None:
    record_change(session, now=now, actor=actor.name, action=action, object_kind=kind, object_id=record_id, **detail)
