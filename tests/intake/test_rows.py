import json
from datetime import date, datetime

import pytest

from matching.domain.errors import InputError
from matching.intake.rows import Contact
from matching.publishing.wording import problem_words, sentence
from tests.intake.samples import DEMANDS, PROFILES, codes, read, read_table, workbook

HEAD = ["编号", "需求名称", "场景单位", "预算"]


def test_a_row_is_accepted_whole_and_keeps_what_was_written():
    intake = read_table(HEAD, ["JJ-1", " 门店盘点 ", "巷口鲜铺", "8-12万"])

    (row,) = intake.accepted
    assert row.data == {
        "id": "JJ-1",
        "title": "门店盘点",
        "owner": {"name": "巷口鲜铺"},
        "budget_min_yuan": 80_000,
        "budget_max_yuan": 120_000,
    }
    assert row.raw == {"编号": "JJ-1", "需求名称": " 门店盘点 ", "场景单位": "巷口鲜铺", "预算": "8-12万"}
    assert (row.sheet, row.line, row.record.title, intake.waiting) == ("需求", 2, "门店盘点", [])


def test_one_bad_cell_makes_its_row_wait_and_no_other():
    intake = read_table(HEAD, ["1", "甲", "", "很多"], ["2", "乙", "", "5万"])

    assert [(row.line, row.record) for row in intake.waiting] == [(2, None)]
    assert [row.data["id"] for row in intake.accepted] == ["2"]


def test_blank_rows_and_the_example_are_passed_over():
    intake = read_table(HEAD, ["", " ", "", ""], ["示例-001", "样子", "", "8万"], ["1", "甲", "", ""], [])

    assert [(row.line, row.data["id"]) for row in intake.accepted] == [(4, "1")]
    assert intake.waiting == []


def test_the_header_may_stand_below_a_title():
    intake = read_table(["附件1", "", "", ""], ["2026年场景需求征集表（填报单位盖章）"], HEAD, ["1", "甲", "乙", "8万"])

    assert [(row.line, row.data["title"]) for row in intake.accepted] == [(4, "甲")]


def test_usual_other_headings_are_known_and_similar_ones_are_told():
    intake = read_table(
        ["序号", "项目名称*", "预算金额（元）", "联系人电话", "采购单位", "备注"],
        ["1", "甲", "80000", "000", "乙", "急"],
    )

    assert [(use.heading, use.column and use.column.heading, use.similarity) for use in intake.columns] == [
        ("序号", None, 100),
        ("项目名称*", "需求名称", 100),
        ("预算金额（元）", "预算", 100),
        ("联系人电话", "联系电话", 100),
        ("采购单位", "场景单位", 100),
        ("备注", None, 100),
    ]
    assert [(p.code, p.value, p.column) for p in intake.warnings] == [
        ("unknown_heading", "序号", "A"),
        ("unknown_heading", "备注", "F"),
    ]
    assert intake.accepted[0].raw["备注"] == "急"


def test_a_heading_with_a_slip_is_taken_for_the_near_one_and_told():
    intake = read_table(["编号", "需求名称", "数据敏感级別"], ["1", "甲", "一般"])

    assert intake.accepted[0].data["data_sensitivity"] == "一般"
    assert [(p.code, p.value, p.facts["taken"]) for p in intake.warnings] == [
        ("similar_heading", "数据敏感级別", "数据敏感级别")
    ]


def test_a_heading_that_comes_twice_fills_its_column_once():
    intake = read_table(["编号", "需求名称", "预算", "预算金额"], ["1", "甲", "8万", "9万"])

    assert intake.accepted[0].data["budget_max_yuan"] == 80_000
    assert [(p.code, p.value, p.column) for p in intake.warnings] == [("repeated_heading", "预算金额", "D")]
    assert intake.accepted[0].raw == {"编号": "1", "需求名称": "甲", "预算": "8万", "预算金额": "9万"}


def test_a_row_without_a_name_waits():
    intake = read_table(HEAD, ["1", "", "乙", "8万"])

    assert [(p.code, p.line, p.column, p.key) for p in intake.problems] == [("missing", 2, "B", "需求名称")]


def test_an_id_that_comes_twice_makes_the_later_row_wait():
    intake = read_table(HEAD, ["1", "甲", "", ""], ["1", "乙", "", ""], ["2", "丙", "", ""])

    assert [row.data["title"] for row in intake.accepted] == ["甲", "丙"]
    assert [(p.code, p.line, p.column, p.key, p.value, p.facts["first"]) for p in intake.problems] == [
        ("duplicate_id", 3, "A", "编号", "1", 2)
    ]


def test_an_id_that_is_missing_is_made_from_owner_and_name_and_stays_the_same():
    rows = (["需求名称", "场景单位"], ["门店盘点", "巷口鲜铺"], ["门店盘点", "另一家"])

    first, second = read_table(*rows).accepted
    again = read_table(rows[0], [" 门店 盘点", "巷口鲜铺 "]).accepted[0]

    assert first.data["id"] == again.data["id"] != second.data["id"]
    assert first.data["id"].startswith("D-")
    assert len(first.data["id"]) == 12


def test_the_contact_is_kept_apart_from_the_record():
    intake = read_table(
        ["名称", "能力标签", "联系人", "手机", "邮箱"],
        ["甲", "客流分析", "李老师", "000", "x@y.example"],
        kind=PROFILES,
    )

    (row,) = intake.accepted
    assert row.contact == Contact("李老师", "000", "x@y.example")
    assert sorted(row.data) == ["capabilities", "id", "name"]


def test_words_outside_the_vocabulary_are_kept_and_told_with_the_nearest():
    intake = read_table(["编号", "需求名称", "所需能力", "所在区域"], ["1", "甲", "视觉盘典；客流分析", "锦江"])

    assert intake.accepted[0].data["capabilities"] == ["视觉盘典", "客流分析"]
    assert [(p.code, p.line, p.column, p.key, p.value, p.facts["near"][0]) for p in intake.warnings] == [
        ("unknown_word", 2, "C", "所需能力", "视觉盘典", "视觉盘点")
    ]


def test_sheets_without_a_header_are_passed_over_and_told():
    intake = read(workbook(说明=[["请如实填写"]], 需求=[HEAD, ["1", "甲", "乙", "8万"]]))

    assert [(row.sheet, row.line) for row in intake.accepted] == [("需求", 2)]
    assert [(p.code, p.sheet) for p in intake.warnings] == [("sheet_skipped", "说明")]


def test_several_sheets_are_read_and_share_their_ids():
    intake = read(workbook(一=[HEAD, ["1", "甲"]], 二=[["需求名称", "编号"], ["乙", "1"], ["丙", "2"]]))

    assert [row.data["title"] for row in intake.accepted] == ["甲", "丙"]
    assert [(p.code, p.sheet, p.line, p.column, p.facts["first"]) for p in intake.problems] == [
        ("duplicate_id", "二", 2, "B", "一!2")
    ]


def test_a_file_without_any_known_heading_is_refused():
    with pytest.raises(InputError) as refused:
        read(workbook(表=[["甲", "乙"], ["1", "2"]]))

    assert [(p.code, p.file) for p in refused.value.problems] == [("no_header", "清单.xlsx")]


def test_numbers_and_days_of_a_spreadsheet_are_read_as_it_shows_them():
    head = ["编号", "需求名称", "预算", "交付期限", "需求有效期", "最低成熟度"]
    content = workbook(表=[head, [7, "甲", 150000.0, datetime(2027, 5, 31), date(2027, 3, 1), 6.0]])  # noqa: DTZ001 - no zone in a sheet

    (row,) = read(content).accepted

    assert row.data == {
        "id": "7",
        "title": "甲",
        "budget_min_yuan": 150_000,
        "budget_max_yuan": 150_000,
        "deliver_by": "2027-05-31",
        "publish_until": "2027-03-01",
        "min_maturity": 6,
    }


@pytest.mark.parametrize("start", ["=1+1", "+86", "-5", "@甲", "＝1", "\t=1", "'=1"])
def test_what_looks_like_a_formula_is_kept_as_text(start):
    intake = read_table(["编号", "需求名称"], ["1", f"{start}需求"])

    assert intake.accepted[0].data["title"] == f"{start}需求".strip().removeprefix("'")


def test_marks_of_direction_and_rare_characters_stay_as_they_are():
    title = "甲\u202e乙\u200b\U0002000b𠮷"

    assert read_table(["编号", "需求名称"], ["1", title]).accepted[0].data["title"] == title


JSON_LINES = [
    {"id": "1", "title": "甲", "sectors": ["消费"], "contact": {"name": "李"}, "extra": 1},
    {"id": "2", "title": "乙", "budget_max_yuan": "30万"},
    {"title": "丙", "owner": {"name": "丁"}, "extra": 2},
    {"id": "1", "title": "戊"},
    {"id": "3", "title": "\ud800"},
]


def test_json_lines_go_the_same_way_and_bad_ones_wait_with_line_and_key():
    lines = [json.dumps(line) for line in JSON_LINES]
    content = "\n".join([*lines[:2], "", "{", *lines[2:], "[1]"]).encode()

    intake = read(content, "需求.jsonl")

    assert [(row.line, row.data["title"], row.contact.name) for row in intake.accepted] == [
        (1, "甲", "李"),
        (5, "丙", None),
    ]
    assert [(p.code, p.line, p.key) for p in intake.problems] == [
        ("not_whole", 2, "budget_max_yuan"),
        ("not_json", 4, None),
        ("duplicate_id", 6, "id"),
        ("surrogate", 7, "title"),
        ("not_an_object", 8, None),
    ]
    assert [(p.code, p.line, p.key) for p in intake.warnings] == [("ignored_key", 1, "extra")]


def test_a_record_has_the_same_id_from_a_workbook_and_from_json():
    from_table = read_table(["需求名称", "场景单位"], ["甲", "乙"]).accepted[0]
    from_json = read(json.dumps({"title": "甲", "owner": {"name": "乙"}}).encode(), "a.jsonl").accepted[0]

    assert from_table.record == from_json.record


def test_every_problem_of_the_intake_has_its_sentence_in_both_languages():
    intake = read_table(
        ["编号", "需求名称", "预算", "交付期限", "可签约家数", "所需能力", "奇怪"],
        ["1", "", "很多", "6月底", "几家", "", "x"],
        ["2", "甲", "", "", "", "未知词", ""],
    )
    said = [sentence(p, language) for p in (*intake.problems, *intake.warnings) for language in ("zh", "en")]

    assert codes(intake.problems) == ["no_amount", "no_year", "not_a_count", "missing"]
    assert (
        said[0]
        == "工作表“需求”，第 2 行，C 列，预算：“很多”里没有能读出的金额；请写成 20万、20-30万、不超过15万元 或 面议"
    )
    assert all("{" not in text for text in said)


def test_every_code_has_four_texts():
    assert {frozenset(entry) for entry in problem_words().values()} == {frozenset({"zh", "zh_mend", "en", "en_mend"})}


def test_demands_are_not_read_as_profiles():
    with pytest.raises(InputError) as refused:
        read(workbook(表=[["能力标签", "报价"], ["客流分析", "8万"]]), kind=DEMANDS)

    assert codes(refused.value.problems) == ["no_header"]
