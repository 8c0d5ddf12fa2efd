"""A small builder of sparse MILPs for HiGHS (`scipy.optimize.milp`), and the budget they share.

Everything is written as a maximisation; HiGHS minimises, so signs are turned here and nowhere else.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
DEFAULT_NODES = 400  # per MILP when neither limit is given: deterministic, and seldom reached


@dataclass(slots=True)
class Budget:
    """What may still be spent. Seconds are measured by a stopwatch (monotonic), never by the day's clock.

    With `time_limit` None the result depends on the input, the seed and `work_limit` only. `work_limit` is the
    number of branch-and-bound nodes of each MILP.
    """

    time_limit: float | None = None
    work_limit: int | None = None
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, float] = field(default_factory=dict)
    watch: Callable[[str, float | None, float | None], None] | None = None
    ends: dict[str, float] = field(default_factory=dict)  # by step: the second at which it should have ended

    def share(self, weights: Mapping[str, float]) -> None:
        """Deal the time limit out to steps in their order; what one does not use, the next ones may."""
        whole, done = sum(weights.values()), 0.0
        for step, weight in weights.items():
            done += weight
            self.ends[step] = float("inf") if self.time_limit is None else self.time_limit * done / whole

    def until(self, step: str) -> float:
        """The second (a value of `spent`) at which a step should have ended; infinite without a time limit."""
        return self.ends.get(step, float("inf") if self.time_limit is None else self.time_limit)

    def left_for(self, step: str) -> float:
        return self.until(step) - self.spent()

    def tell(self, stage: str, objective: float | None = None, bound: float | None = None) -> None:
        """Tell whoever watches that `stage` goes on, and what it has found."""
        if self.watch is not None:
            self.watch(stage, objective, bound)

    def spent(self) -> float:
        return time.perf_counter() - self.started

    def left(self) -> float:
        return float("inf") if self.time_limit is None else self.time_limit - self.spent()

    def nodes(self) -> int:
        return DEFAULT_NODES if self.work_limit is None else max(1, self.work_limit)

    def mark(self, step: str, since: float) -> None:
        """Add the seconds since `since` (a value of `spent`) to a step's timing."""
        self.timings[step] = round(self.timings.get(step, 0.0) + self.spent() - since, 3)


@dataclass(frozen=True, slots=True)
class Solution:
    """`x` None: no plan was found. `bound` is HiGHS's dual bound; `is_infeasible` is a proof."""

    x: Floats | None
    value: float
    bound: float
    is_infeasible: bool = False
    is_optimal: bool = False


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """HiGHS 1.x prints a stray line to file descriptor 1 now and then; a command's JSON may be going there."""
    try:
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no standard output at all: nothing to keep clean
        yield
        return
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        with suppress(Exception):  # C's own buffer, where there is one to reach
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        for descriptor in (kept, nowhere):
            with suppress(OSError):
                os.close(descriptor)


class Program:
    """Columns with a cost and bounds, rows `low <= Σ value·column <= high`; maximise cost·x."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self._row: list[int] = []
        self._col: list[int] = []
        self._val: list[float] = []
        self._lo: list[float] = []
        self._hi: list[float] = []
        self.never = False  # a row without columns that cannot hold

    def column(self, cost: float, *, low: float = 0, high: float = 1, whole: bool = True) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(int(whole))
        return len(self.cost) - 1

    def row(
        self,
        cols: Sequence[int],
        vals: Sequence[float] | float = 1.0,
        *,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> None:
        if not len(cols):
            self.never |= low > 0 or high < 0
            return
        self._row.extend([len(self._lo)] * len(cols))
        self._col.extend(cols)
        self._val.extend([vals] * len(cols) if isinstance(vals, (int, float)) else vals)
        self._lo.append(low)
        self._hi.append(high)

    def rows(self, row: Floats, col: Floats, val: Floats, low: Floats, high: Floats) -> None:
        """Many rows at once: triplets with local row numbers, `low` and `high` of shape (n_rows,)."""
        first = len(self._lo)
        self._row.extend((row + first).tolist())
        self._col.extend(col.tolist())
        self._val.extend(val.tolist())
        self._lo.extend(low.tolist())
        self._hi.extend(high.tolist())

    def solve(
        self,
        *,
        nodes: int | None = None,
        seconds: float = float("inf"),
        gap: float = 0.0,
        relaxed: bool = False,
    ) -> Solution:
        """Solve, or with `relaxed` only the LP. Stops at `gap` (relative), `nodes` or `seconds`."""
        if self.never:
            return Solution(None, -np.inf, -np.inf, is_infeasible=True)
        if not self.cost:
            return Solution(np.zeros(0), 0.0, 0.0, is_optimal=True)
        options: dict[str, float] = {"mip_rel_gap": gap}
        if nodes is not None:
            options["node_limit"] = nodes
        if np.isfinite(seconds):
            options["time_limit"] = max(seconds, 0.05)
        constraints = []
        if self._lo:
            shape = (len(self._lo), len(self.cost))
            matrix = csr_array((self._val, (self._row, self._col)), shape=shape)
            constraints = [LinearConstraint(matrix, self._lo, self._hi)]
        with _silent_stdout():
            result = milp(
                -np.asarray(self.cost, dtype=float),
                integrality=np.zeros(len(self.cost)) if relaxed else np.asarray(self.whole),
                bounds=Bounds(np.asarray(self.low), np.asarray(self.high)),
                constraints=constraints,
                options=options,
            )
        if result.status == 2:
            return Solution(None, -np.inf, -np.inf, is_infeasible=True)
        solved = result.status == 0
        if result.x is None:
            bound = result.mip_dual_bound
            return Solution(None, -np.inf, np.inf if bound is None else -bound)
        x = np.asarray(result.x, dtype=float)
        value = float(np.dot(self.cost, x))
        bound = -result.fun if relaxed else -result.mip_dual_bound
        if relaxed and not solved:
            bound = np.inf  # an unfinished LP proves nothing
        return Solution(x, value, max(float(bound), value), is_optimal=solved)

    def duals(self) -> Floats:
        """The price of every row in the LP (rows with an upper side only), shape (n_rows,); zeros when unsolved."""
        matrix = csr_array((self._val, (self._row, self._col)), shape=(len(self._lo), len(self.cost)))
        with _silent_stdout():
            result = linprog(
                -np.asarray(self.cost, dtype=float),
                A_ub=matrix,
                b_ub=np.asarray(self._hi),
                bounds=np.column_stack([self.low, self.high]),
                method="highs",
            )
        if result.status != 0:
            return np.zeros(len(self._lo))
        prices: Floats = np.maximum(-result.ineqlin.marginals, 0)
        return prices
