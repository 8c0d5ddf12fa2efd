"""The form of a season: its sessions, rooms, meetings and people as inputs, and back.

Inputs are named after the setup's keys: `s0.title`, `s0.t1.room`, `s0.m.start`. A session without a title and a room
without a name are left out: that is how one is removed; the last, empty ones are how one is added.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from matching.domain.errors import InputError, problem
from matching.programme.constraints import CONSTRAINTS
from matching.programme.season import Season

NUMBERS = (
    "pitch_minutes", "buffer_minutes", "candidates", "owners", "owner_sessions", "min_candidates",
    "max_meetings_per_owner", "max_meetings_per_opc", "least_available_percent",
)  # fmt: skip
RULES = ("max_pitches_per_opc", "max_pitches_per_opc_per_session", "fresh_bonus", "short_candidate_penalty")
PEOPLE = ("owners_in", "owners_out", "pitches_in", "pitches_out")
TRACK = ("id", "room", "start", "end", "panel_seats", "max_per_district", "capacity")
MEETINGS = ("start", "end", "slot_minutes", "tables")
MOST_SESSIONS, MOST_TRACKS = 40, 30
_WHOLES = {"panel_seats", "max_per_district", "capacity", "slot_minutes", "tables"}


def inputs_of(season: Season) -> dict[str, Any]:
    """A season as the form shows it: every value as text, one empty session and one empty room each at the end."""
    data = season.to_json()
    shown: dict[str, Any] = {key: str(data[key]) for key in ("title", *NUMBERS)}
    shown |= {f"rules.{key}": str(data["rules"].get(key, "")) for key in RULES}
    shown |= {key: "\n".join(data[key]) for key in PEOPLE}
    shown["constraints"] = [
        {
            "one": one,
            **{key: _text(data["constraints"].get(one.id, {}).get(key)) for key in ("level", "weight", "value")},
        }
        for one in CONSTRAINTS
        if one.may_change
    ]
    shown["sessions"] = [_session(one) for one in data["session"]] + [_session({})]
    return shown


def setup_of(form: Mapping[str, str], themes_of: Mapping[int, Iterable[str]], season: Season) -> dict[str, Any]:
    """The setup that a filled form means; what the form does not show stays as in `season`.

    Raises:
        InputError: `bad_number_in_form`; what is wrong in itself is said by `season_of`.
    """
    data = season.to_json()
    data["title"] = form.get("title", "").strip()
    for key in NUMBERS:
        data[key] = _number(form.get(key, ""), key)
    rules = {key: _number(form.get(f"rules.{key}", ""), key) for key in RULES}
    data["rules"] = {**data["rules"], **{key: value for key, value in rules.items() if value is not None}}
    for key in PEOPLE:
        data[key] = list(dict.fromkeys(line.strip() for line in form.get(key, "").splitlines() if line.strip()))
    data["constraints"] = _constraints(form)
    known = {one["id"]: one for one in data["session"]}
    used = set(known) | {form.get(f"s{s}.id", "") for s in range(MOST_SESSIONS)}
    sessions = []
    for s in range(MOST_SESSIONS):
        title = form.get(f"s{s}.title", "").strip()
        if not title:
            continue
        session_id = form.get(f"s{s}.id", "").strip() or _free("session", used)
        used.add(session_id)
        sessions.append(
            _read_session(form, s, session_id, title, list(themes_of.get(s, ())), known.get(session_id, {}))
        )
    data["session"] = sessions
    return data


def _constraints(form: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """What differs from how a constraint stands by itself."""
    found: dict[str, dict[str, Any]] = {}
    for one in CONSTRAINTS:
        level = form.get(f"c.{one.id}.level", "")
        numbers = {key: _number(form.get(f"c.{one.id}.{key}", ""), f"{one.id} {key}") for key in ("weight", "value")}
        row = {key: value for key, value in ({"level": level or None} | numbers).items() if value is not None}
        if row:
            found[one.id] = row
    return found


def _session(one: Mapping[str, Any]) -> dict[str, Any]:
    meetings = one.get("meetings") or {}
    return {
        **{key: str(one.get(key) or "") for key in ("id", "title", "on")},
        "kind": one.get("kind", "themed"),
        "format": one.get("format", "panel"),
        "themes": list(one.get("themes", ())),
        "tracks": [{key: _text(row.get(key)) for key in TRACK} for row in (*one.get("track", ()), {})],
        "meetings": {key: _text(meetings.get(key)) for key in MEETINGS},
    }


def _read_session(
    form: Mapping[str, str], s: int, session_id: str, title: str, themes: list[str], known: Mapping[str, Any]
) -> dict[str, Any]:
    rows = {row["id"]: row for row in known.get("track", ())}
    used = set(rows) | {form.get(f"s{s}.t{t}.id", "") for t in range(MOST_TRACKS)}
    tracks = []
    for t in range(MOST_TRACKS):
        if not form.get(f"s{s}.t{t}.room", "").strip():
            continue
        given = {key: form.get(f"s{s}.t{t}.{key}", "").strip() for key in TRACK}
        given["id"] = given["id"] or _free(f"{session_id}-", used)
        used.add(given["id"])
        tracks.append({**rows.get(given["id"], {}), **_cells(given, title)})
    given = {key: form.get(f"s{s}.m.{key}", "").strip() for key in MEETINGS}
    session = {
        **{key: value for key, value in known.items() if key not in ("in_days", "meetings")},
        "id": session_id,
        "title": title,
        "kind": form.get(f"s{s}.kind", "themed"),
        "format": form.get(f"s{s}.format", "panel"),
        "on": form.get(f"s{s}.on", "").strip(),
        "themes": themes,
        "track": tracks,
    }
    return session | ({"meetings": _cells(given, title)} if any(given.values()) else {})


def _cells(given: Mapping[str, str], where: str) -> dict[str, Any]:
    """The cells of a row; those that are empty are left out where the setup may do without them."""
    optional = {"max_per_district", "capacity"}
    return {
        key: _number(text, f"{where} {key}") if key in _WHOLES else text
        for key, text in given.items()
        if text or key not in optional
    }


def _number(text: str, key: str) -> int | None:
    found = text.strip()
    if not found:
        return None
    if not found.isascii() or not found.isdecimal() or len(found) > 6:
        raise InputError(problem("season_not_whole", key=key, value=text[:20], least=0))
    return int(found)


def _free(start: str, used: set[str]) -> str:
    number = 1
    while f"{start}{number}" in used:
        number += 1
    return f"{start}{number}"


def _text(value: object) -> str:
    return "" if value is None else str(value)
