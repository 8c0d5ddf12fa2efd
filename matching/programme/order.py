"""The order inside the tracks and the minutes on stage.

A track without windows, `after` or double pitches can hold its pitches in any order. Otherwise a table over the
subsets of its pitches gives the earliest end of every subset (waiting allowed), which decides exactly whether an
order exists, up to `EXACT` pitches. Tracks that are tied (a person's pitches in parallel tracks, `after` across
tracks of a day) are timed one after another, each against what is timed already; when that fails, `timing` decides
about the tied tracks together. What is impossible comes back as a cut.

Then swaps and insertions improve the order (never the hard rules): no same-district neighbours first, then the
strongest opener, then the strongest closer. Everything is deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .locking import Locked
from .pitches import Cut
from .tables import Bools, Ints, Span, Tables
from .timing import Stand, exact_starts

EXACT = 12


@dataclass(frozen=True, slots=True)
class Timing:
    """`order`: pitches of each track in order; `starts`: minute by pitch."""

    order: dict[int, list[int]]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Failure:
    """No order was found; `is_proved` when none exists."""

    cut: Cut
    is_proved: bool


@dataclass(frozen=True, slots=True)
class _Job:
    pitch: int
    duration: int
    open: tuple[Span, ...]
    before: frozenset[int]  # pitches of this track that come first
    position: int | None


def arrange(tables: Tables, locked: Locked, placed: Ints, panel: Bools) -> Timing | Failure:
    """Time every track, or say which pitches cannot share one."""
    strength = tables.score @ panel.astype(np.int64)
    at = {p: int(t) for p, t in enumerate(placed) if t >= 0}
    order: dict[int, list[int]] = {}
    starts: dict[int, int] = {}
    for tracks in _tied(tables, at):
        quick = _one_by_one(tables, locked, tracks, at, strength)
        found = quick if quick is not None else _together(tables, locked, tracks, at, strength)
        if isinstance(found, Failure):
            return found
        order |= found.order
        starts |= found.starts
    return Timing(dict(sorted(order.items())), starts)


def keep_times(tables: Tables, locked: Locked, placed: Ints, timing: Timing, was: dict[int, tuple[int, int]]) -> Timing:
    """The same pitches on the same tracks, ordered so that the fewest of those who stay start at another minute.

    `was` holds (track, start minute) of the earlier plan by pitch. Who comes new takes the places of those who left; a
    place that nobody takes goes to the last ones of the track, so that one moves and not everybody behind it.
    """
    at = {p: int(t) for p, t in enumerate(placed) if t >= 0}
    order, starts = dict(timing.order), dict(timing.starts)
    for t, now in timing.order.items():
        old = {p: start for p, (track, start) in was.items() if track == t and at.get(p) == t}
        if not old:
            continue
        rows = [p for _, p in sorted((start, p) for p, (track, start) in was.items() if track == t)]
        others = {p: start for p, start in starts.items() if at[p] != t}
        jobs = {p: _job(tables, locked, p, t, at, others) for p in now}
        best: tuple[int, list[int], dict[int, int]] | None = None
        for wish in (now, *_steady_orders(tables, rows, now, old)):
            times = _simulate(tables, jobs, wish, t)
            moved = -1 if times is None else sum(times[p] != start for p, start in old.items())
            if times is not None and (best is None or moved < best[0]):
                best = (moved, wish, times)
        if best is not None:
            order[t] = best[1]
            starts |= best[2]
    return Timing(order, starts)


def _steady_orders(tables: Tables, rows: list[int], now: list[int], old: dict[int, int]) -> list[list[int]]:
    """Orders near the earlier one: holes filled by those who come new or by the last of the track; or closed."""
    new = [p for p in now if p not in old]
    stays = [p for p in rows if p in old]
    filled: list[int] = []
    waiting, left = list(new), list(rows)
    while left:
        p = left.pop(0)
        if p in old:
            filled.append(p)
            continue
        length = tables.pitches[p].duration_min
        if waiting:
            filled.append(next((q for q in waiting if tables.pitches[q].duration_min == length), waiting[0]))
            waiting.remove(filled[-1])
        elif any(q in old for q in left):
            last = next(q for q in reversed(left) if q in old)
            left.remove(last)
            filled.append(last)
    return [[*filled, *waiting], [*stays, *new]]


def retime(
    tables: Tables, locked: Locked, placed: Ints, order: list[int], t: int, others: dict[int, int]
) -> dict[int, int]:
    """Start minutes of a track in a given order, never refused: what fits nowhere follows at once on the one before.

    `others` are the start minutes on the other tracks.
    """
    at = {p: int(track) for p, track in enumerate(placed) if track >= 0}
    ready, starts = tables.tracks[t].start_min, dict[int, int]()
    for p in order:
        job = _job(tables, locked, p, t, at, others)
        start = _earliest(job, ready)
        starts[p] = ready if start is None else start
        ready = starts[p] + job.duration + tables.rules.buffer_min
    return starts


def _tied(tables: Tables, at: dict[int, int]) -> list[list[int]]:
    """Tracks in use, in groups that share a person in parallel tracks or an `after` within a day; by day and start."""
    group = {t: t for t in set(at.values())}

    def root(t: int) -> int:
        while group[t] != t:
            t = group[t]
        return t

    for p, t in at.items():
        pitch = tables.pitches[p]
        others = [at[q] for q in tables.opcs[pitch.opc] if q in at and tables.parallel[t, at[q]]]
        if pitch.after is not None and tables.pitch_at[pitch.after] in at:
            other = at[tables.pitch_at[pitch.after]]
            others += [other] if tables.day(other) == tables.day(t) else []
        for other in others:
            group[root(other)] = root(t)
    tied: dict[int, list[int]] = {}
    for t in sorted(group, key=lambda t: (tables.day(t), tables.tracks[t].start_min, t)):
        tied.setdefault(root(t), []).append(t)
    return list(tied.values())


def _one_by_one(tables: Tables, locked: Locked, tracks: list[int], at: dict[int, int], strength: Ints) -> Timing | None:
    order: dict[int, list[int]] = {}
    starts: dict[int, int] = {}
    for t in tracks:
        here = [p for p in at if at[p] == t]
        jobs = {p: _job(tables, locked, p, t, at, starts) for p in here}
        found = _feasible(tables, list(jobs.values()), t)
        if found is None:
            return None
        order[t] = _improve(tables, jobs, found, t, {p: float(strength[p, t]) for p in here})
        starts |= _simulate(tables, jobs, order[t], t) or {}
    return Timing(order, starts)


def _together(
    tables: Tables, locked: Locked, tracks: list[int], at: dict[int, int], strength: Ints
) -> Timing | Failure:
    """Tied tracks at once: exact, then each improved while the others stay."""
    members = {t: [p for p in at if at[p] == t] for t in tracks}
    for t, here in members.items():
        alone = [_job(tables, locked, p, t, dict.fromkeys(here, t), {}) for p in here]
        if len(here) <= EXACT and _feasible(tables, alone, t) is None:
            return Failure(tuple((p, t) for p in here), is_proved=True)
    stands = [
        Stand(p, t, tuple(tables.stage(p, t)), min(locked.positions.get((t, p), {0})) or None)
        for t, here in members.items()
        for p in here
    ]
    outcome = exact_starts(tables, stands)
    if isinstance(outcome, str):
        return Failure(tuple((s.pitch, s.track) for s in stands), is_proved=outcome == "impossible")
    order: dict[int, list[int]] = {}
    for t, here in members.items():
        first = sorted(here, key=lambda p: outcome[p])
        others = {p: start for p, start in outcome.items() if at[p] != t}
        jobs = {p: _job(tables, locked, p, t, at, others) for p in here}
        order[t] = _improve(tables, jobs, first, t, {p: float(strength[p, t]) for p in here})
        outcome |= _simulate(tables, jobs, order[t], t) or {}
    return Timing(order, outcome)


def _job(tables: Tables, locked: Locked, p: int, t: int, at: dict[int, int], starts: dict[int, int]) -> _Job:
    """Pitch p on track t with what is timed already cut out of its stage."""
    pitch, spans = tables.pitches[p], list(tables.stage(p, t))
    for q in tables.opcs[pitch.opc]:
        if q in starts and tables.parallel[t, at[q]]:
            spans = _without(spans, (starts[q], starts[q] + tables.pitches[q].duration_min))
    after = None if pitch.after is None else tables.pitch_at[pitch.after]
    before: frozenset[int] = frozenset()
    if after is not None and at.get(after) == t:
        before = frozenset([after])
    elif after in starts and after is not None and tables.day(at[after]) == tables.day(t):
        spans = _without(spans, (0, starts[after] + tables.pitches[after].duration_min))
    for q in starts:
        if tables.pitches[q].after == pitch.id and at[q] != t and tables.day(at[q]) == tables.day(t):
            spans = _without(spans, (starts[q], 10**9))
    fixed = locked.positions.get((t, p), set())
    return _Job(p, pitch.duration_min, tuple(spans), before, min(fixed) if fixed else None)


def _without(spans: list[Span], hole: Span) -> list[Span]:
    cut: list[Span] = []
    for start, end in spans:
        cut += [(a, b) for a, b in ((start, min(end, hole[0])), (max(start, hole[1]), end)) if b > a]
    return cut


def _earliest(job: _Job, ready: int) -> int | None:
    for start, end in job.open:
        at = max(start, ready)
        if at + job.duration <= end:
            return at
    return None


def _simulate(tables: Tables, jobs: dict[int, _Job], order: list[int], t: int) -> dict[int, int] | None:
    """Start minutes of an order, or None when it breaks a hard rule."""
    ready, starts = tables.tracks[t].start_min, dict[int, int]()
    for position, p in enumerate(order, 1):
        job = jobs[p]
        if job.position not in (None, position) or not job.before <= starts.keys():
            return None
        at = _earliest(job, ready)
        if at is None:
            return None
        starts[p] = at
        ready = at + job.duration + tables.rules.buffer_min
    return starts


def _feasible(tables: Tables, jobs: list[_Job], t: int) -> list[int] | None:
    """Some order that obeys every hard rule."""
    by_pitch = {job.pitch: job for job in jobs}
    quick = sorted(jobs, key=lambda job: (job.open[-1][1] if job.open else 0, bool(job.before), job.pitch))
    order: list[int] = []
    fixed = {job.position: job.pitch for job in jobs if job.position is not None}
    rest = [job.pitch for job in quick if job.position is None]
    while len(order) < len(jobs):
        position = len(order) + 1
        ready = [p for p in rest if by_pitch[p].before <= set(order)]
        if position in fixed:
            order.append(fixed[position])
        elif ready:
            order.append(ready[0])
            rest.remove(ready[0])
        else:
            break
    if len(order) == len(jobs) and _simulate(tables, by_pitch, order, t) is not None:
        return order
    return _by_subsets(tables, jobs, t) if len(jobs) <= EXACT else None


def _by_subsets(tables: Tables, jobs: list[_Job], t: int) -> list[int] | None:
    """Earliest end of every subset of the jobs; the full subset's order, or a proof that there is none."""
    n, buffer = len(jobs), tables.rules.buffer_min
    bit = {job.pitch: i for i, job in enumerate(jobs)}
    before = [sum(1 << bit[p] for p in job.before) for job in jobs]
    best: dict[int, tuple[int, int]] = {0: (tables.tracks[t].start_min, -1)}
    for subset in range(1 << n):
        if subset not in best:
            continue
        ready, position = best[subset][0], subset.bit_count() + 1
        for i, job in enumerate(jobs):
            if subset >> i & 1 or before[i] & ~subset or job.position not in (None, position):
                continue
            at = _earliest(job, ready)
            if at is None:
                continue
            larger, end = subset | 1 << i, at + job.duration + buffer
            if larger not in best or end < best[larger][0]:
                best[larger] = (end, i)
    subset, order = (1 << n) - 1, list[int]()
    if subset not in best:
        return None
    while subset:
        i = best[subset][1]
        order.append(jobs[i].pitch)
        subset ^= 1 << i
    return order[::-1]


def _cost(tables: Tables, order: list[int], rank: dict[int, int]) -> tuple[int, int, int]:
    """Same-district neighbours, rank of the opener, rank of the closer (0 = strongest)."""
    districts = [tables.pitches[p].district for p in order]
    neighbours = sum(a is not None and a == b for a, b in pairwise(districts))
    return neighbours, rank[order[0]], rank[order[-1]]


def _improve(tables: Tables, jobs: dict[int, _Job], order: list[int], t: int, value: dict[int, float]) -> list[int]:
    ranked = sorted(order, key=lambda p: (-value[p], p))
    rank = {p: i for i, p in enumerate(ranked)}
    wish = _wish(tables, ranked)
    best = order
    if _simulate(tables, jobs, wish, t) is not None and _cost(tables, wish, rank) < _cost(tables, best, rank):
        best = wish
    cost = _cost(tables, best, rank)
    improved = True
    while improved and cost > (0, 0, min(1, len(best) - 1)):
        improved = False
        for other in _neighbours(best):
            if _cost(tables, other, rank) < cost and _simulate(tables, jobs, other, t) is not None:
                best, cost, improved = other, _cost(tables, other, rank), True
                break
    return best


def _wish(tables: Tables, ranked: list[int]) -> list[int]:
    """Strongest first, second strongest last, between them the most frequent district that is not next to itself."""
    if len(ranked) < 3:
        return ranked
    order, rest, last = [ranked[0]], ranked[2:], ranked[1]
    while rest:
        counts: dict[str | None, int] = {}
        for p in [*rest, last]:
            counts[tables.pitches[p].district] = counts.get(tables.pitches[p].district, 0) + 1
        previous = tables.pitches[order[-1]].district
        free = [p for p in rest if tables.pitches[p].district is None or tables.pitches[p].district != previous]
        chosen = max(free or rest, key=lambda p: (counts[tables.pitches[p].district], -rest.index(p)))
        order.append(chosen)
        rest.remove(chosen)
    return [*order, last]


def _neighbours(order: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    n = len(order)
    for i in range(n):
        for j in range(i + 1, n):
            swapped = order.copy()
            swapped[i], swapped[j] = swapped[j], swapped[i]
            found.append(swapped)
    for i in range(n):
        without = order[:i] + order[i + 1 :]
        found += [[*without[:j], order[i], *without[j:]] for j in range(n) if j != i]
    return found


def placement_reason(tables: Tables, locked: Locked, p: int, t: int, panel: Bools) -> dict[str, object]:
    """Why a pitch is where it is: locked there, or for its score with this panel."""
    held = any(q == p and t in tracks for q, tracks in locked.pitch_in)
    value = {tables.owners[o].id: int(tables.score[p, o]) for o in range(len(tables.owners)) if panel[o, t]}
    best = min(value, key=lambda o: (-value[o], o)) if value else None
    kind = "lock" if held else "score"
    fresh = tables.pitches[p].opc in tables.fresh
    return {"kind": kind, "score": sum(value.values()), "best_owner": best, "fresh": fresh}
