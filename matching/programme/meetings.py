"""1:1 meetings (对接会谈): who meets whom in which slot, as a MILP that maximises Σ score.

Only OPCs with a pitch on stage meet; the score of an OPC and an owner is that of the OPC's best pitch for the
owner, and a pair without a positive score does not meet. A person attends the slot's session, is not on stage or
on a panel meanwhile, and has one meeting at a time; tables and both sides' caps hold. Idle gaps are the slots of
a session between a person's first and last meeting at which it is there and waits; `gaps` lowers them at the same
score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .gaps import Timetable
from .linear import Budget, Program
from .model import Meeting, MeetingPlan, Slot, Window
from .tables import Bools, Ints, Tables

Busy = dict[str, list[tuple[str, int, int]]]  # (day, start, end) by person
Pair = tuple[str, str]  # (opc, owner)
Booking = dict[Pair, int]  # slot index
MOST_COLUMNS = 60_000


@dataclass(slots=True)
class Hall:
    """Who could meet whom, and when."""

    slots: Sequence[Slot]
    days: list[str]
    scores: dict[Pair, int]
    free: dict[str, set[int]]  # slots by person
    together: list[tuple[int, int]]  # slots that overlap, or are nearer to each other than the pause
    times: list[tuple[str, int]]  # by slot: its session, and the rank of its start there
    near: list[set[int]]  # by slot: itself and those it is `together` with
    held: dict[Pair, tuple[int, int, int]]  # (slot, table, score) of meetings that stay as they are
    caps: dict[str, int | None]  # how many more each person may have; None: no limit

    def timetable(self, booking: Booking) -> Timetable:
        """The bookings and what is held, as a timetable."""
        held = [(pair, slot) for pair, (slot, _, _) in sorted(self.held.items())]
        return Timetable(self.times, [slot.tables for slot in self.slots], self.near, self.free, held, booking)


def plan_meetings(
    tables: Tables, plan: MeetingPlan, placed: Ints, panel: Bools, starts: dict[int, int], budget: Budget, seed: int = 0
) -> tuple[tuple[Meeting, ...], int, bool]:
    """The meetings, the idle gaps, and whether Σ score is proved to be the most possible."""
    hall = hall_of(tables, plan, placed, panel, starts)
    booking, is_proved = select(tables, hall, plan, budget)
    timetable = hall.timetable(booking)
    timetable.lower(budget, seed)
    return _seat(hall, timetable.booking), timetable.waited(), is_proved


def quick_meetings(
    tables: Tables, plan: MeetingPlan, placed: Ints, panel: Bools, starts: dict[int, int]
) -> tuple[tuple[Meeting, ...], int]:
    """Meetings without a solver: best scores first. For a draft."""
    hall = hall_of(tables, plan, placed, panel, starts)
    booking = _greedy(hall, _all_keys(hall, sorted(hall.scores)), hall.caps)
    return _seat(hall, booking), hall.timetable(booking).waited()


def hall_of(tables: Tables, plan: MeetingPlan, placed: Ints, panel: Bools, starts: dict[int, int]) -> Hall:
    """Who could meet whom and when, once stage and panels stand."""
    slots = sorted(plan.slots, key=lambda s: (tables.sessions[s.session].on or "", s.session, s.start_min, s.id))
    days = [tables.sessions[s.session].on or f"?{s.session}" for s in slots]
    pause = tables.problem.pause_min
    busy: Busy = defaultdict(list)
    for p, start in starts.items():
        day = tables.day(int(placed[p]))
        busy[tables.pitches[p].opc].append((day, start, start + tables.pitches[p].duration_min))
    for o, owner in enumerate(tables.owners):
        for t in panel[o].nonzero()[0].tolist():
            busy[owner.id].append((tables.day(t), tables.tracks[t].start_min, tables.tracks[t].end_min))
    scores: dict[Pair, int] = {}
    for opc, ids in tables.opcs.items():
        if any(placed[p] >= 0 for p in ids):
            for owner in tables.owners:
                if (best := _best(tables, opc, owner.id)) > 0 and (opc, owner.id) not in plan.apart:
                    scores[opc, owner.id] = best
    at = {slot.id: i for i, slot in enumerate(slots)}
    held = {(h.opc, h.owner): (at[h.slot], h.table, _best(tables, h.opc, h.owner)) for h in plan.held}
    free: dict[str, set[int]] = {}
    for owner in tables.owners:
        able = [i for i, slot in enumerate(slots) if tables.agree(owner, slot.tags)]
        free[owner.id] = _free([(owner.sessions, owner.windows)], busy[owner.id], slots, days, pause) & set(able)
    for opc in {pair[0] for pair in scores}:
        records = [(tables.pitches[p].sessions, tables.pitches[p].windows) for p in tables.opcs[opc]]
        mine = [tables.pitches[p] for p in tables.opcs[opc]]
        able = [i for i, slot in enumerate(slots) if all(tables.agree(pitch, slot.tags) for pitch in mine)]
        free[opc] = _free(records, busy[opc], slots, days, pause) & set(able)
        if "meetings_on_the_day" in tables.problem.blocking:
            stages = {day for day, _, _ in busy[opc]}
            free[opc] = {i for i in free[opc] if days[i] in stages}
    together = [
        (i, j)
        for i, a in enumerate(slots)
        for j, b in enumerate(slots[i + 1 :], i + 1)
        if days[i] == days[j] and a.start_min < b.end_min + pause and b.start_min < a.end_min + pause
    ]
    near = [{i} for i in range(len(slots))]
    for i, j in together:
        near[i].add(j)
        near[j].add(i)
    scores = {pair: score for pair, score in scores.items() if pair not in held}
    caps: dict[str, int | None] = {owner.id: owner.max_meetings for owner in tables.owners}
    caps |= {pair[0]: plan.max_per_opc for pair in scores}
    for pair, (slot, _, _) in held.items():
        for person in pair:
            free.get(person, set()).difference_update(near[slot])
            cap = caps.get(person)
            caps[person] = None if cap is None else max(0, cap - 1)
    open_ = [replace(s, tables=s.tables - sum(i == j for j, _, _ in held.values())) for i, s in enumerate(slots)]
    starts_of = {s.session: sorted({o.start_min for o in slots if o.session == s.session}) for s in slots}
    times = [(s.session, starts_of[s.session].index(s.start_min)) for s in slots]
    return Hall(open_, days, scores, free, together, times, near, held, caps)


def _best(tables: Tables, opc: str, owner: str) -> int:
    return max(int(tables.score[p, tables.owner_at[owner]]) for p in tables.opcs[opc])


def _free(
    records: Iterable[tuple[frozenset[str], tuple[Window, ...]]],
    busy: list[tuple[str, int, int]],
    slots: Sequence[Slot],
    days: list[str],
    pause: float,
) -> set[int]:
    """Slots at which a person is there (by one of its records) and has nothing else to do, `pause` minutes around."""
    found = set()
    records = list(records)
    for i, slot in enumerate(slots):
        there = any(slot.session in sessions and _within(windows, slot) for sessions, windows in records)
        clash = any(day == days[i] and a < slot.end_min + pause and slot.start_min < b + pause for day, a, b in busy)
        if there and not clash and slot.tables and not slot.closed:
            found.add(i)
    return found


def _within(windows: tuple[Window, ...], slot: Slot) -> bool:
    named = [w for w in windows if w.session == slot.session]
    return not named or any(w.start_min <= slot.start_min and slot.end_min <= w.end_min for w in named)


def select(tables: Tables, hall: Hall, plan: MeetingPlan, budget: Budget) -> tuple[Booking, bool]:
    """Pairs first, then their sessions, then slots; a wider step is taken only if a narrow one lost something.

    Each step forgets what the next one decides (which session, which slot), so its optimum is an upper bound; when
    all its choices find a place, the bound is reached. (Sessions and slots are much alike, and one MILP over all
    of them spends its time on telling them apart.)
    """
    caps = hall.caps
    if budget.left() <= 0:
        return _greedy(hall, _all_keys(hall, sorted(hall.scores)), caps), False
    pairs, top = _best_pairs(hall, caps, budget)
    booking = _book(hall, *_by_session(hall, caps, pairs, budget), caps, budget)
    if total(hall, booking) >= top - 1e-6:
        return booking, True
    everybody = _promising(hall, caps)
    if len(everybody) * len({slot.session for slot in hall.slots}) <= MOST_COLUMNS and budget.left() > 0:
        chosen, bound = _by_session(hall, caps, everybody, budget)
        top = min(top, bound) if len(everybody) == len(hall.scores) else top
        booking = max(booking, _book(hall, chosen, bound, caps, budget), key=lambda other: total(hall, other))
    if total(hall, booking) >= top - 1e-6:
        return booking, True
    keys = _all_keys(hall, everybody)
    if len(keys) <= MOST_COLUMNS and budget.left() > 0:
        whole, is_optimal = _into_slots(hall, keys, caps, {}, budget)
        booking = max(booking, whole, key=lambda other: total(hall, other))
        return booking, is_optimal and len(everybody) == len(hall.scores)
    return max(booking, _greedy(hall, keys, caps), key=lambda other: total(hall, other)), False


def total(hall: Hall, booking: Booking) -> int:
    """Σ score of a booking."""
    return sum(hall.scores[pair] for pair in booking)


def _best_pairs(hall: Hall, caps: dict[str, int | None], budget: Budget) -> tuple[list[Pair], float]:
    """The pairs that should meet if times did not matter, and their Σ score as an upper bound."""
    program, pairs = Program(), [p for p in sorted(hall.scores) if hall.free[p[0]] & hall.free[p[1]]]
    of_person: dict[str, list[int]] = defaultdict(list)
    for pair in pairs:
        k = program.column(float(hall.scores[pair]))
        for person in pair:
            of_person[person].append(k)
    for person, cols in of_person.items():
        times = len({(hall.days[i], hall.slots[i].start_min) for i in hall.free[person]})
        cap = caps[person]
        program.row(cols, high=times if cap is None else min(times, cap))
    program.row(range(len(pairs)), high=sum(slot.tables for slot in hall.slots))
    solution = program.solve(nodes=budget.nodes(), seconds=budget.left())
    if solution.x is None:
        return [], float("inf")
    return [pair for k, pair in enumerate(pairs) if solution.x[k] > 0.5], solution.bound


def _book(
    hall: Hall, chosen: list[tuple[Pair, str]], bound: float, caps: dict[str, int | None], budget: Budget
) -> Booking:
    """Slots for pairs whose session is chosen, one session after another."""
    booking: Booking = {}
    if not np.isfinite(bound):
        return booking
    for session in sorted({session for _, session in chosen}):
        pairs = [pair for pair, s in chosen if s == session]
        slots = [i for i, slot in enumerate(hall.slots) if slot.session == session]
        keys = [(pair, i) for pair in pairs for i in slots if i in hall.free[pair[0]] & hall.free[pair[1]]]
        booking |= _into_slots(hall, keys, caps, booking, budget)[0]
    return booking


def _all_keys(hall: Hall, pairs: Sequence[Pair]) -> list[tuple[Pair, int]]:
    return [(pair, i) for pair in pairs for i in sorted(hall.free[pair[0]] & hall.free[pair[1]])]


def _promising(hall: Hall, caps: dict[str, int | None]) -> list[Pair]:
    """Pairs that are among the best of one of the two, several times as many as it may have."""
    of_person: dict[str, list[Pair]] = defaultdict(list)
    for pair in sorted(hall.scores, key=lambda pair: (-hall.scores[pair], pair)):
        for person in pair:
            of_person[person].append(pair)
    kept = set()
    for person, pairs in of_person.items():
        cap = caps[person]
        kept.update(pairs[: 4 * (len(hall.slots) if cap is None else cap) + 8])
    return sorted(kept)


def _by_session(
    hall: Hall, caps: dict[str, int | None], pairs: Sequence[Pair], budget: Budget
) -> tuple[list[tuple[Pair, str]], float]:
    """Which of `pairs` meet in which session, and an upper bound of what they can bring (infinite: not solved)."""
    sessions = sorted({slot.session for slot in hall.slots})
    program = Program()
    keys: list[tuple[Pair, str]] = []
    by_pair: dict[Pair, list[int]] = defaultdict(list)
    by_person: dict[tuple[str, str], list[int]] = defaultdict(list)
    by_session: dict[str, list[int]] = defaultdict(list)
    of_person: dict[str, list[int]] = defaultdict(list)
    slots_of = {s: {i for i, slot in enumerate(hall.slots) if slot.session == s} for s in sessions}
    for pair in pairs:
        for session in sessions:
            if hall.free[pair[0]] & hall.free[pair[1]] & slots_of[session]:
                k = program.column(float(hall.scores[pair]))
                keys.append((pair, session))
                by_pair[pair].append(k)
                by_session[session].append(k)
                for person in pair:
                    by_person[person, session].append(k)
                    of_person[person].append(k)
    for cols in by_pair.values():
        program.row(cols, high=1)
    for session, cols in by_session.items():
        program.row(cols, high=sum(hall.slots[i].tables for i in slots_of[session]))
    for (person, session), cols in by_person.items():
        program.row(cols, high=len({hall.slots[i].start_min for i in hall.free[person] & slots_of[session]}))
    for person, cols in of_person.items():
        if (cap := caps[person]) is not None:
            program.row(cols, high=cap)
    solution = program.solve(nodes=budget.nodes(), seconds=budget.left())
    if solution.x is None:
        return [], float("inf")
    return [key for k, key in enumerate(keys) if solution.x[k] > 0.5], solution.bound


def _into_slots(
    hall: Hall, keys: list[tuple[Pair, int]], caps: dict[str, int | None], booked: Booking, budget: Budget
) -> tuple[Booking, bool]:
    """The best bookings among `keys` (pair, slot), beside what is `booked`; and whether they are proved best."""
    keys = [key for key in keys if not booked or can_move(hall, booked, *key)]
    if budget.left() <= 0:
        return _greedy(hall, keys, caps, booked), False
    program = Program()
    by_pair: dict[Pair, list[int]] = defaultdict(list)
    by_person: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    by_slot: dict[int, list[int]] = defaultdict(list)
    for pair, i in keys:
        k = program.column(float(hall.scores[pair]))
        by_pair[pair].append(k)
        by_slot[i].append(k)
        for person in pair:
            by_person[person][i].append(k)
    for cols in by_pair.values():
        program.row(cols, high=1)
    for i, cols in by_slot.items():
        program.row(cols, high=hall.slots[i].tables)
    for person, slots in by_person.items():
        for cols in slots.values():
            if len(cols) > 1:
                program.row(cols, high=1)
        for i, j in hall.together:
            if i in slots and j in slots:
                program.row([*slots[i], *slots[j]], high=1)
        if (cap := caps[person]) is not None:
            held = sum(person in pair for pair in booked)
            program.row([k for cols in slots.values() for k in cols], high=max(0, cap - held))
    solution = program.solve(nodes=budget.nodes(), seconds=budget.left())
    if solution.x is None:
        return _greedy(hall, keys, caps, booked), False
    return {pair: i for k, (pair, i) in enumerate(keys) if solution.x[k] > 0.5}, solution.is_optimal


def _greedy(
    hall: Hall, keys: list[tuple[Pair, int]], caps: dict[str, int | None], booked: Mapping[Pair, int] | None = None
) -> Booking:
    """Best scores first, ties by id, beside what is `booked` in other slots: what is given when time is out."""
    booking: Booking = {}
    counts: dict[str, int] = defaultdict(int)
    for pair in booked or ():
        for person in pair:
            counts[person] += 1
    busy: dict[str, set[int]] = defaultdict(set)
    tables: dict[int, int] = {i: slot.tables for i, slot in enumerate(hall.slots)}
    for pair, i in sorted(keys, key=lambda key: (-hall.scores[key[0]], key)):
        full = any((cap := caps[person]) is not None and counts[person] >= cap for person in pair)
        if pair in booking or full or not tables[i] or any(i in busy[person] for person in pair):
            continue
        booking[pair] = i
        tables[i] -= 1
        for person in pair:
            counts[person] += 1
            busy[person] |= hall.near[i]
    return booking


def can_move(hall: Hall, booking: Booking, pair: Pair, i: int) -> bool:
    """True when `pair` could meet in slot i, everything else as booked."""
    if i not in hall.free[pair[0]] or i not in hall.free[pair[1]]:
        return False
    near = hall.near[i]
    here = 0
    for other, j in booking.items():
        if other == pair or j not in near:
            continue
        here += j == i
        if other[0] == pair[0] or other[1] == pair[1]:
            return False
    return here < hall.slots[i].tables


def _seat(hall: Hall, booking: Booking) -> tuple[Meeting, ...]:
    """Tables: an owner keeps its table from slot to slot of a session where it is free."""
    home = {(hall.slots[i].session, pair[1]): table for pair, (i, table, _) in sorted(hall.held.items())}
    found = [
        Meeting(opc=pair[0], owner=pair[1], slot=hall.slots[i].id, table=table, score=score)
        for pair, (i, table, score) in sorted(hall.held.items())
    ]
    for i, slot in enumerate(hall.slots):
        taken = {table for j, table, _ in hall.held.values() if j == i}
        free = [table for table in range(1, slot.tables + len(taken) + 1) if table not in taken]
        pairs = sorted((pair for pair, j in booking.items() if j == i), key=lambda pair: (pair[1], pair[0]))
        pairs.sort(key=lambda pair: (slot.session, pair[1]) not in home)
        for pair in pairs:
            wanted = home.get((slot.session, pair[1]))
            table = wanted if wanted in free and wanted is not None else free[0]
            free.remove(table)
            home.setdefault((slot.session, pair[1]), table)
            found.append(Meeting(opc=pair[0], owner=pair[1], slot=slot.id, table=table, score=hall.scores[pair]))
    return tuple(found)
