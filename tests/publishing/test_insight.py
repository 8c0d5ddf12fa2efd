"""Words for what-ifs, gaps and rehearsals: every change and heading, in both languages."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given, settings

from matching.domain.match import NearMiss, Verdict
from matching.engine.changes import BY_OPC, BY_OWNER, proposals
from matching.engine.rules import HARD
from matching.publishing.insight import amount_words, change_words, code_name, insight_words, rule_counts
from tests.engine.make import VOCABULARY, full_demands, full_profiles, make_pair


def said(field, before, after, language="zh"):
    return change_words(NearMiss(rule="budget", field=field, from_value=before, to_value=after), language, VOCABULARY)


@pytest.mark.parametrize(
    ("field", "before", "after", "zh", "en"),
    [
        ("profile.price_min_yuan", 150_000, 80_000, "画像的报价下限：15万元 → 8万元",
         "the profile's lowest price: 150,000 yuan → 80,000 yuan"),
        ("profile.capabilities[2].lead_days", 40, 30, "该项能力的交付周期：40 天 → 30 天",
         "the capability's lead time: 40 days → 30 days"),
        ("profile.qualifications", ["高企", {"name": "等保二级", "valid_until": None}], ["高企", "mlps_2"],
         "画像的资质：增加等保二级", "the profile's qualifications: add MLPS level 2"),
        ("profile.service_districts", ["锦江区"], ["锦江区", "whole_city"], "画像的服务区域：增加全市",
         "the profile's districts: add Whole city"),
        ("demand.required_qualifications", ["等保二级", "等保三级"], ["等保三级"], "需求的资质要求：去掉等保二级",
         "the demand's required qualifications: drop MLPS level 2"),
        ("demand.require_registered_in", "成都", None, "需求的注册地要求：不限（现为成都）",
         "the demand's place of registration: any (now Chengdu)"),
        ("demand.delivery", None, "remote", "需求的交付方式：未说明 → 远程",
         "the demand's way of delivery: not stated → Remote"),
    ],
)  # fmt: skip
def test_a_change_is_told_by_what_is_added_dropped_or_different(field, before, after, zh, en):
    told = said(field, before, after), said(field, before, after, "en")

    assert told == (zh, en)


def test_a_change_may_come_as_its_json_object():
    change = NearMiss(rule="budget", field="profile.price_min_yuan", from_value=2, to_value=1)

    assert change_words(change.to_json(), "zh", VOCABULARY) == change_words(change, "zh", VOCABULARY)


@settings(max_examples=100, deadline=None)
@given(full_demands, full_profiles)
def test_every_change_that_is_proposed_has_words_in_both_languages(demand, profile):
    pair = make_pair(demand, profile)
    failed = [rule.CODE for rule in HARD if rule.check(pair).verdict is Verdict.FAIL]

    for by in (BY_OPC, BY_OWNER):
        for change in proposals(by, pair, failed):
            for language in ("zh", "en"):
                told = change_words(change, language, VOCABULARY)
                assert told.strip()
                assert "{" not in told


def test_amounts_are_a_sum_and_a_range():
    def amounts(said, total, lowest, highest):
        return {"said": said, "unsaid": 0, "total_yuan": total, "lowest_yuan": lowest, "highest_yuan": highest}

    assert amount_words(amounts(2, 300_000, 100_000, 200_000), "zh") == "30万元（10万元～20万元）"
    assert amount_words(amounts(1, 100_000, 100_000, 100_000), "zh") == "10万元"
    assert amount_words(amounts(2, 300, 100, 200), "en") == "300 yuan (100 yuan to 200 yuan)"
    assert amount_words(amounts(0, 0, None, None), "zh") == ""


def test_rules_are_counted_by_name_and_unknown_rows_have_one():
    assert rule_counts({"budget": 3, "district": 1, "open": 1}, "zh", 2) == "预算 3、服务区域 1"
    assert rule_counts({"budget": 3}, "en") == "Budget 3"
    assert (code_name("sector", None, "zh", VOCABULARY), code_name("sector", None, "en", VOCABULARY)) == (
        "未知", "unknown",
    )  # fmt: skip
    assert code_name("district", "chenghua", "zh", VOCABULARY) == "成华区"


def test_every_word_is_there_in_both_languages():
    words = tomllib.loads((files("matching.publishing") / "words" / "insight.toml").read_text("utf-8"))

    for kind, entries in words.items():
        for code in entries:
            assert insight_words(kind, code, "zh").strip(), (kind, code)
            assert insight_words(kind, code, "en").isascii() or kind in ("change", "value"), (kind, code)
