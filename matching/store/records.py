"""Demands and profiles in the store: one set of functions for both kinds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from matching.domain.codec import to_json
from matching.domain.demand import Demand
from matching.domain.errors import EditConflict, problem
from matching.domain.records import Record, RecordKind, owner_of, title_of
from matching.domain.stages import Stage
from matching.domain.vocabulary import Vocabulary
from matching.store.database import DbSession
from matching.store.schema import DemandRow, DemandSectorRow, ProfileRow, ProfileSectorRow, RecordRow, SectorRow
from matching.store.search import query_words, search_text

_ROWS: dict[RecordKind, type[RecordRow]] = {
    RecordKind.DEMANDS: DemandRow,
    RecordKind.PROFILES: ProfileRow,
}
_SECTORS: dict[RecordKind, type[SectorRow]] = {
    RecordKind.DEMANDS: DemandSectorRow,
    RecordKind.PROFILES: ProfileSectorRow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record with what the store knows about it."""

    kind: RecordKind
    id: str
    record: Any  # Demand | CapabilityProfile
    stage: Stage
    version: int
    account_id: int | None
    contact: Mapping[str, Any] | None
    review_note: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """What a list shows of a record: no explanation, no contact."""

    id: str
    title: str
    owner_name: str | None
    stage: str
    record: Mapping[str, Any]
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list; `number` counts from 1."""

    lines: Sequence[RecordLine]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to. None and empty mean no narrowing."""

    stages: tuple[str, ...] = ()
    words: str = ""
    sector: str | None = None
    district: str | None = None
    account_id: int | None = None


def find_record(session: DbSession, kind: RecordKind, record_id: str) -> StoredRecord | None:
    """One record with everything, or None."""
    row = session.get(_ROWS[kind], record_id)
    return None if row is None else _stored(kind, row)


def list_records(session: DbSession, kind: RecordKind, wanted: Filter, number: int = 1, size: int = 20) -> Page:
    """One page of the list, newest publication first; two queries whatever the size."""
    row = _ROWS[kind]
    total = session.execute(_narrow(select(func.count()).select_from(row), kind, wanted)).scalar_one()
    number = min(max(1, number), max(1, -(-total // size)))
    chosen = _narrow(select(row.id, row.title, row.owner_name, row.stage, row.record, row.updated_at), kind, wanted)
    chosen = chosen.order_by(row.published_at.desc().nulls_last(), row.id).limit(size).offset((number - 1) * size)
    lines = [RecordLine(**line) for line in session.execute(chosen).mappings()]
    return Page(lines=lines, total=total, number=number, size=size)


def records_in(session: DbSession, kind: RecordKind, stages: Iterable[str]) -> list[StoredRecord]:
    """Every record in one of the stages, by id."""
    row = _ROWS[kind]
    chosen = select(row).where(row.stage.in_([str(s) for s in stages])).order_by(row.id)
    return [_stored(kind, found) for found in session.execute(chosen).scalars()]


def records_by_id(session: DbSession, kind: RecordKind, ids: Iterable[str]) -> dict[str, StoredRecord]:
    """The records of these ids that exist; asked for in one query."""
    row = _ROWS[kind]
    chosen = select(row).where(row.id.in_(sorted(set(ids))))
    return {found.id: _stored(kind, found) for found in session.execute(chosen).scalars()}


def contents_in(session: DbSession, kind: RecordKind, stages: Iterable[str]) -> list[tuple[str, str]]:
    """(id, instant of the last edit) of every record in the stages, by id: the fingerprint of what a refresh reads."""
    row = _ROWS[kind]
    chosen = select(row.id, row.updated_at).where(row.stage.in_([str(s) for s in stages])).order_by(row.id)
    return [(line.id, line.updated_at.isoformat()) for line in session.execute(chosen)]


def count_by_stage(session: DbSession, kind: RecordKind) -> dict[str, int]:
    """How many records stand in each stage."""
    table = _ROWS[kind]
    counts = session.execute(select(table.stage, func.count().label("number")).group_by(table.stage))
    return {row.stage: row.number for row in counts}


def count_by_sector(session: DbSession, kind: RecordKind, stages: Iterable[str]) -> dict[str, int]:
    """How many records of the stages speak of each sector."""
    row, sector = _ROWS[kind], _SECTORS[kind]
    chosen = select(sector.sector, func.count().label("number")).join(row, row.id == sector.record_id)
    chosen = chosen.where(row.stage.in_([str(s) for s in stages])).group_by(sector.sector)
    return {line.sector: line.number for line in session.execute(chosen)}


def overdue_demands(session: DbSession, today: date, stages: Iterable[str]) -> list[StoredRecord]:
    """Demands of the stages whose publication ended before `today`."""
    chosen = select(DemandRow).where(DemandRow.stage.in_([str(s) for s in stages]), DemandRow.publish_until < today)
    return [_stored(RecordKind.DEMANDS, row) for row in session.execute(chosen.order_by(DemandRow.id)).scalars()]


def add_record(
    session: DbSession,
    kind: RecordKind,
    record: Record,
    *,
    stage: Stage,
    vocabulary: Vocabulary,
    now: datetime,
    account_id: int | None = None,
    contact: Mapping[str, Any] | None = None,
    import_id: int | None = None,
) -> None:
    """Add a new record; its id must be free."""
    row = _ROWS[kind](id=record.id, stage=stage, account_id=account_id, import_id=import_id, created_at=now)
    row.contact = dict(contact) if contact else None
    row.review_note = row.published_at = None
    _fill(row, record, vocabulary, now)
    session.add(row)
    sector = _SECTORS[kind]
    session.add_all(sector(record_id=record.id, sector=code) for code in _sectors(record, vocabulary))


def save_record(
    session: DbSession,
    kind: RecordKind,
    record: Record,
    *,
    expected_version: int,
    stage: Stage,
    vocabulary: Vocabulary,
    now: datetime,
    contact: Mapping[str, Any] | None = None,
    import_id: int | None = None,
) -> None:
    """Replace a record's content and stage.

    Raises:
        EditConflict: the stored version is not `expected_version`.
    """
    row = _at_version(session, kind, record.id, expected_version)
    _fill(row, record, vocabulary, now)
    row.stage = stage
    row.contact = dict(contact) if contact else row.contact
    row.import_id = import_id or row.import_id
    session.flush()
    _save_sectors(session, kind, record, vocabulary)


def set_stage(
    session: DbSession,
    stored: StoredRecord,
    stage: Stage,
    *,
    now: datetime,
    note: str | None = None,
) -> None:
    """Move a record to another stage; the caller has checked that the move exists."""
    row = _at_version(session, stored.kind, stored.id, stored.version)
    row.stage, row.review_note = stage, note
    if stage is Stage.PUBLISHED:
        row.published_at = now


def bind_account(session: DbSession, kind: RecordKind, account_id: int, *, owner_name: str) -> list[str]:
    """Give every unclaimed record of an owner to an account; the ids that it got."""
    row = _ROWS[kind]
    rows = session.execute(select(row).where(row.owner_name == owner_name, row.account_id.is_(None)).order_by(row.id))
    found = list(rows.scalars())
    for item in found:
        item.account_id = account_id
    return [item.id for item in found]


def _at_version(session: DbSession, kind: RecordKind, record_id: str, version: int) -> RecordRow:
    row = session.get(_ROWS[kind], record_id, populate_existing=True)
    if row is None or row.version != version:
        raise EditConflict(problem("edited_meanwhile", value=record_id))
    return row


def _fill(row: RecordRow, record: Record, vocabulary: Vocabulary, now: datetime) -> None:
    row.title, row.owner_name = title_of(record), owner_of(record)
    row.district = vocabulary.districts.code(record.district)
    row.record = to_json(record)
    row.search_text = search_text(record, vocabulary)
    row.updated_at = now
    if isinstance(record, Demand) and isinstance(row, DemandRow):
        row.budget_max_yuan = record.budget_max_yuan
        row.publish_until, row.deliver_by = record.publish_until, record.deliver_by


def _save_sectors(session: DbSession, kind: RecordKind, record: Record, vocabulary: Vocabulary) -> None:
    row = _SECTORS[kind]
    wanted = set(_sectors(record, vocabulary))
    stored = {found.sector: found for found in session.query(row).filter(row.record_id == record.id)}
    for code in stored.keys() - wanted:
        session.delete(stored[code])
    session.add_all(row(record_id=record.id, sector=code) for code in sorted(wanted - stored.keys()))


def _sectors(record: Record, vocabulary: Vocabulary) -> list[str]:
    return sorted({code for code in vocabulary.sectors.codes(record.sectors) or () if code})


def _stored(kind: RecordKind, row: RecordRow) -> StoredRecord:
    return StoredRecord(
        kind=kind,
        id=row.id,
        record=kind.read(row.record),
        stage=Stage(row.stage),
        version=row.version,
        account_id=row.account_id,
        contact=row.contact,
        review_note=row.review_note,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
    )


def _narrow(query: Select[Any], kind: RecordKind, wanted: Filter) -> Select[Any]:
    row, sector = _ROWS[kind], _SECTORS[kind]
    conditions: list[ColumnElement[bool]] = [
        row.search_text.like(f"%{word}%", escape="\\") for word in query_words(wanted.words)
    ]
    if wanted.stages:
        conditions.append(row.stage.in_([str(s) for s in wanted.stages]))
    if wanted.sector:
        conditions.append(row.id.in_(select(sector.record_id).where(sector.sector == wanted.sector)))
    if wanted.district:
        conditions.append(row.district == wanted.district)
    if wanted.account_id is not None:
        conditions.append(row.account_id == wanted.account_id)
    return query.where(*conditions)
