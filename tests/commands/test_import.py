"""`opcmatch import`, `export` and `template`: files in, files out."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tests.installation import Installation

HEADINGS = ("编号", "需求名称", "需求描述", "场景单位", "预算")
GOOD = ("N-1", "校园跑腿机器人", "把快递送到宿舍楼下。", "甲方中学", "20-30万")
BAD = ("N-2", "预算写不清的需求", "两个数。", "甲方中学", "三十或者四十")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "需求.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADINGS, GOOD, BAD])
    return path


def write_lines(path: Path, *records: dict) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def test_good_rows_go_in_and_the_others_are_told_one_by_one(installation: Installation, table: Path):
    answer = installation.run("import", "demands", table)

    assert answer.code == 0
    assert answer.out == "需求.csv：新增 1，更新 0，未变 0，待更正 1，提醒 0。\n"
    assert answer.err.count("\n") == 1
    assert "第 3 行" in answer.err
    assert "“三十或者四十”" in answer.err


def test_a_machine_reads_the_counts_and_a_second_time_nothing_changes(installation: Installation, table: Path):
    answers = [installation.run("import", "demands", table, "--json").json for _ in range(2)]

    counts = [[answer[key] for key in ("added", "changed", "unchanged", "waiting")] for answer in answers]
    assert counts == [[1, 0, 0, 1], [0, 0, 1, 1]]


def test_a_dry_run_writes_nothing(installation: Installation, table: Path):
    tried = installation.run("import", "demands", table, "--dry-run", "--json").json
    done = installation.run("import", "demands", table, "--json").json

    assert (tried["dry_run"], tried["added"], done["dry_run"], done["added"]) == (True, 1, False, 1)


def test_the_report_is_a_table_to_mend_and_bring_in_again(installation: Installation, table: Path, tmp_path: Path):
    report = tmp_path / "待更正.xlsx"
    installation.run("import", "demands", table, "--report", report)
    book = openpyxl.load_workbook(report)
    sheet = book["待修改"]
    place = [cell.value for cell in sheet[1]].index("预算") + 1
    sheet.cell(2, place).value = "三十万"
    book.save(report)

    answer = installation.run("import", "demands", report, "--json").json

    assert [answer[key] for key in ("added", "changed", "unchanged", "waiting")] == [1, 0, 0, 0]


def test_errors_are_told_in_english_to_those_who_ask_for_it(installation: Installation, table: Path):
    answer = installation.run("import", "demands", table, LANGUAGE="en")

    assert "line 3" in answer.err
    assert "no amount of money can be read" in answer.err


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".jsonl"])
def test_what_is_exported_comes_back_the_same_on_another_installation(
    installation: Installation, tmp_path: Path, migrated_file: Path, suffix: str
):
    demand = {
        "id": "D-1", "title": "智能导览", "description": "=1+1\n第二行，\"引号\"", "sectors": ["文创"],
        "capabilities": [], "budget_min_yuan": 0, "budget_max_yuan": 300_000, "deliver_by": "2027-03-31",
        "excluded": ["某公司"],
        "metrics": [{"name": "准确率", "operator": "≥", "value": 95, "unit": "%"}],
        "owner": {"name": "甲方", "kind": "culture"},
    }  # fmt: skip
    profile = {
        "id": "P-1", "name": "导览工作室", "capabilities": ["智能导览", {"name": "语音", "price_min_yuan": 5_000}],
        "qualifications": ["等保三级", {"name": "甲级", "valid_until": "2027-01-01"}], "price_min_yuan": 80_000,
        "cases": [{"client": "某馆", "year": 2025, "verified_by": "某馆"}], "max_concurrent": 0,
    }  # fmt: skip
    other = installation.beside("other").with_database(migrated_file)
    for kind, record in (("demands", demand), ("profiles", profile)):
        installation.run("import", kind, write_lines(tmp_path / "in.jsonl", record))
        installation.run("review", kind, "--all")

        written = installation.run("export", kind, tmp_path / f"{kind}{suffix}", "--json")
        brought = other.run("import", kind, tmp_path / f"{kind}{suffix}", "--json")
        other.run("review", kind, "--all")
        other.run("export", kind, tmp_path / "back.jsonl")

        assert (written.json["written"], brought.json["added"], brought.json["waiting"]) == (1, 1, 0)
        assert json.loads((tmp_path / "back.jsonl").read_text("utf-8")) == record


def test_an_export_holds_only_what_was_reviewed(installation: Installation, table: Path, tmp_path: Path):
    installation.run("import", "demands", table)

    assert installation.run("export", "demands", tmp_path / "d.jsonl", "--json").json["written"] == 0


@pytest.mark.parametrize("kind", ["demands", "profiles"])
def test_a_template_can_be_brought_in_as_it_is(installation: Installation, tmp_path: Path, kind: str):
    made = installation.run("template", kind, tmp_path / "空.xlsx")
    answer = installation.run("import", kind, tmp_path / "空.xlsx", "--json")

    assert (made.code, answer.code) == (0, 0)
    assert [answer.json[key] for key in ("rows", "added", "waiting")] == [0, 0, 0]
