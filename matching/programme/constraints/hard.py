"""What nobody may switch off: facts of time and place, promises, limits. The independent checker finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .facts import Check, Found, View

CODES: dict[str, tuple[str, ...]] = {
    "opc_conflict": ("opc_twice", "meeting_clash"),
    "owner_conflict": ("owner_twice", "owner_two_tracks"),
    "presence": ("cannot_attend", "window", "owner_cannot_attend", "owner_window", "meeting_cannot_attend"),
    "session_theme": ("theme",),
    "time_fits": ("outside_track", "track_full", "overlap", "duration", "positions"),
    "prerequisite": ("after",),
    "competitors_apart": ("apart_from", "meeting_apart"),
    "panel_capacity": ("panel_seats", "seat_twice"),
    "opc_limits": ("opc_limit", "opc_session_limit", "max_per_opc", "placed_twice", "pair_twice"),
    "owner_limits": ("max_sessions", "max_meetings"),
    "district_limit": ("district",),
    "tables": ("table", "table_twice", "meeting_not_placed"),
    "locks_held": ("lock", "lock_position", "panel_given"),
    "guarantee_held": ("must_place",),
    "past_stays": ("meeting_not_held", "slot_closed"),
}
"""Constraint → the checker's codes that break it."""

_NAMES = {
    "opc_conflict": ("OPC 不能同时在两处", "an OPC in one place at a time"),
    "owner_conflict": ("场景方不能同时在两处", "an owner in one place at a time"),
    "presence": ("本人可到场", "people are there when they said"),
    "session_theme": ("主题属于该场次", "the theme is the session's"),
    "time_fits": ("时长放得下，不重叠", "lengths fit and do not overlap"),
    "prerequisite": ("先后次序", "what has to come first"),
    "competitors_apart": ("竞争者分开、不约谈的不约", "competitors apart, no meeting against a will"),
    "panel_capacity": ("场景方席位", "panel seats"),
    "opc_limits": ("每家 OPC 的上限", "limits of an OPC"),
    "owner_limits": ("每位场景方的上限", "limits of an owner"),
    "district_limit": ("同区县上限", "district limit of a track"),
    "tables": ("会谈桌", "meeting tables"),
    "locks_held": ("锁定照办", "locks are kept"),
    "guarantee_held": ("轮到的必上台", "whose turn it is, is on stage"),
    "past_stays": ("已开始的不动", "what has begun stays"),
}

ENTRIES: tuple[dict[str, Any], ...] = tuple(
    {
        "id": code,
        "name_zh": zh,
        "name_en": en,
        "told_zh": zh + "：{0}（{detail}）",
        "told_en": en + ": {0} ({detail})",
        "level": "block",
        "may_change": False,
        "solved_by": "solver",
    }
    for code, (zh, en) in _NAMES.items()
)


def _check(code: str) -> Check:
    def found(view: View, _value: Any) -> Iterator[Found]:
        for violation in view.violations:
            if violation.code in CODES[code]:
                subjects = ("+".join(violation.subjects),)
                yield Found(subjects, {"detail": violation.detail, "code": violation.code})

    return found


CHECKS: dict[str, Check] = {code: _check(code) for code in CODES}
