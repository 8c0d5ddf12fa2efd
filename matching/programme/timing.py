"""The exact timing of a few tracks at once, as a MILP; asked only when timing them one by one has failed.

Columns: the start minute of every pitch, one order binary for every pair that cannot overlap (same track, or same
OPC in parallel tracks), one for every stretch of a stage. Position = 1 + the number of pitches that come before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .linear import Program
from .tables import Span, Tables

TIMING_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Stand:
    """A pitch that has its track already: where it may stand and what it asks for."""

    pitch: int
    track: int
    open: tuple[Span, ...]
    position: int | None


def exact_starts(tables: Tables, stands: Sequence[Stand]) -> dict[int, int] | Literal["impossible", "unknown"]:
    """Start minute by pitch; `impossible` is a proof."""
    if any(not stand.open for stand in stands):
        return "impossible"
    program, start, before = Program(), dict[int, int](), dict[tuple[int, int], int]()
    duration = {stand.pitch: tables.pitches[stand.pitch].duration_min for stand in stands}
    horizon = float(max(s.open[-1][1] for s in stands) - min(s.open[0][0] for s in stands) + 1)
    for stand in stands:
        p, low, high = stand.pitch, stand.open[0][0], stand.open[-1][1] - duration[stand.pitch]
        start[p] = program.column(0.0, low=low, high=high)
        if len(stand.open) > 1:
            chosen = [program.column(0.0) for _ in stand.open]
            program.row(chosen, low=1, high=1)
            for w, (a, b) in zip(chosen, stand.open, strict=True):
                program.row([start[p], w], [1.0, -horizon], low=a - horizon)
                program.row([start[p], w], [1.0, horizon], high=b - duration[p] + horizon)

    def follows(later: int, earlier: int, pause: int) -> None:
        program.row([start[later], start[earlier]], [1.0, -1.0], low=duration[earlier] + pause)

    for i, one in enumerate(stands):
        for two in stands[i + 1 :]:
            p, q = one.pitch, two.pitch
            same_track = one.track == two.track
            same_opc = tables.pitches[p].opc == tables.pitches[q].opc and tables.parallel[one.track, two.track]
            pause = tables.rules.buffer_min if same_track else 0
            if same_track or same_opc:
                first = before[p, q] = program.column(0.0)
                gap_q, gap_p = duration[p] + pause, duration[q] + pause
                far = horizon + max(gap_p, gap_q)
                program.row([start[q], start[p], first], [1.0, -1.0, -far], low=gap_q - far)
                program.row([start[p], start[q], first], [1.0, -1.0, far], low=gap_p)
            for later, earlier in ((p, q), (q, p)):
                if tables.pitches[later].after == tables.pitches[earlier].id:
                    follows(later, earlier, pause)
    for stand in stands:
        if stand.position is None:
            continue
        cols, vals, known = list[int](), list[float](), 0
        for other in stands:
            if other.track != stand.track or other.pitch == stand.pitch:
                continue
            if (other.pitch, stand.pitch) in before:
                cols.append(before[other.pitch, stand.pitch])
                vals.append(1.0)
            else:
                cols.append(before[stand.pitch, other.pitch])
                vals.append(-1.0)
                known += 1
        program.row(cols, vals, low=stand.position - 1 - known, high=stand.position - 1 - known)
        if not cols and stand.position != 1:
            return "impossible"
    solution = program.solve(nodes=TIMING_NODES)
    if solution.x is None:
        return "impossible" if solution.is_infeasible else "unknown"
    return {p: round(float(solution.x[column])) for p, column in start.items()}
