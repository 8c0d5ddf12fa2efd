"""A small, complete installation for the tests of the pages, made through the services."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from matching.domain.codec import read_demand, read_profile
from matching.domain.policy import DEFAULT_POLICY, PARTS
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.domain.vocabulary import load_vocabulary
from matching.services import batches, digests, records
from matching.services.access import Actor, Role
from matching.services.accounts import actor_of, add_account
from matching.store import (
    Database,
    DbSession,
    matches,
    participation,
    publications,
    seasons,
    solving,
    write_transaction,
)
from matching.store.accounts import Account
from matching.store.database import canonical_json
from matching.store.matches import MatchRun
from matching.store.migration import migrate

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
OPERATOR = Actor(role=Role.ADMINISTRATOR, name="operator")
PASSWORD = "correct horse battery"
CANARY = "只有甲方知道的暗号"
"""Stands in everything of A's that is not public; it must never reach anybody else."""

ACCOUNTS = {
    "owner_a": (Role.SCENARIO_OWNER, "甲方中学"),
    "owner_b": (Role.SCENARIO_OWNER, "乙方体育馆"),
    "opc_a": (Role.OPC, None),
    "opc_b": (Role.OPC, None),
    "organiser": (Role.ORGANISER, None),
    "administrator": (Role.ADMINISTRATOR, None),
    "disabled": (Role.ORGANISER, None),
}

HIDDEN_IDS = {RecordKind.DEMANDS: "D-hidden", RecordKind.PROFILES: "P-hidden"}
PUBLIC_IDS = {RecordKind.DEMANDS: "D-public", RecordKind.PROFILES: "P-public"}


@dataclass(frozen=True)
class House:
    """The database and what stands in it."""

    database: Database
    accounts: dict[str, Account]
    list_id: int
    draft_list_id: int
    line_up_id: int
    draft_line_up_id: int
    digest_id: int


def make_demand(demand_id: str = "D-1", **given: Any) -> Any:
    """A demand with boring, valid defaults."""
    usual = {"title": "初中作文先批一遍", "description": "两周一篇作文，老师改不过来。", "sectors": ["教育"]}
    usual["district"] = "武侯区"
    return read_demand({"id": demand_id, **usual, "budget_max_yuan": 120_000, "deliver_by": "2027-03-31", **given})


def make_profile(profile_id: str = "P-1", **given: Any) -> Any:
    """A capability profile with boring, valid defaults."""
    usual = {"name": "蓉批改工作室", "summary": "作文批改与学情分析。", "sectors": ["教育"]}
    usual["capabilities"] = ["智能批改"]
    return read_profile({"id": profile_id, **usual, "price_min_yuan": 80_000, "lead_days": 45, **given})


def post(session: DbSession, kind: RecordKind, record: Any, actor: Actor, **contact: str) -> None:
    """Hand a record in for review."""
    records.post_record(
        session, kind, record, actor=actor, vocabulary=load_vocabulary(), now=NOW, contact=contact or None
    )


def publish(session: DbSession, kind: RecordKind, *ids: str) -> None:
    """Approve records that were handed in."""
    records.review_records(session, kind, ids, Stage.PUBLISHED, actor=OPERATOR, now=NOW)


def build(url: str) -> None:
    """Fill an empty database: two owners, two OPCs, public and hidden records, matches, lists, line-ups, a digest."""
    database = Database(url)
    migrate(database)
    with database.session() as session:
        actors = {
            name: actor_of(
                add_account(
                    session, actor=OPERATOR, now=NOW, email=f"{name}@example.cn", password=PASSWORD, role=role,
                    display_name=name, organisation=organisation,
                )
            )
            for name, (role, organisation) in ACCOUNTS.items()
        }  # fmt: skip
        _disable(session, "disabled@example.cn")
        for kind, make, a, b in (
            (RecordKind.DEMANDS, make_demand, actors["owner_a"], actors["owner_b"]),
            (RecordKind.PROFILES, make_profile, actors["opc_a"], actors["opc_b"]),
        ):
            own = {"excluded": [CANARY]}
            post(session, kind, make(PUBLIC_IDS[kind], **own), a, name=CANARY, phone="13800000000")
            post(session, kind, make(f"{PUBLIC_IDS[kind]}-of-b"), b)
            publish(session, kind, PUBLIC_IDS[kind], f"{PUBLIC_IDS[kind]}-of-b")
            text = {"title": CANARY} if kind is RecordKind.DEMANDS else {"summary": CANARY}
            post(session, kind, make(HIDDEN_IDS[kind], **text), a)
        _store_matches(session)
        batches.draft_and_publish(session, RecordKind.DEMANDS, actor=OPERATOR, now=NOW)
        batches.draft_batch(session, RecordKind.PROFILES, actor=OPERATOR, now=NOW)
        digests.publish_digests(session, "2026-W48", actor=OPERATOR, now=NOW)
        for title in ("四季度路演", CANARY):
            _add_line_up(session, title)
        with write_transaction(session):
            publications.publish_line_up(session, 1, approved_by="operator", now=NOW)
            _add_people_s_side(session)
    database.dispose()


def open_house(url: str) -> House:
    """The filled database at `url`."""
    from matching.store import accounts

    database = Database(url)
    with database.session() as session:
        found = {account.email.split("@")[0]: account for account in accounts.list_accounts(session)}
        own = digests.own_digests(session, actor=actor_of(found["opc_a"]))
    return House(database, found, 1, 2, 1, 2, own[0].id)


def explanation(demand: Any, profile: Any, *, eligible: bool = True) -> dict[str, Any]:
    """An explanation in the contract's shape: what the rules find, and parts of half their value each."""
    from matching.engine.rules import HARD, SOFT
    from matching.engine.views import Pair, view_demand, view_profile

    words = load_vocabulary()
    seen = Pair(view_demand(demand, words), view_profile(profile, words), NOW.date(), words)
    found = [rule.check(seen) for rule in HARD]
    failed = [(rule, finding) for rule, finding in zip(HARD, found, strict=True) if finding.verdict == "fail"]
    weights = DEFAULT_POLICY.weights
    shared = {"words": [{"term": "作文", "share": 1.0}]}
    parts = [
        {
            "code": code,
            "weight": weights[code],
            "value": 0.5,
            "contribution": weights[code] / 2,
            "evidence": shared.get(code, []),
        }
        for code in PARTS
    ]
    return {
        "demand": demand.id,
        "profile": profile.id,
        "rank": 1 if eligible else None,
        "score": sum(part["contribution"] for part in parts),
        "eligible": eligible,
        "parts": parts,
        "findings": [finding.to_json() for finding in (*found, *(rule.check(seen) for rule in SOFT))],
        "near_miss": [miss.to_json() for rule, finding in failed for miss in rule.near_miss(seen, finding)],
    }


def store_pairs(session: DbSession, pairs: list[dict[str, Any]], fingerprint: str = "f" * 64) -> None:
    """Put explained pairs in place, as a refresh would."""
    run = MatchRun(
        at=NOW, as_of=date(2026, 11, 24), fingerprint=fingerprint, policy_version=DEFAULT_POLICY.version,
        engine_version="0", demands=2, profiles=2, matches=len(pairs), without_match=(),
    )  # fmt: skip
    with write_transaction(session):
        matches.replace_matches(session, run, pairs)


def pair(demand: Any, profile: Any, rank: int | None, profile_rank: int | None) -> dict[str, Any]:
    """One row of a refresh."""
    found = explanation(demand, profile, eligible=rank is not None)
    return {
        "demand_id": demand.id, "profile_id": profile.id, "score": found["score"], "eligible": rank is not None,
        "demand_rank": rank, "profile_rank": profile_rank, "explanation": canonical_json(found),
    }  # fmt: skip


def _store_matches(session: DbSession) -> None:
    dear = make_profile("P-public-of-b", price_min_yuan=150_000)
    store_pairs(
        session,
        [
            pair(make_demand("D-public"), make_profile("P-public"), 1, 1),
            pair(make_demand("D-public"), dear, None, None),
            pair(make_demand("D-public-of-b"), make_profile("P-public-of-b"), 1, 1),
        ],
    )


def _add_line_up(session: DbSession, title: str) -> None:
    """One session in two rooms: one pitch is on stage, another one is not."""
    track = {"session": "s1", "start_min": 540, "end_min": 600, "panel_seats": 2}
    pitch = {"duration_min": 12, "sessions": ["s1"], "theme": "education", "district": None}
    problem = {
        "sessions": [{"id": "s1", "kind": "main", "format": "panel", "themes": [], "on": "2026-12-15"}],
        "tracks": [{"id": "t1", "room": "一号厅", **track}, {"id": "t2", "room": "二号厅", **track}],
        "pitches": [
            {"id": "p1", "opc": "P-public", "fresh": True, **pitch},
            {"id": "p2", "opc": "P-public-of-b", "fresh": False, **pitch},
        ],
        "owners": [{"id": "甲方中学", "sessions": ["s1"], "max_sessions": 1}],
        "scores": [["p1", "甲方中学", 50], ["p2", "甲方中学", 40]],
        "rules": {"fresh_bonus": 0},
        "meetings": {"slots": [{"id": "m1", "session": "s1", "start_min": 620, "end_min": 635, "tables": 2}]},
    }
    names = {"pitches": {"p1": "作文批改路演", "p2": "排课路演"}, "sessions": {"s1": "主场：城市开放场景"}}
    reason = {"kind": "score", "best_owner": "甲方中学", "fresh": True, "score": 50}
    times = {"position": 1, "start_min": 540, "end_min": 552}
    left = {"kind": "outscored", "rules": [], "rival": "p1", "loss": 10, "fix": []}
    plan = {
        "placements": [{"pitch": "p1", "track": "t1", **times, "reason": reason}],
        "seats": [{"owner": "甲方中学", "track": "t1"}],
        "meetings": [{"opc": "P-public", "owner": "甲方中学", "slot": "m1", "table": 1, "score": 50}],
        "left_out": [{"pitch": "p2", "reason": left}],
        "unmet": [],
        "objective": 50,
        "bound": 90,
        "gap": 0.8,
        "status": "feasible",
    }
    stored = {"names": names, "problem": problem}
    with write_transaction(session):
        publications.add_line_up(
            session, season="2026-Q4", title=title, inputs_sha256="0" * 64, problem=stored, plan=plan, now=NOW
        )


def _add_people_s_side(session: DbSession) -> None:
    """A solve that is done, a lock, and something that the OPC A was told."""
    stored = publications.find_line_up(session, 1)
    assert stored is not None
    inputs = {**stored.problem, "events": [], "previous": None, "sure": [], "title": "四季度路演", "supposed": []}
    run_id = solving.add_run(
        session, season="2026-Q4", purpose="plan", inputs=inputs, time_limit_s=40, by="organiser", now=NOW
    )
    solving.claim(session, run_id, "token", NOW)
    solving.finish(session, run_id, "token", NOW, state="done", plan=dict(stored.plan))
    seasons.add_lock(
        session, "2026-Q4", {"pitch": "p2", "level": "excluded"}, reason="甲方另有安排", by="organiser", now=NOW
    )
    participation.add_notice(
        session, key="told", side="opc", person="P-public", season="2026-Q4", kind="programme_changed",
        facts={"zh": CANARY, "en": CANARY}, now=NOW,
    )  # fmt: skip


def _disable(session: DbSession, email: str) -> None:
    from sqlalchemy import update

    from matching.store.schema import AccountRow

    with write_transaction(session):
        session.execute(update(AccountRow).where(AccountRow.email == email).values(active=False))
