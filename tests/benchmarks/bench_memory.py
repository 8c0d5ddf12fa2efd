"""Memory of a whole matching above its input (python -m tests.benchmarks.bench_memory --demands N --profiles N …).

Every size in a process of its own: the records are made, then read, ranked in both directions and a few explained;
what counts is the peak from there on. Profiles beyond the first `DISTINCT` are the same ones under other ids.
"""

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.engine.pipeline import FOR_DEMANDS, Matching
from matching.engine.ranking import Sizes
from tests.benchmarks.world import AS_OF, World

DISTINCT = 50_000
SIZES = Sizes(per_demand=20, per_profile=10)
EXPLAINED = 256
MB = 1 << 20


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Memory of a whole matching above its input.")
    parser.add_argument("--demands", type=int, default=1_000)
    parser.add_argument("--profiles", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--here", action="store_true", help="one size, in this process")
    options = parser.parse_args()
    if options.here:
        _measure(options.demands, options.profiles[0])
        return
    for number in options.profiles:
        words = [sys.executable, "-m", "tests.benchmarks.bench_memory", "--here"]
        subprocess.run([*words, "--demands", str(options.demands), "--profiles", str(number)], check=True)


def _measure(n_demands: int, n_profiles: int) -> None:
    world = World()
    demands, first = world.demands(n_demands), world.profiles(min(n_profiles, DISTINCT))
    profiles = [
        first[place]
        if place < DISTINCT
        else replace(first[place % DISTINCT], id=f"{first[place % DISTINCT].id}-{place}")
        for place in range(n_profiles)
    ]
    before, began = _resident(), time.process_time()
    matching = Matching(
        demands, profiles, policy=DEFAULT_POLICY, vocabulary=load_vocabulary(), as_of=AS_OF, sizes=SIZES
    )
    ranked = time.process_time() - began
    shown = sum(len(own) for (_, own), _ in zip(matching.lists(FOR_DEMANDS), range(EXPLAINED), strict=False))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{n_demands:,} demands x {n_profiles:,} profiles: {(peak - before) / MB:,.0f} MB above the input of "
        f"{before / MB:,.0f} MB; read and ranked in {ranked:,.0f} s CPU; {shown} pairs explained",
        flush=True,
    )


def _resident() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024


if __name__ == "__main__":
    main()
