import dataclasses
import io

import openpyxl
import pytest

from matching.domain.records import RecordKind
from matching.domain.vocabulary import make_terms
from matching.intake.columns import LAYOUTS
from matching.intake.rows import OWN_SHEETS, Contact
from matching.publishing.formats.template import labels, write_template
from tests.intake.samples import DEMANDS, PROFILES, VOCABULARY, read


@pytest.fixture(params=list(RecordKind))
def template(request, tmp_path):
    path = tmp_path / "模板.xlsx"
    write_template(request.param, path, VOCABULARY)
    return request.param, path


def test_the_template_holds_no_record_until_somebody_fills_it_in(template):
    kind, path = template

    intake = read(path, path.name, kind)

    assert (intake.accepted, intake.waiting, intake.warnings) == ([], [], [])


def test_every_column_has_its_heading_its_hint_and_its_explanation(template):
    kind, path = template
    book = openpyxl.load_workbook(path)
    columns = [column for column in LAYOUTS[kind].all_columns if not column.extra]

    sheet, guide = book.worksheets[:2]

    assert [cell.value for cell in sheet[1]] == [column.heading for column in columns]
    assert [row[0].value.split("\n")[0] for row in guide.iter_rows(2, len(columns) + 1)] == [c.heading for c in columns]
    assert sorted(rule.prompt for rule in sheet.data_validations.dataValidation) == sorted(c.zh_help for c in columns)
    assert all(column.en_help and column.zh_help for column in columns)
    assert sheet.freeze_panes == "A2"


def drop_downs(path):
    """Heading → the drop-down rule of its column, and the workbook."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = {cell.column_letter: cell.value for cell in sheet[1]}
    rules = sheet.data_validations.dataValidation
    return {headings[str(rule.sqref).split(":")[0].rstrip("0123456789")]: rule for rule in rules}, book


def test_columns_that_hold_one_word_offer_the_words_of_the_vocabulary(tmp_path):
    write_template(DEMANDS, tmp_path / "a.xlsx", VOCABULARY)

    rules, _ = drop_downs(tmp_path / "a.xlsx")

    assert rules["需求类型"].formula1 == '"' + ",".join(term.zh for term in VOCABULARY.demand_kinds) + '"'
    assert {rule.errorStyle for rule in rules.values() if rule.type == "list"} == {"information"}  # other words may do
    assert [heading for heading, rule in rules.items() if rule.type == "list"] == [
        column.heading for column in LAYOUTS[DEMANDS].columns if column.one
    ]


def test_a_long_list_of_words_stands_on_a_hidden_sheet(tmp_path):
    names = [f"某某街道办事处第{number}社区" for number in range(40)]
    many = make_terms({"code": str(number), "zh": name, "en": f"c{number}"} for number, name in enumerate(names))

    write_template(DEMANDS, tmp_path / "a.xlsx", dataclasses.replace(VOCABULARY, districts=many))

    rules, book = drop_downs(tmp_path / "a.xlsx")
    column = rules["所在区域"].formula1.split("$")[1]
    assert rules["所在区域"].formula1 == f"'选项'!${column}$1:${column}$40"
    assert book["选项"].sheet_state == "hidden"
    assert [cell.value for cell in book["选项"][column]] == names


def test_a_row_that_a_person_fills_in_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    write_template(PROFILES, path, VOCABULARY)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cells = {"名称": "青杉工作室", "能力标签": "视觉盘点", "报价": "3-8万", "可承接时间": "随时", "联系人": "李老师"}
    for cell in sheet[1]:
        sheet.cell(3, cell.column, cells.get(cell.value))
    stream = io.BytesIO()
    book.save(stream)

    intake = read(stream.getvalue(), "a.xlsx", PROFILES)

    (row,) = intake.accepted
    assert {key: value for key, value in row.data.items() if key != "id"} == {
        "name": "青杉工作室",
        "capabilities": ["视觉盘点"],
        "price_min_yuan": 30_000,
        "price_max_yuan": 80_000,
        "available_from": "2026-11-23",
    }
    assert (row.line, row.contact, intake.waiting, intake.warnings) == (3, Contact("李老师"), [], [])


def test_the_example_row_can_be_read_as_a_record():
    for kind in RecordKind:
        layout = LAYOUTS[kind]
        head = [column.heading for column in layout.all_columns]
        example = ["样-1" if column.keys == ("id",) else column.example for column in layout.all_columns]

        intake = read("\n".join(",".join(f'"{c}"' for c in row) for row in (head, example)).encode(), "a.csv", kind)

        assert ([row.data["id"] for row in intake.accepted], intake.problems, intake.warnings) == (["样-1"], [], [])


def test_every_label_has_both_languages_and_own_sheets_are_known_to_the_import():
    sheets = ("guide", "options", "summary", "problems", "warnings")

    assert {frozenset(entry) for entry in labels().values()} == {frozenset({"zh", "en"})}
    assert {labels()[code][language] for code in sheets for language in ("zh", "en")} == OWN_SHEETS
