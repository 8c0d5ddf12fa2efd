"""Live matching at size: what one new demand and one edit cost beside filling all lists anew.

    python -m tests.benchmarks.bench_live [--demands 1000] [--profiles 20000] [--edits 100] [--asked 500]

All figures are CPU time of one process. The reading is told apart from the rest, for it is most of what a record costs
that is new. An edit of a record is another text and other conditions under the same id.
"""

import argparse
import gc
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine.live import LiveMatching
from matching.engine.ranking import Sizes
from tests.benchmarks.world import AS_OF, World

VOCABULARY = load_vocabulary()
SIZES = Sizes(per_demand=20, per_profile=10, near_per_demand=5, near_per_profile=3)
WARM = 50
"""So many demands are asked before any is counted: code is loaded, and what many demands share is made."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demands", type=int, default=1_000)
    parser.add_argument("--profiles", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--asked", type=int, default=500)
    options = parser.parse_args()
    n_demands, n_profiles, edits = options.demands, options.profiles, options.edits
    world = World()
    demands = world.demands(n_demands + WARM + options.asked + edits)
    profiles = world.profiles(n_profiles + 2 * edits)
    new_demands, new_profiles = demands[n_demands + WARM + options.asked :], profiles[n_profiles:]
    print(f"{n_demands} demands x {n_profiles} profiles, CPU time", flush=True)

    began = time.process_time()
    live = LiveMatching(
        demands[:n_demands],
        profiles[:n_profiles],
        policy=DEFAULT_POLICY,
        vocabulary=VOCABULARY,
        as_of=AS_OF,
        sizes=SIZES,
    )
    print(f"read and filled: {time.process_time() - began:.1f} s", flush=True)
    gc.collect()
    gc.freeze()

    asked = demands[n_demands : n_demands + WARM + options.asked]
    _tell("a new demand is asked", _each(live.match_demand, asked)[WARM:])
    _tell("of that, its reading", _each(lambda demand: live._demanded(demand, keep=False), asked)[WARM:])
    _each(lambda demand: (live.put_demand(demand), live.remove_demand(demand.id)), asked[:WARM])

    chosen = np.random.default_rng(1)
    old_demands = chosen.choice(n_demands, edits, replace=False).tolist()
    old_profiles = chosen.choice(n_profiles, 2 * edits, replace=False).tolist()
    other_demands = [replace(demands[n], id=demands[place].id) for place, n in
                     zip(old_demands, range(n_demands, n_demands + edits), strict=True)]  # fmt: skip
    other_profiles = [replace(new, id=profiles[place].id) for new, place in
                      zip(new_profiles[edits:], old_profiles[:edits], strict=True)]  # fmt: skip
    _tell("a demand comes", _each(live.put_demand, new_demands))
    _tell("a demand changes", _each(live.put_demand, other_demands))
    _tell("a demand goes", _each(live.remove_demand, [demand.id for demand in new_demands]))
    _tell("a profile comes", _each(live.put_profile, new_profiles[:edits]))
    _tell("a profile changes", _each(live.put_profile, other_profiles))
    _tell("a profile goes", _each(live.remove_profile, [profiles[place].id for place in old_profiles[edits:]]))
    _tell("a new demand is asked after that", _each(live.match_demand, asked)[WARM:])

    began = time.process_time()
    live.rebuild()
    print(f"filled anew, nothing read: {time.process_time() - began:.1f} s")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _each(work: Callable[[Any], Any], items: Iterable[Any]) -> list[float]:
    """The CPU milliseconds of each."""
    spent = []
    for item in items:
        began = time.process_time_ns()
        work(item)
        spent.append((time.process_time_ns() - began) / 1e6)
    return spent


def _tell(what: str, spent: list[float]) -> None:
    p50, p95 = np.percentile(spent, [50, 95])
    print(f"{what}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, mean {np.mean(spent):.2f} ms ({len(spent)} times)", flush=True)


if __name__ == "__main__":
    main()
