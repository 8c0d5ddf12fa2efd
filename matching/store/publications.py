"""What is published once: numbered lists, digests and line-ups. Unique keys make "once" true."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from matching.domain.records import RecordKind
from matching.store.database import DbSession
from matching.store.schema import BatchItemRow, BatchRow, DigestRow, LineUpRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A numbered list; year and sequence are given at publication."""

    id: int
    kind: RecordKind
    slot: str
    stage: str
    year: int | None
    sequence: int | None
    frozen_on: date
    policy_version: str | None
    engine_version: str
    sha256: str
    created_at: datetime
    approved_by: str | None
    published_at: datetime | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One line of a list, as it was frozen."""

    position: int
    record_id: str
    change: str
    frozen: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDigest:
    """A digest as it was composed."""

    id: int
    recipient_kind: str
    recipient_id: str
    period: str
    composed_at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLineUp:
    """A revision of a season's line-up, with the problem that it answers."""

    id: int
    season: str
    revision: int
    stage: str
    inputs_sha256: str
    title: str
    problem: Mapping[str, Any]
    plan: Mapping[str, Any]
    created_at: datetime
    approved_by: str | None
    published_at: datetime | None
    version: int


def add_batch(
    session: DbSession,
    *,
    kind: RecordKind,
    slot: str,
    frozen_on: date,
    policy_version: str | None,
    engine_version: str,
    sha256: str,
    items: Sequence[tuple[str, str, str]],
    now: datetime,
) -> int:
    """Freeze a draft; `items` are (record id, change, canonical JSON) in their order. Its id."""
    row = BatchRow(
        kind=kind,
        slot=slot,
        stage="draft",
        frozen_on=frozen_on,
        policy_version=policy_version,
        engine_version=engine_version,
        sha256=sha256,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        BatchItemRow(batch_id=row.id, position=position, record_id=record_id, change=change, frozen=frozen)
        for position, (record_id, change, frozen) in enumerate(items, start=1)
    )
    session.flush()
    return row.id


def find_batch(
    session: DbSession, *, batch_id: int | None = None, kind: RecordKind | None = None, slot: str | None = None
) -> Batch | None:
    """A list by its id, or by its kind and planned slot."""
    chosen = _batches()
    chosen = (
        chosen.where(BatchRow.kind == kind, BatchRow.slot == slot) if slot else chosen.where(BatchRow.id == batch_id)
    )
    return next(iter(_as_batches(session, chosen)), None)


def list_batches(
    session: DbSession, *, kind: RecordKind | None = None, stages: Iterable[str] = ("published",)
) -> list[Batch]:
    """Lists in the stages, newest first."""
    chosen = _batches().where(BatchRow.stage.in_(list(stages))).order_by(BatchRow.id.desc())
    return _as_batches(session, chosen if kind is None else chosen.where(BatchRow.kind == kind))


def batch_items(session: DbSession, batch_id: int) -> list[BatchItem]:
    """The lines of a list in their order."""
    rows = session.execute(
        select(BatchItemRow).where(BatchItemRow.batch_id == batch_id).order_by(BatchItemRow.position)
    ).scalars()
    return [
        BatchItem(position=r.position, record_id=r.record_id, change=r.change, frozen=json.loads(r.frozen))
        for r in rows
    ]


def already_listed(session: DbSession, kind: RecordKind) -> dict[str, str]:
    """record id → its frozen JSON in the newest list (draft or published) that holds it."""
    chosen = (
        select(BatchItemRow.record_id, BatchItemRow.frozen)
        .join(BatchRow, BatchRow.id == BatchItemRow.batch_id)
        .where(BatchRow.kind == kind, BatchRow.stage.in_(("draft", "published")))
        .order_by(BatchRow.id)
    )
    return {line.record_id: line.frozen for line in session.execute(chosen)}


def publish_batch(session: DbSession, batch_id: int, *, year: int, approved_by: str, now: datetime) -> int:
    """Give the draft the year's next number and publish it; the number."""
    row = session.get_one(BatchRow, batch_id)
    used = select(func.max(BatchRow.sequence)).where(BatchRow.kind == row.kind, BatchRow.year == year)
    row.year, row.sequence = year, (session.execute(used).scalar() or 0) + 1
    row.stage, row.approved_by, row.published_at = "published", approved_by, now
    session.flush()
    return row.sequence


def digests_of_period(session: DbSession, recipient_kind: str, period: str) -> set[str]:
    """Who has a digest for the period already."""
    chosen = select(DigestRow.recipient_id).where(
        DigestRow.recipient_kind == recipient_kind, DigestRow.period == period
    )
    return set(session.execute(chosen).scalars())


def add_digest(
    session: DbSession, *, recipient_kind: str, recipient_id: str, period: str, body: Mapping[str, Any], now: datetime
) -> None:
    """Add one digest; a second for the same recipient and period breaks the unique key."""
    session.add(
        DigestRow(
            recipient_kind=recipient_kind,
            recipient_id=recipient_id,
            period=period,
            body=dict(body),
            composed_at=now,
        )
    )


def digests_for(
    session: DbSession, recipient_kind: str, recipient_ids: Iterable[str], limit: int = 20
) -> list[StoredDigest]:
    """The digests of these recipients, newest first."""
    chosen = (
        select(DigestRow)
        .where(DigestRow.recipient_kind == recipient_kind, DigestRow.recipient_id.in_(list(recipient_ids)))
        .order_by(DigestRow.id.desc())
        .limit(limit)
    )
    return [_digest(row) for row in session.execute(chosen).scalars()]


def find_digest(session: DbSession, digest_id: int) -> StoredDigest | None:
    """One digest, or None."""
    row = session.get(DigestRow, digest_id)
    return None if row is None else _digest(row)


def told_before(session: DbSession, recipient_kind: str, before_period: str) -> dict[str, dict[str, str]]:
    """recipient → {item id: its fingerprint} of everything that earlier digests told: news is what differs."""
    chosen = (
        select(DigestRow.recipient_id, DigestRow.body)
        .where(DigestRow.recipient_kind == recipient_kind, DigestRow.period < before_period)
        .order_by(DigestRow.id)
    )
    told: dict[str, dict[str, str]] = {}
    for line in session.execute(chosen):
        told.setdefault(line.recipient_id, {}).update({i["id"]: i["fingerprint"] for i in line.body["items"]})
    return told


def add_line_up(
    session: DbSession,
    *,
    season: str,
    title: str,
    inputs_sha256: str,
    problem: Mapping[str, Any],
    plan: Mapping[str, Any],
    now: datetime,
) -> int:
    """Add the season's next revision as a draft; its id."""
    newest = session.execute(select(func.max(LineUpRow.revision)).where(LineUpRow.season == season)).scalar()
    row = LineUpRow(
        season=season,
        revision=(newest or 0) + 1,
        stage="draft",
        inputs_sha256=inputs_sha256,
        title=title,
        problem=dict(problem),
        plan=dict(plan),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def replace_plan(session: DbSession, line_up_id: int, plan: Mapping[str, Any], *, expected_version: int) -> bool:
    """Give a draft another plan; False where it is no draft any more, or another version than expected."""
    row = session.get_one(LineUpRow, line_up_id)
    if row.stage != "draft" or row.version != expected_version:
        return False
    row.plan = dict(plan)
    session.flush()
    return True


def find_line_up(session: DbSession, line_up_id: int) -> StoredLineUp | None:
    """One revision, or None."""
    row = session.get(LineUpRow, line_up_id)
    return None if row is None else _line_up(row)


def list_line_ups(
    session: DbSession, *, season: str | None = None, stages: Iterable[str] = ("published",)
) -> list[StoredLineUp]:
    """Revisions in the stages, newest first."""
    chosen = select(LineUpRow).where(LineUpRow.stage.in_(list(stages))).order_by(LineUpRow.id.desc())
    if season is not None:
        chosen = chosen.where(LineUpRow.season == season)
    return [_line_up(row) for row in session.execute(chosen).scalars()]


def publish_line_up(session: DbSession, line_up_id: int, *, approved_by: str, now: datetime) -> None:
    """Publish a revision; the season's published one before it is superseded."""
    row = session.get_one(LineUpRow, line_up_id)
    former = select(LineUpRow).where(LineUpRow.season == row.season, LineUpRow.stage == "published")
    for other in session.execute(former).scalars():
        other.stage = "superseded"
    row.stage, row.approved_by, row.published_at = "published", approved_by, now


def _batches() -> Select[Any]:
    size = select(func.count()).where(BatchItemRow.batch_id == BatchRow.id).correlate(BatchRow).scalar_subquery()
    return select(BatchRow, size.label("size"))


def _as_batches(session: DbSession, chosen: Select[Any]) -> list[Batch]:
    return [
        Batch(
            id=row.id,
            kind=RecordKind(row.kind),
            slot=row.slot,
            stage=row.stage,
            year=row.year,
            sequence=row.sequence,
            frozen_on=row.frozen_on,
            policy_version=row.policy_version,
            engine_version=row.engine_version,
            sha256=row.sha256,
            created_at=row.created_at,
            approved_by=row.approved_by,
            published_at=row.published_at,
            size=size,
        )
        for row, size in session.execute(chosen)
    ]


def _digest(row: DigestRow) -> StoredDigest:
    return StoredDigest(
        id=row.id,
        recipient_kind=row.recipient_kind,
        recipient_id=row.recipient_id,
        period=row.period,
        composed_at=row.composed_at,
        body=row.body,
    )


def _line_up(row: LineUpRow) -> StoredLineUp:
    return StoredLineUp(
        id=row.id,
        season=row.season,
        revision=row.revision,
        stage=row.stage,
        inputs_sha256=row.inputs_sha256,
        title=row.title,
        problem=row.problem,
        plan=row.plan,
        created_at=row.created_at,
        approved_by=row.approved_by,
        published_at=row.published_at,
        version=row.version,
    )
