"""The organiser's season: what is set up and locked, what happened, what the solver is doing."""

from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matching.domain.errors import EditConflict, InputError, problem
from matching.programme.constraints import CONSTRAINTS, LEVELS
from matching.programme.replan import EVENTS
from matching.programme.season import FORMATS, KINDS
from matching.programme.supposing import SUPPOSITIONS
from matching.publishing.programme.changes import Names, change_words
from matching.services import appointments, planning, revisions, roadshows, seasons
from matching.services.access import Action, authorize
from matching.services.seasons import CurrentSeason
from matching.store.solving import SolveRun
from webapp.context import actor, db, settings, utc_now, vocabulary
from webapp.errors import said
from webapp.forms import whole_number
from webapp.languages import language, say
from webapp.programme_words import (
    KnownNames,
    event_words,
    lock_words,
    names_of,
    picture,
    stage_words,
    with_names,
)
from webapp.season_form import MOST_SESSIONS, inputs_of, setup_of
from webapp.solving import start_solver

bp = Blueprint("season", __name__, url_prefix="/season")


@bp.get("/")
def index() -> ResponseReturnValue:
    """One page for the whole season: set-up in short, locks, events, runs, drafts, and the buttons."""
    current = _current()
    me = actor()
    published = next((one for one in roadshows.published_line_ups(db()) if one.season == current.code), None)
    drafts = [one for one in roadshows.draft_line_ups(db(), actor=me) if one.season == current.code]
    names = names_of(current, published, *drafts)
    happened = seasons.events(db(), current.code, actor=me)
    known = set() if published is None else set(published.problem.get("events", ()))
    return render_template(
        "season/index.html",
        current=current,
        published=published,
        drafts=drafts,
        presences=seasons.said_when(db(), current.code, actor=me),
        confirmed=None if published is None else appointments.confirmed_count(db(), published),
        locks=[(lock, lock_words(lock.lock, names)) for lock in seasons.locks(db(), current.code, actor=me)],
        events=[(one, event_words(one.event, names), one.id in known) for one in reversed(happened)],
        runs=planning.latest_runs(db(), current.code, actor=me, limit=5),
        choices=_choices(current, names),
        time_limit=planning.TIME_LIMIT_S,
    )


@bp.get("/setup")
def edit() -> ResponseReturnValue:
    """The form of the season."""
    current = _current()
    return _form(current, inputs_of(current.season))


@bp.post("/setup")
def save() -> ResponseReturnValue:
    """Store the form; with a mistake in it, the form comes back as it was filled."""
    authorize(actor(), Action.COMPUTE)
    current = _current()
    themes = {s: request.form.getlist(f"s{s}.themes") for s in range(MOST_SESSIONS)}
    version = whole_number(request.form.get("version", ""))
    if version is None:
        raise EditConflict(problem("edited_meanwhile"))
    try:
        setup = setup_of(request.form, themes, current.season)
        seasons.save_setup(db(), setup, expected_version=version, actor=actor(), vocabulary=vocabulary(), now=utc_now())
    except InputError as error:
        return _form(current, _typed(themes), [said(one) for one in error.problems], version), 422
    return redirect(url_for("season.index"), 303)


@bp.post("/solve")
def solve() -> ResponseReturnValue:
    """Ask for a plan of the season as it stands, after something happened, or of what is only supposed."""
    authorize(actor(), Action.COMPUTE)
    purpose = request.form.get("purpose", "plan")
    happened, supposed = _asked()
    seconds = whole_number(request.form.get("seconds", "")) or planning.TIME_LIMIT_S
    run_id = planning.start_run(
        db(), purpose=purpose, events=happened, changes=supposed, time_limit_s=seconds, actor=actor(),
        vocabulary=vocabulary(), now=utc_now(),
    )  # fmt: skip
    start_solver(settings(), run_id)
    return redirect(url_for("season.run", run_id=run_id), 303)


@bp.get("/runs/<number:run_id>")
def run(run_id: int) -> ResponseReturnValue:
    """How far a solve is, the plan that it has by now, and whom it would concern."""
    found = planning.view_run(db(), run_id, actor=actor(), now=utc_now())
    beside = planning.difference_of(db(), found)
    changes: list[str] = []
    if beside is not None:
        base = [] if beside.published is None else [beside.published.problem]
        names = Names.of(found.inputs, *base)
        changes = [change_words(change, names, language()) for change in beside.comparison.changes]
    known = names_of(_current(), found)
    return render_template(
        "season/run.html",
        run=found,
        progress=_progress(found),
        picture=picture(found) if found.best else None,
        conflicts=_told(found, "conflict_set", known),
        ways_out=_told(found, "ways_out", known),
        supposed=[event_words(one, known) for one in found.inputs.get("supposed", ())],
        beside=beside,
        changes=changes,
        people=0 if beside is None else len(beside.comparison.people),
    )


@bp.get("/runs/<number:run_id>.json")
def state(run_id: int) -> ResponseReturnValue:
    """The progress line, for the page to show while the solver works."""
    found = planning.view_run(db(), run_id, actor=actor(), now=utc_now())
    return jsonify(
        state=found.state,
        said=str(_progress(found)),
        has_draft=found.draft is not None,
        is_open=found.state in ("waiting", "running"),
    )


@bp.post("/runs/<number:run_id>/stop")
def stop(run_id: int) -> ResponseReturnValue:
    """End a solve; what it has found stays."""
    planning.stop_run(db(), run_id, actor=actor(), now=utc_now())
    return redirect(url_for("season.run", run_id=run_id), 303)


@bp.post("/runs/<number:run_id>/keep")
def keep(run_id: int) -> ResponseReturnValue:
    """Keep what a solve found as the next draft, and go to its board."""
    stored = planning.accept_run(db(), run_id, actor=actor(), now=utc_now())
    return redirect(url_for("board.show", line_up_id=stored.id), 303)


@bp.get("/ledger")
def ledger() -> ResponseReturnValue:
    """The fairness ledger: who was on stage how often, whose turn it is, shares of districts and sectors."""
    found, names = revisions.ledger_of(db(), actor=actor())
    shares = [
        (title, [(terms.name(one.name, language()) if one.name else "—", one) for one in rows])
        for title, terms, rows in (
            (say("区县"), vocabulary().districts, found.districts),
            (say("行业"), vocabulary().sectors, found.sectors),
        )
    ]
    return render_template("season/ledger.html", ledger=found, names=names, shares=shares)


@bp.post("/locks")
def lock() -> ResponseReturnValue:
    """Lock a pitch or an owner."""
    form = request.form
    side, _, person = form.get("subject", "").partition(":")
    place, _, place_id = form.get("place", "").partition(":")
    made: dict[str, Any] = {side: person, "level": "excluded" if place in ("", "out") else place}
    if place in ("track", "session"):
        made |= {place: place_id, "level": place}
    if form.get("kind") == "excluded":
        made["level"] = "excluded"
    current = _current()
    seasons.add_lock(
        db(), current.code, made, reason=form.get("reason", "").strip()[:200] or None, actor=actor(), now=utc_now()
    )
    return redirect(_back(), 303)


@bp.post("/locks/<number:lock_id>/release")
def release(lock_id: int) -> ResponseReturnValue:
    """Release a lock."""
    seasons.release_lock(db(), _current().code, lock_id, actor=actor(), now=utc_now())
    return redirect(_back(), 303)


def _current() -> CurrentSeason:
    return seasons.view_season(db(), actor=actor(), vocabulary=vocabulary(), now=utc_now())


def _asked() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(events, suppositions) of a form: `kind` and the fields that the kind names."""
    kind = request.form.get("kind", "")
    if not kind:
        return [], []
    wanted = EVENTS.get(kind) or SUPPOSITIONS.get(kind)
    if wanted is None:
        raise InputError(problem("bad_event_form", value=kind, form=", ".join((*EVENTS, *SUPPOSITIONS))))
    made: dict[str, Any] = {"kind": kind}
    for name in wanted:
        key = name.rstrip("?")
        text = request.form.get(key, "").strip()
        if text and key in ("minutes", "seats"):
            made[key] = whole_number(text)
        elif text and key == "from_min":
            made[key] = _minute(text)
        elif text:
            made[key] = text
    return ([made], []) if kind in EVENTS else ([], [made])


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise InputError(problem("bad_event_form", value=text[:20], form="13:40"))
    return 60 * int(hour) + int(minute)


def _form(
    current: CurrentSeason,
    shown: dict[str, Any],
    problems: list[tuple[str, str]] | None = None,
    version: int | None = None,
) -> str:
    return render_template(
        "season/setup.html",
        current=current,
        shown=shown,
        problems=problems or [],
        version=current.version if version is None else version,
        sectors=[(term.code, term.name(language())) for term in vocabulary().sectors],
        kinds=KINDS,
        formats=FORMATS,
        levels=LEVELS,
    )


def _typed(themes: dict[int, list[str]]) -> dict[str, Any]:
    """The form as it was filled."""
    form = request.form
    shown: dict[str, Any] = dict(form.items())
    shown["constraints"] = [
        {"one": one, **{key: form.get(f"c.{one.id}.{key}", "") for key in ("level", "weight", "value")}}
        for one in CONSTRAINTS
        if one.may_change
    ]
    shown["sessions"] = []
    for s in range(MOST_SESSIONS):
        if f"s{s}.title" not in form:
            break
        start = f"s{s}."
        tracks: list[dict[str, str]] = []
        while f"{start}t{len(tracks)}.room" in form:
            row = f"{start}t{len(tracks)}."
            tracks.append({key.removeprefix(row): value for key, value in form.items() if key.startswith(row)})
        own = {key.removeprefix(start): value for key, value in form.items() if key.startswith(start)}
        meetings = {key.removeprefix("m."): value for key, value in own.items() if key.startswith("m.")}
        shown["sessions"].append({**own, "tracks": tracks, "meetings": meetings, "themes": themes.get(s, [])})
    return shown


def _choices(current: CurrentSeason, names: Any) -> dict[str, Any]:
    return {
        "tracks": [
            (row["id"], f"{one['title']} · {row['room']}") for one in current.season.sessions for row in one["track"]
        ],
        "sessions": [(one["id"], one["title"]) for one in current.season.sessions],
        "pitches": sorted(names.pitches.items(), key=lambda item: item[1]),
        "owners": sorted(names.owners),
    }


def _told(found: SolveRun, key: str, names: KnownNames) -> list[str]:
    """What stands in the way of a plan, or the ways out, under the names that people know."""
    return [with_names(one[language()], names) for one in (found.progress or {}).get(key) or ()]


def _progress(found: SolveRun) -> str:
    known = found.progress or {}
    parts = [stage_words(found)]
    if known.get("objective") is not None:
        parts.append(say("目标值 %(value)s", value=f"{known['objective']:g}"))
    if known.get("gap") is not None:
        parts.append(
            say("上界 %(bound)s，差距 %(gap)s%%", bound=f"{known['bound']:.0f}", gap=f"{100 * known['gap']:.1f}")
        )
    if known.get("seconds") is not None:
        parts.append(say("已算 %(seconds)s 秒", seconds=f"{known['seconds']:.0f}"))
    return " · ".join(parts)


def _back() -> str:
    line_up = whole_number(request.form.get("board", ""))
    return url_for("season.index") if line_up is None else url_for("board.show", line_up_id=line_up)
