"""All figures, one after the other: `make bench`."""

import importlib

BENCHES = ("bench_main_job", "bench_match", "bench_intake", "bench_page", "bench_lineup")


def main() -> None:
    """Run every bench of the folder."""
    for name in BENCHES:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main()
