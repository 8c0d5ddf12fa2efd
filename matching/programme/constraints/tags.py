"""Tags (标签): what a pitch or an owner needs of a room or a slot, or does not want.

`needs`, `avoids`, `prefers`, `dislikes` of pitches and owners against `tags` of tracks and of meeting slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .facts import Check, Found, Row, View, values

ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "required_tags", "name_zh": "需要的条件", "name_en": "required tags", "told_zh": "{0} 需要“{tag}”，{1} 没有",
     "told_en": "{0} needs “{tag}”, which {1} has not", "level": "block", "solved_by": "solver"},
    {"id": "prohibited_tags", "name_zh": "不能有的条件", "name_en": "prohibited tags",
     "told_zh": "{0} 不能在有“{tag}”的 {1}", "told_en": "{0} cannot be in {1}, which has “{tag}”", "level": "block",
     "solved_by": "solver"},
    {"id": "preferred_tags", "name_zh": "希望的条件", "name_en": "preferred tags",
     "told_zh": "{0} 希望“{tag}”，{1} 没有",
     "told_en": "{0} would like “{tag}”, which {1} has not", "level": "warn", "weight": 2.0},
    {"id": "undesired_tags", "name_zh": "不希望的条件", "name_en": "undesired tags",
     "told_zh": "{0} 不希望在有“{tag}”的 {1}", "told_en": "{0} would rather not be in {1}, which has “{tag}”",
     "level": "warn", "weight": 2.0},
)  # fmt: skip


def _stands(view: View) -> Iterator[tuple[Row, str, set[str], str]]:
    """(person, its id, tags there, where) for everybody on stage, on a panel, at a table."""
    for row in view.placements:
        yield view.pitches[row["pitch"]], row["pitch"], values(view.tracks[row["track"]], "tags"), row["track"]
    for row in view.seats:
        yield view.owners[row["owner"]], row["owner"], values(view.tracks[row["track"]], "tags"), row["track"]
    for row in view.meetings:
        slot = view.slots[row["slot"]]
        if "tags" not in slot:
            continue  # a slot that says nothing about itself is judged by nobody
        if row["owner"] in view.owners:
            yield view.owners[row["owner"]], row["owner"], values(slot, "tags"), row["slot"]
        for pitch in view.pitches.values():
            if pitch["opc"] == row["opc"]:
                yield pitch, row["opc"], values(slot, "tags"), row["slot"]


def _missing(key: str) -> Check:
    def found(view: View, _value: Any) -> Iterator[Found]:
        for person, name, there, where in _stands(view):
            for tag in sorted(values(person, key) - there):
                yield Found((name, where), {"tag": tag})

    return found


def _present(key: str) -> Check:
    def found(view: View, _value: Any) -> Iterator[Found]:
        for person, name, there, where in _stands(view):
            for tag in sorted(values(person, key) & there):
                yield Found((name, where), {"tag": tag})

    return found


CHECKS: dict[str, Check] = {
    "required_tags": _missing("needs"),
    "prohibited_tags": _present("avoids"),
    "preferred_tags": _missing("prefers"),
    "undesired_tags": _present("dislikes"),
}
