"""The tables. Truths that must never break are constraints here, with names that a person can read."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from matching.store.base import Base as Base
from matching.store.base import Versioned
from matching.store.season_schema import SEASON_TABLES as SEASON_TABLES


class AccountRow(Versioned, Base):
    """Who may sign in. `organisation` is the owner name whose demands the account answers for."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("email", name="uq_account_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    password_hash: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[str]
    organisation: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    session_token: Mapped[str]  # changes when every session of the account must end
    created_at: Mapped[datetime]


class RecordColumns(Versioned):
    """What a demand and a profile have in common: the record as JSON, and what is searched and filtered."""

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner_name: Mapped[str | None]
    district: Mapped[str | None]  # the vocabulary's code
    stage: Mapped[str]
    record: Mapped[dict[str, Any]]
    contact: Mapped[dict[str, Any] | None]  # personal: kept apart from the record, shown by consent only
    search_text: Mapped[str]
    review_note: Mapped[str | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    @declared_attr
    def account_id(cls) -> Mapped[int | None]:
        """The account that answers for the record; None until it is claimed."""
        return mapped_column(ForeignKey("account.id"), index=True)


class RecordRow(RecordColumns, Base):
    """Either kind of record, for the code that serves both."""

    __abstract__ = True


class DemandRow(RecordRow):
    """A demand and its stage."""

    __tablename__ = "demand"
    __table_args__ = (Index("ix_demand_stage_published", "stage", "published_at"),)

    budget_max_yuan: Mapped[int | None]
    publish_until: Mapped[date | None]
    deliver_by: Mapped[date | None]


class ProfileRow(RecordRow):
    """A capability profile and its stage."""

    __tablename__ = "profile"
    __table_args__ = (Index("ix_profile_stage_published", "stage", "published_at"),)


class SectorRow(Base):
    """A sector of either kind of record."""

    __abstract__ = True

    record_id: Mapped[str]
    sector: Mapped[str]


class DemandSectorRow(SectorRow):
    """A sector of a demand, by code, for filtering."""

    __tablename__ = "demand_sector"

    record_id: Mapped[str] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True)
    sector: Mapped[str] = mapped_column(primary_key=True, index=True)


class ProfileSectorRow(SectorRow):
    """A sector of a profile, by code, for filtering."""

    __tablename__ = "profile_sector"

    record_id: Mapped[str] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"), primary_key=True)
    sector: Mapped[str] = mapped_column(primary_key=True, index=True)


class ImportRow(Base):
    """One file that was read. The same bytes of the same kind are read once."""

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_sha256", "kind", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    waiting: Mapped[int]


class WaitingRow(Base):
    """A row of a file that could not go in: kept whole, with what is wrong, until a person corrects it."""

    __tablename__ = "import_waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), index=True)
    sheet: Mapped[str | None]
    line: Mapped[int]
    cells: Mapped[dict[str, Any]]
    problems: Mapped[list[Any]]


class MatchRunRow(Base):
    """One refresh: what went in (by fingerprint), under which policy, and what came out."""

    __tablename__ = "match_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    as_of: Mapped[date]
    fingerprint: Mapped[str]
    policy_version: Mapped[str]
    engine_version: Mapped[str]
    demands: Mapped[int]
    profiles: Mapped[int]
    matches: Mapped[int]
    without_match: Mapped[list[Any]]


class MatchRow(Base):
    """One explained pair of the latest refresh. `explanation` is the contract's JSON line, byte for byte."""

    __tablename__ = "match"
    __table_args__ = (
        CheckConstraint("score >= 0 AND score <= 1", name="score_in_0_1"),
        CheckConstraint("eligible OR (demand_rank IS NULL AND profile_rank IS NULL)", name="only_eligible_ranked"),
        Index("ix_match_for_demand", "demand_id", "demand_rank"),
        Index("ix_match_for_profile", "profile_id", "profile_rank"),
    )

    demand_id: Mapped[str] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True)
    profile_id: Mapped[str] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[float]
    eligible: Mapped[bool]
    demand_rank: Mapped[int | None]  # among the demand's profiles, from 1
    profile_rank: Mapped[int | None]  # among the profile's demands, from 1
    first_seen_on: Mapped[date]  # survives refreshes: what is new since the last digest
    explanation: Mapped[str]


class PolicyRow(Base):
    """A match policy 匹配策略 that was put in force, spelt out in full. Rows are only ever added; the newest counts."""

    __tablename__ = "match_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]  # `MatchPolicy.version`; the same one may come back
    toml: Mapped[str]
    applied_at: Mapped[datetime]
    applied_by: Mapped[str]
    note: Mapped[str | None]


class BatchRow(Versioned, Base):
    """A numbered list 批次. Its items are frozen when it is drafted; the number is given at publication."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("kind", "slot", name="uq_batch_kind_slot"),
        UniqueConstraint("kind", "year", "sequence", name="uq_batch_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # demands | profiles
    slot: Mapped[str]  # the planned period, such as 2026-W48
    stage: Mapped[str]
    year: Mapped[int | None]
    sequence: Mapped[int | None]
    frozen_on: Mapped[date]
    policy_version: Mapped[str | None]
    engine_version: Mapped[str]
    sha256: Mapped[str]
    created_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    published_at: Mapped[datetime | None]


class BatchItemRow(Base):
    """One line of a list, as it was when the list was drafted."""

    __tablename__ = "batch_item"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(index=True)
    change: Mapped[str]  # new | changed
    frozen: Mapped[str]  # canonical JSON


class DigestRow(Base):
    """What one recipient was told for one period: once."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("recipient_kind", "recipient_id", "period", name="uq_digest_recipient_period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str]
    recipient_id: Mapped[str] = mapped_column(index=True)
    period: Mapped[str]  # ISO week, such as 2026-W48
    composed_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class LineUpRow(Versioned, Base):
    """A revision 发布版本 of a season's line-up, with the problem that it answers."""

    __tablename__ = "line_up"
    __table_args__ = (UniqueConstraint("season", "revision", name="uq_line_up_season_revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    season: Mapped[str]
    revision: Mapped[int]
    stage: Mapped[str]
    inputs_sha256: Mapped[str]
    title: Mapped[str]
    problem: Mapped[dict[str, Any]]
    plan: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    published_at: Mapped[datetime | None]


class JobRunRow(Base):
    """The truth about scheduled work: one row a kind and planned slot, whatever the clock does."""

    __tablename__ = "job_run"

    kind: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)  # the planned local time, never "now"
    state: Mapped[str]  # due | running | done | failed | skipped
    attempt: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]  # who may finish it; a late finisher without it changes nothing
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]


class OutboxRow(Base):
    """A message to the outside, written in the transaction that decided it; sent later, under the same key."""

    __tablename__ = "outbox"

    key: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    recipient: Mapped[str]
    state: Mapped[str]  # waiting | sent | dead
    message: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class AuditRow(Base):
    """Who did what to which object, in the transaction of the change. Rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
