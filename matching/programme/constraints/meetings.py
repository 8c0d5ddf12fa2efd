"""Meetings: on the day of the pitch, without long waits, one table for an owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .facts import Check, Found, View

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "meetings_on_the_day", "name_zh": "会谈与路演同一天", "name_en": "meetings on the day of the pitch",
     "told_zh": "{0} 在 {day} 有会谈，却不在那天路演", "told_en": "{0} meets on {day} but does not pitch on that day",
     "level": "warn", "weight": 0.5, "solved_by": "solver"},
    {"id": "waiting", "name_zh": "会谈之间不久等", "name_en": "no long waits between meetings",
     "told_zh": "{0} 在 {1} 的会谈之间空等 {gaps} 段，超过 {wanted} 段",
     "told_en": "{0} waits for {gaps} slots between meetings in {1}, more than {wanted}", "level": "warn",
     "weight": 1.0, "value": 2, "solved_by": "lowered"},
    {"id": "own_table", "name_zh": "场景方不换桌", "name_en": "an owner keeps its table",
     "told_zh": "{0} 在 {1} 要换 {tables} 张桌", "told_en": "{0} sits at {tables} tables in {1}", "level": "warn",
     "weight": 0.5, "solved_by": "lowered"},
)  # fmt: skip


def _meetings_on_the_day(view: View, _value: Any) -> Iterator[Found]:
    days: dict[str, set[str]] = defaultdict(set)
    for row in view.placements:
        days[view.pitches[row["pitch"]]["opc"]].add(view.day_of_track(row["track"]))
    told = {(row["opc"], view.day(view.slots[row["slot"]]["session"])) for row in view.meetings}
    for opc, day in sorted(told):
        if days.get(opc) and day not in days[opc]:
            yield Found((opc,), {"day": day})


def _waiting(view: View, value: Any) -> Iterator[Found]:
    starts: dict[str, list[int]] = defaultdict(list)
    for slot in view.slots.values():
        starts[slot["session"]].append(slot["start_min"])
    order = {session: sorted(set(found)) for session, found in starts.items()}
    met: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in view.meetings:
        slot = view.slots[row["slot"]]
        for person in (row["opc"], row["owner"]):
            met[person, slot["session"]].append(order[slot["session"]].index(slot["start_min"]))
    for (person, session), ranks in sorted(met.items()):
        gaps = max(ranks) - min(ranks) + 1 - len(set(ranks))
        if gaps > value:
            yield Found((person, session), {"gaps": gaps, "wanted": value})


def _own_table(view: View, _value: Any) -> Iterator[Found]:
    tables: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in view.meetings:
        tables[row["owner"], view.slots[row["slot"]]["session"]].add(row["table"])
    for (owner, session), found in sorted(tables.items()):
        if len(found) > 1:
            yield Found((owner, session), {"tables": len(found)})


CHECKS: dict[str, Check] = {
    "meetings_on_the_day": _meetings_on_the_day,
    "waiting": _waiting,
    "own_table": _own_table,
}
