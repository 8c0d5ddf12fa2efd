"""The line-up problem and its answer (路演阵容): frozen records, JSON keys as in the contract.

Minutes count from 00:00 of the session's day; ids are strings; scores are whole numbers 0..100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

Json = dict[str, Any]


class Level(StrEnum):
    """How tightly a lock (锁定) holds. See `Lock`."""

    EXACT = "exact"
    TRACK = "track"
    SESSION = "session"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of one session in which a person is there, minutes [start_min, end_min]."""

    session: str
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session (场次).

    An empty `themes` takes every theme. `on` is an ISO day or None: a session without a day is taken to be
    on a day of its own, so nobody can be in two places because of it (the plan then carries a warning).
    """

    id: str
    kind: Literal["main", "themed"] = "themed"
    format: Literal["panel", "reverse"] = "panel"
    themes: frozenset[str] = frozenset()
    on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A room × time window of a session. `max_per_district` None: no limit; `capacity`: seats for the audience."""

    id: str
    session: str
    start_min: int
    end_min: int
    panel_seats: int
    room: str | None = None
    max_per_district: int | None = None
    capacity: int | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch:
    """One pitch (路演项目) of an OPC.

    `windows` narrow the sessions they name; a session without a window is open from start to end.
    `after`: if both are placed, this one starts when the other has ended. `apart_from` (read both ways): never
    in the same track, so competitors do not stand before the same panel. A pitch without a theme fits only
    sessions that take every theme; a pitch without a district counts towards no district limit. `must_place`: it has
    a place for sure, in whatever track. `needs` and `avoids` are tags of tracks and slots; see `constraints`.
    """

    id: str
    opc: str
    duration_min: int
    sessions: frozenset[str]
    theme: str | None = None
    district: str | None = None
    fresh: bool = False
    windows: tuple[Window, ...] = ()
    after: str | None = None
    apart_from: frozenset[str] = frozenset()
    must_place: bool = False
    audience: int | None = None
    needs: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A scenario owner (场景方). None = no limit. `windows` must hold the whole track: a panel sits through it."""

    id: str
    sessions: frozenset[str]
    max_sessions: int | None = None
    min_candidates: int = 0
    max_meetings: int | None = None
    windows: tuple[Window, ...] = ()
    needs: frozenset[str] = frozenset()
    avoids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time for 1:1 meetings at `tables` tables; a closed one takes no more than what is held there."""

    id: str
    session: str
    start_min: int
    end_min: int
    tables: int
    closed: bool = False
    tags: frozenset[str] | None = None  # None: it says nothing about itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A meeting that stays as it is, for it has begun; `table` counts from 1."""

    opc: str
    owner: str
    slot: str
    table: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """`max_per_opc` None: no limit. `apart` are pairs (OPC, owner) that do not meet, whatever their score."""

    slots: tuple[Slot, ...] = ()
    max_per_opc: int | None = None
    held: tuple[Held, ...] = ()
    apart: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits and weights. `buffer_min` follows every pitch, the last one too: Σ (duration + buffer) fits the track."""

    max_pitches_per_opc: int = 2
    max_pitches_per_opc_per_session: int = 1
    fresh_bonus: float = 15
    short_candidate_penalty: float = 400
    buffer_min: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One thing the organiser has decided.

    A pitch: `exact` and `track` place it in that track (at `position`, from 1, when given), `session` in some
    track of that session, `excluded` keeps it out of the track, the session, or (neither given) of everything.
    An owner: `exact` gives the panel of a track, which is then just the owners locked to it; `track` seats the
    owner there and leaves the other seats open; `session` and `excluded` as above.
    """

    level: Level
    pitch: str | None = None
    owner: str | None = None
    track: str | None = None
    session: str | None = None
    position: int | None = None

    def to_json(self) -> Json:
        keys = ("pitch", "owner", "track", "session", "position")
        pairs = {key: getattr(self, key) for key in keys}
        return {key: value for key, value in pairs.items() if value is not None} | {"level": self.level.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What is kept of an earlier output: track and start minute by pitch, seats as (owner, track), meetings."""

    tracks: Mapping[str, str] = field(default_factory=dict)
    seats: tuple[tuple[str, str], ...] = ()
    starts: Mapping[str, int] = field(default_factory=dict)
    meetings: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything `solve_line_up` needs; made by `parse_problem`, which has checked it."""

    sessions: tuple[Session, ...] = ()
    tracks: tuple[Track, ...] = ()
    pitches: tuple[Pitch, ...] = ()
    owners: tuple[Owner, ...] = ()
    scores: Mapping[tuple[str, str], int] = field(default_factory=dict)
    meetings: MeetingPlan | None = None
    rules: Rules = Rules()
    locks: tuple[Lock, ...] = ()
    previous: Previous | None = None
    blocking: frozenset[str] = frozenset()  # ids of the constraints at level BLOCK
    pause_min: float = 0  # between a meeting and what else its people do; 0 unless `min_pause` blocks
    source: Mapping[str, Any] = field(default_factory=dict)  # the JSON as it came: what the checker reads

    @property
    def held(self) -> tuple[Lock, ...]:
        """The locks, and one without a place for every pitch that must be placed."""
        sure = (Lock(pitch=pitch.id, level=Level.SESSION) for pitch in self.pitches if pitch.must_place)
        return (*self.locks, *sure)

    def with_locks(self, locks: tuple[Lock, ...]) -> Problem:
        return replace(self, locks=locks)


class Status(StrEnum):
    """How good the answer is; `optimal` and `infeasible` are proofs."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_PLAN = "time_limit_no_plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A pitch on stage; `position` counts from 1; `reason` is data (kind, score, owner)."""

    pitch: str
    track: str
    position: int
    start_min: int
    end_min: int
    reason: Json

    def to_json(self) -> Json:
        return {key: getattr(self, key) for key in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An owner on a track's panel."""

    owner: str
    track: str

    def to_json(self) -> Json:
        return {"owner": self.owner, "track": self.track}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A 1:1 meeting (对接会谈); `table` counts from 1."""

    opc: str
    owner: str
    slot: str
    table: int
    score: int

    def to_json(self) -> Json:
        return {key: getattr(self, key) for key in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a pitch is left out.

    `kind`: rule | outscored | no_common_time | no_capacity | withdrawn. `loss` is what forcing the pitch in
    costs under the panels of this plan: a number when it was proved, a pair [low, high] when it is only
    known to lie between, None when it was not computed.
    """

    kind: str
    rules: tuple[str, ...] = ()
    rival: str | None = None
    loss: float | tuple[float, float] | None = None
    fix: tuple[Json, ...] = ()

    def to_json(self) -> Json:
        loss = [number(v) for v in self.loss] if isinstance(self.loss, tuple) else number(self.loss)
        return {
            "kind": self.kind,
            "rules": list(self.rules),
            "rival": self.rival,
            "loss": loss,
            "fix": list(self.fix),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LineUp:
    """The answer. `objective`, `bound` and `gap` are None when there is no plan."""

    status: Status
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seed: int = 0
    solver: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)  # seconds by step
    placements: tuple[Placement, ...] = ()
    seats: tuple[Seat, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    idle_gaps: int = 0
    left_out: tuple[tuple[str, Reason], ...] = ()
    unmet: tuple[tuple[str, int, int], ...] = ()  # (owner, have, need)
    moves: tuple[tuple[str, str, str | None], ...] = ()  # (pitch, from track, to track or None)
    conflict_set: tuple[Json, ...] = ()
    ways_out: tuple[Json, ...] = ()  # of an infeasible problem, the smallest change first
    warnings: tuple[Json, ...] = ()

    def to_json(self) -> Json:
        """The plan as the contract's JSON; same plan, same bytes (but for `timings`)."""
        return {
            "status": self.status.value,
            "objective": number(self.objective),
            "bound": number(self.bound),
            "gap": self.gap,
            "seed": self.seed,
            "solver": self.solver,
            "timings": dict(self.timings),
            "placements": [placement.to_json() for placement in self.placements],
            "seats": [seat.to_json() for seat in self.seats],
            "meetings": [meeting.to_json() for meeting in self.meetings],
            "idle_gaps": self.idle_gaps,
            "left_out": [{"pitch": pitch, "reason": reason.to_json()} for pitch, reason in self.left_out],
            "unmet": [{"owner": owner, "have": have, "need": need} for owner, have, need in self.unmet],
            "moves": [{"subject": pitch, "from": old, "to": new} for pitch, old, new in self.moves],
            "conflict_set": list(self.conflict_set),
            "warnings": list(self.warnings),
        } | ({"ways_out": list(self.ways_out)} if self.ways_out else {})


def number(value: float | None) -> float | int | None:
    """A whole number without the `.0`, so that objectives of whole scores read as whole numbers."""
    if value is None:
        return None
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def relative_gap(bound: float, objective: float) -> float:
    """The contract's gap: (bound - objective) / max(1, |objective|), never below zero."""
    return max(0.0, (bound - objective) / max(1.0, abs(objective)))
