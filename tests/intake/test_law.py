"""What the law asks of a row keeps it from nothing: it goes in, with a remark for the review."""

import json

import pytest

from matching.publishing.wording import sentence
from tests.intake.samples import read, read_one, read_table

HEAD = ["编号", "需求名称", "单位类型", "注册地要求", "注册地要求依据"]


def test_a_public_owner_s_limit_without_a_basis_is_accepted_and_told_in_its_place():
    intake = read_table(HEAD, ["1", "导办", "街道办", "成都", ""], ["2", "导览", "街道办", "成都", "某法第三条"])

    assert [row.record.id for row in intake.accepted] == ["1", "2"]
    assert intake.waiting == []
    assert [(p.code, p.sheet, p.line, p.column, p.key, p.value) for p in intake.warnings] == [
        ("registration_basis_needed", "需求", 2, "E", "注册地要求依据", "成都")
    ]
    assert "国务院令第783号" in sentence(intake.warnings[0])
    assert "“注册地要求”" in sentence(intake.warnings[0])
    assert "Decree No. 783" in sentence(intake.warnings[0], "en")


def test_a_line_of_json_is_told_too():
    record = {"id": "1", "title": "导办", "owner": {"kind": "政府"}, "require_registered_in": "成都"}

    intake = read(json.dumps(record).encode(), "需求.jsonl")

    assert len(intake.accepted) == 1
    assert [(p.code, p.line, p.key) for p in intake.warnings] == [
        ("registration_basis_needed", 1, "registration_basis")
    ]


def test_a_row_that_waits_is_told_of_its_faults_only():
    intake = read_table([*HEAD, "交付期限"], ["1", "导办", "政府", "成都", "", "某天"])

    assert (len(intake.waiting), intake.warnings) == (1, [])


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("采购方式", "竞争性磋商", {"procurement_route": "竞争性磋商"}),
        ("拟采购方式", "网上超市", {"procurement_route": "网上超市"}),
        ("采购方式", "待定", {}),
        ("采购方式", "抽签", {"procurement_route": "抽签"}),
        ("限定注册地的依据", "无", {}),
        ("注册地要求依据", "某条例第三条", {"registration_basis": "某条例第三条"}),
    ],
)
def test_the_two_columns_are_read_as_people_fill_them_in(heading, cell, expected):
    data, problems = read_one(**{heading: cell})

    assert {key: data[key] for key in ("procurement_route", "registration_basis") if key in data} == expected
    assert problems == ()
