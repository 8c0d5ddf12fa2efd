"""The sentences for findings, near misses and parts: every code, in both languages, with the facts filled in."""

import json
import re

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
from tests.engine.make import VOCABULARY, day, make_pair, random_demands, random_profiles

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


ON_SITE = {"delivery": "onsite", "district": "成华"}
EVERY_VERDICT = {
    "budget": (
        ({"budget_max_yuan": 125_000}, {"price_min_yuan": 80_000}),
        ({"budget_max_yuan": 100_000}, {"price_min_yuan": 120_000}),
        ({}, {}),
    ),
    "deadline": (
        ({"deliver_by": day(60)}, {"lead_days": 45, "available_from": day(7)}),
        ({"deliver_by": day(0)}, {"lead_days": 1}),
        ({"deliver_by": day(60)}, {"lead_days": 30}),
    ),
    "qualification": (
        ({"required_qualifications": ["等保二级"]}, {"qualifications": ["mlps_3"]}),
        ({"required_qualifications": ["mlps_3"]}, {"qualifications": ["高企"]}),
        ({"required_qualifications": ["mlps_3"]}, {}),
    ),
    "delivery": (
        ({"delivery": "onsite"}, {"delivery_modes": ["onsite", "remote"]}),
        ({"delivery": "onsite"}, {"delivery_modes": ["remote"]}),
        ({"delivery": "onsite"}, {}),
    ),
    "district": (
        (ON_SITE, {"service_districts": ["whole_city"]}),
        (ON_SITE, {"service_districts": ["jinjiang"]}),
        (ON_SITE, {"service_districts": ["火星区"]}),
    ),
    "deployment": (
        ({"deployment": "any"}, {}),
        ({"deployment": "private"}, {"deployments": ["edge"]}),
        ({"deployment": "private"}, {}),
    ),
    "registration": (
        ({"require_registered_in": "chengdu"}, {"registered_city": "成都市"}),
        ({"require_registered_in": "chengdu"}, {"registered_city": "mianyang"}),
        ({"require_registered_in": "chengdu"}, {"registered_city": "月球"}),
    ),
    "maturity": (
        ({"min_maturity": 6}, {"maturity": 7}),
        ({"min_maturity": 6}, {"maturity": 5}),
        ({"min_maturity": 6}, {}),
    ),
    "clearance": (
        ({"data_sensitivity": "personal"}, {"data_clearances": ["personal", "minors"]}),
        ({"data_sensitivity": "minors"}, {"data_clearances": ["general"]}),
        ({"data_sensitivity": "minors"}, {}),
    ),
    "capacity": (
        ({}, {"active_engagements": 0, "max_concurrent": 3}),
        ({}, {"active_engagements": 3, "max_concurrent": 3}),
        ({}, {}),
    ),
    "exclusion": (
        ({"excluded": []}, {"excluded": []}),
        ({"excluded": ["P1"]}, {"excluded": ["D1"]}),
        ({"excluded": []}, {"excluded": ["乙学校"]}),
    ),
    "open": (
        ({"publish_until": day(90)}, {}),
        ({"publish_until": day(-1)}, {}),
        ({}, {}),
    ),
    "sector": (
        ({"sectors": ["education"]}, {"sectors": ["教育"]}),
        ({"sectors": ["education"]}, {"sectors": ["sports"]}),
        ({"sectors": ["星际贸易"]}, {"sectors": ["sports"]}),
    ),
    "locality": (
        ({"district": "chenghua"}, {"district": "成华区"}),
        ({"district": "chenghua"}, {"district": "jinjiang"}),
        ({"district": "chenghua"}, {}),
    ),
    "evidence": (
        ({}, {"cases": [{"client": "甲店", "verified_by": "盖章"}] * 2}),
        ({}, {"cases": []}),
        ({}, {}),
    ),
    "freshness": (
        ({}, {"updated_on": day(-12)}),
        ({}, {"updated_on": day(-400)}),
        ({}, {}),
    ),
    "headroom": (
        ({"budget_max_yuan": 100_000}, {"price_min_yuan": 70_000}),
        ({"budget_max_yuan": 100_000}, {"price_min_yuan": 99_999}),
        ({}, {"price_min_yuan": 0}),
    ),
}
"""Rule → records (demand, profile) that pass, fail and leave it unknown."""


@pytest.mark.parametrize("code", CHECKS)
def test_every_verdict_of_a_rule_has_its_own_words_in_both_languages(code):
    findings = [CHECKS[code].check(make_pair(demand, profile)) for demand, profile in EVERY_VERDICT[code]]
    chinese = [finding_sentence(finding, "zh", VOCABULARY) for finding in findings]
    english = [finding_sentence(finding, "en", VOCABULARY) for finding in findings]

    assert [finding.verdict for finding in findings] == [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]
    assert len({*chinese, *english}) == 6
    assert [text for text in chinese if set(re.findall("[A-Za-z_]+", text)) - {"OPC"}] == []
    assert [text for text in english if re.search(r"[{}_]", text)] == []


@pytest.mark.parametrize("code", CHECKS)
def test_a_finding_reads_the_same_after_it_was_stored(code):
    findings = [CHECKS[code].check(make_pair(demand, profile)) for demand, profile in EVERY_VERDICT[code]]
    stored = [json.loads(json.dumps(finding.to_json())) for finding in findings]

    for language in LANGUAGES:
        assert [finding_sentence(one, language, VOCABULARY) for one in stored] == [
            finding_sentence(one, language, VOCABULARY) for one in findings
        ]


def test_a_qualification_held_is_called_by_its_name_and_so_is_what_it_implies():
    demand, profile = EVERY_VERDICT["qualification"][0]

    assert said("qualification", "zh", demand, profile) == "需要等保二级，持有等保二级、等保三级"
    assert said("qualification", "en", demand, profile) == "required: MLPS level 2; held: MLPS level 2, MLPS level 3"


def test_a_long_list_names_five_and_counts_the_others():
    served = ["锦江", "青羊", "金牛", "武侯", "新都", "温江", "双流"]

    assert said("district", "zh", ON_SITE, {"service_districts": served}) == (
        "需求在成华区，服务区域只有锦江区、金牛区、青羊区、双流区、温江区等 7 项"
    )
    assert said("district", "en", ON_SITE, {"service_districts": served}).endswith("Wenjiang District and 2 more")


def test_a_page_where_a_word_was_asked_for_is_quoted_in_short():
    assert said("delivery", "zh", {"delivery": "上" * 1_000}) == f"词表不认识：需求的交付方式“{'上' * 29}…”"


def test_braces_in_a_word_stand_for_themselves():
    assert said("delivery", "en", {"delivery": "{x}"}) == "not in the vocabulary: the demand's way of delivery “{x}”"


@pytest.mark.parametrize(("lead_days", "late"), [(1, "1 day after"), (2, "2 days after")])
def test_days_in_english_are_one_or_many(lead_days, late):
    assert late in said("deadline", "en", {"deliver_by": day(0)}, {"lead_days": lead_days})
