"""Two plans side by side: what changed for whom. Exactly these people are to be told.

Reads the plain JSON of problems and plans, so that plans of different problems (a room lost, an OPC withdrawn) can
be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .model import Json

Row = Mapping[str, Any]
Side = Literal["opc", "owner"]
Key = tuple[Side, str, str]
"""(side, person, item): `pitch:ID`, `panel:TRACK` or `meeting:OPC|OWNER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different for one person.

    `before` and `after` hold session, on (ISO day), track, room, start_min, end_min, slot and table as far as they
    apply; None where the item was not there, or is not any more.
    """

    side: Side
    person: str
    item: str
    kind: Literal["added", "moved", "removed"]
    before: Json | None
    after: Json | None

    def to_json(self) -> Json:
        """The change as plain JSON."""
        return {key: getattr(self, key) for key in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A plan in five numbers; `met` counts meetings."""

    objective: float | None
    bound: float | None
    gap: float | None
    placed: int
    met: int

    def to_json(self) -> Json:
        """The summary as plain JSON."""
        return {key: getattr(self, key) for key in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two plans; `changes` by side, person and item."""

    before: Summary | None
    after: Summary
    changes: tuple[Change, ...]

    @property
    def people(self) -> tuple[tuple[Side, str], ...]:
        """(side, person) of everybody for whom something changed."""
        return tuple(dict.fromkeys((change.side, change.person) for change in self.changes))

    def to_json(self) -> Json:
        """The comparison as plain JSON."""
        return {
            "before": None if self.before is None else self.before.to_json(),
            "after": self.after.to_json(),
            "changes": [change.to_json() for change in self.changes],
        }


def agenda_of(problem: Row, plan: Row) -> dict[Key, Json]:
    """Every appointment of a plan: where and when, by (side, person, item).

    An owner's panel is an item of its own, the whole track long; so a change of order in a track concerns the OPCs
    whose minutes change and nobody else.
    """
    days = {session["id"]: session.get("on") for session in problem.get("sessions") or ()}
    tracks = {track["id"]: track for track in problem.get("tracks") or ()}
    opcs = {pitch["id"]: pitch["opc"] for pitch in problem.get("pitches") or ()}
    slots = {slot["id"]: slot for slot in (problem.get("meetings") or {}).get("slots") or ()}
    found: dict[Key, Json] = {}
    for row in plan.get("placements") or ():
        place = _place(tracks[row["track"]], days)
        times = {"start_min": row["start_min"], "end_min": row["end_min"]}
        found["opc", opcs[row["pitch"]], f"pitch:{row['pitch']}"] = place | times
    for seat in plan.get("seats") or ():
        track = tracks[seat["track"]]
        times = {"start_min": track["start_min"], "end_min": track["end_min"]}
        found["owner", seat["owner"], f"panel:{seat['track']}"] = _place(track, days) | times
    for meeting in plan.get("meetings") or ():
        slot = slots[meeting["slot"]]
        fact = {
            "session": slot["session"],
            "on": days[slot["session"]],
            "slot": slot["id"],
            "table": meeting["table"],
            "start_min": slot["start_min"],
            "end_min": slot["end_min"],
        }
        item = f"meeting:{meeting['opc']}|{meeting['owner']}"
        found["opc", meeting["opc"], item] = fact
        found["owner", meeting["owner"], item] = fact
    return found


def compare(before_problem: Row | None, before_plan: Row | None, after_problem: Row, after_plan: Row) -> Comparison:
    """What becomes different when the second plan takes the first one's place; without a first one all is added."""
    earlier = None if before_problem is None or before_plan is None else (before_problem, before_plan)
    old = {} if earlier is None else agenda_of(*earlier)
    new = agenda_of(after_problem, after_plan)
    changes = tuple(
        _change(key, old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)
    )
    return Comparison(
        before=None if earlier is None else _summary(earlier[1]), after=_summary(after_plan), changes=changes
    )


def _change(key: Key, before: Json | None, after: Json | None) -> Change:
    side, person, item = key
    kind: Literal["added", "moved", "removed"] = "moved"
    if before is None:
        kind = "added"
    elif after is None:
        kind = "removed"
    return Change(side=side, person=person, item=item, kind=kind, before=before, after=after)


def _place(track: Row, days: Mapping[str, str | None]) -> Json:
    return {
        "session": track["session"],
        "on": days[track["session"]],
        "track": track["id"],
        "room": track.get("room"),
    }


def _summary(plan: Row) -> Summary:
    return Summary(
        objective=plan.get("objective"),
        bound=plan.get("bound"),
        gap=plan.get("gap"),
        placed=len(plan.get("placements") or ()),
        met=len(plan.get("meetings") or ()),
    )
