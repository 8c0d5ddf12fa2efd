"""Revisions of a programme after its first plan: moved by hand, planned anew after events, compared, accounted for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.programme.compare import Comparison, compare
from matching.programme.ledger import Ledger, ledger
from matching.programme.parsing import ProblemError
from matching.services import roadshows
from matching.services.access import Action, Actor, authorize
from matching.services.seasons import GUARANTEE_AFTER_SEASONS
from matching.store import DbSession, publications, seasons, write_transaction
from matching.store.audit import record_change
from matching.store.publications import StoredLineUp

TIME_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A revision beside the published one of its season (None: nothing is published yet)."""

    published: StoredLineUp | None
    comparison: Comparison


def replan(
    session: DbSession,
    events: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    now: datetime,
    on: str | None = None,
    minute: int | None = None,
    line_up_id: int | None = None,
) -> StoredLineUp:
    """Solve the newest published programme again after `events` (`programme.replan.EVENTS`); a new draft.

    `on` (ISO day) and `minute` (from its 00:00, Asia/Shanghai) are the hour up to which everything stays as it was;
    the published programme itself is not touched.

    Raises:
        InputError: `no_programme` where nothing is published, `bad_event` with every fault, `no_plan_left` where no
            plan obeys what is frozen and locked.
        NotFound: there is no such revision.
    """
    authorize(actor, Action.COMPUTE)
    base = _published(session) if line_up_id is None else _find(session, line_up_id)
    session.rollback()  # solving takes seconds: hold no snapshot

    from matching.programme import parse_problem, solve_line_up  # brings SciPy: only where something is solved
    from matching.programme.replan import after

    try:
        changed = after(base.problem["problem"], base.plan, events, on=on, minute=minute)
        parsed = parse_problem(changed)
    except ProblemError as error:
        raise InputError(problem("bad_event", zh=error.sentence("zh"), en=error.sentence("en"))) from None
    plan = solve_line_up(parsed, time_limit=TIME_LIMIT_S, seed=0, explain=True).to_json()
    roadshows.refuse_without_plan(plan)
    problem_after = {key: value for key, value in changed.items() if key != "previous"}
    stored = {**base.problem, "problem": problem_after}
    with write_transaction(session):
        told = [seasons.add_event(session, base.season, event, by=actor.name, now=now) for event in events]
        stored["events"] = [*base.problem.get("events", ()), *told]
        return _add(session, base, stored, plan, actor=actor, now=now, action="replan", events=list(events))


def move(
    session: DbSession,
    line_up_id: int,
    pitch: str,
    track: str | None,
    position: int | None = None,
    *,
    expected_version: int | None = None,
    actor: Actor,
    now: datetime,
) -> StoredLineUp:
    """Put one pitch of a draft elsewhere (track None: leave it out); of a published programme, in a new draft.

    It is not refused for a broken rule: `view` tells what is broken, and `roadshows.publish_line_up` refuses it.

    Raises:
        InputError: `bad_event` where pitch or track is not in the programme.
        EditConflict: the draft was changed by somebody else since `expected_version`.
        NotFound: there is no such revision.
    """
    authorize(actor, Action.COMPUTE)
    base = _find(session, line_up_id)
    if expected_version is not None and base.version != expected_version:
        raise EditConflict(problem("edited_meanwhile"))
    plan = _moved(base, pitch, track, position)
    facts = {"pitch": pitch, "track": track, "position": position}
    if base.stage != "draft":
        return _add(session, base, base.problem, plan, actor=actor, now=now, action="move", **facts)
    with write_transaction(session):
        if not publications.replace_plan(session, line_up_id, plan, expected_version=base.version):
            raise EditConflict(problem("edited_meanwhile"))
        record_change(
            session, now=now, actor=actor.name, action="move", object_kind="line_up", object_id=line_up_id, **facts
        )
    return _find(session, line_up_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a move would mean: what it would newly break or be warned of, and the objective before and after."""

    broken: Sequence[roadshows.BrokenRule]
    warned: Sequence[roadshows.BrokenRule]
    before: float | None
    after: float


def preview(
    session: DbSession, line_up_id: int, pitch: str, track: str | None, position: int | None = None, *, actor: Actor
) -> Preview:
    """What `move` would lead to; nothing is stored.

    Raises:
        InputError: `bad_event`, as `move`.
    """
    authorize(actor, Action.COMPUTE)
    base = _find(session, line_up_id)
    plan = _moved(base, pitch, track, position)
    moved = replace(base, plan=plan)
    broken, warned = roadshows.broken_rules(base), roadshows.warned_of(base)
    return Preview(
        broken=[rule for rule in roadshows.broken_rules(moved) if rule not in broken],
        warned=[rule for rule in roadshows.warned_of(moved) if rule not in warned],
        before=base.plan["objective"],
        after=plan["objective"],
    )


def _moved(base: StoredLineUp, pitch: str, track: str | None, position: int | None) -> dict[str, Any]:
    from matching.programme.editing import moved  # brings SciPy

    try:
        return moved(base.problem["problem"], base.plan, pitch, track, position)
    except ProblemError as error:
        raise InputError(problem("bad_event", zh=error.sentence("zh"), en=error.sentence("en"))) from None


def difference(session: DbSession, line_up_id: int, *, actor: Actor) -> Difference:
    """What publishing a revision would change for whom, beside the published one of its season.

    Raises:
        NotAllowed: only for those who organise.
        NotFound: there is no such revision.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    stored = _find(session, line_up_id)
    return beside_published(session, stored.season, stored.problem["problem"], stored.plan)


def beside_published(session: DbSession, season: str, after: Mapping[str, Any], plan: Mapping[str, Any]) -> Difference:
    """A problem's plan beside the published programme of its season. Who may see it has been asked before."""
    published = next(iter(publications.list_line_ups(session, season=season)), None)
    before = None if published is None else published.problem["problem"]
    found = compare(before, None if published is None else published.plan, after, plan)
    return Difference(published=published, comparison=found)


def ledger_of(
    session: DbSession, *, actor: Actor, k: int = GUARANTEE_AFTER_SEASONS
) -> tuple[Ledger, Mapping[str, str]]:
    """The fairness ledger over the programmes that were published, and the OPCs' names.

    Of a season that was published several times, the last revision counts.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    found = sorted(publications.list_line_ups(session), key=lambda stored: stored.season)
    seasons = [(stored.season, stored.problem["problem"], stored.plan) for stored in found]
    names = {
        pitch["opc"]: stored.problem["names"]["pitches"].get(pitch["id"], pitch["opc"])
        for stored in found
        for pitch in stored.problem["problem"]["pitches"]
    }
    return ledger(seasons, k=k), names


def _add(
    session: DbSession,
    base: StoredLineUp,
    stored: Mapping[str, Any],
    plan: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    action: str,
    **facts: Any,
) -> StoredLineUp:
    with write_transaction(session):
        line_up_id = publications.add_line_up(
            session,
            season=base.season,
            title=base.title,
            inputs_sha256=roadshows.fingerprint(stored),
            problem=stored,
            plan=plan,
            now=now,
        )
        record_change(
            session, now=now, actor=actor.name, action=action, object_kind="line_up", object_id=line_up_id,
            season=base.season, base=base.id, objective=plan["objective"], **facts,
        )  # fmt: skip
    return _find(session, line_up_id)


def _published(session: DbSession) -> StoredLineUp:
    found = publications.list_line_ups(session)
    if not found:
        raise InputError(problem("no_programme"))
    return found[0]


def _find(session: DbSession, line_up_id: int) -> StoredLineUp:
    found = publications.find_line_up(session, line_up_id)
    if found is None:
        raise NotFound(problem("not_found"))
    return found
