"""A revision of a season's line-up laid out for files: sessions → tracks → pitches, panels, meetings.

Pure: the stored problem, plan and names come in, as the contract of `opcmatch lineup` writes them. Minutes count
from 00:00 of the session's day and are never worked out again, so that a file says what the database says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from pypinyin import lazy_pinyin

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Side(StrEnum):
    """Whose part of the programme something is."""

    OPC = "opc"
    OWNER = "owner"
    ROOM = "room"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One person or one room: `id` is a profile's id, an owner's name, or a room's name."""

    side: Side
    id: str


Links = Mapping[tuple[str, Subject], str]
"""(session id, who) → the address that checks this person in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An OPC or an owner, with the name that people know. Nothing else is known here: no contacts."""

    side: Side
    id: str
    name: str

    @property
    def subject(self) -> Subject:
        """Whose calendar is this person's."""
        return Subject(self.side, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Minutes [start_min, end_min] of a day; `on` None where the session has no day yet."""

    on: date | None
    start_min: int
    end_min: int

    @property
    def starts_at(self) -> datetime | None:
        """The beginning in Asia/Shanghai."""
        return _moment(self.on, self.start_min)

    @property
    def ends_at(self) -> datetime | None:
        """The end in Asia/Shanghai."""
        return _moment(self.on, self.end_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch:
    """One pitch on stage; `position` counts from 1 in its track."""

    id: str
    title: str
    opc: Person
    position: int
    span: Span
    theme: str | None
    district: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A room × time window, its panel, and its pitches in their order."""

    id: str
    room: str
    span: Span
    panel: tuple[Person, ...]
    pitches: tuple[Pitch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One OPC and one owner at a table (from 1)."""

    opc: Person
    owner: Person
    table: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time for meetings at `tables` tables; `meetings` by table."""

    id: str
    span: Span
    tables: int
    meetings: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session 场次 with its tracks (by start, then room) and its meeting slots (by start)."""

    id: str
    title: str
    kind: str
    format: str
    on: date | None
    tracks: tuple[Track, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One revision of a season's programme; sessions by day. `stage` is draft, published or superseded."""

    season: str
    title: str
    revision: int
    stage: str
    made_at: datetime
    published_at: datetime | None
    buffer_min: int
    sessions: tuple[Session, ...]

    @property
    def dated_at(self) -> datetime:
        """What its files are dated with: the publication, or the making of a draft."""
        return self.published_at or self.made_at

    def only(self, session: str) -> "Programme":
        """The same with one session alone."""
        return replace(self, sessions=tuple(one for one in self.sessions if one.id == session))

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who has a part: OPCs first, then owners, by pinyin."""
        found = {person.subject: person for session in self.sessions for person in people_of(session)}
        return tuple(sorted(found.values(), key=by_name))

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms of all tracks, in the order in which they are first used."""
        return tuple(dict.fromkeys(track.room for session in self.sessions for track in session.tracks))


def read_programme(
    problem: Mapping[str, Any],
    plan: Mapping[str, Any],
    names: Mapping[str, Mapping[str, str]],
    *,
    season: str,
    title: str,
    revision: int,
    stage: str,
    made_at: datetime,
    published_at: datetime | None,
) -> Programme:
    """The programme that a stored revision describes.

    `names` are by kind: `sessions`, `pitches`, and where they are known `opcs` and `owners`. An OPC without a name of
    its own has the name of the pitch of its id (one pitch an OPC), and at last its id.

    Raises:
        KeyError: the plan speaks of what the problem does not hold: it is not that problem's plan.
    """
    read = _Reader(problem, plan, names)
    sessions = sorted((read.session(data) for data in problem["sessions"]), key=_session_order)
    return Programme(
        season=season,
        title=_one_line(title),
        revision=revision,
        stage=stage,
        made_at=made_at,
        published_at=published_at,
        buffer_min=problem.get("rules", {}).get("buffer_min", 0),
        sessions=tuple(sessions),
    )


def people_of(session: Session) -> Iterator[Person]:
    """Everybody with a part in a session; somebody with several parts comes several times."""
    for track in session.tracks:
        yield from track.panel
        yield from (pitch.opc for pitch in track.pitches)
    for slot in session.slots:
        for meeting in slot.meetings:
            yield from (meeting.opc, meeting.owner)


def by_name(person: Person) -> tuple[str, str, str, str]:
    """Sorts people as they are looked up on paper: OPCs before owners, then by pinyin."""
    return person.side.value, _pinyin(person.name), person.name, person.id


class _Reader:
    """One problem and its plan, grouped by what is looked up."""

    def __init__(
        self, problem: Mapping[str, Any], plan: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._names = names
        self._pitches = {pitch["id"]: pitch for pitch in problem["pitches"]}
        self._tracks = _grouped(problem["tracks"], "session")
        self._slots = _grouped((problem.get("meetings") or {}).get("slots", ()), "session")
        self._placed = _grouped(plan["placements"], "track")
        self._seated = _grouped(plan["seats"], "track")
        self._meetings = _grouped(plan.get("meetings", ()), "slot")
        known = {track["id"] for track in problem["tracks"]}
        for strange in (self._placed.keys() | self._seated.keys()) - known:
            raise KeyError(strange)

    def session(self, data: Mapping[str, Any]) -> Session:
        on = None if data.get("on") is None else date.fromisoformat(data["on"])
        tracks = sorted((self._track(one, on) for one in self._tracks.get(data["id"], ())), key=_track_order)
        slots = sorted((self._slot(one, on) for one in self._slots.get(data["id"], ())), key=_slot_order)
        return Session(
            id=data["id"],
            title=self._name("sessions", data["id"]),
            kind=data.get("kind", "themed"),
            format=data.get("format", "panel"),
            on=on,
            tracks=tuple(tracks),
            slots=tuple(slots),
        )

    def _track(self, data: Mapping[str, Any], on: date | None) -> Track:
        owners = (self._person(Side.OWNER, seat["owner"]) for seat in self._seated.get(data["id"], ()))
        pitches = (self._pitch(placement, on) for placement in self._placed.get(data["id"], ()))
        return Track(
            id=data["id"],
            room=_one_line(data.get("room") or data["id"]),
            span=_span(data, on),
            panel=tuple(sorted(owners, key=by_name)),
            pitches=tuple(sorted(pitches, key=lambda pitch: pitch.position)),
        )

    def _pitch(self, placement: Mapping[str, Any], on: date | None) -> Pitch:
        data = self._pitches[placement["pitch"]]
        return Pitch(
            id=data["id"],
            title=self._name("pitches", data["id"]),
            opc=self._person(Side.OPC, data["opc"]),
            position=placement["position"],
            span=_span(placement, on),
            theme=data.get("theme"),
            district=data.get("district"),
        )

    def _slot(self, data: Mapping[str, Any], on: date | None) -> Slot:
        meetings = (
            Meeting(
                opc=self._person(Side.OPC, one["opc"]),
                owner=self._person(Side.OWNER, one["owner"]),
                table=one["table"],
            )
            for one in self._meetings.get(data["id"], ())
        )
        return Slot(
            id=data["id"],
            span=_span(data, on),
            tables=data["tables"],
            meetings=tuple(sorted(meetings, key=lambda meeting: meeting.table)),
        )

    def _person(self, side: Side, person: str) -> Person:
        if side is Side.OWNER:
            return Person(side=side, id=person, name=self._name("owners", person))
        known = person in self._names.get("opcs", {})
        return Person(side=side, id=person, name=self._name("opcs" if known else "pitches", person))

    def _name(self, kind: str, key: str) -> str:
        return _one_line(self._names.get(kind, {}).get(key, key))


@cache
def _pinyin(name: str) -> str:
    return " ".join(lazy_pinyin(name)).casefold()


def _grouped(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def _span(data: Mapping[str, Any], on: date | None) -> Span:
    return Span(on=on, start_min=data["start_min"], end_min=data["end_min"])


def _moment(on: date | None, minute: int) -> datetime | None:
    return None if on is None else datetime.combine(on, time(), SHANGHAI) + timedelta(minutes=minute)


def _one_line(name: str) -> str:
    """A name as a file can hold it: one line, nothing that cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def _session_order(session: Session) -> tuple[date, int, str]:
    spans = [*(track.span for track in session.tracks), *(slot.span for slot in session.slots)]
    starts = [span.start_min for span in spans]
    return session.on or date.max, min(starts, default=0), session.id


def _track_order(track: Track) -> tuple[int, str, str]:
    return track.span.start_min, track.room, track.id


def _slot_order(slot: Slot) -> tuple[int, int, str]:
    return slot.span.start_min, slot.span.end_min, slot.id
