"""Valid, boring records, actors and matches for tests."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from matching.domain.codec import read_demand, read_profile
from matching.domain.demand import Demand
from matching.domain.policy import DEFAULT_POLICY
from matching.domain.profile import CapabilityProfile
from matching.domain.records import Record, RecordKind
from matching.domain.stages import Stage
from matching.domain.vocabulary import load_vocabulary
from matching.services import matches, records
from matching.services.access import Actor, Role
from matching.services.accounts import actor_of, add_account
from matching.store import DbSession, write_transaction
from matching.store import matches as stored_matches
from matching.store.accounts import Account
from matching.store.database import canonical_json
from matching.store.matches import MatchRun
from matching.store.records import StoredRecord

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""A Tuesday, 10 o'clock in Shanghai, in the ISO week 2026-W48."""
TODAY = date(2026, 11, 24)
WEEK, NEXT_WEEK = "2026-W48", "2026-W49"

ADMINISTRATOR = Actor(role=Role.ADMINISTRATOR, name="administrator")
ORGANISER = Actor(role=Role.ORGANISER, name="organiser")
DEMANDS, PROFILES = RecordKind.DEMANDS, RecordKind.PROFILES


def make_demand(demand_id: str = "D-1", **given: Any) -> Demand:
    """A demand that `make_profile` suits."""
    usual = {
        "title": "初中作文智能批改", "description": "两周一篇作文，需要智能批改和学情分析。", "sectors": ["教育"],
        "owner": {"name": "甲方中学"}, "district": "武侯区", "budget_max_yuan": 120_000, "deliver_by": "2027-03-31",
    }  # fmt: skip
    return read_demand({"id": demand_id, **usual, **given})


def make_profile(profile_id: str = "P-1", **given: Any) -> CapabilityProfile:
    """A profile that suits `make_demand`."""
    usual = {
        "name": "蓉批改工作室", "summary": "作文智能批改与学情分析。", "sectors": ["教育"],
        "capabilities": ["智能批改"], "price_min_yuan": 80_000, "lead_days": 45, "available_from": "2026-11-01",
    }  # fmt: skip
    return read_profile({"id": profile_id, **usual, **given})


def make_account(session: DbSession, role: Role, email: str | None = None, organisation: str | None = None) -> Account:
    """An account of a role."""
    return add_account(
        session, actor=ADMINISTRATOR, now=NOW, email=email or f"{role.value}@example.cn",
        password="correct horse battery", role=role, display_name=role.value, organisation=organisation,
    )  # fmt: skip


def make_actor(session: DbSession, role: Role, email: str | None = None) -> Actor:
    """Somebody with an account of a role."""
    return actor_of(make_account(session, role, email))


def post(
    session: DbSession, record: Record, *, actor: Actor = ORGANISER, now: datetime = NOW, **contact: str
) -> StoredRecord:
    """Hand a record in for review."""
    kind = kind_of(record)
    return records.post_record(
        session, kind, record, actor=actor, vocabulary=load_vocabulary(), now=now, contact=contact or None
    )


def edit(
    session: DbSession, record: Record, *, version: int | None = None, actor: Actor = ORGANISER, now: datetime = NOW
) -> StoredRecord:
    """Save an edit, of the version that is stored unless one is given."""
    kind = kind_of(record)
    version = version or stored(session, record).version
    return records.edit_record(
        session, kind, record, expected_version=version, actor=actor, vocabulary=load_vocabulary(), now=now
    )


def approve(session: DbSession, *given: Record, now: datetime = NOW) -> None:
    """Let records through the review."""
    for record in given:
        records.review_records(session, kind_of(record), [record.id], Stage.PUBLISHED, actor=ORGANISER, now=now)


def publish(session: DbSession, *given: Record, now: datetime = NOW) -> None:
    """Post records and let them through the review."""
    for record in given:
        post(session, record, now=now)
    approve(session, *given, now=now)


def republish(session: DbSession, record: Record, *, now: datetime = NOW) -> None:
    """Save an edit and let it through the review."""
    edit(session, record, now=now)
    approve(session, record, now=now)


def withdraw(session: DbSession, record: Record, *, now: datetime = NOW) -> None:
    """Take a record back."""
    found = stored(session, record)
    records.withdraw_record(session, found.kind, found.id, expected_version=found.version, actor=ORGANISER, now=now)


def stored(session: DbSession, record: Record) -> StoredRecord:
    """What the store holds under the record's id."""
    return records.view_record(session, kind_of(record), record.id, actor=ORGANISER)


def kind_of(record: Record) -> RecordKind:
    """Which kind a record is."""
    return DEMANDS if isinstance(record, Demand) else PROFILES


def refresh(session: DbSession, now: datetime = NOW, actor: Actor = ORGANISER) -> tuple[MatchRun, bool]:
    """Match what is published, by the engine."""
    return matches.refresh_matches(session, policy=DEFAULT_POLICY, vocabulary=load_vocabulary(), actor=actor, now=now)


def store_matches(session: DbSession, pairs: Iterable[tuple[Demand, CapabilityProfile]], now: datetime = NOW) -> None:
    """Put pairs in place as a refresh would, without the engine; the first of a record is its best."""
    demand_ranks: dict[str, int] = {}
    profile_ranks: dict[str, int] = {}
    rows = []
    for demand, profile in pairs:
        demand_ranks[demand.id] = demand_ranks.get(demand.id, 0) + 1
        profile_ranks[profile.id] = profile_ranks.get(profile.id, 0) + 1
        rows.append(
            {
                "demand_id": demand.id, "profile_id": profile.id, "score": 0.5, "eligible": True,
                "demand_rank": demand_ranks[demand.id], "profile_rank": profile_ranks[profile.id],
                "explanation": canonical_json(_explanation(demand.id, profile.id, demand_ranks[demand.id])),
            }
        )  # fmt: skip
    run = MatchRun(
        at=now, as_of=now.date(), fingerprint=f"made at {now}", policy_version=DEFAULT_POLICY.version,
        engine_version="0", demands=len(demand_ranks), profiles=len(profile_ranks), matches=len(rows),
        without_match=(),
    )  # fmt: skip
    with write_transaction(session):
        stored_matches.replace_matches(session, run, rows)


def _explanation(demand_id: str, profile_id: str, rank: int) -> dict[str, Any]:
    parts = [
        {"code": "words", "weight": 0.5, "value": 0.8, "contribution": 0.4, "evidence": []},
        {"code": "sector", "weight": 0.1, "value": 1.0, "contribution": 0.1, "evidence": []},
    ]
    findings = [{"code": "budget", "kind": "hard", "verdict": "pass", "facts": {}}]
    return {
        "demand": demand_id, "profile": profile_id, "rank": rank, "score": 0.5, "eligible": True, "parts": parts,
        "findings": findings, "near_miss": [],
    }  # fmt: skip
