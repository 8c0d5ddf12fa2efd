"""From JSON to a checked `Problem`. Every fault is collected, so one reading tells a person all of them.

Absent and null keys take these defaults: session kind themed, format panel, themes every, on unknown; track room
none, max_per_district no limit; pitch theme and district none, fresh and must_place false; owner max_sessions and
max_meetings no limit, min_candidates 0; meetings none, max_per_opc no limit; rules as in `Rules`. Keys that are not
in the contract are refused at the top and in `rules`, and passed over elsewhere (a title, a lock's `by` and `why`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from .constraints import BY_ID, LEVELS, settings_of
from .faults import Fault as Fault
from .faults import ProblemError as ProblemError
from .faults import Reader, is_number, is_whole
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
)
from .references import check_references

TOP_KEYS = (
    "sessions",
    "tracks",
    "pitches",
    "owners",
    "scores",
    "meetings",
    "rules",
    "locks",
    "previous",
    "constraints",
)
RULE_KEYS = tuple(spec.name for spec in fields(Rules))


def parse_problem(data: object) -> Problem:
    """Read and check a whole problem; raises one `ProblemError` with every fault found."""
    if not isinstance(data, Mapping):
        raise ProblemError([Fault(code="not_object", where="$", value=data)])
    read = Reader()
    read.no_other_keys(data, TOP_KEYS, "")
    sessions = tuple(_session(read, item, place) for place, item in read.objects(data, "sessions"))
    tracks = tuple(_track(read, item, place) for place, item in read.objects(data, "tracks"))
    pitches = tuple(_pitch(read, item, place) for place, item in read.objects(data, "pitches"))
    owners = tuple(_owner(read, item, place) for place, item in read.objects(data, "owners"))
    blocking = _blocking(read, data)
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
        blocking=blocking,
        pause_min=settings_of(data)["min_pause"].value or 0 if "min_pause" in blocking else 0,
        source=data,
    )
    if not read.faults:  # only what is readable can be held against each other
        check_references(read, problem)
    if read.faults:
        raise ProblemError(read.faults)
    return problem


def _session(read: Reader, item: Mapping[str, Any], where: str) -> Session:
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


def _track(read: Reader, item: Mapping[str, Any], where: str) -> Track:
    start, end = read.span(item, where)
    return Track(
        id=read.needed_text(item, "id", where),
        session=read.needed_text(item, "session", where),
        room=read.text(item, "room", where),
        start_min=start,
        end_min=end,
        panel_seats=read.needed_whole(item, "panel_seats", where),
        max_per_district=read.whole(item, "max_per_district", where),
        capacity=read.whole(item, "capacity", where),
        tags=read.texts(item, "tags", where),
    )


def _needed_sessions(read: Reader, item: Mapping[str, Any], where: str) -> frozenset[str]:
    if item.get("sessions") is None:
        read.fault("missing", f"{where}.sessions")
    return read.texts(item, "sessions", where)


def _pitch(read: Reader, item: Mapping[str, Any], where: str) -> Pitch:
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
        audience=read.whole(item, "audience", where),
        needs=read.texts(item, "needs", where),
        avoids=read.texts(item, "avoids", where),
    )


def _owner(read: Reader, item: Mapping[str, Any], where: str) -> Owner:
    return Owner(
        id=read.needed_text(item, "id", where),
        sessions=_needed_sessions(read, item, where),
        max_sessions=read.whole(item, "max_sessions", where),
        min_candidates=read.whole(item, "min_candidates", where) or 0,
        max_meetings=read.whole(item, "max_meetings", where),
        windows=read.windows(item, where),
        needs=read.texts(item, "needs", where),
        avoids=read.texts(item, "avoids", where),
    )


def _scores(read: Reader, data: Mapping[str, Any]) -> dict[tuple[str, str], int]:
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


def _meetings(read: Reader, data: Mapping[str, Any]) -> MeetingPlan | None:
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
                tags=read.texts(item, "tags", place) if item.get("tags") is not None else None,
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


def _held(read: Reader, item: Mapping[str, Any], where: str) -> Held:
    return Held(
        opc=read.needed_text(item, "opc", where),
        owner=read.needed_text(item, "owner", where),
        slot=read.needed_text(item, "slot", where),
        table=read.needed_whole(item, "table", where, least=1),
    )


def _rules(read: Reader, data: Mapping[str, Any]) -> Rules:
    if data.get("rules") is None:
        return Rules()
    rules = read.mapping(data["rules"], "rules")
    read.no_other_keys(rules, RULE_KEYS, "rules.")
    wholes = ("max_pitches_per_opc", "max_pitches_per_opc_per_session", "buffer_min")
    given: dict[str, Any] = {key: read.whole(rules, key, "rules") for key in wholes}
    given |= {key: read.number(rules, key, "rules") for key in ("fresh_bonus", "short_candidate_penalty")}
    return Rules(**{key: value for key, value in given.items() if value is not None})


def _blocking(read: Reader, data: Mapping[str, Any]) -> frozenset[str]:
    """Which constraints block, after the levels, weights and values of the problem's own have been checked."""
    given = read.mapping(data["constraints"], "constraints") if data.get("constraints") is not None else {}
    for code, row in given.items():
        where = f"constraints.{code}"
        if code not in BY_ID:
            read.fault("not_a_choice", where, code, known=", ".join(BY_ID))
            continue
        setting = read.mapping(row, where)
        read.no_other_keys(setting, ("level", "weight", "value"), f"{where}.")
        level = read.choice(setting, "level", where, LEVELS, BY_ID[code].level)
        if not BY_ID[code].may_change and level != BY_ID[code].level:
            read.fault("not_a_choice", f"{where}.level", level, known=BY_ID[code].level)
        read.number(setting, "weight", where)
        read.number(setting, "value", where)
    if read.faults:
        return frozenset()
    return frozenset(code for code, one in settings_of(data).items() if one.level == "block")


def _lock(read: Reader, item: Mapping[str, Any], where: str) -> Lock:
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


def parse_previous(value: object, reader: Reader | None = None) -> Previous | None:
    """An earlier output (its JSON): placements and seats are kept, the rest is passed over.

    Ids that the problem no longer has are legal here: that is how withdrawals and dropped tracks look.
    """
    read = reader or Reader()
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
