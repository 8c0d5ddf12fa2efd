"""The line-up problem that a season makes of the matches, of who can come when, and of what was decided.

Pure: the matches and the records come in; a problem in the contract's JSON goes out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matching.domain.demand import Demand
from matching.domain.profile import CapabilityProfile
from matching.domain.vocabulary import Vocabulary
from matching.programme.season import Row, Season, minutes

WHOLE_DAY = (0, 24 * 60)
Windows = Mapping[tuple[str, str], Mapping[str, Sequence[Sequence[int]]]]
"""("opc" | "owner", person) → session → [[start_min, end_min], …]; [] is "not there"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A line-up problem, and the names under which people know its ids on the day of planning."""

    problem: dict[str, Any]
    names: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What people said and decided before the solver chooses.

    `guaranteed` are OPCs whose turn it is; `placed_before` those of earlier seasons' line-ups.
    """

    windows: Windows = field(default_factory=dict)
    locks: Sequence[Row] = ()
    guaranteed: frozenset[str] = frozenset()
    placed_before: frozenset[str] = frozenset()


def assemble(
    season: Season,
    *,
    demands: Iterable[Demand],
    profiles: Mapping[str, CapabilityProfile],
    pairs: Iterable[tuple[str, str, float]],
    given: Given,
    vocabulary: Vocabulary,
) -> Assembled:
    """The problem of `opcmatch lineup` for a dated season.

    `pairs` are (demand, profile, score 0..1) of the eligible matches. An owner is all demands of one name; it
    hears an OPC with the best score among them. Considered are the OPCs with the best single match and the
    owners whose best candidates add up to most, besides those whom the season or a lock names. `fresh` is who was in
    no published line-up before. A lock on somebody who is gone, or on a track that is gone, is left out.
    """
    by_id = {demand.id: demand for demand in demands if demand.owner and demand.owner.name}
    scores: dict[tuple[str, str], float] = {}
    sectors: dict[str, set[str]] = {_owner(demand): set() for demand in by_id.values()}
    best_demand: dict[str, tuple[float, str]] = {}
    for demand_id, profile_id, score in pairs:
        if demand_id not in by_id or profile_id not in profiles:
            continue
        owner = _owner(by_id[demand_id])
        key = (profile_id, owner)
        scores[key] = max(score, scores.get(key, 0.0))
        sectors[owner].update(_sectors(by_id[demand_id].sectors, vocabulary))
        best_demand[profile_id] = max(best_demand.get(profile_id, (0.0, "")), (score, demand_id))
    locked = [lock for lock in given.locks if lock["level"] != "excluded"]
    chosen = _chosen(
        sorted(best_demand, key=lambda p: (-best_demand[p][0], p)), season.candidates, season.pitches_out,
        [*season.pitches_in, *(lock["pitch"] for lock in locked if lock.get("pitch"))], profiles,
    )  # fmt: skip
    invited = sorted(
        _chosen(
            _best_owners(scores, set(chosen), season.min_candidates), season.owners, season.owners_out,
            [*season.owners_in, *(lock["owner"] for lock in locked if lock.get("owner"))], sectors,
        )
    )  # fmt: skip
    themes = {one["id"]: _sectors(one["themes"], vocabulary) for one in season.sessions}
    pitches = []
    for profile_id in chosen:
        profile = profiles[profile_id]
        best = by_id[best_demand[profile_id][1]] if profile_id in best_demand else None
        theme = _theme(profile, best, vocabulary)
        sessions = [s for s, held in themes.items() if not held or theme in held]
        pitch = {
            "id": profile_id,
            "opc": profile_id,
            "theme": theme,
            "district": vocabulary.districts.code(profile.district),
            "duration_min": season.pitch_minutes,
            **_when(sessions, given.windows.get(("opc", profile_id))),
            "fresh": profile_id not in given.placed_before,
        }
        pitches.append(pitch | ({"must_place": True} if profile_id in given.guaranteed and pitch["sessions"] else {}))
    owners = [
        {
            "id": owner,
            **_when(
                [s for s, held in themes.items() if not held or not sectors[owner] or sectors[owner] & set(held)],
                given.windows.get(("owner", owner)),
            ),
            "max_sessions": season.owner_sessions,
            "min_candidates": season.min_candidates,
            "max_meetings": season.max_meetings_per_owner,
        }
        for owner in invited
    ]
    problem: dict[str, Any] = {
        "sessions": [{key: one[key] for key in ("id", "kind", "format", "on")} | {"themes": themes[one["id"]]}
                     for one in season.sessions],
        "tracks": [_track(one["id"], row) for one in season.sessions for row in one["track"]],
        "pitches": pitches,
        "owners": owners,
        "scores": [
            [profile_id, owner, round(100 * scores[profile_id, owner])]
            for profile_id in chosen
            for owner in invited
            if (profile_id, owner) in scores
        ],
        "rules": {**season.rules, "buffer_min": season.buffer_minutes},
    }  # fmt: skip
    if season.constraints:
        problem["constraints"] = dict(season.constraints)
    slots = [slot for one in season.sessions if one.get("meetings") for slot in _slots(one["id"], one["meetings"])]
    if slots:
        problem["meetings"] = {"slots": slots, "max_per_opc": season.max_meetings_per_opc}
    problem["locks"] = [dict(lock) for lock in given.locks if _names_what_is_there(lock, problem)]
    return Assembled(
        problem=problem,
        names={
            "pitches": {profile_id: profiles[profile_id].name for profile_id in chosen},
            "sessions": {one["id"]: one["title"] for one in season.sessions},
        },
    )


def _chosen(
    ranked: Sequence[str], most: int, left_out: Sequence[str], named: Sequence[str], known: Mapping[str, Any]
) -> list[str]:
    """The best of the ranked, with everybody that is named and known, without those left out."""
    best = [one for one in ranked if one not in left_out][:most]
    return [*best, *dict.fromkeys(one for one in named if one in known and one not in best and one not in left_out)]


def _best_owners(scores: Mapping[tuple[str, str], float], chosen: set[str], heard: int) -> list[str]:
    offers: dict[str, list[float]] = {}
    for (profile_id, owner), score in scores.items():
        if profile_id in chosen:
            offers.setdefault(owner, []).append(score)
    worth = {owner: sum(sorted(found, reverse=True)[:heard]) for owner, found in offers.items()}
    return sorted(worth, key=lambda owner: (-worth[owner], owner))


def _when(sessions: Sequence[str], windows: Mapping[str, Sequence[Sequence[int]]] | None) -> dict[str, Any]:
    """Sessions and windows of a person who said when it can come."""
    said = windows or {}
    there = [session for session in sessions if session not in said or said[session]]
    spans = [
        {"session": session, "start_min": start, "end_min": end}
        for session in there
        for start, end in said.get(session, ())
    ]
    return {"sessions": there} | ({"windows": spans} if spans else {})


def _track(session: str, row: Row) -> dict[str, Any]:
    track = {
        "id": row["id"],
        "session": session,
        "room": row["room"],
        "start_min": minutes(row["start"]),
        "end_min": minutes(row["end"]),
        "panel_seats": row["panel_seats"],
        "max_per_district": row.get("max_per_district"),
    }
    return track | {key: row[key] for key in ("capacity", "tags") if row.get(key)}


def _slots(session: str, meetings: Row) -> list[dict[str, Any]]:
    start, end, step = minutes(meetings["start"]), minutes(meetings["end"]), meetings["slot_minutes"]
    return [
        {
            "id": f"{session}-{at // 60:02d}{at % 60:02d}",
            "session": session,
            "start_min": at,
            "end_min": at + step,
            "tables": meetings["tables"],
        }
        for at in range(start, end - step + 1, step)
    ]


def _names_what_is_there(lock: Row, problem: Row) -> bool:
    lists = {"pitch": "pitches", "owner": "owners", "track": "tracks", "session": "sessions"}
    return all(
        lock.get(key) is None or any(row["id"] == lock[key] for row in problem[name]) for key, name in lists.items()
    )


def _theme(profile: CapabilityProfile, best: Demand | None, vocabulary: Vocabulary) -> str | None:
    """The sector that the OPC shares with its best demand, else its own first one, else the demand's."""
    own, wanted = _sectors(profile.sectors, vocabulary), _sectors(best.sectors if best else (), vocabulary)
    return next((code for code in own if code in wanted), None) or next(iter([*own, *wanted]), None)


def _sectors(words: Iterable[str] | None, vocabulary: Vocabulary) -> list[str]:
    return [code for code in map(vocabulary.sectors.code, words or ()) if code is not None]


def _owner(demand: Demand) -> str:
    assert demand.owner is not None
    assert demand.owner.name is not None
    return demand.owner.name
