"""The facts that keep locks from holding: windows, limits, rules; each can be given up, or made a little lighter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from .messages import FACTS, told
from .model import Json, Lock, Owner, Pitch, Problem, Session, Track

Change = Callable[[Problem], Problem]
DAY = 24 * 60
FEW = (1, 2, 3, 5)
STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240)


@dataclass(frozen=True)
class Fact:
    """One thing that holds in a problem: `code` and `facts` fill its sentence, `without` is the problem without it."""

    code: str
    facts: Mapping[str, Any]
    without: Change

    def to_json(self) -> Json:
        """The fact as data and in people's words."""
        return {"kind": "fact", "lock": None, **told(FACTS, self.code, **self.facts)}


@dataclass(frozen=True)
class Step:
    """A lighter form of a fact; `cost` ranks it among ways out."""

    code: str
    cost: float
    change: Change
    facts: Mapping[str, Any] = field(default_factory=dict)


def facts_of(problem: Problem, locks: Sequence[Lock]) -> list[Fact]:
    """The facts that touch these locks, in the order in which they are given up: limits first, people's time last."""
    tracks = _tracks(problem, locks)
    sessions = {track.session for track in tracks}
    return [
        *_rule_facts(problem),
        *(fact for track in tracks for fact in _track_facts(track)),
        *(fact for session in problem.sessions if session.id in sessions for fact in _session_facts(session)),
        *(fact for pitch in problem.pitches for fact in _pitch_facts(pitch, tracks)),
        *(fact for owner in problem.owners for fact in _owner_facts(owner, tracks)),
    ]


def lighter(fact: Fact) -> Iterator[Step]:
    """Lighter and lighter forms of a fact, to find the smallest change that does."""
    facts = dict(fact.facts)
    match fact.code:
        case "track_minutes":
            for more in STEPS:
                said = {"track": facts["track"], "minutes": more}
                yield Step("longer", more / 10, _of("tracks", facts["track"], _longer(more)), said)
        case "pitch_windows" | "owner_windows":
            kind, person = ("pitches", facts["pitch"]) if "pitch" in facts else ("owners", facts["owner"])
            for more in (*STEPS, DAY):
                said = {"who": person, "session": facts["session"], "minutes": more}
                change = _of(kind, person, _wider(facts["session"], more))
                yield Step("be_there" if more == DAY else "wider", 1 + more / 20, change, said)
        case "seats":
            for more in FEW:
                said = {"track": facts["track"], "seats": more}
                yield Step("seats", float(more), _of("tracks", facts["track"], _seats(more)), said)
        case "district_limit" | "max_sessions":
            kind, what, key = ("tracks", facts.get("track"), "max_per_district")
            if fact.code == "max_sessions":
                kind, what, key = ("owners", facts["owner"], "max_sessions")
            for more in FEW:
                limit = facts["limit"] + more
                yield Step(
                    "limit", float(more), _of(kind, str(what), _with(key, limit)), {"what": what, "limit": limit}
                )
        case "opc_limit" | "opc_session_limit":
            key = "max_pitches_per_opc" if fact.code == "opc_limit" else "max_pitches_per_opc_per_session"
            for more in FEW:
                limit = facts["limit"] + more
                yield Step("opc_limit", float(more), _rule(key, limit), {"rule": key, "limit": limit})
        case "attendance" | "owner_attendance":
            who = facts.get("pitch") or facts["owner"]
            yield Step("attend", 4.0, fact.without, {"who": who, "session": facts["session"]})
        case "theme":
            yield Step("theme", 4.0, fact.without, {"session": facts["session"]})
        case "one_place":
            return  # nobody can be in two places, whatever is changed
        case _:
            yield Step("let_go", 5.0, fact.without, {"what": fact.to_json()["zh"]})


def _rule_facts(problem: Problem) -> Iterator[Fact]:
    rules = problem.rules
    if len({pitch.opc for pitch in problem.pitches}) < len(problem.pitches):
        limits = {"limit": rules.max_pitches_per_opc}, {"limit": rules.max_pitches_per_opc_per_session}
        yield Fact("opc_limit", limits[0], _rule("max_pitches_per_opc", 999))
        yield Fact("opc_session_limit", limits[1], _rule("max_pitches_per_opc_per_session", 999))
    if problem.sessions:
        yield Fact("one_place", {}, lambda p: replace(p, sessions=tuple(replace(s, on=None) for s in p.sessions)))


def _track_facts(track: Track) -> Iterator[Fact]:
    minutes = {"track": track.id, "minutes": track.end_min - track.start_min}
    yield Fact("track_minutes", minutes, _of("tracks", track.id, _longer(DAY)))
    yield Fact("seats", {"track": track.id, "seats": track.panel_seats}, _of("tracks", track.id, _seats(999)))
    if track.max_per_district is not None:
        limit = {"track": track.id, "limit": track.max_per_district}
        yield Fact("district_limit", limit, _of("tracks", track.id, _with("max_per_district", None)))


def _session_facts(session: Session) -> Iterator[Fact]:
    if session.themes:
        facts = {"session": session.id, "themes": ", ".join(sorted(session.themes))}
        yield Fact("theme", facts, _of("sessions", session.id, _with("themes", frozenset())))


def _pitch_facts(pitch: Pitch, tracks: Sequence[Track]) -> Iterator[Fact]:
    for other in sorted(pitch.apart_from):
        rest = pitch.apart_from - {other}
        yield Fact("apart", {"pitch": pitch.id, "other": other}, _of("pitches", pitch.id, _with("apart_from", rest)))
    if pitch.after is not None:
        said = {"pitch": pitch.id, "other": pitch.after}
        yield Fact("after", said, _of("pitches", pitch.id, _with("after", None)))
    if pitch.audience is not None:
        yield Fact("audience", {"pitch": pitch.id}, _of("pitches", pitch.id, _with("audience", None)))
    yield from _time_facts("pitch", pitch, tracks)


def _owner_facts(owner: Owner, tracks: Sequence[Track]) -> Iterator[Fact]:
    if owner.max_sessions is not None:
        said = {"owner": owner.id, "limit": owner.max_sessions}
        yield Fact("max_sessions", said, _of("owners", owner.id, _with("max_sessions", None)))
    yield from _time_facts("owner", owner, tracks)


def _time_facts(side: str, person: Pitch | Owner, tracks: Sequence[Track]) -> Iterator[Fact]:
    """Tags, sessions and windows of a pitch or an owner."""
    kind, start = ("pitches", "") if side == "pitch" else ("owners", "owner_")
    if person.needs or person.avoids:
        yield Fact("tags", {"who": person.id}, _of(kind, person.id, _untagged))
    for session in sorted({track.session for track in tracks}):
        said = {side: person.id, "session": session}
        if session not in person.sessions:
            there = person.sessions | {session}
            yield Fact(f"{start}attendance", said, _of(kind, person.id, _with("sessions", there)))
        elif any(window.session == session for window in person.windows):
            yield Fact(f"{start or 'pitch_'}windows", said, _of(kind, person.id, _wider(session, DAY)))


def _tracks(problem: Problem, locks: Sequence[Lock]) -> list[Track]:
    """The tracks that the locks speak of; all where one names no place."""
    named = {lock.track for lock in locks if lock.track is not None}
    sessions = {lock.session for lock in locks if lock.track is None and lock.session is not None}
    anywhere = any(lock.track is None and lock.session is None for lock in locks)
    return [track for track in problem.tracks if anywhere or track.id in named or track.session in sessions]


def _of(kind: str, id_: str, change: Callable[[Any], Any]) -> Change:
    """A change of the one record of a list."""

    def changed(problem: Problem) -> Problem:
        rows = tuple(change(row) if row.id == id_ else row for row in getattr(problem, kind))
        found: Problem = cast("Any", replace)(problem, **{kind: rows})
        return found

    return changed


def _rule(key: str, value: int) -> Change:
    def changed(problem: Problem) -> Problem:
        return replace(problem, rules=cast("Any", replace)(problem.rules, **{key: value}))

    return changed


def _with(key: str, value: object) -> Callable[[Any], Any]:
    return lambda row: replace(row, **{key: value})


def _longer(minutes: int) -> Callable[[Any], Any]:
    return lambda track: replace(track, end_min=track.end_min + minutes)


def _seats(more: int) -> Callable[[Any], Any]:
    return lambda track: replace(track, panel_seats=track.panel_seats + more)


def _untagged(person: Any) -> Any:
    return replace(person, needs=frozenset(), avoids=frozenset())


def _wider(session: str, minutes: int) -> Callable[[Any], Any]:
    """The person with its windows of a session that much wider on both sides."""

    def widened(person: Any) -> Any:
        windows = tuple(
            replace(window, start_min=max(0, window.start_min - minutes), end_min=window.end_min + minutes)
            if window.session == session
            else window
            for window in person.windows
        )
        return replace(person, windows=windows)

    return widened
