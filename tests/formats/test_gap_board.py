"""The gap board as a workbook."""

import openpyxl
import pytest

from matching.domain.errors import InputError
from matching.engine.gaps import gap_board
from matching.engine.ground import Ground
from matching.publishing.formats.gap_board import write_gap_board
from tests.engine.make import EVERYTHING, TODAY, VOCABULARY, make_demand, make_profile


@pytest.fixture
def board():
    demands = [
        make_demand(id="D1", title="视觉盘点", sectors=["消费", "文创"], district="成华区", budget_max_yuan=50_000),
        make_demand(id="D2", title="=1+1", publish_until="2026-01-01"),
    ]
    profiles = [make_profile(price_min_yuan=80_000, sectors=["消费"])]
    ground = Ground(demands, profiles, policy=EVERYTHING, vocabulary=VOCABULARY, as_of=TODAY)
    return gap_board(ground).to_json()


def sheets(path):
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in book}


def test_every_table_has_its_sheet_and_figures_stay_figures(board, tmp_path):
    write_gap_board(board, tmp_path / "G.xlsx", VOCABULARY)

    found = sheets(tmp_path / "G.xlsx")
    assert list(found) == [
        "汇总", "按行业领域", "按能力", "按区域", "行业×能力×区域", "没有供给的需求", "没有需求的供给",
    ]  # fmt: skip
    total = dict(row for row in found["汇总"] if row[0])
    assert (total["征集已截止的需求"], total["已接满的画像"], total["缺口预算（元）"]) == (1, 0, 50_000)
    assert found["按行业领域"][:3] == [
        ["行业领域", "需求", "没有供给", "没有人谈到", "被规则挡下", "主要规则", "缺口预算（元）", "预算未知", "画像",
         "没有需求", "没有人需要", "被规则挡下", "主要规则"],
        ["消费", 1, 1, 0, 1, "预算 1", 50_000, 0, 1, 1, 0, 1, "预算 1"],
        ["文创", 1, 1, 0, 1, "预算 1", 50_000, 0, 0, 0, 0, 0, None],
    ]  # fmt: skip
    assert found["没有供给的需求"][1] == [
        "D1", "视觉盘点", "消费、文创", "视觉盘点", "成华区", "被规则挡下", 1, "预算 1", "预算 1", 50_000,
    ]  # fmt: skip


def test_the_workbook_speaks_english_when_asked_to(board, tmp_path):
    write_gap_board(board, tmp_path / "G.xlsx", VOCABULARY, "en")

    found = sheets(tmp_path / "G.xlsx")
    assert found["By district"][1][:2] == ["Chenghua District", 1]
    assert found["Demands without supply"][1][5] == "stopped by rules"


def test_the_same_board_gives_the_same_bytes(board, tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        write_gap_board(board, tmp_path / name, VOCABULARY)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_folder_that_is_not_there_is_said(board, tmp_path):
    with pytest.raises(InputError) as refused:
        write_gap_board(board, tmp_path / "nowhere" / "G.xlsx", VOCABULARY)

    assert [p.code for p in refused.value.problems] == ["cannot_write"]
