"""A plan beside an earlier one: the fewest already placed pitches move at 99 % of the best objective."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .linear import Budget, Program
from .locking import Locked
from .model import Previous
from .order import Timing, arrange
from .panels import add_seat_rows, best_panels
from .pitches import PitchStep
from .rebuild import Rebuilder
from .search import Plan
from .tables import Bools, Ints, Tables

SHARE = 0.99
MOVE_COSTS = (1.0, 0.4, 0.15, 0.05)  # what a move costs a walk, in typical worths of a pitch
WALK_STEPS = 800
WALK_SEED = 99
COARSE_GAP = 5e-3
RESERVE = 0.06  # of the time limit
FIRST = 0.7  # of what is left: to the fewest moves; the rest to the best objective at that number


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

    Tried under the panels that suit the earlier placements, the earlier panels (where still legal), and, when
    neither reaches the floor, under panels that a walk from the earlier plan finds while every move costs it something;
    the best plan's panels come last. Under each a MILP minimises the moves above the floor, a second one then gives the
    best objective at that number. Returns the plan and whether no plan can have fewer moves: true when only the forced
    moves are left, or when the panels are given and HiGHS proved it.
    """
    old = earlier_tracks(tables, before)
    floor = best.value - (1 - SHARE) * abs(best.value)
    forced = _forced(locked, old)
    chosen, is_proved = best, False
    for panel in _panels(tables, locked, best, before, old, floor, budget):
        found, is_best = _fewest_under(tables, locked, panel, best, old, floor, budget)
        if found is not None and _key(old, found) < _key(old, chosen):
            chosen = found
        is_proved = is_best and not locked.is_seating_free
        if _moved(old, chosen.placed) <= forced or _left(budget) <= 0:
            break
    return chosen, is_proved or _moved(old, chosen.placed) <= forced


def _key(old: Ints, plan: Plan) -> tuple[int, float]:
    return _moved(old, plan.placed), -plan.value


def _fewest_under(
    tables: Tables, locked: Locked, panel: Bools, best: Plan, old: Ints, floor: float, budget: Budget
) -> tuple[Plan | None, bool]:
    """The fewest moves under one panel; None when the floor is out of reach. What cannot be timed is cut."""
    cuts, is_proved = list(best.cuts), True
    for n in range(5):
        step = PitchStep(tables, locked, panel, cuts)
        left = _left(budget)
        if left <= 0 and n:
            break
        first = step.fewest_moves(budget, old, floor, seconds=FIRST * left)
        if first.placed is None:
            return None, False
        again = step.fewest_moves(budget, old, floor, most=_moved(old, first.placed), seconds=_left(budget))
        for outcome in (again, first):
            if outcome.placed is None or outcome.value < floor - 1e-9:
                continue
            timing = arrange(tables, locked, outcome.placed, panel)
            if isinstance(timing, Timing):
                plan = Plan(outcome.placed, panel, timing, outcome.value, cuts=best.cuts)
                return plan, is_proved and first.is_optimal
            cuts.append(timing.cut)
            is_proved &= timing.is_proved
    return None, False


def _left(budget: Budget) -> float:
    """Seconds for MILPs, with some kept for what comes after them: timing, meetings, the check."""
    reserve = 0.0 if budget.time_limit is None else RESERVE * budget.time_limit
    return budget.left() - reserve


def _moved(old: Ints, placed: Ints) -> int:
    return int(((old >= 0) & (old != placed)).sum())


def _forced(locked: Locked, old: Ints) -> int:
    """Earlier placements that are no longer legal whatever else is done."""
    gone = {p for p, t in enumerate(old) if t >= 0 and not locked.pitch_open[p, t]}
    gone |= {p for p, tracks in locked.pitch_in if old[p] >= 0 and old[p] not in tracks}
    return len(gone)


def _panels(
    tables: Tables, locked: Locked, best: Plan, before: Previous, old: Ints, floor: float, budget: Budget
) -> Iterator[Bools]:
    """Panels worth trying, those that are near the earlier plan first; stops walking once the floor is reached."""
    if not locked.is_seating_free:
        yield best.panel
        return
    kept = np.where([t >= 0 and bool(locked.pitch_open[p, t]) for p, t in enumerate(old)], old, -1)
    earlier = earlier_panels(tables, locked, before)
    starts = [panel for panel in (best_panels(tables, locked, kept, budget), earlier) if panel is not None]
    yield from starts
    held = {p: tracks[0] for p, tracks in locked.pitch_in if len(tracks) == 1}
    fixed = np.zeros_like(best.panel)
    for o, tracks in locked.seat_in:
        for t in tracks:
            fixed[o, t] = best.panel[o, t]
    panel = starts[-1] if starts else best.panel
    if not (panel & fixed == fixed).all():
        panel = best.panel  # a session lock is served elsewhere there
    for n, share in enumerate(MOVE_COSTS):
        if budget.left() <= 0:
            break
        walker = Rebuilder(tables, locked, held, fixed, [WALK_SEED, n], old)
        walker.move_cost = share * walker.typical_worth()
        plan = PitchStep(tables, locked, panel).solve(budget, gap=COARSE_GAP, kept=(old, walker.move_cost))
        if plan.placed is None:
            break
        until = budget.spent() + 0.3 * budget.left()
        placed, panel, _ = walker.run(plan.placed, panel, WALK_STEPS, budget, until)
        reached = PitchStep(tables, locked, panel).solve(budget, gap=COARSE_GAP, kept=(old, walker.move_cost))
        value = max(tables.evaluate(placed, panel).total, reached.value)
        if value >= floor:
            yield panel
            break
    yield best.panel


def earlier_tracks(tables: Tables, before: Previous) -> Ints:
    """Track of every pitch in the earlier plan, shape (n_pitches,); -1 when it had none or the track is gone."""
    old = np.full(len(tables.pitches), -1, dtype=np.int64)
    for pitch, track in before.tracks.items():
        if pitch in tables.pitch_at and track in tables.track_at:
            old[tables.pitch_at[pitch]] = tables.track_at[track]
    return old


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
