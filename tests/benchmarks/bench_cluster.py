"""The blocks on Ray's workers beside threads, and 1M x 10M from there (python -m tests.benchmarks.bench_cluster).

Everything runs on this machine: what is measured is what shipping costs, not what a network does. Reading the texts
is done once beforehand, and the lists are not explained: neither is spread.
"""

import argparse
import os
import pickle
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from jobs.cluster import opened_cluster
from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine import parallel, ranking
from matching.engine.blocks import Asked
from matching.engine.index import TextIndex
from matching.engine.ranking import BlockInput, BlockKernel, Ranked, Ranking, Sizes, rank, scan_weights
from matching.engine.scorers.lexical import Queries
from matching.engine.tables import demand_table
from matching.engine.views import view_demand
from tests.benchmarks.world import AS_OF, World

VOCABULARY = load_vocabulary()
SIZES = Sizes(per_demand=20, per_profile=0)
THREADS = 2
REPEATS = 3
DEMANDS, PROFILES, CORES = 1_000_000, 10_000_000, 128


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demands", type=int, nargs="+", default=[500, 1_000])
    parser.add_argument("--profiles", type=int, nargs="+", default=[20_000, 50_000])
    parser.add_argument("--rows", type=int, default=8_192, help="profiles a block; small, so that there are several")
    parser.add_argument("--many", type=int, default=4_000, help="demands from which 1M are extrapolated")
    options = parser.parse_args()
    began = time.perf_counter()
    with opened_cluster("ray:local") as workers:
        assert workers is not None
        print(f"ray:local is ready after {time.perf_counter() - began:.1f} s")
        world = World()
        demands, profiles = world.demands(max(options.demands)), world.profiles(max(options.profiles))
        for n_demands, n_profiles in zip(options.demands, options.profiles, strict=True):
            ground = _Ground(demands[:n_demands], profiles[:n_profiles])
            _beside_threads(ground, workers, options.rows)
    _extrapolate(_Ground(world.demands(options.many), world.profiles(ranking.ROWS_A_BLOCK)))


class _Ground:
    """Records that are read."""

    def __init__(self, demands: list[Any], profiles: list[Any]) -> None:
        self.demands, self.profiles = demands, profiles
        began = time.process_time()
        self.index = TextIndex(VOCABULARY).fit(demands, profiles)
        self.read = (time.process_time() - began) / (len(demands) + len(profiles))
        self.table = demand_table([view_demand(demand, VOCABULARY) for demand in demands], VOCABULARY, AS_OF)

    def rank(self, **where: Any) -> Ranking:
        """The lists, on threads or on workers."""
        return rank(
            self.index, self.table, self.profiles, policy=DEFAULT_POLICY, vocabulary=VOCABULARY, sizes=SIZES, **where
        )

    def shipped(self, demands: int) -> tuple[BlockKernel, BlockInput]:
        """The kernel for some of the demands, and all profiles as one block, as workers are given them."""
        index, some = self.index, slice(0, demands)
        asked = Asked(
            self.table.rows(some),
            *(Queries(q.rows[some]) for q in (index.word_queries_, index.character_queries_, index.concept_queries_)),
            np.diff(index.concept_queries_.rows[some].starts) > 0,
        )
        kernel = BlockKernel(
            asked=asked, shared=index.part(slice(0, 0)), weights=scan_weights(DEFAULT_POLICY, index),
            policy=DEFAULT_POLICY, vocabulary=VOCABULARY, sizes=SIZES, n_pairs=10**18, learnt=None,
        )  # fmt: skip
        return kernel, BlockInput(0, self.profiles, index.texts(slice(0, len(self.profiles))))


def _beside_threads(ground: _Ground, workers: parallel.Workers, rows: int) -> None:
    usual, ranking.ROWS_A_BLOCK = ranking.ROWS_A_BLOCK, rows
    blocks = -(-len(ground.profiles) // rows)
    print(f"\n{len(ground.demands)} demands x {len(ground.profiles):,} profiles in {blocks} blocks")
    contestants: dict[str, Callable[[], Ranking]] = {
        "1 thread": lambda: ground.rank(jobs=1),
        f"{THREADS} threads": lambda: ground.rank(jobs=THREADS),
        "ray:local": lambda: ground.rank(workers=workers),
    }
    found = {name: contestant() for name, contestant in contestants.items()}  # compiled, loaded, warm
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(REPEATS):
        for name, contestant in contestants.items():
            seconds[name].append(_timed(contestant))
    cpu = {name: statistics.median(own for _, own in lots) for name, lots in seconds.items()}
    for name, lots in seconds.items():
        waited = statistics.median(own for own, _ in lots)
        print(f"{name:10s} {waited:6.2f} s, {cpu[name]:6.2f} s CPU")
    over = (cpu["ray:local"] - cpu["1 thread"]) / blocks
    print(f"shipping: {over:.2f} s CPU a block of {rows:,}, {1e6 * over / rows:.0f} us a profile")
    first = found["1 thread"].for_demands
    ranking.ROWS_A_BLOCK = usual
    same = all(_same(first, other.for_demands) for other in found.values())
    print(f"the same lists: {same}")


def _same(ours: Ranked, theirs: Ranked) -> bool:
    return ours.scores.tobytes() == theirs.scores.tobytes() and ours.others.tobytes() == theirs.others.tobytes()


def _extrapolate(ground: _Ground) -> None:
    """1M x 10M from one block of the usual size, scanned for a quarter of the demands and for all."""
    rows, many = len(ground.profiles), len(ground.demands)
    few = many // 4
    cpu, sizes = {}, {}
    for number in (few, many):
        kernel, block = ground.shipped(number)
        kernel(block)  # compiled, loaded, warm
        cpu[number] = statistics.median(_timed(partial(kernel, block))[1] for _ in range(REPEATS))
        sizes[number] = len(pickle.dumps(kernel, 5))
    packed = pickle.dumps(block, 5)
    packing = _timed(lambda: pickle.dumps(block, 5))[1]
    unpacking = _timed(lambda: pickle.loads(packed))[1]
    a_pair = (cpu[many] - cpu[few]) / ((many - few) * rows)
    a_block = cpu[many] - a_pair * many * rows
    lists = Ranked(np.zeros((100_000, SIZES.per_demand)), np.zeros((100_000, SIZES.per_demand), np.int32))
    merging = _timed(lambda: ranking._merged(lists, lists))[1] / 100_000
    blocks = -(-PROFILES // rows)
    a_demand = (sizes[many] - sizes[few]) / (many - few)
    scanning, building = DEMANDS * PROFILES * a_pair, blocks * (a_block + unpacking)
    driver = blocks * (packing + DEMANDS * merging)
    reading = (DEMANDS + PROFILES) * ground.read
    print(f"\nfrom one block of {rows:,} profiles to {DEMANDS:,} x {PROFILES:,} on {CORES} cores")
    print(f"a pair costs {1e9 * a_pair:.1f} ns; a block {a_block:.1f} s to make, {packing:.2f} s to pack, ", end="")
    print(f"{unpacking:.2f} s to unpack, {len(packed) / 1e6:.0f} MB; a demand is shipped in {a_demand:.0f} bytes")
    print(f"scanning {DEMANDS * PROFILES:.0e} pairs: {scanning / 3600:.0f} core hours, {_hours(scanning)}")
    print(f"making and unpacking {blocks} blocks: {building / 3600:.1f} core hours, {_hours(building)}")
    print(f"driver, packing and merging ({1e6 * merging:.1f} us a demand and block): {driver / 3600:.1f} h, one core")
    print(f"driver, reading ({1e6 * ground.read:.0f} us a record): {reading / 3600:.1f} h, one core")
    print(f"kernel in each worker: {DEMANDS * a_demand / 1e9:.1f} GB packed; ", end="")
    print(f"a block's lists: {DEMANDS * SIZES.per_demand * 12 / 1e6:.0f} MB")


def _hours(core_seconds: float) -> str:
    return f"{core_seconds / 3600 / CORES:.2f} h on {CORES} cores"


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds waited, and CPU seconds of this process and all below it."""
    cpu, clock = _cpu_seconds(), time.perf_counter()
    work()
    return time.perf_counter() - clock, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    """Of this process and all that it started, running ones only: Ray's workers are among them."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            columns = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended just now
            continue
        process = int(path.parent.name)
        parents[process], used[process] = int(columns[1]), int(columns[11]) + int(columns[12])
    ours = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(used[process] for process in ours) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
