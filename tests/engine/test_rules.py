"""The rules in the words of the design, one situation a line. Missing values: see test_twins.py."""

import pytest

from matching.domain.match import Finding, Kind, NearMiss, Verdict
from matching.engine.rules import RULES, budget, deadline, headroom, qualification
from tests.engine.make import STRANGE, day, make_pair

RULE = {rule.CODE: rule for rule in RULES}
PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def verdicts(code, *situations):
    """Parameters (demand's keys, profile's keys, verdict) of one rule."""
    return pytest.mark.parametrize(
        ("rule", "demand", "profile", "verdict"), [(RULE[code], *situation) for situation in situations]
    )


def check(rule, demand, profile, verdict):
    assert rule.check(make_pair(demand, profile)).verdict is verdict


def test_a_budget_below_the_price_fails_and_says_by_how_much():
    pair = make_pair({"budget_max_yuan": 100_000}, {"price_min_yuan": 120_000})

    finding = budget.check(pair)

    facts = {"budget_max_yuan": 100_000, "price_min_yuan": 120_000, "gap_yuan": 20_000}
    assert finding == Finding("budget", Kind.HARD, FAIL, facts)
    assert budget.near_miss(pair, finding) == [
        NearMiss(rule="budget", field="profile.price_min_yuan", from_value=120_000, to_value=100_000)
    ]


def test_a_budget_that_the_demand_does_not_say_is_named_as_missing():
    finding = budget.check(make_pair({}, {"price_min_yuan": 120_000}))

    assert finding == Finding("budget", Kind.HARD, UNKNOWN, {"missing": ["demand.budget_max_yuan"]})


@verdicts(
    "budget",
    ({"budget_max_yuan": 100_000}, {"price_min_yuan": 100_000}, PASS),
    ({"budget_max_yuan": 99_999}, {"price_min_yuan": 100_000}, FAIL),
    ({"budget_max_yuan": 0}, {"price_min_yuan": 0}, PASS),
    ({"budget_max_yuan": 0}, {"price_min_yuan": 1}, FAIL),
)
def test_the_budget_pays_at_least_the_price(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


CHEAP = {"name": "视觉盘点", "price_min_yuan": 50_000}
DEAR = {"name": "数字人", "price_min_yuan": 300_000}


@verdicts(
    "budget",
    ({"capabilities": ["视觉盘点"]}, {"price_min_yuan": 200_000, "capabilities": [CHEAP, DEAR]}, PASS),
    ({"capabilities": ["虚拟人"]}, {"price_min_yuan": 50_000, "capabilities": [CHEAP, DEAR]}, FAIL),  # a synonym
    ({"capabilities": ["数字人", "视觉盘点"]}, {"price_min_yuan": 200_000, "capabilities": [DEAR, CHEAP]}, PASS),
    ({"capabilities": ["文案生成"]}, {"price_min_yuan": 200_000, "capabilities": [CHEAP, DEAR]}, FAIL),  # the profile's
    ({"capabilities": ["文案生成"]}, {"price_min_yuan": 200_000, "capabilities": [CHEAP]}, PASS),  # the only one
    ({}, {"price_min_yuan": 200_000, "capabilities": [CHEAP]}, PASS),
    ({"capabilities": ["视觉盘点"]}, {"price_min_yuan": 50_000, "capabilities": ["视觉盘点", DEAR]}, PASS),
)
def test_the_price_of_the_capability_asked_for_stands_in_place_of_the_profile_s(rule, demand, profile, verdict):
    check(rule, {"budget_max_yuan": 100_000, **demand}, profile, verdict)


def test_a_price_of_a_capability_is_named_by_its_place():
    pair = make_pair({"budget_max_yuan": 100_000, "capabilities": ["数字人"]}, {"capabilities": [CHEAP, DEAR]})

    (miss,) = budget.near_miss(pair, budget.check(pair))

    assert miss.field == "profile.capabilities[1].price_min_yuan"


@verdicts(
    "deadline",
    ({"deliver_by": day(30)}, {"lead_days": 30, "available_from": day(-5)}, PASS),
    ({"deliver_by": day(30)}, {"lead_days": 31, "available_from": day(-5)}, FAIL),
    ({"deliver_by": day(30)}, {"lead_days": 20, "available_from": day(10)}, PASS),
    ({"deliver_by": day(30)}, {"lead_days": 21, "available_from": day(10)}, FAIL),
    ({"deliver_by": day(30)}, {"lead_days": 31}, FAIL),  # too late even if it were free today
    ({"deliver_by": day(30)}, {"lead_days": 30}, UNKNOWN),
    ({"deliver_by": day(30)}, {"available_from": day(40)}, UNKNOWN),
    ({"deliver_by": "9999-12-31"}, {"lead_days": 3650, "available_from": "9999-12-31"}, PASS),
)
def test_the_work_is_done_by_the_day_of_delivery(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


def test_a_late_profile_is_near_if_the_demand_waits_until_it_is_done():
    pair = make_pair({"deliver_by": day(30)}, {"lead_days": 45, "available_from": day(0)})

    (miss,) = deadline.near_miss(pair, deadline.check(pair))

    assert (miss.field, miss.from_value, miss.to_value) == ("demand.deliver_by", day(30), day(45))


UNDATED = {"required_qualifications": ["等保二级"]}  # the demand does not say when it needs it
ASKED = {**UNDATED, "deliver_by": day(60)}


@verdicts(
    "qualification",
    ({"required_qualifications": []}, {}, PASS),
    (ASKED, {}, UNKNOWN),
    (ASKED, {"qualifications": []}, FAIL),
    (ASKED, {"qualifications": ["MLPS 2"]}, PASS),  # by a synonym
    (ASKED, {"qualifications": ["等保三级"]}, PASS),  # by what it implies
    ({**ASKED, "required_qualifications": ["等保三级"]}, {"qualifications": ["等保二级"]}, FAIL),
    ({**ASKED, "required_qualifications": ["等保二级", "高企"]}, {"qualifications": ["等保二级"]}, FAIL),
    (ASKED, {"qualifications": [{"name": "等保二级", "valid_until": day(60)}]}, PASS),
    (ASKED, {"qualifications": [{"name": "等保二级", "valid_until": day(59)}]}, FAIL),
    (ASKED, {"qualifications": [{"name": "等保二级", "valid_until": None}]}, UNKNOWN),
    (ASKED, {"qualifications": [{"name": "等保二级", "valid_until": day(9)}, "等保三级"]}, PASS),
    (UNDATED, {"qualifications": [{"name": "等保二级", "valid_until": day(9)}]}, UNKNOWN),
    (UNDATED, {"qualifications": [{"name": "等保二级", "valid_until": day(-1)}]}, FAIL),
    (ASKED, {"qualifications": [STRANGE]}, UNKNOWN),  # it may be the one
    (ASKED, {"qualifications": [STRANGE, "等保二级"]}, PASS),
    ({**ASKED, "required_qualifications": [STRANGE]}, {"qualifications": ["等保二级"]}, UNKNOWN),
    ({**ASKED, "required_qualifications": [STRANGE, "高企"]}, {"qualifications": ["等保二级"]}, FAIL),
)
def test_every_required_qualification_is_held_and_valid(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


def test_what_is_lacking_and_what_runs_out_are_told_apart():
    pair = make_pair(
        {"required_qualifications": ["等保二级", "高企"], "deliver_by": day(60)},
        {"qualifications": [{"name": "等保三级", "valid_until": day(9)}]},
    )

    facts = qualification.check(pair).facts

    assert facts["lacking"] == ["high_tech_enterprise", "mlps_2"]
    assert facts["expired"] == {"mlps_2": day(9)}


@verdicts(
    "delivery",
    ({"delivery": "均可"}, {}, PASS),
    ({"delivery": "现场"}, {"delivery_modes": ["onsite"]}, PASS),
    ({"delivery": "现场"}, {"delivery_modes": ["线上线下结合"]}, PASS),
    ({"delivery": "现场"}, {"delivery_modes": ["远程"]}, FAIL),
    ({"delivery": "现场"}, {"delivery_modes": []}, FAIL),
    ({"delivery": "现场"}, {"delivery_modes": ["远程", STRANGE]}, UNKNOWN),
    ({"delivery": "现场"}, {}, UNKNOWN),
    ({"delivery": STRANGE}, {"delivery_modes": ["远程"]}, UNKNOWN),
)
def test_the_profile_works_in_the_way_asked_for(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "district",
    ({"delivery": "远程", "district": "锦江区"}, {"service_districts": ["成华"]}, PASS),  # nobody has to come
    ({"delivery": "均可", "district": "锦江区"}, {"service_districts": ["成华"]}, PASS),
    ({"delivery": "现场", "district": "锦江"}, {"service_districts": ["成都市锦江区"]}, PASS),
    ({"delivery": "现场", "district": "锦江"}, {"service_districts": ["成华"]}, FAIL),
    ({"delivery": "现场", "district": "锦江"}, {"service_districts": []}, FAIL),
    ({"delivery": "现场", "district": "锦江"}, {"service_districts": ["全市"]}, PASS),
    ({"delivery": "现场", "district": STRANGE}, {"service_districts": ["全市"]}, UNKNOWN),
    ({"delivery": "现场", "district": "锦江"}, {"service_districts": [STRANGE]}, UNKNOWN),
    ({"delivery": "现场"}, {"service_districts": ["全市"]}, UNKNOWN),
    ({"district": "锦江"}, {"service_districts": ["锦江"]}, PASS),  # whatever the way of delivery
    ({"district": "锦江"}, {"service_districts": ["成华"]}, UNKNOWN),
    ({"delivery": STRANGE, "district": "锦江"}, {"service_districts": ["成华"]}, UNKNOWN),
)
def test_work_on_site_is_done_where_the_profile_goes(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "deployment",
    ({"deployment": "不限"}, {}, PASS),
    ({"deployment": "私有化"}, {"deployments": ["本地部署", "SaaS"]}, PASS),
    ({"deployment": "私有化"}, {"deployments": ["SaaS"]}, FAIL),
    ({"deployment": "私有化"}, {"deployments": ["不限"]}, PASS),
    ({"deployment": "私有化"}, {"deployments": [STRANGE]}, UNKNOWN),
    ({"deployment": "私有化"}, {}, UNKNOWN),
)
def test_the_profile_runs_where_the_demand_needs_it(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "registration",
    ({"require_registered_in": "any"}, {}, PASS),
    ({"require_registered_in": "成都"}, {"registered_city": "成都市"}, PASS),
    ({"require_registered_in": "成都"}, {"registered_city": "绵阳"}, FAIL),
    ({"require_registered_in": "成都"}, {"registered_city": STRANGE}, UNKNOWN),
    ({"require_registered_in": STRANGE}, {"registered_city": "成都"}, UNKNOWN),
    ({"require_registered_in": "成都"}, {}, UNKNOWN),
    ({}, {"registered_city": "成都"}, UNKNOWN),
)
def test_the_profile_is_registered_where_the_demand_says(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "maturity",
    ({"min_maturity": 6}, {"maturity": 6}, PASS),
    ({"min_maturity": 6}, {"maturity": 5}, FAIL),
    ({"min_maturity": 6}, {"maturity": 5, "capabilities": [{"name": "视觉盘点", "maturity": 8}]}, PASS),
    ({"min_maturity": 6}, {}, UNKNOWN),
)
def test_the_technology_is_far_enough(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "clearance",
    ({"data_sensitivity": "公开"}, {"data_clearances": []}, PASS),
    ({"data_sensitivity": "公开"}, {}, PASS),
    ({"data_sensitivity": "个人信息"}, {"data_clearances": ["personal"]}, PASS),
    ({"data_sensitivity": "一般"}, {"data_clearances": ["重要", "个人信息", "未成年人信息"]}, FAIL),  # implies nothing
    ({"data_sensitivity": "一般"}, {}, UNKNOWN),
    ({"data_sensitivity": "一般"}, {"data_clearances": [STRANGE]}, UNKNOWN),
)
def test_the_profile_may_handle_the_data(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "capacity",
    ({}, {"active_engagements": 1, "max_concurrent": 2}, PASS),
    ({}, {"active_engagements": 2, "max_concurrent": 2}, FAIL),
    ({}, {"active_engagements": 0, "max_concurrent": 0}, FAIL),
    ({}, {"max_concurrent": 2}, UNKNOWN),
)
def test_the_profile_has_room_for_one_more(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


OWNED = {"owner": {"name": "甲公司"}, "excluded": []}


@verdicts(
    "exclusion",
    (OWNED, {"excluded": []}, PASS),
    (OWNED, {"excluded": ["乙公司"]}, PASS),
    (OWNED, {"excluded": ["甲 公 司"]}, FAIL),
    (OWNED, {"excluded": ["d1"]}, FAIL),
    (OWNED, {"name": "甲公司", "excluded": []}, FAIL),  # nobody is matched with itself
    ({"excluded": ["p1"]}, {}, FAIL),
    ({"excluded": ["数架人 工作室"]}, {"excluded": []}, FAIL),
    ({"excluded": []}, {"excluded": []}, PASS),
    ({"excluded": []}, {"excluded": ["甲公司"]}, UNKNOWN),  # the owner may be it
    ({"owner": {"name": "甲公司"}}, {"excluded": []}, UNKNOWN),
    (OWNED, {}, UNKNOWN),
)
def test_neither_side_has_ruled_the_other_out(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


@verdicts(
    "open",
    ({"publish_until": day(0)}, {}, PASS),
    ({"publish_until": day(-1)}, {}, FAIL),
    ({}, {}, UNKNOWN),
)
def test_the_demand_still_takes_answers(rule, demand, profile, verdict):
    check(rule, demand, profile, verdict)


def values(code, *situations):
    """Parameters (demand's keys, profile's keys, verdict, value) of one soft rule."""
    return pytest.mark.parametrize(
        ("rule", "demand", "profile", "answer"), [(RULE[code], d, p, (v, x)) for d, p, v, x in situations]
    )


def check_value(rule, demand, profile, answer):
    finding = rule.check(make_pair(demand, profile))

    assert (finding.verdict, finding.facts.get("value")) == answer


@values(
    "sector",
    ({"sectors": ["文创", "零售"]}, {"sectors": ["retail"]}, PASS, 1.0),
    ({"sectors": ["文创"]}, {"sectors": ["教育"]}, FAIL, 0.0),
    ({"sectors": ["文创"]}, {"sectors": []}, FAIL, 0.0),
    ({"sectors": ["文创"]}, {"sectors": [STRANGE]}, UNKNOWN, None),
    ({"sectors": ["文创"]}, {"sectors": [STRANGE, "文创"]}, PASS, 1.0),
    ({"sectors": ["文创"]}, {}, UNKNOWN, None),
)
def test_a_common_sector_is_worth_something(rule, demand, profile, answer):
    check_value(rule, demand, profile, answer)


@values(
    "locality",
    ({"district": "锦江"}, {"district": "jinjiang"}, PASS, 1.0),
    ({"district": "锦江"}, {"district": "成华"}, FAIL, 0.0),
    ({"district": "锦江"}, {"district": STRANGE}, UNKNOWN, None),
    ({}, {"district": "成华"}, UNKNOWN, None),
)
def test_the_same_district_is_worth_something_where_a_policy_says_so(rule, demand, profile, answer):
    check_value(rule, demand, profile, answer)


CASE, BARE = {"verified_by": "客户"}, {"client": "某店"}


@values(
    "evidence",
    ({}, {"cases": []}, FAIL, 0.0),
    ({}, {"cases": [CASE, BARE, {"verified_by": " "}]}, FAIL, 1 / 3),
    ({}, {"cases": [CASE, CASE]}, PASS, 2 / 3),
    ({}, {"cases": [CASE] * 5}, PASS, 1.0),
    ({}, {}, UNKNOWN, None),
)
def test_verified_cases_count_up_to_three(rule, demand, profile, answer):
    check_value(rule, demand, profile, answer)


@values(
    "freshness",
    ({}, {"updated_on": day(5)}, PASS, 1.0),
    ({}, {"updated_on": day(-90)}, PASS, 1.0),
    ({}, {"updated_on": day(-145)}, PASS, 0.8),
    ({}, {"updated_on": day(-364)}, PASS, 1 / 275),
    ({}, {"updated_on": day(-365)}, FAIL, 0.0),
    ({}, {"updated_on": day(-4000)}, FAIL, 0.0),
    ({}, {}, UNKNOWN, None),
)
def test_a_profile_ages_from_three_months_to_a_year(rule, demand, profile, answer):
    check_value(rule, demand, profile, answer)


@values(
    "headroom",
    ({"budget_max_yuan": 100}, {"price_min_yuan": 100}, FAIL, 0.0),
    ({"budget_max_yuan": 100}, {"price_min_yuan": 150}, FAIL, 0.0),
    ({"budget_max_yuan": 100}, {"price_min_yuan": 85}, PASS, 0.5),
    ({"budget_max_yuan": 100}, {"price_min_yuan": 70}, PASS, 1.0),
    ({"budget_max_yuan": 100}, {"price_min_yuan": 1}, PASS, 1.0),  # the cheapest wins nothing more
    ({"budget_max_yuan": 0}, {"price_min_yuan": 0}, FAIL, 0.0),
    ({}, {"price_min_yuan": 1}, UNKNOWN, None),
)
def test_what_the_budget_leaves_counts_up_to_three_tenths(rule, demand, profile, answer):
    check_value(rule, demand, profile, answer)


def test_headroom_reads_the_price_of_the_capability_asked_for():
    pair = make_pair({"budget_max_yuan": 100_000, "capabilities": ["视觉盘点"]}, {"capabilities": [DEAR, CHEAP]})

    assert headroom.check(pair).facts["value"] == 1.0
