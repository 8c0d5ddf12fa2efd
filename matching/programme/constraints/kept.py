"""What was published stays where it was: the room, and the minute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .facts import Check, Found, Row, View

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "published_room", "name_zh": "已公布的会场不变", "name_en": "a published room is kept",
     "told_zh": "{0} 原公布在 {before}，现在 {after}", "told_en": "{0} was published in {before}, now {after}",
     "level": "warn", "weight": 3.0, "solved_by": "lowered"},
    {"id": "published_time", "name_zh": "已公布的时间不变", "name_en": "a published time is kept",
     "told_zh": "{0} 的时间改了 {minutes} 分钟", "told_en": "{0} is moved by {minutes} minutes", "level": "warn",
     "weight": 1.0, "solved_by": "lowered"},
)  # fmt: skip


def _earlier(view: View) -> dict[str, Row]:
    rows = (view.problem.get("previous") or {}).get("placements") or ()
    return {row["pitch"]: row for row in rows}


def _published_room(view: View, _value: Any) -> Iterator[Found]:
    before = _earlier(view)
    for row in view.placements:
        old = before.get(row["pitch"])
        if old is not None and old["track"] != row["track"]:
            yield Found((row["pitch"],), {"before": old["track"], "after": row["track"]})


def _published_time(view: View, _value: Any) -> Iterator[Found]:
    before = _earlier(view)
    for row in view.placements:
        old = before.get(row["pitch"], {})
        if old.get("track") == row["track"] and old.get("start_min") not in (None, row["start_min"]):
            yield Found((row["pitch"],), {"minutes": abs(row["start_min"] - old["start_min"])})


CHECKS: dict[str, Check] = {"published_room": _published_room, "published_time": _published_time}
