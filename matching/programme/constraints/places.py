"""Rooms: one use at a time, seats for the audience, the main stage for what most want to hear, spare time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from .facts import Check, Found, View

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "room_conflict", "name_zh": "同一房间不能同时两用", "name_en": "a room is used once at a time",
     "told_zh": "{0} 与 {1} 同时使用房间 {room}", "told_en": "{0} and {1} use room {room} at the same time",
     "level": "block", "solved_by": "setup"},
    {"id": "audience_fits", "name_zh": "观众坐得下", "name_en": "the audience fits the room",
     "told_zh": "{0} 预计 {audience} 人，{1} 只有 {capacity} 个观众席",
     "told_en": "{0} expects {audience}, {1} seats {capacity}", "level": "warn", "weight": 3.0, "solved_by": "solver"},
    {"id": "popular_on_main", "name_zh": "最受关注的项目上主场", "name_en": "popular pitches on the main stage",
     "told_zh": "{0} 的关注度排第 {rank}，却不在主场",
     "told_en": "{0} is number {rank} in demand but not on the main stage",
     "level": "warn", "weight": 1.0, "value": 5},
    {"id": "spare_time", "name_zh": "留出机动时间", "name_en": "spare time for walk-ins",
     "told_zh": "{0} 只剩 {spare} 分钟空档，少于 {wanted} 分钟",
     "told_en": "{0} has {spare} spare minutes, fewer than {wanted}", "level": "ignore", "weight": 1.0, "value": 10},
)  # fmt: skip


def _room_conflict(view: View, _value: Any) -> Iterator[Found]:
    for a, b in combinations(view.tracks.values(), 2):
        same = a.get("room") is not None and a.get("room") == b.get("room")
        one_day = view.day_of_track(a["id"]) == view.day_of_track(b["id"])
        if same and one_day and a["start_min"] < b["end_min"] and b["start_min"] < a["end_min"]:
            yield Found((a["id"], b["id"]), {"room": a["room"]})


def _audience_fits(view: View, _value: Any) -> Iterator[Found]:
    for row in view.placements:
        audience, capacity = view.pitches[row["pitch"]].get("audience"), view.tracks[row["track"]].get("capacity")
        if audience is not None and capacity is not None and audience > capacity:
            yield Found((row["pitch"], row["track"]), {"audience": audience, "capacity": capacity})


def _popular_on_main(view: View, value: Any) -> Iterator[Found]:
    main = {id_ for id_, one in view.sessions.items() if one.get("kind") == "main"}
    able = [row for row in view.placements if main & set(view.pitches[row["pitch"]]["sessions"])]
    ranked = sorted(able, key=lambda row: (-view.popularity[row["pitch"]], row["pitch"]))
    for rank, row in enumerate(ranked[: int(value)] if main else (), 1):
        if view.tracks[row["track"]]["session"] not in main:
            yield Found((row["pitch"],), {"rank": rank})


def _spare_time(view: View, value: Any) -> Iterator[Found]:
    buffer = (view.problem.get("rules") or {}).get("buffer_min") or 0
    for track in view.tracks.values():
        used = sum(row["end_min"] - row["start_min"] + buffer for row in view.by_track.get(track["id"], ()))
        spare = track["end_min"] - track["start_min"] - used
        if view.by_track.get(track["id"]) and spare < value:
            yield Found((track["id"],), {"spare": spare, "wanted": value})


CHECKS: dict[str, Check] = {
    "room_conflict": _room_conflict,
    "audience_fits": _audience_fits,
    "popular_on_main": _popular_on_main,
    "spare_time": _spare_time,
}
