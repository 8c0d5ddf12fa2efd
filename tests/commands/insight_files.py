"""Files and a way to run the commands of this folder that work on them without a database."""

import json
from pathlib import Path

import pytest

from jobs.cli import main

DAY = "2026-11-23"
STOCK = {"id": "D1", "title": "门店货架拍照盘点", "sectors": ["消费"], "district": "成华区", "budget_max_yuan": 50_000}
STORES = {"id": "D2", "title": "门店货架拍照盘点，找出缺货", "sectors": ["消费"], "budget_max_yuan": 90_000}
SHELVES = {"id": "P1", "name": "数架人", "summary": "拍货架照片做盘点，找出缺货", "price_min_yuan": 80_000}


@pytest.fixture
def opcmatch(tmp_path, monkeypatch, capsys):
    """Run a command in a folder with two demands and a profile: (code, standard output, lines on standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPCMATCH_LANGUAGE", raising=False)
    write("D.jsonl", STOCK, STORES)
    write("P.jsonl", SHELVES)

    def run(name, *arguments, demands="D.jsonl", profiles="P.jsonl"):
        files = ["--demands", demands, "--profiles", profiles, "--as-of", DAY]
        monkeypatch.setattr("sys.argv", ["opcmatch", name, *files, *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


def write(name, *records):
    Path(name).write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
