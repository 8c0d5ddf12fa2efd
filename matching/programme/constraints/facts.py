"""What the checks look at: a problem and a plan, indexed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..checker import Violation, check_line_up

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One broken place: whose ids ("a+b" for several in one), and what fills the sentence."""

    subjects: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[["View", Any], Iterator[Found]]
"""(the view, the constraint's value) → where it is broken."""


class View:
    """A problem's lists by id and a plan's rows by what they belong to."""

    def __init__(self, problem: Row, plan: Row) -> None:
        self.problem, self.plan = problem, plan
        self.sessions: dict[str, Row] = {row["id"]: row for row in problem.get("sessions") or ()}
        self.tracks: dict[str, Row] = {row["id"]: row for row in problem.get("tracks") or ()}
        self.pitches: dict[str, Row] = {row["id"]: row for row in problem.get("pitches") or ()}
        self.owners: dict[str, Row] = {row["id"]: row for row in problem.get("owners") or ()}
        self.slots: dict[str, Row] = {row["id"]: row for row in (problem.get("meetings") or {}).get("slots") or ()}
        self.placements: list[Row] = [
            row for row in plan.get("placements") or () if row["pitch"] in self.pitches and row["track"] in self.tracks
        ]
        self.seats: list[Row] = [
            row for row in plan.get("seats") or () if row["owner"] in self.owners and row["track"] in self.tracks
        ]
        self.meetings: list[Row] = [row for row in plan.get("meetings") or () if row["slot"] in self.slots]

    @cached_property
    def violations(self) -> list[Violation]:
        """What the independent checker finds."""
        return check_line_up(self.problem, self.plan)

    @cached_property
    def by_track(self) -> dict[str, list[Row]]:
        """Placements of each track in their order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.placements, key=lambda row: row["position"]):
            found[row["track"]].append(row)
        return found

    @cached_property
    def popularity(self) -> dict[str, int]:
        """Σ score of each pitch over all owners."""
        found = dict.fromkeys(self.pitches, 0)
        for pitch, _, score in self.problem.get("scores") or ():
            found[pitch] = found.get(pitch, 0) + score
        return found

    @cached_property
    def appearances(self) -> dict[str, list[tuple[str, int, int, str]]]:
        """Person → (day, start, end, what) in the order of time: pitches, panels, meetings."""
        found: dict[str, list[tuple[str, int, int, str]]] = defaultdict(list)
        for row in self.placements:
            opc = self.pitches[row["pitch"]]["opc"]
            found[opc].append((self.day_of_track(row["track"]), row["start_min"], row["end_min"], row["pitch"]))
        for row in self.seats:
            track = self.tracks[row["track"]]
            day = self.day_of_track(row["track"])
            found[row["owner"]].append((day, track["start_min"], track["end_min"], row["track"]))
        for row in self.meetings:
            slot = self.slots[row["slot"]]
            for person in (row["opc"], row["owner"]):
                found[person].append((self.day(slot["session"]), slot["start_min"], slot["end_min"], row["slot"]))
        return {person: sorted(rows) for person, rows in found.items()}

    def day(self, session: str) -> str:
        """The session's day; a session without one is a day of its own."""
        return str(self.sessions[session].get("on") or f"?{session}")

    def day_of_track(self, track: str) -> str:
        """The day of a track's session."""
        return self.day(self.tracks[track]["session"])


def values(row: Row, key: str) -> set[str]:
    """An optional list of a row as a set."""
    return set(row.get(key) or ())
