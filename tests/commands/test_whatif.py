"""`opcmatch whatif`: what a changed term would open, file to file."""

import json

import pytest

from tests.commands.insight_files import SHELVES, STOCK, STORES, opcmatch, write

__all__ = ["opcmatch"]  # the fixture


def test_an_opc_sees_what_each_change_would_open(opcmatch):
    code, out, err = opcmatch("whatif", "--profile", "P1")

    assert (code, err) == (0, [])
    assert out.splitlines()[0] == "P1：文本上合适 2，目前合格 1；另有 0 受限于自己改不了的条件。"
    (row,) = (line for line in out.splitlines() if "→" in line)
    assert row.split() == ["画像的报价下限：8万元", "→", "5万元", "1", "5万元", "0", "0", "0", "D1"]


def test_a_machine_gets_the_outlook_of_a_demand(opcmatch):
    code, out, _ = opcmatch("whatif", "--demand", "D1", "--json")

    told = json.loads(out)
    assert (code, told["record"], told["eligible"]) == (0, "D1", 0)
    assert [(o["field"], o["to"], o["opens"]) for o in told["openings"]] == [("demand.budget_max_yuan", 80_000, ["P1"])]


def test_a_record_without_an_opening_is_told_so(opcmatch):
    _, out, _ = opcmatch("whatif", "--demand", "D2")

    assert out.splitlines() == [
        "D2：文本上合适 1，目前合格 1；另有 0 受限于自己改不了的条件。", "没有哪一项单独的改变会带来新的匹配。",
    ]  # fmt: skip


def test_a_pair_is_told_its_smallest_change(opcmatch):
    _, out, _ = opcmatch("whatif", "--demand", "D1", "--profile", "P1")
    _, as_json, _ = opcmatch("whatif", "--demand", "D1", "--profile", "P1", "--json")

    assert out.splitlines() == ["D1 × P1：最少改 1 项就合格：", "  画像的报价下限：8万元 → 5万元"]
    assert json.loads(as_json) == {
        "demand": "D1", "profile": "P1", "suitable": True, "eligible": False,
        "changes": [{"rule": "budget", "field": "profile.price_min_yuan", "from": 80_000, "to": 50_000}],
    }  # fmt: skip


def test_a_pair_that_fits_and_a_pair_that_never_will_are_told_so(opcmatch):
    write("D.jsonl", STORES, {**STOCK, "excluded": ["P1"]})
    write("P.jsonl", SHELVES, {"id": "P2", "name": "Zylo", "summary": "Quantum xylophone"})

    fits, never, unsuitable = (
        opcmatch("whatif", "--demand", demand, "--profile", profile)[1].splitlines()
        for demand, profile in (("D2", "P1"), ("D1", "P1"), ("D2", "P2"))
    )

    assert fits == ["D2 × P1：已经合格，什么都不用改。"]
    assert never == ["D1 × P1：改变任何一项都不会合格（回避、征集已截止等）。"]
    assert unsuitable[1].startswith("（注意：从文本看")


def test_it_speaks_english_when_asked_to(opcmatch, monkeypatch):
    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")

    _, out, _ = opcmatch("whatif", "--profile", "P1")

    assert out.startswith("P1: 2 suit it in text, 1 are eligible now")
    assert "the profile's lowest price: 80,000 yuan → 50,000 yuan" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "没有说明要看哪条记录"),
        (["--demand", "D9"], "没有编号为“D9”的记录"),
        (["--demand", "D1", "--profile", "P9"], "没有编号为“P9”的记录"),
    ],
)
def test_what_cannot_be_asked_is_one_line(opcmatch, arguments, said):
    code, out, err = opcmatch("whatif", *arguments)

    assert (code, out, len(err)) == (2, "", 1)
    assert said in err[0]
