"""The fairness ledger (公平台账): who got how much exposure, season after season.

Plain JSON of problems and plans in, oldest season first; nothing is weighed, everything is counted, so that an
auditor can count it again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .model import Json

Row = Mapping[str, Any]
NOT_SAID = ""
"""The group of pitches that state no district or sector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one OPC had over all seasons.

    applied, placed : seasons in which it had a pitch, and in which one was on stage.
    minutes : on stage. heard_by : owners on the panels before which it stood, counted for each pitch.
    meetings : 1:1 meetings. left_out_in_a_row : latest seasons in which it applied and was not placed; a season
    for which it did not apply neither counts nor ends the row.
    """

    opc: str
    applied: int
    placed: int
    minutes: int
    heard_by: int
    meetings: int
    left_out_in_a_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the pitches of one district or sector had over all seasons; `name` "" where they state none.

    `share_applied` and `share_minutes` are shares of all pitches and of all minutes on stage, 0..1.
    """

    name: str
    pitches: int
    placed: int
    minutes: int
    share_applied: float
    share_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Exposure by OPC, district and sector; `guaranteed`: OPCs whose turn it is.

    Attributes
    ----------
    seasons : codes, oldest first
    k : an OPC that applies k seasons in a row is on stage in one of them at least; so whoever was left out k - 1
        times in a row is guaranteed a slot in the next one.
    """

    seasons: tuple[str, ...]
    k: int
    opcs: tuple[Exposure, ...]
    districts: tuple[Share, ...]
    sectors: tuple[Share, ...]

    @property
    def guaranteed(self) -> tuple[str, ...]:
        """OPCs that were left out k - 1 seasons in a row."""
        return tuple(one.opc for one in self.opcs if one.left_out_in_a_row >= self.k - 1)

    def to_json(self) -> Json:
        """The ledger as plain JSON, for audit."""
        return {**asdict(self), "guaranteed": list(self.guaranteed)}


def ledger(seasons: Sequence[tuple[str, Row, Row]], *, k: int) -> Ledger:
    """Count the exposure of past seasons, each as (code, problem, plan), oldest first.

    Raises:
        ValueError: k is below 2: with 1 everybody would always be guaranteed.
    """
    if k < 2:
        raise ValueError(f"k must be 2 or more, not {k}")
    opcs: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[str, dict[str, Counter[str]]] = {"district": defaultdict(Counter), "theme": defaultdict(Counter)}
    for _, problem, plan in seasons:
        placed = {row["pitch"]: row for row in plan["placements"]}
        panels = Counter(seat["track"] for seat in plan["seats"])
        for pitch in problem["pitches"]:
            row = placed.get(pitch["id"])
            minutes = 0 if row is None else row["end_min"] - row["start_min"]
            if row is not None:
                opcs[pitch["opc"]].update(minutes=minutes, heard_by=panels[row["track"]])
            for key, by_name in groups.items():
                by_name[pitch.get(key) or NOT_SAID].update(pitches=1, placed=int(row is not None), minutes=minutes)
        on_stage = {pitch["opc"] for pitch in problem["pitches"] if pitch["id"] in placed}
        for opc in {pitch["opc"] for pitch in problem["pitches"]}:
            count = opcs[opc]
            count.update(applied=1, placed=int(opc in on_stage))
            count["row"] = 0 if opc in on_stage else count["row"] + 1
        for meeting in plan["meetings"]:
            opcs[meeting["opc"]].update(meetings=1)
    return Ledger(
        seasons=tuple(code for code, _, _ in seasons),
        k=k,
        opcs=tuple(
            Exposure(
                opc=opc,
                applied=count["applied"],
                placed=count["placed"],
                minutes=count["minutes"],
                heard_by=count["heard_by"],
                meetings=count["meetings"],
                left_out_in_a_row=count["row"],
            )
            for opc, count in sorted(opcs.items())
        ),
        districts=_shares(groups["district"].items()),
        sectors=_shares(groups["theme"].items()),
    )


def _shares(groups: Iterable[tuple[str, Counter[str]]]) -> tuple[Share, ...]:
    rows = sorted(groups)
    pitches = sum(count["pitches"] for _, count in rows)
    minutes = sum(count["minutes"] for _, count in rows)
    return tuple(
        Share(
            name=name,
            pitches=count["pitches"],
            placed=count["placed"],
            minutes=count["minutes"],
            share_applied=count["pitches"] / pitches,
            share_minutes=count["minutes"] / minutes if minutes else 0.0,
        )
        for name, count in rows
    )
