"""The search for a plan: panels and pitches by turns, restarts, then the exact pitch step and the bound."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from .greedy import PlacementState, fill
from .joint import Joint
from .linear import Budget, Solution
from .locking import Locked
from .order import Failure, Timing, arrange
from .panels import best_panels, greedy_panels
from .pitches import Cut, PitchStep
from .rebuild import Rebuilder
from .refine import Found, Refiner
from .relaxation import Relaxation, pitch_prices
from .tables import Bools, Ints, Tables

ROUNDS = 6
STEPS = 6_000  # of all walks together
STEPS_PER_TRACK = 900
FEW_PITCHES = 80
JOINT_SHARE = 8
COARSE_GAP = 5e-3
SMALL_JOINT = 400  # (pitch, owner, track) triples up to which the joint MILP is solved
BOUND_WORK = 30_000  # steps of the bound × pitches
MIN_BOUND_STEPS, MOST_BOUND_STEPS = 40, 400


@dataclass(slots=True)
class Plan:
    """A plan that has been timed. `bound` is valid for its panels only; `cuts` is what `order` ruled out."""

    placed: Ints
    panel: Bools
    timing: Timing
    value: float
    bound: float = float("inf")
    joint: float = float("inf")  # a bound for every choice of panels
    is_greedy: bool = False
    cuts: list[Cut] = field(default_factory=list)


def first_plan(
    tables: Tables,
    locked: Locked,
    start: Ints,
    seats: Bools,
    budget: Budget,
    earlier: tuple[Ints, Bools | None] | None = None,
) -> Plan:
    """A plan without a solver: what can be shown at once, and where the search starts.

    `start` and `seats` obey the locks and nothing else. `earlier`: an earlier plan's tracks by pitch (-1: none) and
    its panels where they are still legal; what is left of it is then kept and filled up.
    """
    since = budget.spent()
    panel = seats
    if locked.is_seating_free:
        panel = _seat_locked(tables, locked, seats)
        panel = greedy_panels(tables, locked, panel)
    held = {p: int(t) for p, t in enumerate(start) if t >= 0}
    best: Plan | None = None
    if earlier is not None:
        kept = _still_legal(tables, locked, earlier[0], held)
        seated = panel if earlier[1] is None else earlier[1]
        best = repair(tables, locked, fill(tables, locked, seated, kept), seated, set(held))
    if best is None or earlier is None or earlier[1] is None:
        fresh = repair(tables, locked, fill(tables, locked, panel, held), panel, set(held))
        best = fresh if best is None else max(best, fresh, key=lambda plan: plan.value)
    budget.mark("greedy", since)
    return best


def _still_legal(tables: Tables, locked: Locked, old: Ints, held: dict[int, int]) -> dict[int, int]:
    """What must be held, and every earlier placement that can stay beside it, in the order of ids."""
    state = PlacementState(tables, np.full(len(tables.pitches), -1, dtype=np.int64))
    for p, t in sorted(held.items()):
        state.place(p, t)
    for p, t in enumerate(old.tolist()):
        if t >= 0 and p not in held and locked.pitch_open[p, t] and state.admits(p, t):
            state.place(p, t)
    return {p: int(t) for p, t in enumerate(state.placed) if t >= 0}


def find_plan(
    tables: Tables, locked: Locked, start: Ints, seats: Bools, first: Plan, budget: Budget, seed: int
) -> Plan:
    """The best plan found from `first` on."""
    panel, joint = first.panel, float("inf")
    if locked.is_seating_free:
        panel, joint = _free_panels(tables, locked, start, seats, first, budget, seed)
    since = budget.spent()
    held = {p for p, t in enumerate(start) if t >= 0}
    plan = settle(tables, locked, panel, budget, held, first)
    plan.joint = joint
    budget.mark("pitches", since)
    return plan


def _free_panels(
    tables: Tables, locked: Locked, start: Ints, seats: Bools, first: Plan, budget: Budget, seed: int
) -> tuple[Bools, float]:
    """The best panels found, and an upper bound of the problem: search, relax, refine."""
    since = budget.spent()
    best, bound = _search_panels(tables, locked, first, start, seats, budget, seed)
    budget.mark("panels", since)
    bound = min(bound, quick_bound(tables, locked))
    since = budget.spent()
    if bound > best[2] + 1e-6 and since < budget.until("bound"):
        relaxation = Relaxation(tables, locked)
        steps = max(MIN_BOUND_STEPS, min(MOST_BOUND_STEPS, BOUND_WORK // max(1, len(tables.pitches))))
        # a small problem has time to find its prices from nothing, and then comes nearer
        prices = None if len(tables.pitches) <= FEW_PITCHES else pitch_prices(tables, locked, best[1])
        bound = min(bound, relaxation.lower(best[2], steps, budget, budget.until("bound"), prices))
        budget.mark("bound", since)
        since = budget.spent()
        if relaxation.prices is not None and since < budget.until("refine"):
            best, refined = Refiner(tables, locked, best, relaxation, budget, seed).run(budget.until("refine"))
            bound = min(bound, refined)
        budget.mark("panels", since)
    return best[1], bound


def _seat_locked(tables: Tables, locked: Locked, seats: Bools) -> Bools:
    """Only the seats that locks ask for (a session lock keeps the seat the feasibility step chose)."""
    panel = np.zeros_like(seats)
    for o, tracks in locked.seat_in:
        for t in tracks:
            panel[o, t] = panel[o, t] or seats[o, t]
    return panel


def _search_panels(
    tables: Tables, locked: Locked, first: Plan, start: Ints, seats: Bools, budget: Budget, seed: int
) -> tuple[Found, float]:
    """The best plan found, not yet timed, and an upper bound for every choice of panels.

    The joint MILP where it is small. Else a walk, the relaxation, and MILPs over the panels that its prices like.
    """
    held = {p: int(t) for p, t in enumerate(start) if t >= 0}
    best: Found = (first.placed, first.panel, first.value)
    joint = float("inf")
    model = Joint(tables, locked)
    if len(model.triples) <= SMALL_JOINT:
        # a node of the joint MILP is dearer than one of the pitch step
        fewer = replace(budget, work_limit=max(1, budget.nodes() // JOINT_SHARE))
        outcome = model.solve(fewer, seconds=0.5 * budget.left_for("panels"))
        if isinstance(outcome, Solution):
            joint = outcome.bound
        else:
            joint = outcome[2].bound
            if outcome[2].value > best[2]:
                best = (outcome[0], outcome[1], outcome[2].value)
            if outcome[2].is_optimal:
                return best, joint
    fixed = _seat_locked(tables, locked, seats)
    begun, until = budget.spent(), budget.until("panels")
    steps = min(STEPS, STEPS_PER_TRACK * len(tables.tracks))
    # one long walk beats several short ones when there is much to do
    legs = 5 if len(tables.pitches) <= FEW_PITCHES else 1
    for leg in range(legs):
        leg_end = begun + (until - begun) * (leg + 1) / legs
        now = budget.spent()
        if now >= leg_end:
            continue
        rebuilder = Rebuilder(tables, locked, held, fixed, [seed, leg])
        start_from = (first.placed, first.panel) if leg % 2 == 0 else best[:2]
        walked = rebuilder.run(*start_from, steps // legs, budget, now + 0.75 * (leg_end - now))
        best = max(best, _polish(tables, locked, walked, budget, leg_end), key=lambda one: one[2])
        budget.tell("panels", best[2])
    return best, joint


def _polish(
    tables: Tables, locked: Locked, walked: tuple[Ints, Bools, float], budget: Budget, until: float
) -> tuple[Ints, Bools, float]:
    """Pitches and panels by turns, each as a MILP, until neither gains."""
    best, panel = walked, walked[1]
    for _ in range(ROUNDS):
        plan = PitchStep(tables, locked, panel).solve(budget, seconds=until - budget.spent(), gap=COARSE_GAP)
        if plan.placed is None:
            break
        better = best_panels(tables, locked, plan.placed, budget)
        if better is None:
            break
        value = tables.evaluate(plan.placed, better).total
        if value > best[2] + 1e-9:
            best = (plan.placed, better, value)
        if value <= plan.value + 1e-9 or budget.spent() > until:
            break
        panel = better
    return best


def settle(tables: Tables, locked: Locked, panel: Bools, budget: Budget, held: set[int], fallback: Plan) -> Plan:
    """The exact pitch step for these panels, timed. What cannot be timed is cut and solved again."""
    cuts: list[Cut] = []
    bound, all_proved, best = float("inf"), True, fallback
    for _ in range(20):
        outcome = PitchStep(tables, locked, panel, cuts).solve(budget, seconds=max(budget.left_for("pitches"), 0.1))
        if all_proved:  # a guessed cut may take a real plan away, so its bound does not count
            bound = min(bound, outcome.bound)
        if outcome.placed is None:
            break
        timing = arrange(tables, locked, outcome.placed, panel)
        if isinstance(timing, Timing):
            if outcome.value >= best.value:
                best = Plan(outcome.placed, panel, timing, outcome.value, cuts=cuts)
            break
        repaired = repair(tables, locked, outcome.placed, panel, held)
        if repaired.value > best.value:
            best = repaired
        cuts.append(timing.cut)
        all_proved &= timing.is_proved
        if budget.left() <= 0:
            break
    best = _fill_up(tables, locked, best)
    best.bound = bound if best.panel is panel else float("inf")
    best.cuts = cuts if all_proved else []
    return best


def _fill_up(tables: Tables, locked: Locked, plan: Plan) -> Plan:
    """Room that is left goes to pitches that cost nothing, before the panels that are there."""
    open_ = locked.pitch_open & (plan.panel.sum(axis=0) > 0)
    trimmed = Locked(pitch_open=open_, seat_open=locked.seat_open, seats=locked.seats, positions=locked.positions)
    held = {p: int(t) for p, t in enumerate(plan.placed) if t >= 0}
    fuller = fill(tables, trimmed, plan.panel, held)
    if np.array_equal(fuller, plan.placed):
        return plan
    timing = arrange(tables, locked, fuller, plan.panel)
    value = tables.evaluate(fuller, plan.panel).total
    if isinstance(timing, Failure) or value < plan.value:
        return plan
    return Plan(fuller, plan.panel, timing, value, is_greedy=plan.is_greedy)


def repair(tables: Tables, locked: Locked, placed: Ints, panel: Bools, held: set[int]) -> Plan:
    """Take out the least worth pitch of whatever cannot be timed, never one of `held`, until all can."""
    placed = placed.copy()
    worth = tables.score @ panel.astype(np.int64)
    while isinstance(timing := arrange(tables, locked, placed, panel), Failure):
        loose = [(p, t) for p, t in timing.cut if p not in held] or [
            (p, int(t)) for p, t in enumerate(placed) if t >= 0 and p not in held
        ]
        p, _ = min(loose, key=lambda pair: (worth[pair], pair))
        placed[p] = -1
    return Plan(placed, panel, timing, tables.evaluate(placed, panel).total, is_greedy=True)


def whole_bound(tables: Tables, locked: Locked, plan: Plan) -> float:
    """A bound of the whole problem: the panels' own when nothing about them is free."""
    bound = plan.joint if locked.is_seating_free else plan.bound
    return float(np.floor(bound + 1e-6)) if tables.is_whole and np.isfinite(bound) else bound


def quick_bound(tables: Tables, locked: Locked) -> float:
    """An upper bound at once: every pitch before the best panel that any of its tracks could have."""
    best = np.zeros(len(tables.pitches))
    for t in range(len(tables.tracks)):
        seats = int(locked.seats[t])
        if seats:
            top = np.sort(np.where(locked.seat_open[:, t], tables.score, 0), axis=1)[:, ::-1][:, :seats].sum(axis=1)
            best = np.maximum(best, np.where(locked.pitch_open[:, t], top, 0))
    return float(best.sum() + tables.rules.fresh_bonus * len(tables.fresh))
