"""`opcmatch assign`: the contract of the command, file to file."""

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from jobs.cli import main
from tests.engine.demonstration import demonstration_json

DAY = "2026-11-23"
STOCK = {"id": "D1", "title": "门店货架拍照盘点", "sectors": ["消费"]}
STORES = {"id": "D2", "title": "门店货架拍照盘点，找出缺货", "sectors": ["消费"]}
NOBODY = {"id": "D3", "title": "🎈"}
SHELVES = {"id": "P1", "name": "数架人", "summary": "拍货架照片做盘点，找出缺货", "sectors": ["消费"]}
NEWCOMER = {"id": "P2", "name": "新来的", "summary": "盘点", "sectors": ["消费"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with three demands and two profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPCMATCH_LANGUAGE", raising=False)
    write("D.jsonl", NOBODY, STORES, STOCK)
    write("P.jsonl", NEWCOMER, SHELVES)
    return tmp_path


@pytest.fixture
def opcmatch(folder, monkeypatch, capsys):
    """Run the command: (code, what was printed, lines on standard error)."""

    def run(*arguments, stdin=b"", demands="D.jsonl", profiles="P.jsonl", out="A.jsonl"):
        files = ["--demands", demands, "--profiles", profiles, "--out", out, "--as-of", DAY]
        monkeypatch.setattr("sys.argv", ["opcmatch", "assign", *files, *arguments])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return code, said.out, said.err.splitlines()

    return run


def write(name, *records):
    Path(name).write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")


def read(name="A.jsonl"):
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def pairs(lines):
    return [(line["demand"], line["profile"], line["rank"]) for line in lines]


def test_each_demand_gets_its_list_and_the_summary_comes_last(opcmatch):
    code, out, err = opcmatch()

    assert (code, out, len(err)) == (0, "", 1)
    assert pairs(read()) == [("D1", "P1", 1), ("D1", "P2", 2), ("D2", "P1", 1), ("D2", "P2", 2)]
    summary = json.loads(err[-1])
    assert {key: summary[key] for key in ("demands", "profiles", "lines", "without_match")} == {
        "demands": 3, "profiles": 2, "lines": 4, "without_match": ["D3"],
    }  # fmt: skip
    assert (summary["optimal"], summary["cost_percent"], summary["shortfalls"]) == (True, 0, [])


def test_a_line_has_its_ranks_on_both_sides_and_one_figure_of_both(opcmatch):
    opcmatch()

    for line in read():
        assert list(line) == [
            "demand", "profile", "rank", "score", "demand_rank", "profile_rank", "fit", "instead_of", "gave_way_to",
        ]  # fmt: skip
        assert 0 < line["fit"] <= 1
        assert 0 < line["score"] <= 1


def test_a_newcomer_is_shown_once_and_it_is_told_in_whose_place(opcmatch):
    _, _, err = opcmatch("--per-demand", "1", "--include-displaced")

    lines = read()
    (newcomer,) = [line for line in lines if line["profile"] == "P2"]
    (displaced,) = [line for line in lines if line["rank"] is None]
    assert Counter(line["profile"] for line in lines if line["rank"] == 1) == {"P1": 1, "P2": 1}
    assert newcomer["instead_of"] == {"profile": "P1", "cause": "floor"}
    assert (displaced["demand"], displaced["profile"]) == (newcomer["demand"], "P1")
    assert displaced["gave_way_to"] == {"profile": "P2", "cause": "floor"}
    summary = json.loads(err[-1])
    assert summary["gave_way"] == {"floor": 1}
    assert (summary["never_shown"], summary["cost_percent"] > 0) == ({"own": 1, "assigned": 0}, True)


def test_a_cap_leaves_a_place_empty_rather_than_to_show_one_too_often(opcmatch):
    write("P.jsonl", SHELVES)

    _, _, err = opcmatch("--cap", "1", "--include-displaced")

    lines = read()
    assert [line["rank"] for line in lines].count(1) == 1
    (displaced,) = [line for line in lines if line["rank"] is None]
    assert displaced["gave_way_to"] == {"profile": None, "cause": "cap"}
    assert json.loads(err[-1])["without_match"] == [displaced["demand"], "D3"]


def test_a_floor_that_cannot_be_met_is_no_error_and_is_named(opcmatch):
    write("D.jsonl", STOCK)

    code, _, err = opcmatch("--per-demand", "1")

    summary = json.loads(err[-1])
    assert (code, len(read())) == (0, 1)
    assert summary["shortfalls"] == [{"profile": "P2", "pairs": 1, "shown": 0}]
    assert summary["never_shown"]["assigned"] == 1


def test_on_the_demonstration_the_figures_hold_and_no_byte_changes_with_the_order(opcmatch):
    demands, profiles = demonstration_json()
    write("D.jsonl", *demands[::3])
    write("P.jsonl", *profiles[::3])
    code, _, err = opcmatch("--include-displaced")
    expected = Path("A.jsonl").read_bytes()
    summary = json.loads(err[-1])
    write("D.jsonl", *demands[::3][::-1])
    write("P.jsonl", *profiles[::3][::-1])

    opcmatch("--include-displaced")

    shown = [line for line in read() if line["rank"]]
    assert (code, summary["optimal"]) == (0, True)
    assert summary["never_shown"]["assigned"] == len(summary["shortfalls"]) < summary["never_shown"]["own"]
    assert max(Counter(line["profile"] for line in shown).values()) <= 8
    assert max(Counter(line["demand"] for line in shown).values()) <= 8
    assert sum(line["score"] for line in shown) == pytest.approx(summary["total"])
    assert summary["total"] <= summary["bound"]
    assert Path("A.jsonl").read_bytes() == expected


def test_standard_streams_stand_for_files_and_carry_nothing_else(opcmatch):
    opcmatch()
    expected = Path("A.jsonl").read_text("utf-8")

    code, out, err = opcmatch(stdin=Path("D.jsonl").read_bytes(), demands="-", out="-")

    assert (code, out, len(err)) == (0, expected, 1)


def test_a_process_of_its_own_writes_lines_only_to_standard_output(folder):
    command = [sys.executable, "-c", "from jobs.cli import main; main()", "assign", "--as-of", DAY]
    command += ["--demands", "D.jsonl", "--profiles", "P.jsonl", "--out", "-"]

    done = subprocess.run(command, env={"PYTHONHASHSEED": "3"}, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert pairs(json.loads(line) for line in done.stdout.splitlines())[0] == ("D1", "P1", 1)


def test_a_policy_counts(opcmatch):
    Path("none.toml").write_text("minimum_relevance = 1\n", "utf-8")

    _, _, err = opcmatch("--policy", "none.toml")

    summary = json.loads(err[-1])
    assert (read(), summary["total"], summary["without_match"]) == ([], 0, ["D1", "D2", "D3"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--floor", "3", "--cap", "2"], "错误：--floor：“3”大于 --cap 的 2"),
        (["--policy", "nowhere.toml"], "错误：找不到文件“nowhere.toml”"),
        (["--as-of", "2026-02-30"], "错误：--as-of：“2026-02-30”不是日期"),
        (["--per-demand", "0"], "opcmatch: Invalid value for '--per-demand'"),
        (["--cap", "0"], "opcmatch: Invalid value for '--cap'"),
        (["--floor", "-1"], "opcmatch: Invalid value for '--floor'"),
    ],
)
def test_a_wrong_option_is_one_line_of_error_and_writes_nothing(opcmatch, arguments, said):
    code, out, err = opcmatch(*arguments)

    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith(said)
    assert not Path("A.jsonl").exists()


def test_both_sides_cannot_be_standard_input(opcmatch):
    code, _, err = opcmatch(demands="-", profiles="-")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：--demands 和 --profiles 不能都从标准输入读取")


def test_a_bad_line_is_told_and_an_earlier_output_stays(opcmatch):
    Path("P.jsonl").write_text("{}\n", "utf-8")
    Path("A.jsonl").write_text("of an earlier run")

    code, _, err = opcmatch()

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：P.jsonl，第 1 行，id：缺少必填项")
    assert Path("A.jsonl").read_text() == "of an earlier run"
