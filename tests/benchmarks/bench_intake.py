"""How long a large workbook takes to read, report and write. Run: python -m tests.benchmarks.bench_intake [ROWS]."""

import json
import random
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import xlsxwriter

from matching.domain.records import RecordKind
from matching.domain.vocabulary import read_vocabulary
from matching.intake.demonstration import fill_days
from matching.intake.rows import read_file
from matching.publishing.formats import FORMATS, write_records
from matching.publishing.formats.report import write_report

SEEDS = Path(__file__).parents[2] / "seeds"
TODAY = date(2026, 11, 23)
BAD_ROWS = 0.05
"""Share of rows that get one cell nobody can read, so that the report has work too."""


def write_workbook(path: Path, rows: int, chance: random.Random) -> None:
    """A workbook of demonstration demands, repeated with other ids until there are `rows`."""
    lines = [line for source in sorted(SEEDS.glob("demo/demands-*.jsonl")) for line in source.read_text().splitlines()]
    records = [json.loads(line) for line in lines if line.strip()]
    headings = list(dict.fromkeys(heading for record in records for heading in record))
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("需求清单")
        sheet.write_row(0, 0, headings)
        for line in range(1, rows + 1):
            record = records[line % len(records)] | {"编号": f"B-{line}"}
            if chance.random() < BAD_ROWS:
                record["预算"] = "首付5万，尾款10万"
            for place, heading in enumerate(headings):
                sheet.write_string(line, place, fill_days(record.get(heading, ""), TODAY))


def measured(name: str, work: object) -> object:
    """Run one step and print its time and the peak memory of the process so far."""
    start = time.perf_counter()
    result = work()  # type: ignore[operator]
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:<24} {seconds:7.2f} s   peak {peak:5d} MB", flush=True)
    return result


def main() -> None:
    """Print one line a step."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    vocabulary = read_vocabulary(SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demands.xlsx"
        measured(f"make {rows} rows", lambda: write_workbook(path, rows, random.Random(7)))
        intake = measured(
            "read .xlsx",
            lambda: read_file(path, path.name, RecordKind.DEMANDS, today=TODAY, vocabulary=vocabulary),
        )
        print(f"  {len(intake.accepted)} accepted, {len(intake.waiting)} waiting, {len(intake.warnings)} remarks")
        measured(
            "write report",
            lambda: write_report(Path(folder) / "r.xlsx", intake.waiting, intake.warnings, summary={"rows": rows}),
        )
        records = [row.record for row in intake.accepted]
        for suffix in FORMATS:
            target = Path(folder) / f"out{suffix}"
            measured(f"write {suffix}", lambda target=target: write_records(RecordKind.DEMANDS, records, target))
            measured(
                f"read {suffix} back",
                lambda target=target: read_file(
                    target, target.name, RecordKind.DEMANDS, today=TODAY, vocabulary=vocabulary
                ),
            )


if __name__ == "__main__":
    main()
