"""`opcmatch duplicates`: who says nearly the same in a file."""

import io
import json
from pathlib import Path

import pytest

from jobs.cli import main

TEXT = "用手机拍货架照片，自动盘点库存，找出缺货和临期商品，每天闭店以后出一张补货单。"
SHELVES = {"id": "P1", "name": "数架人", "summary": TEXT}
CLONE = {"id": "P2", "name": "盘点王", "summary": TEXT}
ANCHOR = {"id": "P3", "name": "主播工坊", "summary": "为直播间定制虚拟数字人主播，配好脚本和声音，全天候播报商品。"}


@pytest.fixture
def opcmatch(tmp_path, monkeypatch, capsys):
    """Run `opcmatch duplicates` in a folder of its own: (code, lines printed, lines on standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPCMATCH_LANGUAGE", raising=False)

    def run(*arguments, stdin=b""):
        monkeypatch.setattr("sys.argv", ["opcmatch", "duplicates", *arguments])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        return code, told.out.splitlines(), told.err.splitlines()

    return run


def write(*records):
    Path("P.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")


def test_a_person_gets_a_line_for_each_group_and_a_sum(opcmatch):
    write(CLONE, ANCHOR, SHELVES)

    assert opcmatch("profiles", "P.jsonl") == (
        0, ["相似度 100%，2 条：P1（数架人）、P2（盘点王）", "共 3 条记录，1 组近似重复，涉及 2 条。"], []
    )  # fmt: skip


def test_a_program_gets_one_line_of_json(opcmatch):
    write(SHELVES, CLONE, ANCHOR)

    code, out, err = opcmatch("profiles", "P.jsonl", "--json")

    assert (code, [json.loads(line) for line in out], err) == (
        0, [{"records": 3, "groups": [{"members": ["P1", "P2"], "similarity": 1.0}]}], []
    )  # fmt: skip


def test_large_groups_and_long_titles_are_shortened(opcmatch):
    write(*({**SHELVES, "id": f"P{n:02}", "name": "很长的名字" * 10} for n in range(12)))

    _, out, _ = opcmatch("profiles", "P.jsonl")

    assert out[0].startswith("相似度 100%，12 条：P00（很长的名字很长的名字很长的名字很长的名字很长的…）、P01（")
    assert out[0].endswith("、……另有 2 条")


def test_it_speaks_english_when_asked_to(opcmatch, monkeypatch):
    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")
    write(SHELVES, CLONE)

    _, out, _ = opcmatch("profiles", "P.jsonl")

    assert out == [
        "100% alike, 2 records: P1 (数架人), P2 (盘点王)",
        "2 records, groups of near-duplicates: 1 with 2 records.",
    ]


def test_demands_come_from_standard_input_too(opcmatch):
    lines = [json.dumps({"id": f"D{n}", "title": "门店盘点", "description": TEXT}).encode() for n in (1, 2)]

    code, out, _ = opcmatch("demands", "-", "--json", stdin=b"\n".join(lines))

    assert (code, json.loads(out[0])["groups"]) == (0, [{"members": ["D1", "D2"], "similarity": 1.0}])


def test_an_empty_file_has_no_duplicates(opcmatch):
    write()

    assert opcmatch("profiles", "P.jsonl") == (0, ["共 0 条记录，0 组近似重复，涉及 0 条。"], [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["profiles", "nowhere.jsonl"], "错误：找不到文件“nowhere.jsonl”"),
        (["profiles", "D.jsonl"], "错误：D.jsonl，第 1 行，name：缺少必填项"),
        (["everything", "P.jsonl"], "opcmatch: Invalid value for"),
    ],
)
def test_what_cannot_be_read_is_one_line_of_error(opcmatch, arguments, said):
    Path("D.jsonl").write_text('{"id": "D1", "title": "门店盘点"}\n', "utf-8")

    code, out, err = opcmatch(*arguments)

    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith(said)
