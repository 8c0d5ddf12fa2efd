"""A season of sessions (路演季) as its file describes it, and the line-up problem that it makes of the matches.

Pure: the day, the matches and the records come in; a problem in the contract's JSON goes out.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from matching.domain.demand import Demand
from matching.domain.errors import InputError, problem
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What the season's file says; `sessions` as written there, checked."""

    title: str
    pitch_minutes: int
    buffer_minutes: int
    candidates: int
    owners: int
    owner_sessions: int
    min_candidates: int
    rules: Mapping[str, Any]
    sessions: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A line-up problem, and the names under which people know its ids on the day of planning."""

    problem: dict[str, Any]
    names: dict[str, dict[str, str]]


_WHOLE = ("pitch_minutes", "buffer_minutes", "candidates", "owners", "owner_sessions", "min_candidates")
_SESSION_KEYS = {"id", "title", "kind", "format", "themes", "in_days", "track"}
_TRACK_KEYS = {"id", "room", "start", "end", "panel_seats", "max_per_district"}


def read_season(text: str, vocabulary: Vocabulary) -> Season:
    """A season from its TOML file.

    Raises:
        InputError: `bad_season` with what is wrong: an unknown or missing key, a theme that is no sector, a time
            that is none, two sessions or tracks of one id.
    """
    try:
        data = tomllib.loads(text)
        wanted = {*_WHOLE, "title", "rules", "session"}
        _same_keys("season", data, wanted)
        sessions = data.pop("session")
        for session in sessions:
            _same_keys(f"session {session.get('id', '?')}", session, _SESSION_KEYS)
            for track in session["track"]:
                _same_keys(f"track {track.get('id', '?')}", track, _TRACK_KEYS, optional={"max_per_district"})
                if time.fromisoformat(track["start"]) >= time.fromisoformat(track["end"]):
                    raise ValueError(f"track {track['id']}: start is not before end")
            unknown = [theme for theme in session["themes"] if vocabulary.sectors.code(theme) is None]
            if unknown:
                raise ValueError(f"session {session['id']}: unknown theme {unknown[0]}")
        whole = {key: data[key] for key in _WHOLE} | {f"in_days of {s['id']}": s["in_days"] for s in sessions}
        for key, value in whole.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{key} is not a whole number")
        if not isinstance(data["rules"], dict):
            raise ValueError("rules is not a table")
        _distinct("session", [session["id"] for session in sessions])
        _distinct("track", [track["id"] for session in sessions for track in session["track"]])
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
        raise InputError(problem("bad_season", reason=str(error))) from error
    return Season(sessions=sessions, **data)


def assemble(
    season: Season,
    *,
    first_day: date,
    demands: Iterable[Demand],
    profiles: Mapping[str, CapabilityProfile],
    pairs: Iterable[tuple[str, str, float]],
    placed_before: frozenset[str],
    vocabulary: Vocabulary,
) -> Assembled:
    """The problem of `opcmatch lineup` for this season.

    `pairs` are (demand, profile, score 0..1) of the eligible matches. An owner is all demands of one name; it
    hears an OPC with the best score among them. Considered are the OPCs with the best single match, and the
    owners whose best candidates add up to most. `fresh` is who was in no published line-up before.
    """
    by_id = {demand.id: demand for demand in demands if demand.owner and demand.owner.name}
    scores: dict[tuple[str, str], float] = {}
    sectors_of_owner: dict[str, set[str]] = {}
    best_demand: dict[str, tuple[float, str]] = {}
    for demand_id, profile_id, score in pairs:
        if demand_id not in by_id or profile_id not in profiles:
            continue
        owner = _owner(by_id[demand_id])
        key = (profile_id, owner)
        scores[key] = max(score, scores.get(key, 0.0))
        sectors_of_owner.setdefault(owner, set()).update(_sectors(by_id[demand_id].sectors, vocabulary))
        best_demand[profile_id] = max(best_demand.get(profile_id, (0.0, "")), (score, demand_id))
    chosen = sorted(best_demand, key=lambda p: (-best_demand[p][0], p))[: season.candidates]
    invited = _best_owners(scores, set(chosen), season)

    sessions = [
        {**{key: session[key] for key in ("id", "kind", "format")}, "themes": _codes(session["themes"], vocabulary),
         "on": (first_day + timedelta(days=session["in_days"])).isoformat()}
        for session in season.sessions
    ]  # fmt: skip
    themes = {session["id"]: set(session["themes"]) for session in sessions}
    pitches = []
    for profile_id in chosen:
        profile = profiles[profile_id]
        theme = _theme(profile, by_id[best_demand[profile_id][1]], vocabulary)
        pitches.append(
            {
                "id": profile_id,
                "opc": profile_id,
                "theme": theme,
                "district": vocabulary.districts.code(profile.district),
                "duration_min": season.pitch_minutes,
                "sessions": [s for s, held in themes.items() if not held or theme in held],
                "fresh": profile_id not in placed_before,
            }
        )
    owners = [
        {
            "id": owner,
            "sessions": [s for s, held in themes.items() if not held or held & sectors_of_owner[owner]],
            "max_sessions": season.owner_sessions,
            "min_candidates": season.min_candidates,
        }
        for owner in invited
    ]
    tracks = [
        {
            "id": track["id"],
            "session": session["id"],
            "room": track["room"],
            "start_min": _minutes(track["start"]),
            "end_min": _minutes(track["end"]),
            "panel_seats": track["panel_seats"],
            "max_per_district": track.get("max_per_district"),
        }
        for session in season.sessions
        for track in session["track"]
    ]
    heard = [
        [profile_id, owner, round(100 * scores[profile_id, owner])]
        for profile_id in chosen
        for owner in invited
        if (profile_id, owner) in scores
    ]
    return Assembled(
        problem={
            "sessions": sessions,
            "tracks": tracks,
            "pitches": pitches,
            "owners": owners,
            "scores": heard,
            "rules": {**season.rules, "buffer_min": season.buffer_minutes},
            "locks": [],
        },
        names={
            "pitches": {profile_id: profiles[profile_id].name for profile_id in chosen},
            "sessions": {session["id"]: session["title"] for session in season.sessions},
        },
    )


def _best_owners(scores: Mapping[tuple[str, str], float], chosen: set[str], season: Season) -> list[str]:
    offers: dict[str, list[float]] = {}
    for (profile_id, owner), score in scores.items():
        if profile_id in chosen:
            offers.setdefault(owner, []).append(score)
    worth = {owner: sum(sorted(found, reverse=True)[: season.min_candidates]) for owner, found in offers.items()}
    return sorted(sorted(worth, key=lambda owner: (-worth[owner], owner))[: season.owners])


def _theme(profile: CapabilityProfile, best: Demand, vocabulary: Vocabulary) -> str | None:
    """The sector that the OPC shares with its best demand, else its own first one, else the demand's."""
    own, wanted = _sectors(profile.sectors, vocabulary), _sectors(best.sectors, vocabulary)
    return next((code for code in own if code in wanted), None) or next(iter([*own, *wanted]), None)


def _sectors(words: Iterable[str] | None, vocabulary: Vocabulary) -> list[str]:
    return [code for code in map(vocabulary.sectors.code, words or ()) if code is not None]


def _codes(themes: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    return _sectors(themes, vocabulary)


def _owner(demand: Demand) -> str:
    assert demand.owner is not None
    assert demand.owner.name is not None
    return demand.owner.name


def _minutes(clock: str) -> int:
    read = time.fromisoformat(clock)
    return 60 * read.hour + read.minute


def _same_keys(
    where: str, data: Mapping[str, Any], wanted: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> None:
    for key in sorted(wanted - optional - data.keys()):
        raise ValueError(f"{where}: {key} is missing")
    for key in sorted(data.keys() - wanted):
        raise ValueError(f"{where}: unknown key {key}")


def _distinct(what: str, ids: Sequence[str]) -> None:
    for place, found in enumerate(ids):
        if found in ids[:place]:
            raise ValueError(f"two {what}s are called {found}")
