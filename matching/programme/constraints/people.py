"""People's days: a pause between two appearances, one day for all of it, not too long a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from .facts import Check, Found, View

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "min_pause", "name_zh": "两次出场之间的间隔", "name_en": "a pause between two appearances",
     "told_zh": "{0} 在 {day} 的两次安排之间只有 {pause} 分钟，少于 {wanted} 分钟",
     "told_en": "{0} has {pause} minutes between two appearances on {day}, fewer than {wanted}", "level": "ignore",
     "weight": 1.0, "value": 5, "solved_by": "meetings"},
    {"id": "same_day", "name_zh": "同一家 OPC 的项目在同一天", "name_en": "an OPC's pitches on one day",
     "told_zh": "{0} 要来 {days} 天讲自己的项目", "told_en": "{0} has to come on {days} days for its pitches",
     "level": "warn", "weight": 1.0},
    {"id": "makespan", "name_zh": "一天不要太长", "name_en": "not too long a day",
     "told_zh": "{0} 在 {day} 从头到尾 {minutes} 分钟，超过 {wanted} 分钟",
     "told_en": "{0} is there for {minutes} minutes on {day}, more than {wanted}", "level": "warn", "weight": 1.0,
     "value": 480},
    {"id": "min_candidates", "name_zh": "场景方至少听到的候选", "name_en": "candidates an owner should hear",
     "told_zh": "{0} 只听到 {have} 个候选，最少要 {need} 个", "told_en": "{0} hears {have} candidates of {need}",
     "level": "warn", "weight": 4.0, "solved_by": "lowered"},
    {"id": "fresh_share", "name_zh": "首次上台的机会", "name_en": "a fair share for those who come first",
     "told_zh": "首次上台的占 {share}%，报名的占 {applied}%，相差超过 {wanted} 个百分点",
     "told_en": "{share}% on stage come first, {applied}% of those who applied: more than {wanted} points apart",
     "level": "warn", "weight": 2.0, "value": 20},
)  # fmt: skip


def _min_pause(view: View, value: Any) -> Iterator[Found]:
    for person, rows in sorted(view.appearances.items()):
        for one, two in pairwise(rows):
            pause = two[1] - one[2]
            if one[0] == two[0] and 0 <= pause < value:
                yield Found((person,), {"day": one[0], "pause": pause, "wanted": value})


def _same_day(view: View, _value: Any) -> Iterator[Found]:
    days: dict[str, set[str]] = defaultdict(set)
    for row in view.placements:
        days[view.pitches[row["pitch"]]["opc"]].add(view.day_of_track(row["track"]))
    for opc, found in sorted(days.items()):
        if len(found) > 1:
            yield Found((opc,), {"days": len(found)})


def _makespan(view: View, value: Any) -> Iterator[Found]:
    for person, rows in sorted(view.appearances.items()):
        for day in sorted({row[0] for row in rows}):
            here = [row for row in rows if row[0] == day]
            minutes = max(row[2] for row in here) - min(row[1] for row in here)
            if minutes > value:
                yield Found((person,), {"day": day, "minutes": minutes, "wanted": value})


def _min_candidates(view: View, _value: Any) -> Iterator[Found]:
    for row in view.plan.get("unmet") or ():
        yield Found((row["owner"],), {"have": row["have"], "need": row["need"]})


def _fresh_share(view: View, value: Any) -> Iterator[Found]:
    applied = {pitch["opc"]: bool(pitch.get("fresh")) for pitch in view.pitches.values()}
    there = {view.pitches[row["pitch"]]["opc"] for row in view.placements}
    if not applied or not there:
        return
    share = 100 * sum(applied[opc] for opc in there) / len(there)
    among = 100 * sum(applied.values()) / len(applied)
    if among - share > value:
        yield Found((), {"share": round(share), "applied": round(among), "wanted": value})


CHECKS: dict[str, Check] = {
    "min_pause": _min_pause,
    "same_day": _same_day,
    "makespan": _makespan,
    "min_candidates": _min_candidates,
    "fresh_share": _fresh_share,
}
