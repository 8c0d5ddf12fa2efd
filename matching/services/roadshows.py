"""Roadshow line-ups: planned from the stored matches, published as a revision when a person approves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.stages import OPEN_STAGES, REVISION_MOVES, Stage, check_move
from matching.domain.vocabulary import Vocabulary
from matching.programme.broken import broken_words
from matching.programme.checker import check_line_up
from matching.programme.ledger import ledger
from matching.programme.messages import WARNINGS, told
from matching.programme.season import Assembled, Season, assemble, read_season
from matching.services.access import Action, Actor, Role, authorize
from matching.services.records import SHANGHAI
from matching.store import DbSession, matches, publications, records, write_transaction
from matching.store.audit import record_change
from matching.store.database import canonical_json
from matching.store.publications import StoredLineUp

GUARANTEE_AFTER_SEASONS = 3
"""Who applies three seasons in a row is on stage in one of them at least, if there is room."""
TIME_LIMIT_S = 20.0
"""A safety stop only: the default season is solved in about a second; see `make bench`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLineUp:
    """A computed plan that is not stored yet; `former` where the stored one answers the same problem."""

    season: str
    title: str
    inputs_sha256: str
    stored: Mapping[str, Any]  # the problem and the names, as the store keeps them
    plan: Mapping[str, Any]
    former: StoredLineUp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackView:
    """One track as a page shows it; placements in their order, with the OPC's name."""

    id: str
    room: str | None
    start_min: int
    end_min: int
    owners: Sequence[str]
    placements: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session with its tracks."""

    id: str
    title: str
    kind: str
    on: date
    tracks: Sequence[TrackView]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that a revision breaks: its code and the sentence in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUpView:
    """A revision laid out for reading; `left_out` only for organisers."""

    stored: StoredLineUp
    sessions: Sequence[SessionView]
    left_out: Sequence[Mapping[str, Any]]
    unmet: Sequence[Mapping[str, Any]]
    broken: Sequence[BrokenRule]


def default_season(vocabulary: Vocabulary) -> Season:
    """The season that ships with the product."""
    return read_season((files("seeds") / "season.toml").read_text("utf-8"), vocabulary)


def season_of(now: datetime) -> str:
    """The quarter in Shanghai, such as 2026-Q4."""
    today = now.astimezone(SHANGHAI)
    return f"{today.year}-Q{(today.month + 2) // 3}"


def compute_line_up(
    session: DbSession, season: Season, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> PlannedLineUp:
    """Choose pitches and panels for the quarter's season; reads only.

    A quarter keeps the days of its first plan, and the published plan is moved as little as possible. Where
    nothing that goes in has changed since the latest revision, that one is the answer.

    Raises:
        InputError: `no_matches_yet`.
    """
    authorize(actor, Action.COMPUTE)
    code = season_of(now)
    former = next(iter(publications.list_line_ups(session, season=code, stages=("draft", "published"))), None)
    published = next(iter(publications.list_line_ups(session, season=code)), None)
    built = _assemble(session, season, former, vocabulary, now)
    sure = _guarantee(built.problem, _guaranteed(session, code))
    if not built.problem["scores"]:
        raise InputError(problem("no_matches_yet"))
    sha256 = hashlib.sha256(canonical_json(built.problem).encode()).hexdigest()
    stored = {"problem": built.problem, "names": built.names}
    if former is not None and former.inputs_sha256 == sha256:
        return PlannedLineUp(
            season=code, title=former.title, inputs_sha256=sha256, stored=stored, plan=former.plan, former=former
        )
    session.rollback()  # solving takes seconds: hold no snapshot

    from matching.programme import parse_problem, solve_line_up  # brings SciPy: only where something is solved

    previous = published.plan if published else None
    line_up = solve_line_up(
        parse_problem({**built.problem, "previous": previous}), time_limit=TIME_LIMIT_S, seed=0, explain=True
    ).to_json()
    if line_up["status"] == "infeasible" and sure:  # there is no room for all whose turn it is: then the best do
        for pitch in built.problem["pitches"]:
            pitch.pop("must_place", None)
        line_up = solve_line_up(
            parse_problem({**built.problem, "previous": previous}), time_limit=TIME_LIMIT_S, seed=0, explain=True
        ).to_json()
        line_up["warnings"].append(told(WARNINGS, "guarantee_not_kept", pitches=", ".join(sure)))
    return PlannedLineUp(
        season=code, title=season.title, inputs_sha256=sha256, stored=stored, plan=line_up, former=None
    )


def _guaranteed(session: DbSession, code: str) -> frozenset[str]:
    """OPCs whose turn it is in this season."""
    earlier = sorted((one for one in publications.list_line_ups(session) if one.season < code), key=lambda s: s.season)
    seasons = [(one.season, one.problem["problem"], one.plan) for one in earlier]
    return frozenset(ledger(seasons, k=GUARANTEE_AFTER_SEASONS).guaranteed)


def _guarantee(problem: dict[str, Any], opcs: frozenset[str]) -> list[str]:
    """Mark the pitches of these OPCs, the first of each, as placed for sure; their ids."""
    first = {pitch["opc"]: pitch for pitch in reversed(problem["pitches"]) if pitch["opc"] in opcs}
    for pitch in first.values():
        pitch["must_place"] = True
    return sorted(pitch["id"] for pitch in first.values())


def store_line_up(
    session: DbSession, planned: PlannedLineUp, *, actor: Actor, now: datetime
) -> tuple[StoredLineUp, bool]:
    """Store a plan as the season's next draft; the revision, and whether it is new."""
    authorize(actor, Action.COMPUTE)
    if planned.former is not None:
        return planned.former, False
    with write_transaction(session):
        line_up_id = publications.add_line_up(
            session,
            season=planned.season,
            title=planned.title,
            inputs_sha256=planned.inputs_sha256,
            problem=planned.stored,
            plan=planned.plan,
            now=now,
        )
        record_change(
            session, now=now, actor=actor.name, action="draft", object_kind="line_up", object_id=line_up_id,
            season=planned.season, objective=planned.plan["objective"], status=planned.plan["status"],
        )  # fmt: skip
    return _find(session, line_up_id), True


def plan_line_up(
    session: DbSession, season: Season, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> tuple[StoredLineUp, bool]:
    """Compute and store a draft; the revision, and whether it is new."""
    planned = compute_line_up(session, season, actor=actor, vocabulary=vocabulary, now=now)
    return store_line_up(session, planned, actor=actor, now=now)


def publish_line_up(session: DbSession, line_up_id: int, *, actor: Actor, now: datetime) -> StoredLineUp:
    """Approve a draft: it is the season's programme from now on, and the former one is superseded.

    Raises:
        NotAllowed: only a person who organises may approve.
        InputError: `no_such_move` where it is no draft (any more), `programme_is_broken` where somebody edited it by
            hand so that it breaks a rule.
    """
    authorize(actor, Action.APPROVE)
    with write_transaction(session):
        found = _find(session, line_up_id)
        check_move(REVISION_MOVES, found.stage, "published")
        broken = broken_rules(found)
        if broken:
            zh, en = ("；".join(line.zh for line in broken[:3]), "; ".join(line.en for line in broken[:3]))
            raise InputError(problem("programme_is_broken", count=len(broken), zh=zh, en=en))
        publications.publish_line_up(session, line_up_id, approved_by=actor.name, now=now)
        record_change(
            session, now=now, actor=actor.name, action="publish", object_kind="line_up", object_id=line_up_id,
            season=found.season, revision=found.revision,
        )  # fmt: skip
    return _find(session, line_up_id)


def broken_rules(stored: StoredLineUp) -> list[BrokenRule]:
    """What the independent checker finds wrong with a revision; none unless it was edited by hand."""
    names = stored.problem["names"]
    known = {
        pitch["opc"]: names["pitches"].get(pitch["id"], pitch["opc"]) for pitch in stored.problem["problem"]["pitches"]
    }
    known |= names["pitches"] | names["sessions"]
    known |= {track["id"]: track.get("room") or track["id"] for track in stored.problem["problem"]["tracks"]}
    return [
        BrokenRule(
            code=violation.code,
            zh=broken_words(violation, "zh", known),
            en=broken_words(violation, "en", known),
        )
        for violation in check_line_up(stored.problem["problem"], stored.plan)
    ]


def published_line_ups(session: DbSession) -> list[StoredLineUp]:
    """The programmes that anybody may read, newest first."""
    return publications.list_line_ups(session)


def draft_line_ups(session: DbSession, *, actor: Actor) -> list[StoredLineUp]:
    """What waits for approval, newest first."""
    authorize(actor, Action.VIEW_DRAFTS)
    return publications.list_line_ups(session, stages=("draft",))


def view_line_up(session: DbSession, line_up_id: int, *, actor: Actor) -> LineUpView:
    """One revision laid out for reading.

    Raises:
        NotFound: there is none, or it is not published and the actor may not know.
    """
    stored = _find(session, line_up_id)
    staff = actor.role in (Role.ORGANISER, Role.ADMINISTRATOR)
    if stored.stage not in ("published", "superseded") and not staff:
        raise NotFound(problem("not_found"))
    names, plan = stored.problem["names"], stored.plan
    placed: dict[str, list[dict[str, Any]]] = {}
    for placement in plan["placements"]:
        placed.setdefault(placement["track"], []).append(
            {**placement, "name": names["pitches"].get(placement["pitch"], placement["pitch"])}
        )
    seats: dict[str, list[str]] = {}
    for seat in plan["seats"]:
        seats.setdefault(seat["track"], []).append(seat["owner"])
    tracks = [
        (
            track["session"],
            TrackView(
                id=track["id"],
                room=track["room"],
                start_min=track["start_min"],
                end_min=track["end_min"],
                owners=sorted(seats.get(track["id"], [])),
                placements=sorted(placed.get(track["id"], []), key=lambda found: found["position"]),
            ),
        )
        for track in stored.problem["problem"]["tracks"]
    ]
    sessions = [
        SessionView(
            id=one["id"],
            title=names["sessions"][one["id"]],
            kind=one["kind"],
            on=date.fromisoformat(one["on"]),
            tracks=[track for session_id, track in tracks if session_id == one["id"]],
        )
        for one in stored.problem["problem"]["sessions"]
    ]
    left_out = [{**item, "name": names["pitches"].get(item["pitch"], item["pitch"])} for item in plan["left_out"]]
    return LineUpView(
        stored=stored,
        sessions=sessions,
        left_out=left_out if staff else (),
        unmet=plan["unmet"] if staff else (),
        broken=broken_rules(stored) if staff and stored.stage == "draft" else (),
    )


def _assemble(
    session: DbSession, season: Season, former: StoredLineUp | None, vocabulary: Vocabulary, now: datetime
) -> Assembled:
    first_day = now.astimezone(SHANGHAI).date()
    if former is not None:
        opening = former.problem["problem"]["sessions"][0]
        in_days = {one["id"]: one["in_days"] for one in season.sessions}.get(opening["id"], 0)
        first_day = date.fromisoformat(opening["on"]) - timedelta(days=in_days)
    elsewhere = (
        placement["pitch"]
        for other in publications.list_line_ups(session, stages=("published", "superseded"))
        if other.season != season_of(now)
        for placement in other.plan["placements"]
    )
    profiles = records.records_in(session, RecordKind.PROFILES, [Stage.PUBLISHED])
    return assemble(
        season,
        first_day=first_day,
        demands=[stored.record for stored in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)],
        profiles={stored.id: stored.record for stored in profiles},
        pairs=matches.ranked_pairs(session),
        placed_before=frozenset(elsewhere),
        vocabulary=vocabulary,
    )


def _find(session: DbSession, line_up_id: int) -> StoredLineUp:
    found = publications.find_line_up(session, line_up_id)
    if found is None:
        raise NotFound(problem("not_found"))
    return found
