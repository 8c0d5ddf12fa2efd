"""Numbered lists: reviewed records are frozen into a draft, and published when a person approves it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import RecordKind, public_json
from matching.domain.stages import BATCH_MOVES, OPEN_STAGES, Stage, check_move
from matching.services.access import Action, Actor, authorize
from matching.services.matches import engine_version
from matching.services.records import SHANGHAI
from matching.store import DbSession, matches, publications, records, write_transaction
from matching.store.audit import record_change
from matching.store.database import canonical_json
from matching.store.publications import Batch, BatchItem

_LISTED_STAGES = {RecordKind.DEMANDS: OPEN_STAGES, RecordKind.PROFILES: (Stage.PUBLISHED,)}


def batch_number(batch: Batch) -> str | None:
    """The number by which people cite a list, such as 需〔2026〕3号; None for a draft."""
    if batch.sequence is None:
        return None
    sign = "需" if batch.kind is RecordKind.DEMANDS else "供"
    return f"{sign}〔{batch.year}〕{batch.sequence}号"


def draft_batch(
    session: DbSession, kind: RecordKind, *, actor: Actor, now: datetime, slot: str | None = None
) -> Batch | None:
    """Freeze what was reviewed and is not listed yet, or has changed since; None where there is nothing.

    `slot` is the planned period of a scheduled run; a list that is made by hand takes its name from the
    time and its content. Contacts are no part of a record, so none can be frozen into a list.
    """
    authorize(actor, Action.COMPUTE)
    with write_transaction(session):
        if slot is not None and publications.find_batch(session, kind=kind, slot=slot) is not None:
            return None
        listed = publications.already_listed(session, kind)
        items: list[tuple[str, str, str]] = []
        today = now.astimezone(SHANGHAI).date()
        for stored in records.records_in(session, kind, _LISTED_STAGES[kind]):
            if kind is RecordKind.DEMANDS and stored.record.publish_until and stored.record.publish_until < today:
                continue  # its time is over; the nightly job has only not closed it yet
            frozen = canonical_json(public_json(stored.record))
            if listed.get(stored.id) != frozen:
                items.append((stored.id, "changed" if stored.id in listed else "new", frozen))
        if not items:
            return None
        sha256 = hashlib.sha256(canonical_json(items).encode()).hexdigest()
        run = matches.latest_run(session)
        batch_id = publications.add_batch(
            session,
            kind=kind,
            slot=slot or f"by-hand:{now.isoformat()}:{sha256[:16]}",
            frozen_on=now.astimezone(SHANGHAI).date(),
            policy_version=run.policy_version if run else None,
            engine_version=engine_version(),
            sha256=sha256,
            items=items,
            now=now,
        )
        record_change(
            session, now=now, actor=actor.name, action="draft", object_kind="batch", object_id=batch_id,
            list=kind.value, items=len(items), sha256=sha256,
        )  # fmt: skip
    return _find(session, batch_id)


def publish_batch(session: DbSession, batch_id: int, *, actor: Actor, now: datetime) -> Batch:
    """Approve a draft: it gets the year's next number and is public from now on, and never changes.

    Raises:
        NotAllowed: only a person who organises may approve.
        InputError: `no_such_move` where it is no draft (any more).
    """
    authorize(actor, Action.APPROVE)
    with write_transaction(session):
        batch = _find(session, batch_id)
        check_move(BATCH_MOVES, batch.stage, "published")
        year = now.astimezone(SHANGHAI).year
        sequence = publications.publish_batch(session, batch_id, year=year, approved_by=actor.name, now=now)
        record_change(
            session, now=now, actor=actor.name, action="publish", object_kind="batch", object_id=batch_id,
            year=year, sequence=sequence,
        )  # fmt: skip
    return _find(session, batch_id)


def draft_and_publish(session: DbSession, kind: RecordKind, *, actor: Actor, now: datetime) -> Batch:
    """Freeze and approve in one step, for a person who has read what was reviewed.

    Raises:
        InputError: `nothing_reviewed`.
    """
    authorize(actor, Action.APPROVE)
    with write_transaction(session):
        batch = draft_batch(session, kind, actor=actor, now=now)
        waiting = publications.list_batches(session, kind=kind, stages=("draft",))
        batch = batch or next(iter(waiting), None)
        if batch is None:
            raise InputError(problem("nothing_reviewed", value=kind.value))
        return publish_batch(session, batch.id, actor=actor, now=now)


def published_batches(session: DbSession, kind: RecordKind | None = None) -> list[Batch]:
    """What anybody may read, newest first."""
    return publications.list_batches(session, kind=kind)


def draft_batches(session: DbSession, *, actor: Actor) -> list[Batch]:
    """What waits for approval, newest first."""
    authorize(actor, Action.VIEW_DRAFTS)
    return publications.list_batches(session, stages=("draft",))


def view_batch(session: DbSession, batch_id: int, *, actor: Actor) -> tuple[Batch, Sequence[BatchItem]]:
    """One list with its frozen lines; a draft only for organisers.

    Raises:
        NotFound: there is none, or it is a draft and the actor may not know.
    """
    batch = _find(session, batch_id)
    if batch.stage == "draft" and actor.role.value not in ("organiser", "administrator"):
        raise NotFound(problem("not_found"))
    return batch, publications.batch_items(session, batch_id)


def _find(session: DbSession, batch_id: int) -> Batch:
    batch = publications.find_batch(session, batch_id=batch_id)
    if batch is None:
        raise NotFound(problem("not_found"))
    return batch
