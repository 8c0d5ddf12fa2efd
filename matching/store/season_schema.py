"""The tables of a roadshow season: its setup, what was decided and answered, who came, what is being solved."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matching.store.base import Base, Versioned


class SeasonRow(Versioned, Base):
    """A roadshow season 路演季 as organisers set it up; its line-ups are revisions in `line_up`."""

    __tablename__ = "season"

    code: Mapped[str] = mapped_column(primary_key=True)  # the quarter, such as 2026-Q4
    setup: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SeasonLockRow(Base):
    """What an organiser decided for a season; kept with who, when and why, also once released."""

    __tablename__ = "season_lock"

    id: Mapped[int] = mapped_column(primary_key=True)
    season: Mapped[str] = mapped_column(index=True)
    lock: Mapped[dict[str, Any]]  # as in the contract of `opcmatch lineup`
    reason: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]


class SeasonEventRow(Base):
    """Something that happened in a season (`programme.replan.EVENTS`). Rows are only ever added."""

    __tablename__ = "season_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    season: Mapped[str] = mapped_column(index=True)
    event: Mapped[dict[str, Any]]
    told_by: Mapped[str]
    told_at: Mapped[datetime]


class AvailabilityRow(Versioned, Base):
    """When somebody can be at a season's sessions. No row: for the whole of every session."""

    __tablename__ = "availability"

    season: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)  # opc | owner
    person: Mapped[str] = mapped_column(primary_key=True)  # a profile's id, or an owner's name
    windows: Mapped[dict[str, Any]]  # session → [[start_min, end_min], …]; [] is "not there"
    told_by: Mapped[str]
    told_at: Mapped[datetime]


class ParticipationRow(Versioned, Base):
    """What somebody answered to one appointment of a season."""

    __tablename__ = "participation"

    season: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)  # pitch:ID | panel:TRACK | meeting:OPC|OWNER
    state: Mapped[str]  # confirmed | withdrawn
    place: Mapped[dict[str, Any]]  # where and when it was as the answer was given: an answer holds for that only
    reason: Mapped[str | None]
    told_by: Mapped[str]
    told_at: Mapped[datetime]


class CheckInRow(Base):
    """Who was there: once a person and session."""

    __tablename__ = "check_in"

    season: Mapped[str] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    how: Mapped[str]  # code | staff
    told_by: Mapped[str]
    at: Mapped[datetime]


class MeetingNoteRow(Versioned, Base):
    """What one side wrote after a meeting 会谈纪要: outcome and next step."""

    __tablename__ = "meeting_note"

    season: Mapped[str] = mapped_column(primary_key=True)
    opc: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)  # who wrote it
    outcome: Mapped[str]
    minutes: Mapped[str | None]
    next_step: Mapped[str | None]
    next_on: Mapped[date | None]
    rating: Mapped[int | None]
    told_by: Mapped[str]
    told_at: Mapped[datetime]


class NoticeRow(Base):
    """Something that one person is told on their own page, once a key."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("key", name="uq_notice_key"), Index("ix_notice_person", "side", "person"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    side: Mapped[str]
    person: Mapped[str]
    season: Mapped[str]
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class SolveRunRow(Base):
    """One solve that a page asked for and a process of its own does: the page reads how far it is."""

    __tablename__ = "solve_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    season: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]  # plan | replan | what_if
    state: Mapped[str]  # waiting | running | done | failed | stopped
    inputs: Mapped[dict[str, Any]]  # problem, names, previous, events, what the change is called
    time_limit_s: Mapped[int]
    progress: Mapped[dict[str, Any] | None]
    draft: Mapped[dict[str, Any] | None]
    plan: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    token: Mapped[str | None]  # who may write to it
    line_up_id: Mapped[int | None] = mapped_column(ForeignKey("line_up.id"))  # the revision that was made of it
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]  # the process's last sign of life
    finished_at: Mapped[datetime | None]


SEASON_TABLES = (
    SeasonRow,
    SeasonLockRow,
    SeasonEventRow,
    AvailabilityRow,
    ParticipationRow,
    CheckInRow,
    MeetingNoteRow,
    NoticeRow,
    SolveRunRow,
)
"""All of them, so that whoever imports `schema` has the whole."""
