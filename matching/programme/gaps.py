"""Idle gaps: slots in which somebody waits between its first and its last meeting of a session.

The pairs that meet, and so Σ score, stay as they are; only slots change. A move takes a pair to another slot, and
whoever stands in the way there to the slot that it left, and so on: a Kempe chain of two slots, after which nobody
is in two places (Kempe 1879; as a neighbourhood of timetables: Johnson et al. 1991, Operations Research 39:378). The
moves are annealed (Kirkpatrick et al. 1983), their number and random numbers are given: without a time limit the
outcome depends on the input and the seed alone. Of two plans with the same number of gaps the one that spreads them
over more people is better: nobody waits long.

A slot at which a person cannot be there, by its own windows or because it is on stage, is no wait, but a day with
fewer of them inside is still the better one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import exp

import numpy as np

from .linear import Budget

MOVES = 120_000
MOVES_PER_PAIR = 600
STALL = 4  # batches without gain after which it ends, when nobody waits any more
HEAT = (0.7, 0.05)  # waits that a move may add, early and late
LONG = 0.02  # what a person's second wait is dearer than the first
AWAY = 0.05  # of a slot in between at which the person is not there
LOOKS = 4  # pairs looked at for one of somebody who waits
BATCH = 4_096

Pair = tuple[str, str]  # (opc, owner)


@lru_cache(maxsize=1 << 16)
def waits(mask: int, there: int) -> tuple[int, int]:
    """Slots between the first and last bit of `mask` without one: where the person is there, and where not."""
    if not mask:
        return 0, 0
    low = (mask & -mask).bit_length() - 1
    between = ((1 << mask.bit_length()) - 1) & ~((1 << low) - 1) & ~mask
    waited = (between & there).bit_count()
    return waited, between.bit_count() - waited


@lru_cache(maxsize=1 << 16)
def _cost(mask: int, there: int) -> float:
    waited, away = waits(mask, there)
    return waited + LONG * waited * waited + AWAY * away


class Timetable:
    """Meetings in slots, and what every person waits.

    `times`: (session, rank of its start among the session's) by slot; `tables`: open tables by slot; `near`: by slot
    itself and the slots that overlap it; `free`: slots by person, without those near a meeting that is `held`.
    """

    def __init__(
        self,
        times: Sequence[tuple[str, int]],
        tables: Sequence[int],
        near: Sequence[set[int]],
        free: Mapping[str, set[int]],
        held: Iterable[tuple[Pair, int]],
        booking: Mapping[Pair, int],
    ) -> None:
        self.pairs = sorted(booking)
        self.slot = [booking[pair] for pair in self.pairs]
        self.near, self.times = near, times
        self.free = free
        self.left = list(tables)
        self.at: dict[str, dict[int, int]] = defaultdict(dict)
        self.mask: dict[tuple[str, str], int] = defaultdict(int)
        self.there: dict[tuple[str, str], int] = defaultdict(int)
        held = list(held)
        for pair, i in [*held, *booking.items()]:
            session, rank = times[i]
            for person in pair:
                self.mask[person, session] |= 1 << rank
        for person, slots in free.items():
            for i in slots:
                session, rank = times[i]
                self.there[person, session] |= 1 << rank
        for k, pair in enumerate(self.pairs):
            self.left[self.slot[k]] -= 1
            for person in pair:
                self.at[person][self.slot[k]] = k
        self.common = [sorted(free[opc] & free[owner]) for opc, owner in self.pairs]
        self.is_plain = all(len(some) == 1 for some in near)

    @property
    def booking(self) -> dict[Pair, int]:
        return dict(zip(self.pairs, self.slot, strict=True))

    def waited(self) -> int:
        """Slots in which somebody is there and waits, summed over people and sessions."""
        return sum(waits(mask, self.there[key])[0] for key, mask in self.mask.items())

    def lower(self, budget: Budget, seed: int) -> None:
        """Anneal; keep the best timetable seen."""
        movable = [k for k, slots in enumerate(self.common) if len(slots) > 1]
        if not movable:
            return
        moves = min(MOVES, MOVES_PER_PAIR * len(movable))
        rng = np.random.default_rng([seed, 11])
        total = least = sum(_cost(mask, self.there[key]) for key, mask in self.mask.items())
        best, until, begun = list(self.slot), budget.until("meetings"), budget.spent()
        stalled = 0
        for first in range(0, moves, BATCH):
            done = first / moves
            if np.isfinite(until):
                done = max(done, (budget.spent() - begun) / max(until - begun, 1e-9))
            if done >= 1 or least <= 0 or (least < 1 and stalled >= STALL):
                break
            stalled += 1
            heat = HEAT[0] * (HEAT[1] / HEAT[0]) ** done
            draws = rng.random((BATCH, LOOKS + 2)).tolist()
            for *looks, where, chance in draws:
                k = self._waiting(movable, looks)
                slots = self.common[k]
                j = slots[int(where * len(slots))]
                i = self.slot[k]
                chain = self._chain(k, i, j) if i != j else []
                if not chain:
                    continue
                more = self._flip(chain, i, j)
                if more > 0 and chance >= exp(-more / heat):
                    self._flip(chain, i, j)
                    continue
                total += more
                if total < least - 1e-9:
                    least, best, stalled = total, list(self.slot), 0
        for k, i in enumerate(best):
            self.slot[k] = i
        self._remask(best)

    def _remask(self, slots: Sequence[int]) -> None:
        """Every person's meetings as `slots` says; what is held stays."""
        for person, booked in self.at.items():
            for i in booked:
                session, rank = self.times[i]
                self.mask[person, session] &= ~(1 << rank)
            booked.clear()
        for k, i in enumerate(slots):
            session, rank = self.times[i]
            for person in self.pairs[k]:
                self.at[person][i] = k
                self.mask[person, session] |= 1 << rank

    def _waiting(self, movable: Sequence[int], looks: Sequence[float]) -> int:
        """The first of some pairs of which one waits in the session of their meeting."""
        k = movable[0]
        for look in looks:
            k = movable[int(look * len(movable))]
            session = self.times[self.slot[k]][0]
            if any(_cost(self.mask[person, session], self.there[person, session]) for person in self.pairs[k]):
                break
        return k

    def _chain(self, k: int, i: int, j: int) -> list[int]:
        """The pairs that change places between slots i and j when pair k leaves i; empty when they cannot."""
        chain, seen, come, go = [k], {k}, 0, 0
        for one in chain:
            to = j if self.slot[one] == i else i
            if to == j:
                come += 1
            else:
                go += 1
            for person in self.pairs[one]:
                if to not in self.free[person]:
                    return []
                other = self.at[person].get(to)
                if other is not None and other not in seen:
                    seen.add(other)
                    chain.append(other)
                if not self.is_plain and self._is_blocked(person, to, i, j):
                    return []
        more = come - go  # pairs more in j
        if more > self.left[j] or -more > self.left[i]:
            return []
        return chain

    def _is_blocked(self, person: str, to: int, i: int, j: int) -> bool:
        return any(slot not in (i, j) and slot in self.at[person] for slot in self.near[to]) or (j in self.near[i])

    def _flip(self, chain: Sequence[int], i: int, j: int) -> float:
        """Change the slots of the chain's pairs; what that adds to the cost."""
        (s, rank_i), (u, rank_j) = self.times[i], self.times[j]
        people = {person for k in chain for person in self.pairs[k]}
        keys = {(person, session) for person in people for session in (s, u)}
        before = sum(_cost(self.mask[key], self.there[key]) for key in keys)
        for person in people:
            at = self.at[person]
            first, second = at.pop(i, None), at.pop(j, None)
            self.mask[person, s] &= ~(1 << rank_i)
            self.mask[person, u] &= ~(1 << rank_j)
            if first is not None:
                at[j] = first
                self.mask[person, u] |= 1 << rank_j
            if second is not None:
                at[i] = second
                self.mask[person, s] |= 1 << rank_i
        for k in chain:
            is_first = self.slot[k] == i
            self.slot[k] = j if is_first else i
            self.left[i] += 1 if is_first else -1
            self.left[j] += -1 if is_first else 1
        return sum(_cost(self.mask[key], self.there[key]) for key in keys) - before
