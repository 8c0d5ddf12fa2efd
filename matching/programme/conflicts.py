"""Why there is no plan: the smallest set of locks that cannot hold together, and of the facts that keep them from it.

The locks are found first, by deletion filtering. Then the windows, limits and rules that touch them are given up one
after the other in a small problem of just these people: what can be given up without making the locks possible has no
part in the conflict; what is left has. `ways_out` are single changes that make the whole problem possible: each is
tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from .facts import Fact, facts_of, lighter
from .locking import Locked, read_locks
from .messages import LOCKS, WAYS, Language, say, told
from .model import Json, Level, Lock, Problem
from .order import Failure, arrange
from .panels import feasible_panels
from .pitches import Cut, PitchStep
from .tables import Ints, Tables

LANGUAGES: tuple[Language, ...] = ("zh", "en")
MOST_WAYS = 6
MOST_TRIALS = 24  # of ways out on the whole problem


def explain_conflict(tables: Tables, problem: Problem) -> tuple[list[Json], list[Json]]:
    """(conflict_set, ways_out): what cannot hold together, and the single changes that mend it, smallest first."""
    locks = conflicting_locks(tables, problem)
    small = _around(problem, locks)
    facts = _guilty(small, locks)
    conflicts = [lock_json(lock, problem.held.index(lock)) for lock in locks]
    return conflicts + [fact.to_json() for fact in facts], list(_ways_out(problem, small, locks, facts))


def _around(problem: Problem, locks: Sequence[Lock]) -> Problem:
    """The problem of those whom the locks name alone: small, and just as impossible."""
    pitches = {lock.pitch for lock in locks if lock.pitch is not None}
    owners = {lock.owner for lock in locks if lock.owner is not None}
    kept = [
        replace(
            pitch,
            apart_from=pitch.apart_from & pitches,
            after=pitch.after if pitch.after in pitches else None,
            must_place=False,
        )
        for pitch in problem.pitches
        if pitch.id in pitches
    ]
    return replace(
        problem,
        pitches=tuple(kept),
        owners=tuple(owner for owner in problem.owners if owner.id in owners),
        scores={},
        meetings=None,
        locks=(),
        previous=None,
    )


def _holds(problem: Problem, locks: Sequence[Lock]) -> bool:
    return can_hold(Tables(problem), locks)


def _guilty(small: Problem, locks: Sequence[Lock]) -> list[Fact]:
    """Deletion filtering over facts: those without which the locks could hold, given all the others that are kept."""
    given, kept = small, list[Fact]()
    for fact in facts_of(small, locks):
        without = fact.without(given)
        if _holds(without, locks):
            kept.append(fact)
        else:
            given = without
    return kept


def _ways_out(problem: Problem, small: Problem, locks: Sequence[Lock], facts: Sequence[Fact]) -> Iterator[Json]:
    """Single changes, smallest first, each tried on the whole problem."""
    candidates: list[tuple[float, int, Json, Problem, tuple[Lock, ...]]] = []
    held = problem.held
    for n, lock in enumerate(locks):
        way = told(WAYS, "release", lock=lock_json(lock, held.index(lock))["zh"])
        way |= {language: say(WAYS, "release", language, {"lock": lock_json(lock, held.index(lock))[language]})
                for language in LANGUAGES}  # fmt: skip
        way["lock"] = held.index(lock)
        candidates.append((2.0, n, way, problem, tuple(one for one in held if one is not lock)))
    for fact in facts:
        for step in lighter(fact):
            if _holds(step.change(small), locks):
                candidates.append(
                    (step.cost, len(candidates), told(WAYS, step.code, **step.facts), step.change(problem), held)
                )
                break
    found = 0
    for _, _, way, changed, rest in sorted(candidates, key=lambda row: row[:2])[:MOST_TRIALS]:
        if found < MOST_WAYS and _is_possible(changed, rest):
            found += 1
            yield way


def _is_possible(problem: Problem, locks: Sequence[Lock]) -> bool:
    tables = Tables(problem)
    sides = [lock for lock in locks if lock.pitch is not None], [lock for lock in locks if lock.owner is not None]
    return all(can_hold(tables, side) for side in sides)


def locked_start(tables: Tables, locked: Locked) -> Ints | None:
    """The fewest pitches that obey every lock, shape (n_pitches,); None is a proof that there is no way."""
    if not locked.pitch_in:
        return np.full(len(tables.pitches), -1, dtype=np.int64)
    panel = np.zeros((len(tables.owners), len(tables.tracks)), dtype=bool)
    cuts: list[Cut] = []
    while True:
        step = PitchStep(tables, locked, panel, cuts)
        program = step.program()
        program.cost = [-1.0 if k < len(step.pairs) else 0.0 for k in range(len(program.cost))]
        plan = step.plan(program.solve())
        if plan.placed is None:
            return None
        outcome = arrange(tables, locked, plan.placed, panel)
        if not isinstance(outcome, Failure):
            return plan.placed
        cuts.append(outcome.cut)


def can_hold(tables: Tables, locks: Sequence[Lock]) -> bool:
    """True when some plan obeys all of these locks. Pitches and owners do not restrict each other."""
    locked = read_locks(tables, locks)
    if any(not locked.pitch_open[p, list(tracks)].any() for p, tracks in locked.pitch_in):
        return False
    if any(not locked.seat_open[o, list(tracks)].any() for o, tracks in locked.seat_in):
        return False
    has_seats = any(lock.owner is not None for lock in locks)
    if has_seats and feasible_panels(tables, locked) is None:
        return False
    return locked_start(tables, locked) is not None


def conflicting_locks(tables: Tables, problem: Problem) -> list[Lock]:
    """A smallest set of locks that cannot hold together: leave any one out and the others can.

    Deletion filtering: from all locks of one side, each is left out in turn and stays out if the rest still
    contradicts itself. It is run over several orders and the smallest outcome is kept; one alone and pairs that
    speak of one person or track are tried first, so that they are always found.
    """
    sides = (
        [lock for lock in problem.held if lock.pitch is not None],
        [lock for lock in problem.held if lock.owner is not None],
    )
    best: list[Lock] | None = None
    for locks in sides:
        if can_hold(tables, locks):
            continue
        for candidate in (_small(tables, locks), _filtered(tables, locks), _filtered(tables, locks[::-1])):
            if candidate and (best is None or len(candidate) < len(best)):
                best = candidate
    return _in_order(best or [], problem.held)


def _in_order(found: Sequence[Lock], locks: Sequence[Lock]) -> list[Lock]:
    return sorted(found, key=lambda lock: locks.index(lock))


def _small(tables: Tables, locks: Sequence[Lock]) -> list[Lock] | None:
    """One lock that cannot hold, or two that share a person or a track and cannot."""
    for lock in locks:
        if not can_hold(tables, [lock]):
            return [lock]
    for i, lock in enumerate(locks):
        for other in locks[i + 1 :]:
            same_person = (lock.pitch, lock.owner) == (other.pitch, other.owner)
            same_spot = lock.track is not None and lock.track == other.track and lock.position is not None
            if (same_person or (same_spot and other.position == lock.position)) and not can_hold(tables, [lock, other]):
                return [lock, other]
    return None


def _filtered(tables: Tables, locks: Sequence[Lock]) -> list[Lock]:
    """Deletion filtering, whole blocks at a time while they can all go."""
    kept = list(locks)
    block = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            rest = kept[:at] + kept[at + block :]
            if rest and not can_hold(tables, rest):
                kept = rest
            else:
                at += block
        if block == 1:
            return kept
        block = max(1, block // 2)


def lock_json(lock: Lock, index: int) -> Json:
    """A lock as data and in people's words; a pitch that must be placed is a lock without a place."""
    if lock.pitch is not None and lock.level is Level.SESSION and lock.session is None:
        words: Json = {language: say(LOCKS, "must_place", language, {"pitch": lock.pitch}) for language in LANGUAGES}
        return {"kind": "lock", "lock": None, "pitch": lock.pitch, "level": "must_place", **words}
    kind = "pitch" if lock.pitch is not None else "owner"
    sentences = {}
    for i, language in enumerate(("zh", "en")):
        position = "" if lock.position is None else ("第 {} 位", ", position {}")[i].format(lock.position)
        place = lock.track or lock.session or ("全部会场", "every track")[i]
        facts = {"pitch": lock.pitch, "owner": lock.owner, "track": lock.track, "session": lock.session}
        sentences[language] = say(
            LOCKS,
            f"{kind}_{lock.level.value}",
            "zh" if i == 0 else "en",
            facts | {"position": position, "place": place},
        )
    return {"kind": "lock", "lock": index, **lock.to_json(), **sentences}
