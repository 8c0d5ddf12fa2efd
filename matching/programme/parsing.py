"""From JSON to a checked `Problem`. Every fault is collected, so one reading tells a person all of them.

Absent and null keys take these defaults: session kind themed, format panel, themes every, on unknown; track room
none, max_per_district no limit; pitch theme and district none, fresh and must_place false; owner max_sessions and
max_meetings no limit, min_candidates 0; meetings none, max_per_opc no limit; rules as in `Rules`. Keys that are not
in the contract are refused at the top and in `rules`, and passed over elsewhere (a title, a lock's `by` and `why`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from .messages import FAULTS, Language, say
from .model import (
    Held,
    Level,
    Lock,
    MeetingPlan,
    Owner,
    Pitch,
    Previous,
    Problem,
    Rules,
    Session,
    Slot,
    Track,
    Window,
)
from .references import check_references

TOP_KEYS = ("sessions", "tracks", "pitches", "owners", "scores", "meetings", "rules", "locks", "previous")
RULE_KEYS = tuple(spec.name for spec in fields(Rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a problem: `where` is a JSON path such as `pitches[3].duration_min`."""

    code: str
    where: str
    value: object = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        text = say(FAULTS, self.code, language, self.facts)
        if language == "zh":
            return f"{self.where}{'' if self.value is None else f'（现为 {_short(self.value)}）'}：{text}"
        return f"{self.where}{'' if self.value is None else f' (is {_short(self.value)})'}: {text}"


class ProblemError(Exception):
    """The problem cannot be used as it stands; `problems` holds every fault, as data."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """All faults in one line, in zh or en: where, what, and how to mend it."""
        return ("；" if language == "zh" else "; ").join(fault.sentence(language) for fault in self.problems)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


class _Reader:
    """Reads values and collects faults; a value with a fault comes back as its default."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, code: str, where: str, value: object = None, **facts: object) -> None:
        self.faults.append(Fault(code=code, where=where, value=value, facts=facts))

    def mapping(self, value: object, where: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.fault("not_object", where, value)
        return {}

    def items(self, data: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
        value = data.get(key)
        if value is None:
            return []
        place = f"{where}{key}"
        if not isinstance(value, (list, tuple)):
            self.fault("not_list", place, value)
            return []
        return [(f"{place}[{i}]", item) for i, item in enumerate(value)]

    def objects(self, data: Mapping[str, Any], key: str, where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
        for place, item in self.items(data, key, where):
            if isinstance(item, Mapping):
                yield place, item
            else:
                self.fault("not_object", place, item)

    def text(self, data: Mapping[str, Any], key: str, where: str) -> str | None:
        value = data.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.fault("not_text", f"{where}.{key}", value)
        return None

    def needed_text(self, data: Mapping[str, Any], key: str, where: str) -> str:
        if data.get(key) is None:
            self.fault("missing", f"{where}.{key}")
        return self.text(data, key, where) or ""

    def texts(self, data: Mapping[str, Any], key: str, where: str) -> frozenset[str]:
        found = []
        for place, item in self.items(data, key, where + "."):
            if isinstance(item, str) and item.strip():
                found.append(item)
            else:
                self.fault("not_text", place, item)
        return frozenset(found)

    def whole(self, data: Mapping[str, Any], key: str, where: str, *, least: int = 0) -> int | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_whole(value):
            self.fault("not_whole", f"{where}.{key}", value)
        elif value < least:
            self.fault("too_small", f"{where}.{key}", value, least=least)
        else:
            return int(value)
        return None

    def needed_whole(self, data: Mapping[str, Any], key: str, where: str, *, least: int = 0) -> int:
        if data.get(key) is None:
            self.fault("missing", f"{where}.{key}")
        got = self.whole(data, key, where, least=least)
        return least if got is None else got

    def number(self, data: Mapping[str, Any], key: str, where: str) -> float | None:
        value = data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self.fault("not_number", f"{where}.{key}", value)
        elif value < 0:
            self.fault("too_small", f"{where}.{key}", value, least=0)
        else:
            return value
        return None

    def flag(self, data: Mapping[str, Any], key: str, where: str) -> bool:
        value = data.get(key)
        if value is not None and not isinstance(value, bool):
            self.fault("not_bool", f"{where}.{key}", value)
        return value is True

    def choice(self, data: Mapping[str, Any], key: str, where: str, known: Sequence[str], default: str) -> str:
        value = data.get(key)
        if value is None:
            return default
        if value not in known or not isinstance(value, str):
            self.fault("not_a_choice", f"{where}.{key}", value, known=", ".join(known))
            return default
        return value

    def span(self, data: Mapping[str, Any], where: str) -> tuple[int, int]:
        start = self.needed_whole(data, "start_min", where)
        end = self.needed_whole(data, "end_min", where, least=1)
        if is_number(data.get("start_min")) and is_number(data.get("end_min")) and end <= start:
            self.fault("reversed", f"{where}.end_min", end, start_min=start)
        return start, end

    def windows(self, data: Mapping[str, Any], where: str) -> tuple[Window, ...]:
        found = []
        for place, item in self.objects(data, "windows", where + "."):
            session = self.needed_text(item, "session", place)
            start, end = self.span(item, place)
            found.append(Window(session=session, start_min=start, end_min=end))
        return tuple(found)

    def no_other_keys(self, data: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in data:
            if key not in known:
                self.fault("unknown_key", f"{where}{key}", None, known=", ".join(known))


def is_whole(value: float) -> bool:
    """A number without a fraction; 3.0 is one, infinity is none."""
    return isinstance(value, int) or (math.isfinite(value) and value == int(value))


def is_number(value: object) -> bool:
    """An int or float; JSON's true and false are not numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def parse_problem(data: object) -> Problem:
    """Read and check a whole problem; raises one `ProblemError` with every fault found."""
    if not isinstance(data, Mapping):
        raise ProblemError([Fault(code="not_object", where="$", value=data)])
    read = _Reader()
    read.no_other_keys(data, TOP_KEYS, "")
    sessions = tuple(_session(read, item, place) for place, item in read.objects(data, "sessions"))
    tracks = tuple(_track(read, item, place) for place, item in read.objects(data, "tracks"))
    pitches = tuple(_pitch(read, item, place) for place, item in read.objects(data, "pitches"))
    owners = tuple(_owner(read, item, place) for place, item in read.objects(data, "owners"))
    problem = Problem(
        sessions=sessions,
        tracks=tracks,
        pitches=pitches,
        owners=owners,
        scores=_scores(read, data),
        meetings=_meetings(read, data),
        rules=_rules(read, data),
        locks=tuple(_lock(read, item, place) for place, item in read.objects(data, "locks")),
        previous=parse_previous(data.get("previous"), read),
        source=data,
    )
    if not read.faults:  # only what is readable can be held against each other
        check_references(read, problem)
    if read.faults:
        raise ProblemError(read.faults)
    return problem


def _session(read: _Reader, item: Mapping[str, Any], where: str) -> Session:
    on = read.text(item, "on", where)
    if on is not None:
        try:
            date.fromisoformat(on)
        except ValueError:
            read.fault("not_a_day", f"{where}.on", on)
    return Session(
        id=read.needed_text(item, "id", where),
        kind="main" if read.choice(item, "kind", where, ("main", "themed"), "themed") == "main" else "themed",
        format="panel" if read.choice(item, "format", where, ("panel", "reverse"), "panel") == "panel" else "reverse",
        themes=read.texts(item, "themes", where),
        on=on,
    )


def _track(read: _Reader, item: Mapping[str, Any], where: str) -> Track:
    start, end = read.span(item, where)
    return Track(
        id=read.needed_text(item, "id", where),
        session=read.needed_text(item, "session", where),
        room=read.text(item, "room", where),
        start_min=start,
        end_min=end,
        panel_seats=read.needed_whole(item, "panel_seats", where),
        max_per_district=read.whole(item, "max_per_district", where),
    )


def _needed_sessions(read: _Reader, item: Mapping[str, Any], where: str) -> frozenset[str]:
    if item.get("sessions") is None:
        read.fault("missing", f"{where}.sessions")
    return read.texts(item, "sessions", where)


def _pitch(read: _Reader, item: Mapping[str, Any], where: str) -> Pitch:
    return Pitch(
        id=read.needed_text(item, "id", where),
        opc=read.needed_text(item, "opc", where),
        theme=read.text(item, "theme", where),
        district=read.text(item, "district", where),
        duration_min=read.needed_whole(item, "duration_min", where, least=1),
        sessions=_needed_sessions(read, item, where),
        fresh=read.flag(item, "fresh", where),
        windows=read.windows(item, where),
        after=read.text(item, "after", where),
        apart_from=read.texts(item, "apart_from", where),
        must_place=read.flag(item, "must_place", where),
    )


def _owner(read: _Reader, item: Mapping[str, Any], where: str) -> Owner:
    return Owner(
        id=read.needed_text(item, "id", where),
        sessions=_needed_sessions(read, item, where),
        max_sessions=read.whole(item, "max_sessions", where),
        min_candidates=read.whole(item, "min_candidates", where) or 0,
        max_meetings=read.whole(item, "max_meetings", where),
        windows=read.windows(item, where),
    )


def _scores(read: _Reader, data: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    scores: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], str] = {}
    for place, item in read.items(data, "scores", ""):
        if not isinstance(item, (list, tuple)) or len(item) != 3 or not all(isinstance(i, str) for i in item[:2]):
            read.fault("score_shape", place, item)
            continue
        pitch, owner, score = item
        if not is_number(score) or not is_whole(score) or not 0 <= score <= 100:
            read.fault("score_range", f"{place}[2]", score)
        elif (pitch, owner) in scores:
            read.fault("duplicate_score", place, item, first=first[pitch, owner])
        else:
            scores[pitch, owner] = int(score)
            first[pitch, owner] = place
    return scores


def _meetings(read: _Reader, data: Mapping[str, Any]) -> MeetingPlan | None:
    if data.get("meetings") is None:
        return None
    meetings = read.mapping(data["meetings"], "meetings")
    slots = []
    for place, item in read.objects(meetings, "slots", "meetings."):
        start, end = read.span(item, place)
        slots.append(
            Slot(
                id=read.needed_text(item, "id", place),
                session=read.needed_text(item, "session", place),
                start_min=start,
                end_min=end,
                tables=read.needed_whole(item, "tables", place),
                closed=read.flag(item, "closed", place),
            )
        )
    held = tuple(_held(read, item, place) for place, item in read.objects(meetings, "held", "meetings."))
    apart = frozenset(
        (read.needed_text(item, "opc", place), read.needed_text(item, "owner", place))
        for place, item in read.objects(meetings, "apart", "meetings.")
    )
    return MeetingPlan(
        slots=tuple(slots), max_per_opc=read.whole(meetings, "max_per_opc", "meetings"), held=held, apart=apart
    )


def _held(read: _Reader, item: Mapping[str, Any], where: str) -> Held:
    return Held(
        opc=read.needed_text(item, "opc", where),
        owner=read.needed_text(item, "owner", where),
        slot=read.needed_text(item, "slot", where),
        table=read.needed_whole(item, "table", where, least=1),
    )


def _rules(read: _Reader, data: Mapping[str, Any]) -> Rules:
    if data.get("rules") is None:
        return Rules()
    rules = read.mapping(data["rules"], "rules")
    read.no_other_keys(rules, RULE_KEYS, "rules.")
    wholes = ("max_pitches_per_opc", "max_pitches_per_opc_per_session", "buffer_min")
    given: dict[str, Any] = {key: read.whole(rules, key, "rules") for key in wholes}
    given |= {key: read.number(rules, key, "rules") for key in ("fresh_bonus", "short_candidate_penalty")}
    return Rules(**{key: value for key, value in given.items() if value is not None})


def _lock(read: _Reader, item: Mapping[str, Any], where: str) -> Lock:
    if item.get("level") is None:
        read.fault("missing", f"{where}.level")
    return Lock(
        level=Level(read.choice(item, "level", where, tuple(Level), "excluded")),
        pitch=read.text(item, "pitch", where),
        owner=read.text(item, "owner", where),
        track=read.text(item, "track", where),
        session=read.text(item, "session", where),
        position=read.whole(item, "position", where, least=1),
    )


def parse_previous(value: object, reader: _Reader | None = None) -> Previous | None:
    """An earlier output (its JSON): placements and seats are kept, the rest is passed over.

    Ids that the problem no longer has are legal here: that is how withdrawals and dropped tracks look.
    """
    read = reader or _Reader()
    found: Previous | None = None
    if value is not None:
        data = read.mapping(value, "previous")
        places = list(read.objects(data, "placements", "previous."))
        seats = list(read.objects(data, "seats", "previous."))
        found = Previous(
            tracks={read.needed_text(i, "pitch", w): read.needed_text(i, "track", w) for w, i in places},
            seats=tuple((read.needed_text(i, "owner", w), read.needed_text(i, "track", w)) for w, i in seats),
            starts={
                read.needed_text(i, "pitch", w): start
                for w, i in places
                if (start := read.whole(i, "start_min", w)) is not None
            },
            meetings=tuple(_held(read, i, w) for w, i in read.objects(data, "meetings", "previous.")),
        )
    if reader is None and read.faults:
        raise ProblemError(read.faults)
    return found
