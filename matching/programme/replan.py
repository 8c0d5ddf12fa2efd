"""A new problem after something happened: what events took away is taken out, what is past is frozen.

The solver's promise does the rest: with `previous`, the fewest placed pitches move at 99 % of the best score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .model import Json
from .parsing import Fault, ProblemError

Row = Mapping[str, Any]
DAY = 24 * 60
EVENTS: Mapping[str, tuple[str, ...]] = {
    "pitch_withdrawn": ("pitch",),
    "opc_withdrawn": ("opc",),
    "owner_cancelled": ("owner", "session?"),
    "room_lost": ("track", "from_min?"),
    "no_show": ("opc", "session"),
    "meeting_cancelled": ("opc", "owner"),
}
"""What can happen, and what each event names; "?" where it may be left out (then: every session, the whole day)."""


def after(problem: Row, plan: Row, events: Iterable[Row], *, on: str | None = None, minute: int | None = None) -> Json:
    """The problem to solve next, with the plan as its `previous`.

    Parameters
    ----------
    events : {"kind": …} with the keys in `EVENTS`, in the order in which they happened.
    on, minute : now, as an ISO day and minutes from its 00:00; None: nothing has begun yet. A pitch, a panel or a
        meeting that began before then (or on an earlier day) keeps place, order, time and table, and nothing else is
        put at a time that has passed. A person who left keeps what is past.

    Raises:
        ProblemError: an event of an unknown kind, or one that names what is not there.
    """
    events = list(events)
    _check(problem, events)
    state = _State(problem, plan, on, 0 if minute is None else minute)
    state.freeze()
    for event in events:
        getattr(state, f"{event['kind']}")(event)
    return state.built()


def concerns(event: Row, problem: Row) -> bool:
    """Whether everybody and everything that an event names is in the problem."""
    known = _known(problem)
    return all(event.get(key) is None or event[key] in ids for key, ids in known.items())


def _known(problem: Row) -> dict[str, set[str]]:
    return {
        "pitch": {pitch["id"] for pitch in problem["pitches"]},
        "opc": {pitch["opc"] for pitch in problem["pitches"]},
        "owner": {owner["id"] for owner in problem["owners"]},
        "track": {track["id"] for track in problem["tracks"]},
        "session": {session["id"] for session in problem["sessions"]},
    }


def _check(problem: Row, events: Sequence[Row]) -> None:
    known = _known(problem)
    faults = []
    for i, event in enumerate(events):
        where = f"events[{i}]"
        kind = str(event.get("kind"))
        if kind not in EVENTS:
            faults.append(
                Fault(code="not_a_choice", where=f"{where}.kind", value=kind, facts={"known": ", ".join(EVENTS)})
            )
            continue
        for name in EVENTS[kind]:
            key = name.rstrip("?")
            value = event.get(key)
            if value is None and not name.endswith("?"):
                faults.append(Fault(code="missing", where=f"{where}.{key}"))
            elif value is not None and key in known and value not in known[key]:
                plural = {"pitch": "pitches", "opc": "pitches[].opc"}.get(key, f"{key}s")
                faults.append(Fault(code="unknown_id", where=f"{where}.{key}", value=value, facts={"list": plural}))
    if faults:
        raise ProblemError(faults)


class _State:
    """The problem while it is changed; each kind of event is a method."""

    def __init__(self, problem: Row, plan: Row, on: str | None, minute: int) -> None:
        self.problem, self.plan, self.on, self.minute = problem, plan, on, minute
        self.day = {session["id"]: session.get("on") for session in problem["sessions"]}
        self.tracks = {track["id"]: dict(track) for track in problem["tracks"]}
        self.pitches = {pitch["id"]: dict(pitch) for pitch in problem["pitches"]}
        self.owners = {owner["id"]: dict(owner) for owner in problem["owners"]}
        self.locks = [dict(lock) for lock in problem.get("locks") or ()]
        self.slots = [dict(slot) for slot in (problem.get("meetings") or {}).get("slots") or ()]
        self.held: list[Json] = [dict(row) for row in (problem.get("meetings") or {}).get("held") or ()]
        self.apart: list[Json] = [dict(pair) for pair in (problem.get("meetings") or {}).get("apart") or ()]
        self.frozen: dict[str, Row] = {}
        self.begun: set[str] = set()  # tracks on which somebody has stood

    def is_past(self, session: str, minute: int) -> bool:
        """Whether something of a session that begins at `minute` has begun."""
        on = self.day[session]
        return self.on is not None and on is not None and (on < self.on or (on == self.on and minute < self.minute))

    def freeze(self) -> None:
        """Nail down what has begun, and close the time that has passed for everything else."""
        if self.on is None:
            return
        self.frozen = {
            row["pitch"]: row
            for row in self.plan["placements"]
            if self.is_past(self.tracks[row["track"]]["session"], row["start_min"])
        }
        for pitch, row in self.frozen.items():
            self._not_before(self.pitches[pitch], self.tracks[row["track"]]["session"], row["start_min"])
            self._drop_locks("pitch", pitch)
            self.locks.append({"pitch": pitch, "track": row["track"], "level": "track", "position": row["position"]})
        self.begun = {row["track"] for row in self.frozen.values()}
        for seat in self.plan["seats"]:
            if seat["track"] in self.begun or self.is_past(self._session(seat["track"]), self._start(seat["track"])):
                self.begun.add(seat["track"])
        for track in sorted(self.begun):
            self.locks = [lock for lock in self.locks if not (lock.get("owner") and lock.get("track") == track)]
            self.locks += [
                {"owner": seat["owner"], "track": track, "level": "exact"}
                for seat in self.plan["seats"]
                if seat["track"] == track
            ]
        for session in [session for session, on in self.day.items() if on is not None and on <= self.on]:
            for other in self.pitches.values():
                if other["id"] not in self.frozen and session in other["sessions"]:
                    self._not_before(other, session, self.minute if self.day[session] == self.on else DAY)
        self._hold_meetings()

    def _not_before(self, pitch: Json, session: str, minute: int) -> None:
        """Leave what lies behind `minute` of a pitch's windows; a session of which nothing is left it cannot attend.

        A pitch that has stood keeps its minute: it is as early as can be, and every plan begins a pitch at once.
        """
        named = [w for w in pitch.get("windows") or () if w["session"] == session]
        others = [w for w in pitch.get("windows") or () if w["session"] != session]
        spans = [(w["start_min"], w["end_min"]) for w in named] or [(0, DAY)]
        left = [
            {"session": session, "start_min": max(start, minute), "end_min": end}
            for start, end in spans
            if end > minute
        ]
        if left:
            pitch["windows"] = [*others, *left]
        else:
            pitch["windows"] = others
            pitch["sessions"] = [other for other in pitch["sessions"] if other != session]

    def _hold_meetings(self) -> None:
        past = {slot["id"] for slot in self.slots if self.is_past(slot["session"], slot["start_min"])}
        known = {(row["opc"], row["owner"]) for row in self.held}
        self.held += [
            {key: meeting[key] for key in ("opc", "owner", "slot", "table")}
            for meeting in self.plan["meetings"]
            if meeting["slot"] in past and (meeting["opc"], meeting["owner"]) not in known
        ]
        for slot in self.slots:
            slot["closed"] = bool(slot.get("closed")) or slot["id"] in past

    def pitch_withdrawn(self, event: Row) -> None:
        """A pitch is taken back; what it gave already stays."""
        if event["pitch"] not in self.frozen:
            self._drop_locks("pitch", event["pitch"])
            self.locks.append({"pitch": event["pitch"], "level": "excluded"})

    def opc_withdrawn(self, event: Row) -> None:
        """An OPC takes back all of its pitches."""
        for pitch in self._of(event["opc"]):
            self.pitch_withdrawn({"pitch": pitch})

    def owner_cancelled(self, event: Row) -> None:
        """An owner leaves one session, or everything that has not begun."""
        owner = self.owners[event["owner"]]
        gone = {event["session"]} if event.get("session") else set(owner["sessions"])
        keeps = {self._session(t) for t in self.begun if {"owner": owner["id"], "track": t} in _seats(self.plan)}
        owner["sessions"] = [session for session in owner["sessions"] if session not in gone - keeps]
        self.locks = [
            lock
            for lock in self.locks
            if lock.get("owner") != owner["id"]
            or lock["level"] == "excluded"
            or (lock.get("session") or self._session(lock["track"])) not in gone - keeps
        ]
        short = owner.get("min_candidates") or 0
        if not owner["sessions"]:
            short = 0  # somebody who is not there misses nothing
        owner["min_candidates"] = short

    def room_lost(self, event: Row) -> None:
        """A room can be used no more, from a minute on or at all."""
        track = self.tracks[event["track"]]
        stood = [row["end_min"] for row in self.frozen.values() if row["track"] == track["id"]]
        end = max([event.get("from_min") or 0, *stood])
        if end > track["start_min"]:
            track["end_min"] = min(track["end_min"], end + ((self.problem.get("rules") or {}).get("buffer_min") or 0))
            return
        del self.tracks[track["id"]]
        self.locks = [lock for lock in self.locks if lock.get("track") != track["id"]]

    def no_show(self, event: Row) -> None:
        """An OPC did not come to a session: its pitches there that have not begun are out of it."""
        for pitch in self._of(event["opc"]):
            row = self.frozen.get(pitch)
            here = row is not None and self._session(row["track"]) == event["session"]
            if here and row is not None:
                del self.frozen[pitch]  # it was called and did not stand up
            elif row is not None:
                continue
            self._drop_locks("pitch", pitch, event["session"])
            self.locks.append({"pitch": pitch, "session": event["session"], "level": "excluded"})

    def meeting_cancelled(self, event: Row) -> None:
        """Two who do not want to meet: a meeting that has begun stays, a coming one is not planned again."""
        pair = {"opc": event["opc"], "owner": event["owner"]}
        if pair not in self.apart:
            self.apart.append(pair)

    def built(self) -> Json:
        """The problem as plain JSON."""
        own = {"slots": self.slots, "held": self.held, "apart": self.apart}
        meetings = self.problem.get("meetings")
        return {
            **self.problem,
            "tracks": list(self.tracks.values()),
            "pitches": list(self.pitches.values()),
            "owners": list(self.owners.values()),
            "locks": self._without_gaps(),
            "meetings": None if meetings is None else {**meetings, **own},
            "previous": {key: self.plan[key] for key in ("placements", "seats", "meetings")},
        }

    def _without_gaps(self) -> list[Json]:
        """Positions of frozen pitches counted anew: somebody who did not come leaves no gap in the order."""
        order: dict[str, list[str]] = {}
        for pitch, row in sorted(self.frozen.items(), key=lambda item: (item[1]["track"], item[1]["position"])):
            order.setdefault(row["track"], []).append(pitch)
        at = {pitch: place for rows in order.values() for place, pitch in enumerate(rows, 1)}
        return [
            {**lock, "position": at[lock["pitch"]]} if lock.get("pitch") in at and "position" in lock else lock
            for lock in self.locks
        ]

    def _of(self, opc: str) -> list[str]:
        return [pitch["id"] for pitch in self.pitches.values() if pitch["opc"] == opc]

    def _session(self, track: str) -> str:
        return str(next(t["session"] for t in self.problem["tracks"] if t["id"] == track))

    def _start(self, track: str) -> int:
        return int(next(t["start_min"] for t in self.problem["tracks"] if t["id"] == track))

    def _drop_locks(self, key: str, subject: str, session: str | None = None) -> None:
        """Locks that place somebody (in a session) hold no longer; exclusions stay."""
        self.locks = [
            lock
            for lock in self.locks
            if lock.get(key) != subject
            or lock["level"] == "excluded"
            or (session is not None and (lock.get("session") or self._session(lock["track"])) != session)
        ]


def _seats(plan: Row) -> list[Json]:
    return [{"owner": seat["owner"], "track": seat["track"]} for seat in plan["seats"]]
