"""Bad input to `opcmatch match`: refused with a sentence, or handled as unknown; no crash and no silent zero."""

import json
import math
from pathlib import Path

import pytest

from matching.domain.codec import DEMAND_FIELDS, PROFILE_FIELDS, read_demand, read_profile
from matching.domain.errors import InputError
from matching.domain.policy import PARTS
from matching.publishing.wording import error_line
from tests.commands.test_match import folder, opcmatch, read, write  # noqa: F401 - fixtures
from tests.engine.make import EVERYTHING, match

DEMAND = {
    "id": "D1", "title": "门店货架拍照盘点", "description": "拍货架照片做盘点", "sectors": ["消费"],
    "capabilities": ["视觉盘点"], "budget_min_yuan": 10, "budget_max_yuan": 100_000,
    "start_by": "2026-12-01", "deliver_by": "2027-01-01",
}  # fmt: skip
PROFILE = {
    "id": "P1", "name": "数架人", "summary": "拍货架照片做盘点", "capabilities": ["视觉盘点"], "sectors": ["消费"],
    "price_min_yuan": 80_000, "price_max_yuan": 90_000,
}  # fmt: skip
ODD = [
    "", " ", "a", "货", "🎈", "\u200b", "\ufeff", "盘" * 20_000, "盘" * 20_001, "x" * 100_000, "\x00", "\ud800",
    "\u202e盘点", "盘点\u2028换行", "2026-13-01", "9999-12-31", "0001-01-01", "2026-11-23T00:00:00",
    0, -1, 1.5, 1e300, 10**30, True, False, None, math.nan, math.inf,
    [], {}, [""], [" "], ["火星"], [None], [1], [{}], ["a"] * 501, [["a"]], [{"name": ""}], [{"name": "火星"}],
    {"name": ""}, {"name": "x", "kind": "火星"}, [{"name": "视觉盘点", "price_min_yuan": 5, "price_max_yuan": 1}],
    [{"name": "视觉盘点", "price_min_yuan": 0, "lead_days": 0}],
]  # fmt: skip


def accepted(read_record, good):
    """The good record with every odd value in every key in turn; what is refused has a sentence in both languages."""
    records, refused = [], []
    fields = DEMAND_FIELDS if read_record is read_demand else PROFILE_FIELDS
    for key in sorted(set(fields) - {"id"}):
        for odd in ODD:
            try:
                records.append(read_record({**good, key: odd, "id": f"{good['id']}-{len(records):04}"}))
            except InputError as error:
                refused += [error_line(error, language) for language in ("zh", "en")]
    assert all(len(said) > 10 and "\n" not in said for said in refused)
    return records, len(refused)


def check(lists, expected):
    """Every record has its list; every match adds up, and what is unknown earns nothing and says so by None."""
    assert len(lists) == expected
    for own in lists.values():
        for found in own:
            assert [part.code for part in found.parts] == list(PARTS)
            assert math.isclose(sum(part.contribution for part in found.parts), found.score, abs_tol=1e-9)
            for part in found.parts:
                assert part.contribution == 0 if part.value is None else 0 <= part.value <= 1
            json.dumps(found.to_json(), allow_nan=False)


def test_every_odd_value_in_every_key_of_a_demand_is_refused_or_matched():
    demands, refused = accepted(read_demand, DEMAND)

    assert min(len(demands), refused) > 100
    check(match(demands, [read_profile(PROFILE)], policy=EVERYTHING, include_ineligible=True).for_demands, len(demands))


def test_every_odd_value_in_every_key_of_a_profile_is_refused_or_matched():
    profiles, refused = accepted(read_profile, PROFILE)

    assert min(len(profiles), refused) > 100
    check(match([read_demand(DEMAND)], profiles, policy=EVERYTHING, top=999, include_ineligible=True).for_demands, 1)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"title": None}, "title：缺少必填项"),
        ({"id": " "}, "id："),
        ({"description": "盘" * 100_000}, "description：有 100000 个字，最多 20000 个"),
        ({"description": "a\x00"}, "description：第 2 个字符是不可见的控制字符 U+0000"),
        ({"budget_min_yuan": 5, "budget_max_yuan": 1}, "budget_min_yuan：“5”大于"),
        ({"start_by": "2027-02-01", "deliver_by": "2027-01-01"}, "start_by：“2027-02-01”大于 deliver_by"),
        ({"id": "D1"}, "id：编号“D1”在第 1 行已经出现过"),
        ({"capabilities": "盘点"}, "capabilities：“盘点”不是列表"),
    ],
)
def test_a_demand_that_cannot_be_used_is_told_with_line_and_key(opcmatch, bad, said):  # noqa: F811
    write("D.jsonl", DEMAND, {**DEMAND, "id": "D2", **bad})

    code, out, err = opcmatch()

    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith(f"错误：D.jsonl，第 2 行，{said}")
    assert not Path("M.jsonl").exists()


@pytest.mark.parametrize(
    "texts",
    [{"title": "货"}, {"title": "🎈"}, {"title": "a"}, {"description": ""}, {"description": "盘" * 20_000}],
    ids=["one character", "emoji", "one letter", "empty", "very long"],
)
def test_a_text_that_says_little_or_very_much_is_matched_by_the_rest(opcmatch, texts):  # noqa: F811
    write("D.jsonl", {**DEMAND, **texts})
    write("P.jsonl", PROFILE)

    code, _, err = opcmatch()

    assert (code, len(err)) == (0, 1)
    assert [(line["demand"], line["profile"], line["rank"]) for line in read()] == [("D1", "P1", 1)]


def test_a_demand_without_any_text_is_named_as_one_without_match(opcmatch):  # noqa: F811
    write("D.jsonl", {"id": "D1", "title": ""}, {"id": "D2", "title": "\u200b"})
    write("P.jsonl", PROFILE)

    code, _, err = opcmatch()

    assert (code, read()) == (0, [])
    assert json.loads(err[-1])["without_match"] == ["D1", "D2"]


def test_unknown_codes_are_warned_of_and_their_rules_are_unknown_not_failed(opcmatch):  # noqa: F811
    write("D.jsonl", {**DEMAND, "sectors": ["火星"], "delivery": "隔空", "required_qualifications": ["火星许可"]})
    write("P.jsonl", PROFILE)

    code, _, err = opcmatch()

    (line,) = read()
    unknown = {f["code"] for f in line["findings"] if f["verdict"] == "unknown"}
    assert (code, len(err)) == (0, 2)
    assert err[0].startswith("提醒：") or err[0].startswith("warning: ")
    assert {"sector", "delivery", "qualification"} <= unknown
    assert next(part["value"] for part in line["parts"] if part["code"] == "sector") is None


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("tpo = 5\n", "tpo：不认识的键"),
        ("[weights]\nwrods = 1\n", "weights.wrods：不认识的键"),
        ("[weights]\nwords = 0.5\ncharacters = 0.4\n", "weights：各项权重之和是“0.9”"),
        ("[weights]\nwords = 1.5\ncharacters = -0.5\n", "weights.words：“1.5”超出范围"),
        ("[hard]\nbudget = 'no'\n", "hard.budget："),
        ("top = 0\n", "top：“0”超出范围"),
    ],
)
def test_a_policy_that_cannot_be_used_is_told_with_its_key(opcmatch, policy, said):  # noqa: F811
    Path("policy.toml").write_text(policy, "utf-8")

    code, out, err = opcmatch("--policy", "policy.toml")

    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith(f"错误：policy.toml，{said}")
