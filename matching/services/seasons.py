"""A season as organisers set it up: sessions and rooms, locks, events; and the problem that the solver gets of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from matching.domain.errors import EditConflict, InputError, NotFound, problem
from matching.domain.records import RecordKind
from matching.domain.stages import OPEN_STAGES, Stage
from matching.domain.vocabulary import Vocabulary
from matching.programme.assembling import Given, assemble
from matching.programme.ledger import ledger
from matching.programme.parsing import ProblemError
from matching.programme.season import Season, read_season, season_of
from matching.services.access import Action, Actor, authorize
from matching.services.records import SHANGHAI
from matching.store import DbSession, matches, publications, records, seasons, write_transaction
from matching.store.audit import record_change
from matching.store.publications import StoredLineUp
from matching.store.seasons import Availability, StoredEvent, StoredLock

GUARANTEE_AFTER_SEASONS = 3
"""Who applies three seasons in a row is on stage in one of them at least, if there is room."""
_NOTHING: Mapping[str, Any] = {"placements": (), "seats": (), "meetings": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSeason:
    """The season of a quarter; `version` 0 while nobody has stored it: then it is the one that ships, dated."""

    code: str
    season: Season
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the solver gets: problem and names as the store keeps them (with the events that went in), and a base.

    `sure` are the pitches that the fairness ledger guarantees a place.
    """

    stored: Mapping[str, Any]
    previous: Mapping[str, Any] | None
    sure: Sequence[str]


def default_season(vocabulary: Vocabulary) -> Season:
    """The season that ships with the product."""
    return read_season((files("seeds") / "season.toml").read_text("utf-8"), vocabulary)


def quarter_of(now: datetime) -> str:
    """The quarter in Shanghai, such as 2026-Q4."""
    today = now.astimezone(SHANGHAI)
    return f"{today.year}-Q{(today.month + 2) // 3}"


def current_season(session: DbSession, *, vocabulary: Vocabulary, now: datetime) -> CurrentSeason:
    """The quarter's season. Reads only."""
    code = quarter_of(now)
    stored = seasons.find_season(session, code)
    if stored is not None:
        return CurrentSeason(code=code, season=season_of(stored.setup, vocabulary), version=stored.version)
    season = default_season(vocabulary)
    return CurrentSeason(code=code, season=season.dated(_first_day(session, season, now)), version=0)


def view_season(session: DbSession, *, actor: Actor, vocabulary: Vocabulary, now: datetime) -> CurrentSeason:
    """The quarter's season for those who organise.

    Raises:
        NotAllowed: to everybody else.
    """
    authorize(actor, Action.VIEW_DRAFTS)
    return current_season(session, vocabulary=vocabulary, now=now)


def dated(session: DbSession, season: Season, now: datetime) -> Season:
    """A season of a file on the days of the quarter's first plan, or counted from today."""
    return season.dated(_first_day(session, season, now))


def keep_season(session: DbSession, current: CurrentSeason, now: datetime) -> None:
    """Store the season that a plan was made of, so that it keeps its days; inside the caller's transaction."""
    if seasons.find_season(session, current.code) is None:
        seasons.save_season(session, current.code, current.season.to_json(), expected_version=0, now=now)


def save_setup(
    session: DbSession,
    setup: Mapping[str, Any],
    *,
    expected_version: int,
    actor: Actor,
    vocabulary: Vocabulary,
    now: datetime,
) -> CurrentSeason:
    """Store an organiser's setup of the quarter's season.

    Raises:
        InputError: `season_…` for each mistake; `season_track_locked` where a lock names a track or session that
            would be gone; `unknown_owner` and `unknown_opc` for people who are not there.
        EditConflict: somebody else saved since `expected_version`.
        NotAllowed: only those who organise.
    """
    authorize(actor, Action.COMPUTE)
    code = quarter_of(now)
    season = season_of(setup, vocabulary).dated(now.astimezone(SHANGHAI).date())
    with write_transaction(session):
        _check_people(session, season)
        there = {one["id"] for one in season.sessions} | {row["id"] for one in season.sessions for row in one["track"]}
        held = [lock.lock for lock in seasons.list_locks(session, code)]
        gone = sorted({lock[key] for lock in held for key in ("track", "session") if lock.get(key)} - there)
        if gone:
            raise InputError(problem("season_track_locked", value=gone[0], places=gone))
        if not seasons.save_season(session, code, season.to_json(), expected_version=expected_version, now=now):
            raise EditConflict(problem("edited_meanwhile"))
        record_change(session, now=now, actor=actor.name, action="set_up", object_kind="season", object_id=code)
    return current_season(session, vocabulary=vocabulary, now=now)


def locks(session: DbSession, code: str, *, actor: Actor) -> list[StoredLock]:
    """The locks in force, oldest first."""
    authorize(actor, Action.VIEW_DRAFTS)
    return seasons.list_locks(session, code)


def add_lock(
    session: DbSession, code: str, lock: Mapping[str, Any], *, reason: str | None, actor: Actor, now: datetime
) -> int:
    """Decide something before the solver does; an earlier lock of the same pitch or owner on the same place goes.

    Raises:
        InputError: `bad_lock` where it names nobody, both sides, or a level that there is not.
    """
    authorize(actor, Action.COMPUTE)
    subject = [key for key in ("pitch", "owner") if lock.get(key)]
    place = [key for key in ("track", "session") if lock.get(key)]
    level = lock.get("level")
    if (
        len(subject) != 1
        or level not in ("exact", "track", "session", "excluded")
        or (level != "excluded" and not place)
    ):
        raise InputError(problem("bad_lock", value=str(dict(lock))))
    with write_transaction(session):
        for old in seasons.list_locks(session, code):
            same = old.lock.get(subject[0]) == lock[subject[0]]
            if same and (subject == ["pitch"] or any(old.lock.get(key) == lock.get(key) for key in place)):
                seasons.release_lock(session, code, old.id, by=actor.name, now=now)
        lock_id = seasons.add_lock(session, code, lock, reason=reason, by=actor.name, now=now)
        record_change(
            session, now=now, actor=actor.name, action="lock", object_kind="season", object_id=code, lock=dict(lock)
        )
    return lock_id


def release_lock(session: DbSession, code: str, lock_id: int, *, actor: Actor, now: datetime) -> None:
    """Give the solver its freedom back.

    Raises:
        NotFound: there is no such lock in force.
    """
    authorize(actor, Action.COMPUTE)
    with write_transaction(session):
        if not seasons.release_lock(session, code, lock_id, by=actor.name, now=now):
            raise NotFound(problem("not_found"))
        record_change(
            session, now=now, actor=actor.name, action="release", object_kind="season", object_id=code, lock=lock_id
        )


def said_when(session: DbSession, code: str, *, actor: Actor) -> list[Availability]:
    """Who said when it can come."""
    authorize(actor, Action.VIEW_DRAFTS)
    return seasons.list_availability(session, code)


def events(session: DbSession, code: str, *, actor: Actor) -> list[StoredEvent]:
    """What happened in a season, in its order."""
    authorize(actor, Action.VIEW_DRAFTS)
    return seasons.list_events(session, code)


def prepare(
    session: DbSession,
    current: CurrentSeason,
    *,
    vocabulary: Vocabulary,
    now: datetime,
    more: Sequence[Mapping[str, Any]] = (),
) -> Prepared:
    """The season's problem of this minute, with what happened (and `more` that is supposed to happen) taken out.

    Until the first session begins it is made of the matches; from then on the published programme goes on, with
    everything frozen that has begun: nobody new comes in on the day.

    Raises:
        InputError: `no_matches_yet`; `bad_event` where one of `more` names what is not there.
    """
    from matching.programme.replan import after, concerns

    published = next(iter(publications.list_line_ups(session, season=current.code)), None)
    happened = seasons.list_events(session, current.code)
    local = now.astimezone(SHANGHAI)
    on, minute = local.date().isoformat(), 60 * local.hour + local.minute
    try:
        if published is not None and _has_begun(published, on, minute):
            known = set(published.problem.get("events", ()))
            since = [one.event for one in happened if one.id not in known]
            base = published.problem["problem"]
            since = [event for event in since if concerns(event, base)]
            changed = after(base, published.plan, [*since, *more], on=on, minute=minute)
            names, sure = published.problem["names"], []
        else:
            built = _assemble(session, current, vocabulary)
            if not built.problem["scores"]:
                raise InputError(problem("no_matches_yet"))
            taken = [one.event for one in happened if concerns(one.event, built.problem)]
            changed = after(built.problem, _NOTHING, [*taken, *more]) if taken or more else built.problem
            names, sure = built.names, [pitch["id"] for pitch in changed["pitches"] if pitch.get("must_place")]
    except ProblemError as error:
        raise InputError(problem("bad_event", zh=error.sentence("zh"), en=error.sentence("en"))) from None
    stored = {
        "problem": {key: value for key, value in changed.items() if key != "previous"},
        "names": names,
        "events": [one.id for one in happened],
    }
    return Prepared(stored=stored, previous=published.plan if published else None, sure=sure)


def without_guarantee(prepared: Prepared) -> Prepared:
    """The same where there is no room for all whose turn it is: then the best take part."""
    pitches = [
        {key: value for key, value in pitch.items() if key != "must_place"}
        for pitch in prepared.stored["problem"]["pitches"]
    ]
    stored = {**prepared.stored, "problem": {**prepared.stored["problem"], "pitches": pitches}}
    return replace(prepared, stored=stored)


def _assemble(session: DbSession, current: CurrentSeason, vocabulary: Vocabulary) -> Any:
    others = [
        stored
        for stored in publications.list_line_ups(session, stages=("published", "superseded"))
        if stored.season != current.code
    ]
    earlier = sorted(
        (one for one in others if one.season < current.code and one.stage == "published"), key=lambda s: s.season
    )
    applied = [(one.season, one.problem["problem"], one.plan) for one in earlier]
    given = Given(
        windows={(one.side, one.person): one.windows for one in seasons.list_availability(session, current.code)},
        locks=[lock.lock for lock in seasons.list_locks(session, current.code)],
        guaranteed=frozenset(ledger(applied, k=GUARANTEE_AFTER_SEASONS).guaranteed),
        placed_before=frozenset(row["pitch"] for other in others for row in other.plan["placements"]),
    )
    profiles = records.records_in(session, RecordKind.PROFILES, [Stage.PUBLISHED])
    return assemble(
        current.season,
        demands=[stored.record for stored in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)],
        profiles={stored.id: stored.record for stored in profiles},
        pairs=matches.ranked_pairs(session),
        given=given,
        vocabulary=vocabulary,
    )


def _has_begun(published: StoredLineUp, on: str, minute: int) -> bool:
    """Whether a session of the programme has begun."""
    days = {one["id"]: one["on"] for one in published.problem["problem"]["sessions"]}
    return any(
        days[track["session"]] < on or (days[track["session"]] == on and track["start_min"] <= minute)
        for track in published.problem["problem"]["tracks"]
    )


def _first_day(session: DbSession, season: Season, now: datetime) -> date:
    """The day from which a season's `in_days` count: that of the quarter's first plan, else today."""
    former = next(
        iter(publications.list_line_ups(session, season=quarter_of(now), stages=("draft", "published"))), None
    )
    if former is None:
        return now.astimezone(SHANGHAI).date()
    opening = former.problem["problem"]["sessions"][0]
    in_days = {one["id"]: one.get("in_days", 0) for one in season.sessions}.get(opening["id"], 0)
    return date.fromisoformat(opening["on"]) - timedelta(days=in_days)


def _check_people(session: DbSession, season: Season) -> None:
    """Refuse names of owners and ids of OPCs that nobody has: they were mistyped."""
    owners = {
        stored.record.owner.name
        for stored in records.records_in(session, RecordKind.DEMANDS, OPEN_STAGES)
        if stored.record.owner
    }
    profiles = {stored.id for stored in records.records_in(session, RecordKind.PROFILES, [Stage.PUBLISHED])}
    problems = [
        problem(code, key=key, value=one)
        for code, known, lists in (
            ("unknown_owner", owners, {"owners_in": season.owners_in, "owners_out": season.owners_out}),
            ("unknown_opc", profiles, {"pitches_in": season.pitches_in, "pitches_out": season.pitches_out}),
        )
        for key, people in lists.items()
        for one in people
        if one not in known
    ]
    if problems:
        raise InputError(*problems)
