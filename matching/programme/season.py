"""A season of sessions (路演季): what its file, or the organiser's form, says. Pure; checked as a whole."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, time, timedelta
from typing import Any

from matching.domain.errors import InputError, Problem, problem
from matching.domain.vocabulary import Vocabulary
from matching.programme.constraints import BY_ID, LEVELS

Row = Mapping[str, Any]
FORMATS = ("panel", "reverse")
KINDS = ("main", "themed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A checked season. `sessions` as written: each with `on` (ISO day) or, undated, `in_days`.

    `pitches_in` (profile ids) and `owners_in` (names) take part whatever their matches, `…_out` do not.
    `least_available_percent`: how much of the sessions open to it somebody has to be available for. `constraints` as
    in the contract of `opcmatch lineup`.
    """

    title: str
    pitch_minutes: int
    buffer_minutes: int
    candidates: int
    owners: int
    owner_sessions: int
    min_candidates: int
    rules: Row
    sessions: Sequence[Row]
    max_meetings_per_owner: int = 10
    max_meetings_per_opc: int = 3
    least_available_percent: int = 50
    constraints: Row = field(default_factory=dict)
    pitches_in: Sequence[str] = ()
    pitches_out: Sequence[str] = ()
    owners_in: Sequence[str] = ()
    owners_out: Sequence[str] = ()

    def dated(self, first_day: date) -> "Season":
        """The same season on days of the calendar, `in_days` counted from `first_day`."""
        return replace(
            self,
            sessions=[
                {key: value for key, value in one.items() if key != "in_days"}
                | {"on": one.get("on") or (first_day + timedelta(days=one["in_days"])).isoformat()}
                for one in self.sessions
            ],
        )

    def to_json(self) -> dict[str, Any]:
        """The season as plain JSON, which `season_of` reads."""
        written = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "sessions"}
        lists = {key: list(value) for key, value in written.items() if isinstance(value, (list, tuple))}
        return {**written, **lists, "session": [dict(one) for one in self.sessions]}


_NEEDED = ("title", "pitch_minutes", "buffer_minutes", "candidates", "owners", "owner_sessions", "min_candidates")
_LISTS = ("pitches_in", "pitches_out", "owners_in", "owners_out")
_TABLES = ("rules", "constraints")
_KEYS = {one.name for one in fields(Season)} - {"sessions"} | {"session"}
_SESSION = {"id", "title", "kind", "format", "themes", "track"}
_TRACK = {"id", "room", "start", "end", "panel_seats"}
_MEETINGS = {"start", "end", "slot_minutes", "tables"}
_LEAST = {"panel_seats": 0, "slot_minutes": 5, "tables": 1, "pitch_minutes": 1, "max_per_district": 1, "capacity": 1}


def read_season(text: str, vocabulary: Vocabulary) -> Season:
    """A season from its TOML file.

    Raises:
        InputError: `bad_season` where it is no TOML; else as `season_of`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(problem("bad_season", reason=str(error))) from error
    return season_of(data, vocabulary)


def season_of(data: Row, vocabulary: Vocabulary) -> Season:
    """A season from its JSON or TOML, checked as a whole.

    Raises:
        InputError: one problem for each mistake, `season_…`, with the place: what is missing, unknown, no number, no
            time, no day, no sector, reversed, twice there.
    """
    problems = list(_faults(data, vocabulary))
    if problems:
        raise InputError(*problems)
    given = {key: value for key, value in data.items() if key != "session"}
    lists = {key: tuple(given[key]) for key in _LISTS if key in given}
    return Season(sessions=data["session"], **given | lists)


def minutes(clock: str) -> int:
    """Minutes from 00:00 of a time such as 09:30."""
    read = time.fromisoformat(clock)
    return 60 * read.hour + read.minute


def _faults(data: Row, vocabulary: Vocabulary) -> Iterator[Problem]:
    yield from _keys("", data, {*_NEEDED, "rules", "session"}, _KEYS)
    if not _is_text(data.get("title", "-")):
        yield problem("season_empty", key="title")
    wholes = [key for key in data if key in _NEEDED[1:] or key.startswith("max_") or key == "least_available_percent"]
    for key in wholes:
        yield from _whole(key, data[key], _LEAST.get(key, 0), 100 if key.endswith("percent") else None)
    for key in _TABLES:
        if not isinstance(data.get(key, {}), Mapping):
            yield problem("season_not_table", key=key)
    yield from _constraints(data.get("constraints"))
    for key in _LISTS:
        held = data.get(key, [])
        if not isinstance(held, (list, tuple)) or not all(_is_text(one) for one in held):
            yield problem("season_not_texts", key=key)
    sessions = data.get("session", [])
    if not isinstance(sessions, list) or not all(isinstance(one, Mapping) for one in sessions):
        yield problem("season_not_table", key="session")
        return
    if "session" in data and not sessions:
        yield problem("season_no_session")
    for at, one in enumerate(sessions, 1):
        yield from _session(one, f"session {at}", vocabulary)
    yield from _twice("session", [one.get("id") for one in sessions])
    yield from _twice("track", [row.get("id") for one in sessions for row in _rows(one)])


def _constraints(given: object) -> Iterator[Problem]:
    for code, row in given.items() if isinstance(given, Mapping) else ():
        where = f"constraints {code}"
        if code not in BY_ID or not isinstance(row, Mapping):
            yield problem("season_unknown_key", key=where)
            continue
        possible = LEVELS if BY_ID[code].may_change else (BY_ID[code].level,)
        if row.get("level", BY_ID[code].level) not in possible:
            yield problem("season_not_a_choice", key=f"{where} level", value=row["level"], known=list(possible))
        for key in ("weight", "value"):
            if row.get(key) is not None:
                yield from _whole(f"{where} {key}", row[key])
        yield from _keys(where, row, set(), {"level", "weight", "value"})


def _session(one: Row, where: str, vocabulary: Vocabulary) -> Iterator[Problem]:
    where = str(one.get("title") or one.get("id") or where)
    yield from _keys(where, one, _SESSION, _SESSION | {"on", "in_days", "meetings"})
    for key in ("id", "title"):
        if key in one and not _is_text(one[key]):
            yield problem("season_empty", key=f"{where} {key}")
    for key, known in (("kind", KINDS), ("format", FORMATS)):
        if one.get(key, known[0]) not in known:
            yield problem("season_not_a_choice", key=f"{where} {key}", value=one[key], known=list(known))
    if "on" in one and one["on"] is not None:
        try:
            date.fromisoformat(one["on"])
        except (ValueError, TypeError):
            yield problem("season_not_a_day", key=f"{where} on", value=one["on"])
    elif "in_days" in one:
        yield from _whole(f"{where} in_days", one["in_days"])
    else:
        yield problem("season_missing", key=f"{where} on")
    themes = one.get("themes", [])
    if not isinstance(themes, list):
        yield problem("season_not_texts", key=f"{where} themes")
        themes = []
    for theme in themes:
        if not _is_text(theme) or vocabulary.sectors.code(theme) is None:
            yield problem("season_unknown_theme", key=f"{where} themes", value=theme)
    tracks = one.get("track", [])
    if not isinstance(tracks, list) or not all(isinstance(row, Mapping) for row in tracks):
        yield problem("season_not_table", key=f"{where} track")
        return
    for row in tracks:
        place = f"{where} · {row.get('room') or row.get('id') or 'track'}"
        yield from _keys(place, row, _TRACK, _TRACK | {"max_per_district", "capacity", "tags"})
        yield from _span(place, row)
        for key in ("panel_seats", "max_per_district", "capacity"):
            if row.get(key) is not None:
                yield from _whole(f"{place} {key}", row[key], _LEAST[key])
    meetings = one.get("meetings")
    if meetings is not None:
        place = f"{where} meetings"
        if not isinstance(meetings, Mapping):
            yield problem("season_not_table", key=place)
            return
        yield from _keys(place, meetings, _MEETINGS, _MEETINGS)
        yield from _span(place, meetings)
        for key in ("slot_minutes", "tables"):
            if key in meetings:
                yield from _whole(f"{place} {key}", meetings[key], _LEAST[key])


def _span(where: str, row: Row) -> Iterator[Problem]:
    read = []
    for key in ("start", "end"):
        if key not in row:
            continue
        try:
            read.append(minutes(row[key]))
        except (ValueError, TypeError):
            yield problem("season_not_a_time", key=f"{where} {key}", value=row[key])
    if len(read) == 2 and read[0] >= read[1]:
        yield problem("season_reversed", key=where, start=row["start"], end=row["end"])


def _whole(where: str, value: object, least: int = 0, most: int | None = None) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        yield problem("season_not_whole", key=where, value=value, least=least)
    elif value > (10_000 if most is None else most):
        yield problem("season_too_large", key=where, value=value, most=10_000 if most is None else most)


def _keys(where: str, data: Row, needed: set[str], known: set[str]) -> Iterator[Problem]:
    for key in sorted(needed - data.keys()):
        yield problem("season_missing", key=f"{where} {key}".strip())
    for key in sorted(data.keys() - known):
        yield problem("season_unknown_key", key=f"{where} {key}".strip())


def _twice(what: str, ids: Sequence[object]) -> Iterator[Problem]:
    for place, found in enumerate(ids):
        if found in ids[:place]:
            yield problem("season_twice", key=what, value=found)


def _rows(one: Row) -> list[Row]:
    held = one.get("track")
    return [row for row in held if isinstance(row, Mapping)] if isinstance(held, list) else []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
