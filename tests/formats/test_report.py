import io

import openpyxl
import pytest

from matching.domain.errors import problem
from matching.intake.rows import Row
from matching.publishing.formats.report import write_report
from tests.intake.samples import codes, read, read_table, workbook

HEAD = ["编号", "需求名称", "预算", "交付期限", "备注"]


def report_of(intake, path, **options):
    write_report(
        path,
        intake.waiting,
        intake.warnings,
        summary={"file": "清单.xlsx", "sha256": "ab" * 32, "rows": 3, "waiting": len(intake.waiting)},
        **options,
    )
    return openpyxl.load_workbook(path)


@pytest.fixture
def intake():
    rows = [["1", "甲", "很多", "6月底", "急"], ["2", "乙", "8万", "2027-05-01", ""], ["3", "", "9万", "", "=1"]]
    return read_table(HEAD, *rows)


def test_the_report_counts_and_names_every_problem(intake, tmp_path):
    book = report_of(intake, tmp_path / "r.xlsx")

    assert book.sheetnames == ["汇总", "问题", "提醒", "待修改"]
    assert [[cell.value for cell in row] for row in book["汇总"]] == [
        ["文件", "清单.xlsx"],
        ["文件校验值（SHA-256）", "ab" * 32],
        ["数据行数", 3],
        ["待修改", 2],
    ]
    assert [[cell.value for cell in row] for row in book["问题"]] == [
        ["工作表", "行", "列", "栏目", "填写的内容", "原因", "怎样改"],
        ["需求", 2, "C", "预算", "很多", "“很多”里没有能读出的金额", "请写成 20万、20-30万、不超过15万元 或 面议"],
        ["需求", 2, "D", "交付期限", "6月底", "“6月底”没有写年份", "请写全，例如 2026-06-30"],
        ["需求", 4, "B", "需求名称", None, "缺少必填项", "请补上 需求名称"],
    ]


def test_the_cells_at_fault_are_coloured_and_say_why(intake, tmp_path):
    sheet = report_of(intake, tmp_path / "r.xlsx")["待修改"]

    marked = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    coloured = [cell.coordinate for row in sheet for cell in row if cell.fill.start_color.rgb == "FFFFC7CE"]

    assert sorted(marked) == sorted(coloured) == ["B3", "C2", "D2"]
    assert marked["C2"] == "“很多”里没有能读出的金额。请写成 20万、20-30万、不超过15万元 或 面议。"


def test_the_corrected_report_is_imported_and_only_its_waiting_rows(intake, tmp_path):
    book = report_of(intake, tmp_path / "r.xlsx")
    sheet = book["待修改"]
    sheet["C2"], sheet["D2"], sheet["B3"] = "5万", "2027-06-30", "丙"
    stream = io.BytesIO()
    book.save(stream)

    again = read(stream.getvalue(), "r.xlsx")

    assert [row.data["title"] for row in again.accepted] == ["甲", "丙"]
    assert (again.waiting, codes(again.warnings)) == ([], ["unknown_heading"])
    assert again.accepted[1].raw["备注"] == "=1"  # text, never a formula


def test_the_uncorrected_report_gives_the_same_problems_again(intake, tmp_path):
    report_of(intake, tmp_path / "r.xlsx")

    again = read(tmp_path / "r.xlsx", "r.xlsx")

    assert [(p.code, p.key, p.value) for p in again.problems] == [(p.code, p.key, p.value) for p in intake.problems]


def test_rows_of_several_sheets_keep_to_sheets_of_their_own(tmp_path):
    bad = ["1", "甲", "很多"]
    intake = read(workbook(**{"锦江'一": [HEAD, bad], "成华": [HEAD, ["2", "乙", "不少"]]}))

    book = report_of(intake, tmp_path / "r.xlsx")

    assert [name for name in book.sheetnames if name.startswith("待修改")] == ["待修改 1 锦江 一", "待修改 2 成华"]
    assert codes(read(tmp_path / "r.xlsx", "r.xlsx").problems) == ["no_amount", "no_amount"]


def test_bad_json_lines_become_rows_that_can_be_mended(tmp_path):
    first = b'{"id":"1","title":"a","budget_max_yuan":"30","owner":{"name":"b"},"sectors":["c"]}'
    intake = read(first + b'\n{"id":2.5,"title":"\\ud800"}', "a.jsonl")
    book = report_of(intake, tmp_path / "r.xlsx")
    sheet = book["待修改"]
    place = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, place["budget_max_yuan"], "30万")
    stream = io.BytesIO()
    book.save(stream)

    again = read(stream.getvalue(), "r.xlsx")

    assert codes(intake.problems) == ["not_whole", "not_text", "surrogate"]
    assert [dict(row.data) for row in again.accepted] == [
        {"id": "1", "title": "a", "owner": {"name": "b"}, "sectors": ["c"], "budget_max_yuan": 300_000}
    ]


def test_the_report_can_be_made_from_stored_rows_and_in_english(tmp_path):
    row = Row(
        sheet="", line=7, raw={"预算": "x\x00\ud800"}, data={}, problems=(problem("no_amount", key="预算", value="x"),)
    )

    write_report(tmp_path / "r.xlsx", [row], [], summary={"file": "a.csv"}, language="en")

    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["Summary", "Problems", "To mend"]
    assert book["To mend"]["A2"].comment.text == (
        "no amount of money can be read in “x”; write 20万, 20-30万, 不超过15万元 or 面议."
    )
