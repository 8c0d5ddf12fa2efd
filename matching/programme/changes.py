"""A plan beside an earlier one: the fewest already placed pitches move at 99 % of the best objective."""

from __future__ import annotations

import numpy as np

from .linear import Budget, Program
from .locking import Locked
from .model import Previous
from .order import Timing, arrange
from .panels import add_seat_rows, best_panels
from .pitches import PitchStep
from .search import Plan
from .tables import Bools, Ints, Tables

SHARE = 0.99


def moves_between(tables: Tables, before: Previous | None, placed: Ints) -> tuple[tuple[str, str, str | None], ...]:
    """(pitch, from, to) of every earlier placement whose track is another now; to None: it left the plan.

    A pitch that the problem no longer has (withdrawn) left the plan too, and is told here.
    """
    if before is None:
        return ()
    now = {tables.pitches[p].id: tables.tracks[t].id for p, t in enumerate(placed) if t >= 0}
    return tuple(
        (pitch, track, now.get(pitch)) for pitch, track in sorted(before.tracks.items()) if now.get(pitch) != track
    )


def keep_previous(tables: Tables, locked: Locked, best: Plan, before: Previous, budget: Budget) -> tuple[Plan, bool]:
    """The plan with the fewest moves whose objective is at least 99 % of the best one found.

    Tried under the panels of the best plan, the earlier panels (where still legal), and the panels that suit the
    earlier placements; under each a MILP minimises the moves above the floor, a second one then
    gives the best objective at that number. Returns the plan and whether no plan can have fewer moves: true when
    only the forced moves are left, or when the panels are given and HiGHS proved it.
    """
    old = np.full(len(tables.pitches), -1, dtype=np.int64)
    for pitch, track in before.tracks.items():
        if pitch in tables.pitch_at and track in tables.track_at:
            old[tables.pitch_at[pitch]] = tables.track_at[track]
    floor = best.value - (1 - SHARE) * abs(best.value)
    forced = _forced(locked, old)
    chosen, fewest, is_proved = best, _moved(old, best.placed), _moved(old, best.placed) <= forced
    for panel in _panels(tables, locked, best, before, old, budget):
        if fewest <= forced:
            break
        step = PitchStep(tables, locked, panel, best.cuts)
        first = step.fewest_moves(budget, old, floor)
        if first.placed is None:
            continue
        moved = _moved(old, first.placed)
        if not locked.is_seating_free:
            is_proved = first.is_optimal
        again = step.fewest_moves(budget, old, floor, most=moved)
        for outcome in (again, first):
            if outcome.placed is None or outcome.value < floor - 1e-9:
                continue
            key = (_moved(old, outcome.placed), -outcome.value)
            timing = arrange(tables, locked, outcome.placed, panel)
            if isinstance(timing, Timing) and key < (fewest, -chosen.value):
                chosen = Plan(outcome.placed, panel, timing, outcome.value, cuts=best.cuts)
                fewest = key[0]
                break
    return chosen, is_proved or fewest <= forced


def _moved(old: Ints, placed: Ints) -> int:
    return int(((old >= 0) & (old != placed)).sum())


def _forced(locked: Locked, old: Ints) -> int:
    """Earlier placements that are no longer legal whatever else is done."""
    gone = {p for p, t in enumerate(old) if t >= 0 and not locked.pitch_open[p, t]}
    gone |= {p for p, tracks in locked.pitch_in if old[p] >= 0 and old[p] not in tracks}
    return len(gone)


def _panels(tables: Tables, locked: Locked, best: Plan, before: Previous, old: Ints, budget: Budget) -> list[Bools]:
    """Panels worth trying, without repeats: earlier ones first."""
    if not locked.is_seating_free:
        return [best.panel]
    found: list[Bools] = []
    kept = np.where([t >= 0 and bool(locked.pitch_open[p, t]) for p, t in enumerate(old)], old, -1)
    suited = best_panels(tables, locked, kept, budget)
    earlier = earlier_panels(tables, locked, before)
    for panel in (suited, earlier, best.panel):
        if panel is not None and not any(np.array_equal(panel, other) for other in found):
            found.append(panel)
    return found


def earlier_panels(tables: Tables, locked: Locked, before: Previous) -> Bools | None:
    """The earlier panels (owners × tracks), if they obey every rule and lock as they are."""
    panel = np.zeros((len(tables.owners), len(tables.tracks)), dtype=bool)
    program, at = Program(), {}
    for owner, track in sorted(before.seats):
        if owner in tables.owner_at and track in tables.track_at:
            pair = (tables.owner_at[owner], tables.track_at[track])
            if locked.seat_open[pair] and pair not in at:
                panel[pair] = True
                at[pair] = program.column(0.0, low=1)
    add_seat_rows(program, tables, locked, at)
    return panel if program.solve().x is not None else None
