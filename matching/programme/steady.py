"""Meetings of a re-plan: people were told of the earlier ones, so those that can stay do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from .linear import Budget
from .meetings import Booking, Hall, can_move, hall_of, plan_meetings, quick_meetings, select, total
from .model import Held, Meeting, MeetingPlan
from .tables import Bools, Ints, Tables

SHARE = 0.99  # of the best Σ score that has to be reached while earlier meetings stay


def steady_meetings(
    tables: Tables,
    plan: MeetingPlan,
    earlier: Sequence[Held],
    stage: tuple[Ints, Bools, dict[int, int]],
    budget: Budget,
    seed: int = 0,
) -> tuple[tuple[Meeting, ...], int, bool]:
    """As `plan_meetings`, but every earlier meeting that is still possible stays in its slot and at its table.

    `stage` is (track by pitch, panels, start minutes). Only where that costs more than 1 % of the best Σ score are the
    meetings planned anew: people were told of the earlier ones.
    """
    kept = _still_possible(hall_of(tables, plan, *stage), earlier)
    steady = plan_meetings(tables, replace(plan, held=(*plan.held, *kept)), *stage, budget, seed)
    hall = hall_of(tables, plan, *stage)
    best, _ = select(tables, hall, plan, budget)
    past = sum(score for _, _, score in hall.held.values())
    if sum(meeting.score for meeting in steady[0]) >= SHARE * (total(hall, best) + past):
        return steady[0], steady[1], False
    return plan_meetings(tables, plan, *stage, budget, seed)


def steady_draft(
    tables: Tables, plan: MeetingPlan, earlier: Sequence[Held], stage: tuple[Ints, Bools, dict[int, int]]
) -> tuple[tuple[Meeting, ...], int]:
    """As `quick_meetings`, around the earlier meetings that are still possible."""
    kept = _still_possible(hall_of(tables, plan, *stage), earlier)
    return quick_meetings(tables, replace(plan, held=(*plan.held, *kept)), *stage)


def _still_possible(hall: Hall, earlier: Sequence[Held]) -> list[Held]:
    at = {slot.id: i for i, slot in enumerate(hall.slots)}
    booking: Booking = {}
    counts: dict[str, int] = defaultdict(int)
    seats = {(slot, table) for slot, table, _ in hall.held.values()}
    kept = []
    for meeting in sorted(earlier, key=lambda m: (-hall.scores.get((m.opc, m.owner), 0), m.opc, m.owner)):
        pair, i = (meeting.opc, meeting.owner), at.get(meeting.slot)
        if pair not in hall.scores or pair in booking or i is None or (i, meeting.table) in seats:
            continue
        full = any((cap := hall.caps[person]) is not None and counts[person] >= cap for person in pair)
        most = hall.slots[i].tables + sum(j == i for j, _ in seats)
        if full or meeting.table > most or not can_move(hall, booking, pair, i):
            continue
        booking[pair] = i
        seats.add((i, meeting.table))
        for person in pair:
            counts[person] += 1
        kept.append(meeting)
    return kept
