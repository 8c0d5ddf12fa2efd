"""The sentences for findings, near misses and parts: every code, in both languages, with the facts filled in."""

import pytest
from hypothesis import given, settings

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.domain.policy import PARTS
from matching.engine.rules import HARD, RULES
from matching.publishing.reasons import (
    field_name,
    finding_sentence,
    near_miss_sentence,
    part_name,
    rule_name,
    say_yuan,
)
from tests.engine.make import VOCABULARY, make_pair, random_demands, random_profiles

LANGUAGES = ("zh", "en")
CHECKS = {rule.CODE: rule for rule in RULES}


def said(rule, language="zh", demand=None, profile=None):
    return finding_sentence(CHECKS[rule].check(make_pair(demand, profile)), language, VOCABULARY)


@settings(max_examples=200, deadline=None)
@given(random_demands, random_profiles)
def test_every_finding_and_near_miss_has_words_in_both_languages(demand, profile):
    pair = make_pair(demand, profile)
    sentences = []
    for language in LANGUAGES:
        for rule in RULES:
            finding = rule.check(pair)
            sentences.append(finding_sentence(finding, language, VOCABULARY))
            if rule in HARD and finding.verdict is Verdict.FAIL:
                sentences += [near_miss_sentence(m, language, VOCABULARY) for m in rule.near_miss(pair, finding)]

    assert [s for s in sentences if not s.strip() or "{" in s or "None" in s] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_and_rule_has_a_name(language):
    names = [part_name(code, language) for code in PARTS] + [rule_name(rule.CODE, language) for rule in RULES]

    assert all(names)


def test_a_budget_is_told_in_ten_thousands_and_the_gap_with_it():
    demand, profile = {"budget_max_yuan": 100_000}, {"price_min_yuan": 120_000}

    assert said("budget", "zh", demand, profile) == "报价 12万元 起，超出预算 10万元，差 2万元"
    assert (
        said("budget", "en", demand, profile)
        == "asks from 120,000 yuan, over the budget of 100,000 yuan by 20,000 yuan"
    )


def test_what_is_missing_is_told_by_the_name_of_its_field():
    assert said("budget", "zh", {"budget_max_yuan": 1}) == "缺少信息：画像的报价下限"
    assert said("budget", "en", {"budget_max_yuan": 1}) == "not stated: the profile's lowest price"


def test_a_word_that_the_vocabulary_does_not_know_is_quoted():
    assert said("delivery", "zh", {"delivery": "飞鸽"}) == "词表不认识：需求的交付方式“飞鸽”"


def test_codes_are_shown_by_their_names():
    demand, profile = {"delivery": "onsite"}, {"delivery_modes": ["远程"]}

    assert said("delivery", "zh", demand, profile) == "需要现场交付，只能做远程"
    assert said("delivery", "en", demand, profile) == "asked for: On site; offered only: Remote"


def test_a_qualification_that_runs_out_is_told_with_its_last_day():
    demand = {"required_qualifications": ["等保二级"], "deliver_by": "2027-03-01"}
    profile = {"qualifications": [{"name": "等保三级", "valid_until": "2027-01-31"}]}

    assert said("qualification", "zh", demand, profile) == "缺少或届时失效：等保二级，其中 等保二级有效期至 2027-01-31"


def test_a_demand_that_asks_for_no_qualification_says_so():
    assert said("qualification", "zh", {"required_qualifications": []}) == "需求不要求资质"


def test_a_list_that_is_empty_reads_as_none():
    assert said("delivery", "zh", {"delivery": "onsite"}, {"delivery_modes": []}) == "需要现场交付，只能做无"


def test_a_hard_rule_that_only_reports_says_so():
    finding = Finding("open", Kind.SOFT, Verdict.FAIL, {"publish_until": "2026-11-01", "as_of": "2026-11-23"})

    assert finding_sentence(finding, "zh", VOCABULARY) == "征集已于 2026-11-01 截止（当前策略只提示，不作为硬条件）"


def test_a_finding_may_come_as_its_json_object():
    finding = CHECKS["maturity"].check(make_pair({"min_maturity": 6}, {"maturity": 7}))

    assert finding_sentence(finding.to_json(), "en", VOCABULARY) == finding_sentence(finding, "en", VOCABULARY)


def test_a_soft_rule_that_the_policy_switched_off_says_so():
    finding = Finding("sector", Kind.SOFT, Verdict.UNKNOWN, {"switched_off": True})

    assert finding_sentence(finding, "zh", VOCABULARY) == "当前匹配策略不计此项"


def test_a_near_miss_tells_field_old_and_new_value_and_the_rule():
    miss = NearMiss(rule="budget", field="profile.capabilities[1].price_min_yuan", from_value=120_000, to_value=100_000)

    assert near_miss_sentence(miss, "zh", VOCABULARY) == "该项能力的报价下限从12万元改为10万元，就符合“预算”"


def test_a_near_miss_of_a_list_tells_only_what_is_added():
    miss = NearMiss(
        rule="district", field="profile.service_districts", from_value=["锦江"], to_value=["锦江", "chenghua"]
    )

    assert near_miss_sentence(miss, "zh", VOCABULARY) == "画像的服务区域增加成华区，就符合“服务区域”"
    assert near_miss_sentence(miss.to_json(), "en", VOCABULARY) == (
        "Chenghua District added to the profile's districts would meet “District”"
    )


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [
        (0, "0元"),
        (9_999, "9999元"),
        (10_000, "1万元"),
        (125_000, "12.5万元"),
        (123_400, "12.34万元"),
        (123_456, "123456元"),
        (123_456_700, "12345.67万元"),
        (1_000_000_000_000, "100000000万元"),
    ],
)
def test_money_is_shown_in_ten_thousands_where_that_is_exact(yuan, shown):
    assert say_yuan(yuan) == shown


def test_a_field_is_named_whatever_its_place():
    assert field_name("profile.capabilities[12].lead_days", "zh") == "该项能力的交付周期"
