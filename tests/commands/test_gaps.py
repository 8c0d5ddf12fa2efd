"""`opcmatch gaps`: the gap board, file to file."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.commands.insight_files import SHELVES, STOCK, opcmatch, write

__all__ = ["opcmatch"]  # the fixture


def test_a_person_gets_a_summary_and_the_tables(opcmatch):
    code, out, err = opcmatch("gaps")

    assert (code, err) == (0, [])
    assert out.splitlines()[:2] == [
        "需求 2 条（另有 0 条征集已截止）：1 条没有合适的供给，其中没有人谈到 0，有人谈到但被规则挡下 1（预算 1）。"
        "缺口预算合计 5万元，未说明预算 0 条。",
        "画像 1 个（另有 0 个已接满）：0 个没有合适的需求，其中没有人需要 0，有人需要但被规则挡下 0。"
        "合格但不在任何需求清单上的 0 个。",
    ]
    table = out[out.index("按区域") :].splitlines()
    assert [cell for cell in table[4].split() if cell] == ["成华区", "1", "1", "0", "1", "预算", "1", "5万元", "0", "0"]


def test_a_machine_gets_the_whole_board_on_one_line(opcmatch):
    code, out, _ = opcmatch("gaps", "--json")

    board = json.loads(out)
    assert (code, out.count("\n")) == (0, 1)
    assert [(gap["id"], gap["rule"]) for gap in board["demands_without_supply"]] == [("D1", "budget")]
    assert [row["district"] for row in board["by_district"]] == ["chenghua", None]


@pytest.mark.parametrize("name", ["G.json", "G.xlsx"])
def test_the_board_is_written_to_a_file(opcmatch, name):
    code, out, _ = opcmatch("gaps", "--out", name)

    assert (code, out.startswith("需求 2 条")) == (0, True)
    if name.endswith(".json"):
        assert json.loads(Path(name).read_text("utf-8"))["total"]["demands"]["alone"] == 1
    else:
        assert openpyxl.load_workbook(name).sheetnames[0] == "汇总"


def test_standard_output_gets_the_board_and_nothing_else(opcmatch):
    code, out, _ = opcmatch("gaps", "--out", "-")

    assert (code, json.loads(out)["closed"]) == (0, 0)


def test_long_tables_say_how_much_more_there_is(opcmatch):
    districts = ("锦江", "青羊", "金牛", "武侯", "成华", "龙泉驿", "青白江", "新都")
    demands = ({**STOCK, "id": f"D{n}", "sectors": ["文创", "教育", "消费"]} for n in range(len(districts)))
    write("D.jsonl", *({**demand, "district": name} for demand, name in zip(demands, districts, strict=True)))

    _, out, _ = opcmatch("gaps")

    assert "……另有 5 行，全部内容见 --out 或 --json。" in out


def test_a_policy_counts(opcmatch):
    Path("policy.toml").write_text("[hard]\nbudget = false\n", "utf-8")

    _, out, _ = opcmatch("gaps", "--json", "--policy", "policy.toml")

    assert json.loads(out)["demands_without_supply"] == []


def test_the_summary_speaks_english_when_asked_to(opcmatch, monkeypatch):
    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")

    _, out, _ = opcmatch("gaps")

    assert out.startswith("2 demands (and 0 whose call is over): 1 without suitable supply")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "G.pdf"], "不支持“G.pdf”的文件格式"),
        (["--out", "/nonexistent/G.json"], "不能写入"),
        (["--out", "/nonexistent/G.xlsx"], "不能写入"),
        (["--as-of", "tomorrow"], "--as-of"),
        (["--policy", "none.toml"], "找不到文件"),
    ],
)
def test_what_cannot_be_done_is_one_line(opcmatch, arguments, said):
    code, out, err = opcmatch("gaps", *arguments)

    assert (code, out, len(err)) == (2, "", 1)
    assert said in err[0]


def test_a_bad_line_is_named(opcmatch):
    write("P.jsonl", {**SHELVES, "price_min_yuan": "八万"})

    code, out, err = opcmatch("gaps")

    assert (code, out, len(err)) == (2, "", 1)
    assert "P.jsonl，第 1 行，price_min_yuan" in err[0]
