"""The main job's figures: refresh, import, the way to the first page (python -m tests.benchmarks.bench_main_job).

Every figure is taken in a process of its own over an installation of its own, so that peak memory is its own too.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary
from matching.intake.demonstration import write_demonstration
from matching.intake.rows import read_file
from matching.publishing.formats import write_records
from tests.benchmarks.bench_intake import write_workbook

DEMANDS, PROFILES, ROWS = 450, 2_000, 5_000
OPCMATCH = Path(sys.executable).with_name("opcmatch")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        _refresh(Path(folder) / "refresh")
        _import(Path(folder) / "import")
        _first_page(Path(folder) / "page")


def grown(folder: Path, kind: RecordKind, number: int, chance: random.Random) -> list[Any]:
    """Demonstration records until there are `number`: each further one takes its texts from two others."""
    today = datetime.now(UTC).date()
    files = [path for own, path in write_demonstration(folder, today) if own == kind]
    records = [
        row.record
        for path in files
        for row in read_file(path, path.name, kind, today=today, vocabulary=load_vocabulary()).accepted
        if row.record
    ]
    text = "description" if kind is RecordKind.DEMANDS else "summary"
    found: list[Any] = list(records)
    while len(found) < number:
        one, other = chance.sample(records, 2)
        halves = (getattr(one, text) or "")[:60], (getattr(other, text) or "")[60:]
        called = "title" if kind is RecordKind.DEMANDS else "name"
        changes: dict[str, Any] = {text: "".join(halves), called: f"{getattr(one, called)}{len(found)}"}
        found.append(replace(one, id=f"{one.id}-{len(found)}", **changes))
    return found[:number]


def _refresh(folder: Path) -> None:
    folder.mkdir(parents=True)
    chance = random.Random(1)
    for kind, number in ((RecordKind.DEMANDS, DEMANDS), (RecordKind.PROFILES, PROFILES)):
        write_records(kind, grown(folder / "demo", kind, number, chance), folder / f"{kind}.jsonl")
    _run(folder, "init")
    for kind in RecordKind:
        _run(folder, "import", kind, str(folder / f"{kind}.jsonl"))
        _run(folder, "review", kind, "--all")
    seconds, megabytes, said = _run(folder, "refresh")
    print(f"refresh {DEMANDS} x {PROFILES}: {seconds:.1f} s, peak {megabytes:.0f} MB  ({said[-1]})")
    seconds, megabytes, said = _run(folder, "refresh")
    print(f"refresh again, nothing changed: {seconds:.1f} s, peak {megabytes:.0f} MB")


def _import(folder: Path) -> None:
    folder.mkdir(parents=True)
    write_workbook(folder / "demands.xlsx", ROWS, random.Random(2))
    _run(folder, "init")
    seconds, megabytes, said = _run(
        folder, "import", "demands", str(folder / "demands.xlsx"), "--report", str(folder / "report.xlsx")
    )
    print(f"import of {ROWS} rows with its report: {seconds:.1f} s, peak {megabytes:.0f} MB  ({said[-1]})")


def _first_page(folder: Path) -> None:
    _run(folder, "demo", "--no-serve")
    environment = _environment(folder) | {"OPCMATCH_PORT": "8765"}
    began = time.perf_counter()
    with subprocess.Popen([OPCMATCH, "demo"], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None and time.perf_counter() - began < 60:
                try:
                    with urllib.request.urlopen("http://127.0.0.1:8765/demands/", timeout=5) as page:
                        page.read()
                    break
                except OSError:
                    time.sleep(0.05)
            print(f"warm demonstration to the first page: {time.perf_counter() - began:.1f} s")
        finally:
            process.terminate()


def _run(folder: Path, *words: str) -> tuple[float, float, Sequence[str]]:
    """Seconds, peak MB and lines printed of one command."""
    timer = ["/usr/bin/env", sys.executable, "-c", _TIMED, str(OPCMATCH), *words]
    run = subprocess.run(timer, env=_environment(folder), capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{' '.join(words)}: {run.stderr}")
    seconds, kilobytes = re.findall(r"^@ (\S+) (\S+)$", run.stdout, re.MULTILINE)[-1]
    return float(seconds), int(kilobytes) / 1024, [line for line in run.stdout.splitlines() if not line.startswith("@")]


_TIMED = """
import resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:]).returncode
print("@", time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
sys.exit(code)
"""


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "OPCMATCH_INSTANCE": str(folder / "instance")}


if __name__ == "__main__":
    main()
