"""The best panel and pitches of one track when pitches, seats and hearings have prices.

For one track the two decisions hang together: max over panels S of

    Σ_{p ∈ P} (Σ_{o ∈ S} a[p, o] - b[p])  -  Σ_{o ∈ S} m[o],     Σ_{p ∈ P} need[p] ≤ room.

Panels are enumerated, but few are looked at: with a price θ for a minute of stage the inner sum becomes
θ·room + Σ_p max(0, a[p, S] - c[p]), c = b + θ·need, and because max(0, u + v) ≤ max(0, u) + max(0, v) a panel is worth
no more than its two halves are worth apart, each with its share of c. Halves that cannot reach the best panel known
are dropped, the rest goes through an exact knapsack. Above `MOST_SEATS` seats, or when too many halves are left, the
answer is the bound of the panel cut into single owners: higher, never too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from .locking import Locked
from .tables import Bools, Floats, Ints, Tables

MOST_SEATS = 6
MOST_PAIRS = 4_000_000  # pairs of halves that are looked at for one track
MOST_EXACT = 4_096  # knapsacks of one call; what is left then counts with its bound
BATCH = 128


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is an upper bound, reached exactly unless the enumeration was cut short.

    `pitches` and `placed`: pitches and how much of each is taken (1, or less in a bound); `owners`: the panel;
    `heard`: scored pitches each of the owners hears.
    """

    value: float
    pitches: Ints
    placed: Floats
    owners: Ints
    heard: Floats


@lru_cache(maxsize=64)
def _subsets(n: int, size: int) -> Ints:
    """Sets of up to `size` of n owners, filled up with owner n, who is nobody; shape (n_sets, size), ascending."""
    rows = [(*some, *([n] * (size - j))) for j in range(size, -1, -1) for some in combinations(range(n), j)]
    return np.array(rows, dtype=np.int64).reshape(len(rows), size)


class PanelChoice:
    """What is fixed about a track: who may sit, who fits, how long."""

    def __init__(self, tables: Tables, locked: Locked, t: int) -> None:
        self.track = t
        self.fits: Ints = np.flatnonzero(locked.pitch_open[:, t])
        self.owners: Ints = np.flatnonzero(locked.seat_open[:, t])
        self.seats = max(1, min(int(locked.seats[t]), len(self.owners)))
        if not locked.seats[t]:
            self.owners = self.owners[:0]
        n = len(self.owners)
        forced = {o for o, tracks in locked.seat_in if tracks == (t,)}
        self.forced = np.array([i for i, o in enumerate(self.owners.tolist()) if o in forced], dtype=np.int64)
        nobody = np.zeros((len(self.fits), 1))
        self.score: Floats = np.hstack([tables.score[np.ix_(self.fits, self.owners)], nobody])
        self.scored: Floats = np.hstack([tables.scored[np.ix_(self.fits, self.owners)], nobody])
        self.needs: Ints = tables.needs[self.fits]
        unit = int(np.gcd.reduce(self.needs))
        self.room = float(tables.room[t])
        self.units = int(tables.room[t]) // unit
        self.lengths = [(int(d) // unit, np.flatnonzero(self.needs == d)) for d in np.unique(self.needs)]
        self.theta = 0.0
        self.is_small = self.seats <= MOST_SEATS
        self.last: Ints = np.full(self.seats, n, dtype=np.int64)
        if self.is_small:
            self.first, self.second = _subsets(n, self.seats // 2), _subsets(n, self.seats - self.seats // 2)

    def solve(self, pi: Floats, b: Floats, m: Floats) -> Choice:
        """The best panel: `pi` by owner for a hearing, `b` by fitting pitch, `m` by owner for a seat."""
        a = self.score + np.append(pi, 0.0) * self.scored
        m = np.append(m, 0.0)
        c = b + self.theta * self.needs
        if not self.is_small:
            return self._apart(a, b, c, m)
        best = float(self._exact(a, b, m, self.last[None])[0]) if self._is_allowed(self.last[None])[0] else -np.inf
        sets, tops = self._candidates(a, c, m, best)
        if sets is None:
            return self._apart(a, b, c, m)
        panel, rest = self.last, -np.inf
        for k in range(0, len(sets), BATCH):
            if tops[k] <= best + 1e-9:
                break
            if k >= MOST_EXACT:
                rest = float(tops[k])
                break
            values = self._exact(a, b, m, sets[k : k + BATCH])
            j = int(np.argmax(values))
            if values[j] > best:
                best, panel = float(values[j]), sets[k + j]
        self.last = panel
        seated = panel[panel < len(self.owners)]
        taken = self._knapsack(a[:, panel].sum(axis=1) - b)
        heard = self.scored[np.ix_(taken, seated)].sum(axis=0)
        return Choice(max(best, rest), self.fits[taken], np.ones(len(taken)), self.owners[seated], heard)

    def near_best(self, pi: Floats, b: Floats, m: Floats, floor: float) -> tuple[Ints, bool]:
        """Panels worth more than `floor` as rows of local owner numbers, the best first; and whether these are all."""
        none = np.zeros((0, self.seats), dtype=np.int64)
        if not self.is_small:
            return none, False
        a, m = self.score + np.append(pi, 0.0) * self.scored, np.append(m, 0.0)
        sets, _ = self._candidates(a, b + self.theta * self.needs, m, floor)
        if sets is None:
            return none, False
        is_all = len(sets) <= MOST_EXACT
        sets = sets[:MOST_EXACT]
        worth = self._exact(a, b, m, sets)
        order = np.argsort(-worth, kind="stable")
        return sets[order[worth[order] > floor]], is_all

    def still_above(self, pi: Floats, b: Floats, m: Floats, floor: float, sets: Ints) -> Bools:
        """Which panels are worth more than `floor` at other prices, shape (n_sets,)."""
        a, m = self.score + np.append(pi, 0.0) * self.scored, np.append(m, 0.0)
        above: Bools = self._exact(a, b, m, sets) > floor
        return above

    def can_stand(self, pi: Floats, b: Floats, m: Floats, floor: float, sets: Ints) -> Bools:
        """Which fitting pitch before which panel leaves it above `floor`, shape (n_fits, n_sets); False is a proof."""
        a, m = self.score + np.append(pi, 0.0) * self.scored, np.append(m, 0.0)
        margin = a[:, sets].sum(axis=2) - (b + self.theta * self.needs)[:, None]
        most = np.maximum(margin, 0).sum(axis=0) + self.theta * self.room - m[sets].sum(axis=1)
        can: Bools = most + np.minimum(margin, 0) > floor
        return can

    def named(self, panel: Ints) -> tuple[int, ...]:
        """The owners of a row of local numbers."""
        return tuple(self.owners[panel[panel < len(self.owners)]].tolist())

    def _is_allowed(self, sets: Ints) -> Bools:
        allowed = np.ones(len(sets), dtype=bool)
        for o in self.forced.tolist():
            allowed &= (sets == o).any(axis=1)
        return allowed

    def _candidates(self, a: Floats, c: Floats, m: Floats, best: float) -> tuple[Ints | None, Floats]:
        """Panels whose bound is above `best`, the highest first, and the bounds; None when they are too many."""
        share = (self.seats // 2) / self.seats
        one = self._half(a, share * c, m, self.first)
        two = self._half(a, (1 - share) * c, m, self.second) + self.theta * self.room
        i = np.flatnonzero(one + two.max() > best)
        j = np.flatnonzero(two + one.max() > best)
        if len(i) * len(j) > MOST_PAIRS:
            return None, two
        total = one[i][:, None] + two[j][None, :]
        first, second = self.first[i], self.second[j]
        # each panel once: the first half holds its lowest owners (nobody, the highest number, may be in both)
        n = len(self.owners)
        high = first[:, -1] if first.shape[1] else np.full(len(i), -1)
        low = second[:, 0]
        is_once = (high[:, None] < low[None, :]) | (low == n)[None, :]
        x, y = np.nonzero(is_once & (total > best))
        tops = total[x, y]
        sets = np.hstack([first[x], second[y]])
        allowed = self._is_allowed(sets)
        sets, tops = sets[allowed], tops[allowed]
        if self.seats == 4:
            # the halves can be drawn two other ways, and the lowest bound counts
            at = self._pair_at()
            for p, q in (((0, 2), (1, 3)), ((0, 3), (1, 2))):
                other = two[at[sets[:, p[0]], sets[:, p[1]]]] + one[at[sets[:, q[0]], sets[:, q[1]]]]
                tops = np.minimum(tops, other)
            kept = tops > best
            sets, tops = sets[kept], tops[kept]
        order = np.argsort(-tops, kind="stable")
        return sets[order], tops[order]

    def _pair_at(self) -> Ints:
        return _pair_index(len(self.owners))

    def _half(self, a: Floats, c: Floats, m: Floats, halves: Ints) -> Floats:
        worth = np.empty(len(halves))
        for k in range(0, len(halves), 4096):
            some = halves[k : k + 4096]
            total = np.repeat(-c[:, None], len(some), axis=1)
            for seat in range(some.shape[1]):
                total += a[:, some[:, seat]]
            worth[k : k + 4096] = np.maximum(total, 0).sum(axis=0) - m[some].sum(axis=1)
        return worth

    def _exact(self, a: Floats, b: Floats, m: Floats, sets: Ints) -> Floats:
        """The exact worth of each panel: a knapsack by minutes, pitches of one length at once, for all panels."""
        worth = np.repeat(-b[:, None], len(sets), axis=1)
        for seat in range(sets.shape[1]):
            worth += a[:, sets[:, seat]]
        np.maximum(worth, 0, out=worth)
        table = np.zeros((self.units + 1, len(sets)))
        for length, ids in self.lengths:
            most = min(len(ids), self.units // length)
            if not most:
                continue
            some = worth[ids]
            if len(ids) > most:
                some = np.partition(some, len(ids) - most, axis=0)[len(ids) - most :]
            sums = np.cumsum(np.sort(some, axis=0)[::-1], axis=0)
            fuller = table.copy()
            for j in range(1, most + 1):
                np.maximum(fuller[j * length :], table[: -j * length] + sums[j - 1], out=fuller[j * length :])
            table = fuller
        value: Floats = table[self.units] - m[sets].sum(axis=1)
        return value

    def _knapsack(self, worth: Floats) -> Ints:
        """The pitches (local numbers) of the exact knapsack; sets θ to the worth of a minute there."""
        density = worth / self.needs
        left, self.theta = self.room, 0.0
        for i in np.argsort(-density, kind="stable").tolist():
            if worth[i] <= 0:
                break
            if self.needs[i] > left:
                self.theta = float(density[i])
                break
            left -= self.needs[i]
        table, steps = np.zeros(self.units + 1), []
        for length, ids in self.lengths:
            order = ids[np.argsort(-worth[ids], kind="stable")][: self.units // length]
            fuller, counts = table.copy(), np.zeros(self.units + 1, dtype=np.int64)
            for j, total in enumerate(np.cumsum(np.maximum(worth[order], 0)).tolist(), 1):
                offered = table[: -j * length] + total
                better = offered > fuller[j * length :] + 1e-12
                fuller[j * length :][better] = offered[better]
                counts[j * length :][better] = j
            steps.append((length, order, counts))
            table = fuller
        taken, at = list[int](), self.units
        for length, order, counts in reversed(steps):
            taken += [i for i in order[: counts[at]].tolist() if worth[i] > 0]
            at -= length * int(counts[at])
        return np.array(sorted(taken), dtype=np.int64)

    def _apart(self, a: Floats, b: Floats, c: Floats, m: Floats) -> Choice:
        """Every owner on its own, with an equal share of the pitches' prices: an upper bound."""
        n, k = len(self.owners), self.seats
        gain = a - (c / k)[:, None]
        worth = np.maximum(gain, 0).sum(axis=0) - m
        nobody = float(worth[n])
        order = [o for o in np.argsort(-worth[:n], kind="stable").tolist() if o not in set(self.forced.tolist())]
        panel = (self.forced.tolist() + [o for o in order if worth[o] > nobody])[:k]
        value = float(worth[panel].sum()) + nobody * (k - len(panel)) + self.theta * self.room
        taken = gain[:, [*panel, *([n] * (k - len(panel)))]] > 0
        placed = taken.sum(axis=1) / k
        heard = (self.scored[:, panel] * taken[:, : len(panel)]).sum(axis=0)
        self._knapsack(a[:, panel].sum(axis=1) - b)
        on = np.flatnonzero(placed)
        return Choice(value, self.fits[on], placed[on], self.owners[panel], heard)


@lru_cache(maxsize=64)
def _pair_index(n: int) -> Ints:
    """Row of `_subsets(n, 2)` by its two members."""
    at = np.zeros((n + 1, n + 1), dtype=np.int64)
    for k, (i, j) in enumerate(_subsets(n, 2).tolist()):
        at[i, j] = at[j, i] = k
    return at
