"""The pairs that a ranking keeps: exact best-k in either direction, block after block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.engine.tables import Floats

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Picks:
    """Some pairs: `demands` and `profiles` are places (m,), `keys` ranks them (m,), `values` (m, n_parts)."""

    demands: Places
    profiles: Places
    keys: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.keys)

    def best(self, owners: Places, others: Places, k: int | None) -> "Picks":
        """At most `k` pairs of each owner (`demands` or `profiles`), best key first, ties by the other's place."""
        order = np.lexsort((others, -self.keys, owners))
        if k is not None and len(order):
            owner = owners[order]
            first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
            rank = np.arange(len(owner)) - np.repeat(first, np.diff(np.r_[first, len(owner)]))
            order = order[rank < k]
        return Picks(self.demands[order], self.profiles[order], self.keys[order], self.values[order])

    def best_for_demands(self, k: int | None) -> "Picks":
        """The best `k` of each demand, demands in order."""
        return self.best(self.demands, self.profiles, k)

    def best_for_profiles(self, k: int | None) -> "Picks":
        """The best `k` of each profile, profiles in order."""
        return self.best(self.profiles, self.demands, k)


def join(picks: Sequence[Picks]) -> Picks:
    """Several lots as one."""
    return Picks(
        np.concatenate([p.demands for p in picks]),
        np.concatenate([p.profiles for p in picks]),
        np.concatenate([p.keys for p in picks]),
        np.concatenate([p.values for p in picks]),
    )


def pick(
    keys: Floats, allowed: NDArray[np.bool_], values: Floats, first_demand: int, *, k: int | None, by_profile: bool
) -> Picks:
    """The best `k` allowed pairs (None: all) of each demand of a block, or of each profile within the block.

    `keys` and `allowed` have shape (n_demands, n_profiles), `values` (n_parts, n_demands, n_profiles);
    `first_demand` is the place of the block's first demand.
    """
    if k == 0:
        allowed = np.zeros_like(allowed)
    ranked = np.where(allowed, keys, -np.inf)
    axis = 0 if by_profile else 1
    if k and k < ranked.shape[axis]:
        worst = np.partition(ranked, ranked.shape[axis] - k, axis=axis)
        worst = np.take(worst, [ranked.shape[axis] - k], axis=axis)
        allowed = allowed & (ranked >= worst)  # ties at the border stay until `best` tells them apart
    rows, columns = np.nonzero(allowed)
    picks = Picks(rows + first_demand, columns, keys[rows, columns], values[:, rows, columns].T)
    return picks.best_for_profiles(k) if by_profile else picks.best_for_demands(k)
