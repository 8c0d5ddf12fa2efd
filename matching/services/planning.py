"""Solves that a page asks for: started, watched, stopped, kept as a revision. The page never waits for the solver."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.domain.vocabulary import Vocabulary
from matching.programme.parsing import ProblemError
from matching.programme.supposing import supposed
from matching.services import roadshows, seasons
from matching.services.access import Action, Actor, authorize
from matching.services.revisions import Difference, beside_published
from matching.services.seasons import Prepared
from matching.services.solver_process import solving
from matching.store import Database, DbSession, publications, write_transaction
from matching.store import seasons as stored_seasons
from matching.store import solving as runs
from matching.store.audit import record_change
from matching.store.publications import StoredLineUp
from matching.store.solving import SolveRun

TIME_LIMIT_S = 40
MOST_TIME_S = 300
SILENT_FOR = timedelta(seconds=30)
"""A run without a sign of life for so long has lost its process."""


def start_run(
    session: DbSession,
    *,
    purpose: str,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
    events: Sequence[Mapping[str, Any]] = (),
    changes: Sequence[Mapping[str, Any]] = (),
    time_limit_s: int = TIME_LIMIT_S,
) -> int:
    """Write down what is to be solved; the run's id, for the caller to start `perform` in another process.

    `purpose`: `plan` (the season as it stands), `replan` (after `events`, which are kept from then on), `what_if`
    (`events` and `changes` of `programme.supposing` are supposed, nothing is kept).

    Raises:
        InputError: `run_in_progress`, `bad_event`, `no_matches_yet`, `too_long_a_run`.
        NotAllowed: only those who organise.
    """
    authorize(actor, Action.COMPUTE)
    if not 1 <= time_limit_s <= MOST_TIME_S:
        raise InputError(problem("too_long_a_run", value=time_limit_s, most=MOST_TIME_S))
    current = seasons.current_season(session, vocabulary=vocabulary, now=now)
    with write_transaction(session):
        for run in runs.list_runs(session, current.code):
            if run.state in runs.OPEN and not _is_silent(run, now):
                raise InputError(problem("run_in_progress", run=run.id))
            if run.state in runs.OPEN:
                runs.stop(session, run.id, now, state="failed", error="silent")
        seasons.keep_season(session, current, now)
        prepared = _prepared(session, current, purpose, events, changes, vocabulary, now)
        if purpose == "replan":
            for event in events:
                stored_seasons.add_event(session, current.code, event, by=actor.name, now=now)
            ids = [one.id for one in stored_seasons.list_events(session, current.code)]
            prepared = Prepared(
                stored={**prepared.stored, "events": ids}, previous=prepared.previous, sure=prepared.sure
            )
        inputs = {
            **prepared.stored,
            "previous": prepared.previous,
            "sure": list(prepared.sure),
            "title": current.season.title,
            "supposed": [*events, *changes] if purpose == "what_if" else [],
        }
        run_id = runs.add_run(
            session, season=current.code, purpose=purpose, inputs=inputs, time_limit_s=time_limit_s, by=actor.name,
            now=now,
        )  # fmt: skip
        record_change(
            session, now=now, actor=actor.name, action="solve", object_kind="season", object_id=current.code,
            run=run_id, purpose=purpose, events=list(events), changes=list(changes),
        )  # fmt: skip
    return run_id


def perform(database: Database, run_id: int, clock: Callable[[], datetime]) -> SolveRun:
    """Solve a waiting run, in this process's child; whatever happens to it stands in the run's row.

    Raises:
        InputError: `run_not_waiting`.
    """
    token = secrets.token_hex(8)
    with database.session() as session:
        with write_transaction(session):
            if not runs.claim(session, run_id, token, clock()):
                raise InputError(problem("run_not_waiting", run=run_id))
        run = _find(session, run_id)
        for word in solving(run.inputs, run.time_limit_s):
            with write_transaction(session):
                if word.kind in ("beat", "progress", "draft"):
                    values = {} if word.kind == "beat" else {word.kind: dict(word.facts)}
                    ours = runs.report(session, run_id, token, clock(), **values)
                else:
                    ours = _close(session, run_id, token, clock(), word.kind, word.facts)
            if not ours:
                break  # stopped, or taken for dead: the iterator ends the child
        return _find(session, run_id)


def view_run(session: DbSession, run_id: int, *, actor: Actor, now: datetime) -> SolveRun:
    """A run as it stands; one whose process is gone is closed as failed.

    Raises:
        NotFound: there is none.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    run = _find(session, run_id)
    if run.state in runs.OPEN and _is_silent(run, now):
        with write_transaction(session):
            runs.stop(session, run_id, now, state="failed", error="silent")
        run = _find(session, run_id)
    return run


def latest_runs(session: DbSession, season: str, *, actor: Actor, limit: int = 10) -> list[SolveRun]:
    """The season's latest runs, newest first."""
    authorize(actor, Action.VIEW_DRAFTS)
    return runs.list_runs(session, season, limit)


def stop_run(session: DbSession, run_id: int, *, actor: Actor, now: datetime) -> None:
    """End a run; what it has found by then (the draft at least) stays and can be kept."""
    authorize(actor, Action.COMPUTE)
    _find(session, run_id)
    with write_transaction(session):
        if runs.stop(session, run_id, now, state="stopped"):
            record_change(session, now=now, actor=actor.name, action="stop", object_kind="solve_run", object_id=run_id)


def accept_run(session: DbSession, run_id: int, *, actor: Actor, now: datetime) -> StoredLineUp:
    """Keep what a run has found as the season's next draft; asked again, the same draft.

    Raises:
        InputError: `what_if_is_no_plan`, `run_has_no_plan`.
    """
    authorize(actor, Action.COMPUTE)
    with write_transaction(session):
        run = _find(session, run_id)
        if run.purpose == "what_if":
            raise InputError(problem("what_if_is_no_plan"))
        if run.line_up_id is not None:
            return _line_up(session, run.line_up_id)
        if run.best is None or run.state in runs.OPEN:
            raise InputError(problem("run_has_no_plan", run=run_id))
        stored = {key: run.inputs[key] for key in ("problem", "names", "events")}
        line_up_id = publications.add_line_up(
            session, season=run.season, title=run.inputs["title"], inputs_sha256=roadshows.fingerprint(stored),
            problem=stored, plan=run.best, now=now,
        )  # fmt: skip
        if not runs.keep_as(session, run_id, line_up_id):
            raise EditConflict(problem("edited_meanwhile"))
        record_change(
            session, now=now, actor=actor.name, action="draft", object_kind="line_up", object_id=line_up_id,
            season=run.season, run=run_id, objective=run.best["objective"], status=run.best["status"],
        )  # fmt: skip
        return _line_up(session, line_up_id)


def difference_of(session: DbSession, run: SolveRun) -> Difference | None:
    """What a run has found beside the season's published programme; None while it has found nothing."""
    if run.best is None:
        return None
    return beside_published(session, run.season, run.inputs["problem"], run.best)


def _prepared(
    session: DbSession,
    current: seasons.CurrentSeason,
    purpose: str,
    events: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    vocabulary: Vocabulary,
    now: datetime,
) -> Prepared:
    prepared = seasons.prepare(session, current, vocabulary=vocabulary, now=now, more=events)
    if purpose != "what_if" or not changes:
        return prepared
    try:
        changed = supposed(prepared.stored["problem"], changes)
    except ProblemError as error:
        raise InputError(problem("bad_event", zh=error.sentence("zh"), en=error.sentence("en"))) from None
    return Prepared(stored={**prepared.stored, "problem": changed}, previous=prepared.previous, sure=prepared.sure)


def _close(session: DbSession, run_id: int, token: str, now: datetime, kind: str, facts: Mapping[str, Any]) -> bool:
    if kind != "plan":
        return runs.finish(session, run_id, token, now, state="failed", error=kind)
    plan = facts["plan"]
    run = _find(session, run_id)
    values = {"inputs": {**run.inputs, "problem": facts["problem"]}, "progress": _last(plan)}
    if plan["status"] in roadshows.WITHOUT_PLAN:
        return runs.finish(session, run_id, token, now, state="failed", error="infeasible", **values)
    return runs.finish(session, run_id, token, now, state="done", plan=plan, **values)


def _last(plan: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("objective", "bound", "gap", "conflict_set", "ways_out")
    return {"stage": "done", "seconds": plan["timings"].get("total")} | {key: plan.get(key) for key in keys}


def _is_silent(run: SolveRun, now: datetime) -> bool:
    return now - (run.beat_at or run.asked_at) > SILENT_FOR


def _find(session: DbSession, run_id: int) -> SolveRun:
    found = runs.find_run(session, run_id)
    if found is None:
        raise NotFound(problem("not_found"))
    return found


def _line_up(session: DbSession, line_up_id: int) -> StoredLineUp:
    found = publications.find_line_up(session, line_up_id)
    if found is None:
        raise NotFound(problem("not_found"))
    return found
