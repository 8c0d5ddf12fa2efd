"""All figures, one after the other: `make bench`; or some of them: python -m tests.benchmarks bench_live bench_page."""

import importlib
import sys

BENCHES = (
    "bench_main_job",
    "bench_intake",
    "bench_page",
    "bench_scale",
    "bench_live",
    "bench_memory",
    "bench_assignment",
    "bench_gaming",
    "bench_cluster",
    "bench_programme",
)


def main() -> None:
    """Run the benches named, else every one; each with its own defaults."""
    names, sys.argv[1:] = sys.argv[1:] or BENCHES, []
    for name in names:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main()
