"""Roadshow line-ups: planned from the stored matches, published as a revision when a person approves."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matching.domain.errors import InputError, NotFound, problem
from matching.domain.stages import REVISION_MOVES, check_move
from matching.domain.vocabulary import Vocabulary
from matching.programme.broken import broken_words
from matching.programme.checker import check_line_up
from matching.programme.constraints import CHECKED, ConstraintFinding, findings
from matching.programme.messages import WARNINGS, told
from matching.programme.season import Season
from matching.services import notices, seasons
from matching.services.access import Action, Actor, Role, authorize
from matching.services.seasons import CurrentSeason, Prepared
from matching.store import DbSession, publications, write_transaction
from matching.store.audit import record_change
from matching.store.database import canonical_json
from matching.store.publications import StoredLineUp

if TYPE_CHECKING:
    from matching.programme.progress import OnProgress

TIME_LIMIT_S = 20.0
"""A safety stop only: the default season is solved in about a second; see `make bench`."""
WITHOUT_PLAN = ("infeasible", "time_limit_no_plan")
"""Statuses of an answer that holds no plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLineUp:
    """A computed plan that is not stored yet; `former` where the stored one answers the same problem."""

    current: CurrentSeason
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
    """A rule that a revision breaks: its code, the sentence in both languages, and what it weighs."""

    code: str
    zh: str
    en: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUpView:
    """A revision laid out for reading; `left_out` only for organisers."""

    stored: StoredLineUp
    sessions: Sequence[SessionView]
    left_out: Sequence[Mapping[str, Any]]
    unmet: Sequence[Mapping[str, Any]]
    broken: Sequence[BrokenRule]


def compute_line_up(
    session: DbSession, season: Season | None, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> PlannedLineUp:
    """Choose pitches and panels for the quarter's season (or for a season of a file); reads only.

    The published plan is moved as little as possible. Where nothing that goes in has changed since the latest
    revision, that one is the answer.

    Raises:
        InputError: `no_matches_yet`; `no_plan_left` where no plan obeys the locks, with those that conflict.
    """
    authorize(actor, Action.COMPUTE)
    current = seasons.current_season(session, vocabulary=vocabulary, now=now)
    if season is not None:
        current = replace(current, season=seasons.dated(session, season, now))
    former = next(iter(publications.list_line_ups(session, season=current.code, stages=("draft", "published"))), None)
    prepared = seasons.prepare(session, current, vocabulary=vocabulary, now=now)
    sha256 = fingerprint(prepared.stored)
    if former is not None and former.inputs_sha256 == sha256:
        return PlannedLineUp(
            current=current, inputs_sha256=sha256, stored=prepared.stored, plan=former.plan, former=former
        )
    session.rollback()  # solving takes seconds: hold no snapshot
    stored, plan = solved(prepared)
    refuse_without_plan(plan)
    return PlannedLineUp(current=current, inputs_sha256=sha256, stored=stored, plan=plan, former=None)


def fingerprint(stored: Mapping[str, Any]) -> str:
    """SHA-256 of a stored problem: what its plan depends on."""
    return hashlib.sha256(canonical_json(stored["problem"]).encode()).hexdigest()


def solved(
    prepared: Prepared, *, time_limit_s: float = TIME_LIMIT_S, on_progress: "OnProgress | None" = None
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """(problem as stored, plan as JSON) of a prepared problem: without the guarantee where there is no room for it."""
    from matching.programme import parse_problem, solve_line_up  # brings SciPy: only where something is solved

    def solve(found: Prepared) -> dict[str, Any]:
        parsed = parse_problem({**found.stored["problem"], "previous": found.previous})
        return solve_line_up(parsed, time_limit=time_limit_s, seed=0, explain=True, on_progress=on_progress).to_json()

    plan = solve(prepared)
    if plan["status"] == "infeasible" and prepared.sure:
        prepared = seasons.without_guarantee(prepared)
        plan = solve(prepared)
        plan["warnings"].append(told(WARNINGS, "guarantee_not_kept", pitches=", ".join(prepared.sure)))
    return prepared.stored, plan


def refuse_without_plan(plan: Mapping[str, Any]) -> None:
    """Say in people's words what conflicts where there is no plan.

    Raises:
        InputError: `no_plan_left`.
    """
    if plan["status"] in WITHOUT_PLAN:
        conflicts = plan["conflict_set"]
        zh, en = ("；".join(one["zh"] for one in conflicts), "; ".join(one["en"] for one in conflicts))
        raise InputError(problem("no_plan_left", zh=zh, en=en))


def store_line_up(
    session: DbSession, planned: PlannedLineUp, *, actor: Actor, now: datetime
) -> tuple[StoredLineUp, bool]:
    """Store a plan as the season's next draft; the revision, and whether it is new."""
    authorize(actor, Action.COMPUTE)
    if planned.former is not None:
        return planned.former, False
    with write_transaction(session):
        seasons.keep_season(session, planned.current, now)
        line_up_id = publications.add_line_up(
            session,
            season=planned.current.code,
            title=planned.current.season.title,
            inputs_sha256=planned.inputs_sha256,
            problem=planned.stored,
            plan=planned.plan,
            now=now,
        )
        record_change(
            session, now=now, actor=actor.name, action="draft", object_kind="line_up", object_id=line_up_id,
            season=planned.current.code, objective=planned.plan["objective"], status=planned.plan["status"],
        )  # fmt: skip
    return _find(session, line_up_id), True


def plan_line_up(
    session: DbSession, season: Season | None, *, actor: Actor, vocabulary: Vocabulary, now: datetime
) -> tuple[StoredLineUp, bool]:
    """Compute and store a draft; the revision, and whether it is new."""
    planned = compute_line_up(session, season, actor=actor, vocabulary=vocabulary, now=now)
    return store_line_up(session, planned, actor=actor, now=now)


def publish_line_up(session: DbSession, line_up_id: int, *, actor: Actor, now: datetime) -> StoredLineUp:
    """Approve a draft: it is the season's programme from now on, and the former one is superseded.

    Everybody whose appointments change is told, and nobody else.

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
        former = next(iter(publications.list_line_ups(session, season=found.season)), None)
        publications.publish_line_up(session, line_up_id, approved_by=actor.name, now=now)
        told = notices.tell_changes(session, former, found, now=now)
        record_change(
            session, now=now, actor=actor.name, action="publish", object_kind="line_up", object_id=line_up_id,
            season=found.season, revision=found.revision, told=told,
        )  # fmt: skip
    return _find(session, line_up_id)


def broken_rules(stored: StoredLineUp) -> list[BrokenRule]:
    """What must be mended before a publication: what the checker finds, and what the organiser lets block.

    None of the first kind unless somebody edited the revision by hand.
    """
    known = _names(stored)
    broken = [
        BrokenRule(
            code=violation.code,
            zh=broken_words(violation, "zh", known),
            en=broken_words(violation, "en", known),
        )
        for violation in check_line_up(stored.problem["problem"], stored.plan)
    ]
    blocking = [one for one in findings(stored.problem["problem"], stored.plan) if one.level == "block"]
    return broken + [_rule(one, known) for one in blocking if one.constraint not in CHECKED]


def warned_of(stored: StoredLineUp, before: StoredLineUp | None = None) -> list[BrokenRule]:
    """What does not keep anybody from publishing but is worth a look, the heaviest first.

    `before` is the published revision, whose rooms and minutes people know.
    """
    known = _names(stored)
    problem_ = {**stored.problem["problem"], "previous": before.plan if before and before.id != stored.id else None}
    return [_rule(one, known) for one in findings(problem_, stored.plan) if one.level == "warn"]


def _rule(found: ConstraintFinding, names: Mapping[str, str]) -> BrokenRule:
    return BrokenRule(
        code=found.constraint, zh=found.sentence("zh", names), en=found.sentence("en", names), weight=found.weight
    )


def _names(stored: StoredLineUp) -> dict[str, str]:
    """What people call the ids of a revision."""
    names, problem_ = stored.problem["names"], stored.problem["problem"]
    known = {pitch["opc"]: names["pitches"].get(pitch["id"], pitch["opc"]) for pitch in problem_["pitches"]}
    known |= names["pitches"] | names["sessions"]
    return known | {track["id"]: track.get("room") or track["id"] for track in problem_["tracks"]}


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


def _find(session: DbSession, line_up_id: int) -> StoredLineUp:
    found = publications.find_line_up(session, line_up_id)
    if found is None:
        raise NotFound(problem("not_found"))
    return found
