"""What a changed term would open. The judge of every answer is `recommend` on the changed records."""

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.demand import Demand
from matching.domain.errors import InputError
from matching.domain.match import NearMiss, Verdict
from matching.domain.policy import DEFAULT_POLICY, TEXT_PARTS
from matching.engine.changes import changed, lacking
from matching.engine.ground import Ground
from matching.engine.rules import HARD
from matching.engine.whatif import EFFORT, Amounts, Opening, outlook_of_demand, outlook_of_profile, smallest_change
from tests.engine.demonstration import demonstration
from tests.engine.make import (
    EVERYTHING,
    TODAY,
    VOCABULARY,
    day,
    full_demands,
    full_profiles,
    make_demand,
    make_pair,
    make_profile,
    match,
    random_demands,
    random_profiles,
)

UNRELATED = {"title": "Quantum xylophone"}


def ground_of(demands, profiles, policy=EVERYTHING):
    return Ground(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=TODAY)


def opened(outlook):
    """What is opened, by field and value."""
    return {
        (opening.change.field.partition(".")[2], _hashable(opening.change.to_value)): opening.opens
        for opening in outlook.openings
    }


def _hashable(value):
    return tuple(value) if isinstance(value, list) else value


def demand(number, **keys):
    return make_demand(id=f"D{number}", **keys)


def profile(number, **keys):
    return make_profile(id=f"P{number}", **keys)


def eligible(demands, profiles, record, policy):
    """The ids of those whom no rule stops, and whose texts earn what the policy asks for."""
    of_demand = isinstance(record, Demand)
    sizes = {"top_per_demand": 10_000 * of_demand, "top_per_profile": 10_000 * (not of_demand)}
    found = match(demands, profiles, policy=replace(policy, minimum_relevance=0.0), **sizes)
    least = policy.minimum_relevance * sum(policy.weights[code] for code in TEXT_PARTS)
    own = (found.for_demands if of_demand else found.for_profiles)[record.id]
    suitable = [m for m in own if sum(part.contribution for part in m.parts[: len(TEXT_PARTS)]) >= least]
    return {m.profile if of_demand else m.demand for m in suitable}


def assert_exact(demands, profiles, record, openings, policy):
    """Each change made on the record opens and closes the ids that were told, and no others."""
    before = eligible(demands, profiles, record, policy)
    for opening in openings:
        new = changed(record, opening.change)
        sides = ([new if r is record else r for r in side] for side in (demands, profiles))
        after = eligible(*sides, record, policy)

        assert after - before == set(opening.opens), opening
        assert before - after == set(opening.closes), opening


# For an OPC


def test_a_lower_price_is_told_in_the_smallest_steps_that_open_one_three_and_most():
    demands = [demand(n, budget_max_yuan=yuan) for n, yuan in enumerate([90, 80, 70, 60, 50, 200])]
    ground = ground_of(demands, [profile(1, price_min_yuan=100)])

    outlook = outlook_of_profile(ground, "P1")

    assert (outlook.suitable, outlook.eligible, outlook.out_of_reach) == (6, 1, 0)
    assert opened(outlook) == {
        ("price_min_yuan", 50): ("D0", "D1", "D2", "D3", "D4"),
        ("price_min_yuan", 70): ("D0", "D1", "D2"),
        ("price_min_yuan", 90): ("D0",),
    }
    assert outlook.openings[0] == Opening(
        change=NearMiss(rule="budget", field="profile.price_min_yuan", from_value=100, to_value=50),
        opens=("D0", "D1", "D2", "D3", "D4"), closes=(), with_one_more=(),
        amounts=Amounts(said=5, unsaid=0, total_yuan=350, lowest_yuan=50, highest_yuan=90),
    )  # fmt: skip


def test_a_capability_that_has_its_own_price_is_lowered_there():
    named = {"capabilities": [{"name": "视觉盘点", "price_min_yuan": 90}, "数字人"], "price_min_yuan": 100}
    demands = [demand(1, capabilities=["视觉盘点"], budget_max_yuan=80), demand(2, budget_max_yuan=70)]

    outlook = outlook_of_profile(ground_of(demands, [profile(1, **named)]), "P1")

    assert opened(outlook) == {("capabilities[0].price_min_yuan", 80): ("D1",), ("price_min_yuan", 70): ("D2",)}


def test_time_is_won_by_a_shorter_lead_or_an_earlier_start():
    late = {"lead_days": 30, "available_from": day(20)}
    demands = [demand(1, deliver_by=day(45)), demand(2, deliver_by=day(10)), demand(3, deliver_by=day(-1))]

    outlook = outlook_of_profile(ground_of(demands, [profile(1, **late)]), "P1")

    assert opened(outlook) == {("lead_days", 25): ("D1",), ("available_from", day(15)): ("D1",)}
    assert outlook.openings[0].amounts == Amounts(said=0, unsaid=1, total_yuan=0, lowest_yuan=None, highest_yuan=None)


def test_a_qualification_opens_whoever_lacks_it_alone_and_brings_those_near_who_lack_two():
    demands = [
        demand(1, required_qualifications=["等保二级"]),
        demand(2, required_qualifications=["等保三级"]),
        demand(3, required_qualifications=["等保二级", "高新技术企业"]),
    ]

    outlook = outlook_of_profile(ground_of(demands, [profile(1, qualifications=[])]), "P1")

    assert [(o.change.to_value, o.opens, o.with_one_more) for o in outlook.openings] == [
        (["mlps_3"], ("D1", "D2"), ("D3",)),
        (["mlps_2"], ("D1",), ("D3",)),
        (["high_tech_enterprise"], (), ("D3",)),
    ]


def test_an_expired_qualification_is_renewed():
    held = [{"name": "等保二级", "valid_until": day(10)}, "高新技术企业"]
    asked = demand(1, required_qualifications=["等保二级"], deliver_by=day(60))

    outlook = outlook_of_profile(ground_of([asked], [profile(1, qualifications=held)]), "P1")

    assert opened(outlook) == {("qualifications", ("高新技术企业", "mlps_2")): ("D1",)}


def test_one_more_district_or_the_whole_city():
    demands = [demand(n, delivery="onsite", district=name) for n, name in enumerate(["锦江区", "成华区", "成华区"])]

    outlook = outlook_of_profile(ground_of(demands, [profile(1, service_districts=["武侯区"])]), "P1")

    assert opened(outlook) == {
        ("service_districts", ("武侯区", "whole_city")): ("D0", "D1", "D2"),
        ("service_districts", ("武侯区", "chenghua")): ("D1", "D2"),
        ("service_districts", ("武侯区", "jinjiang")): ("D0",),
    }


@pytest.mark.parametrize(
    ("asked", "offered", "field", "value"),
    [
        ({"delivery": "remote"}, {"delivery_modes": ["现场"]}, "delivery_modes", ("现场", "remote")),
        ({"deployment": "private"}, {"deployments": ["saas"]}, "deployments", ("saas", "private")),
        ({"data_sensitivity": "personal"}, {"data_clearances": []}, "data_clearances", ("personal",)),
        ({}, {"active_engagements": 4, "max_concurrent": 3}, "max_concurrent", 5),
    ],
)
def test_a_way_of_working_a_clearance_and_room_for_one_more_can_be_had(asked, offered, field, value):
    outlook = outlook_of_profile(ground_of([demand(1, **asked)], [profile(1, **offered)]), "P1")

    assert opened(outlook) == {(field, value): ("D1",)}


def test_what_an_opc_cannot_change_is_counted_and_not_proposed():
    stopped = [
        {"require_registered_in": "成都"}, {"min_maturity": 9}, {"excluded": ["P1"]}, {"publish_until": day(-1)},
    ]  # fmt: skip
    demands = [demand(n, budget_max_yuan=1, **keys) for n, keys in enumerate(stopped)]
    ground = ground_of(demands, [profile(1, registered_city="绵阳", maturity=5, price_min_yuan=9)])

    outlook = outlook_of_profile(ground, "P1")

    assert (outlook.suitable, outlook.eligible, outlook.out_of_reach, outlook.openings) == (4, 0, 4, ())


def test_a_demand_that_needs_two_changes_is_counted_apart_under_either():
    both = demand(1, budget_max_yuan=80, deployment="private")
    ground = ground_of([both], [profile(1, price_min_yuan=100, deployments=["saas"])])

    outlook = outlook_of_profile(ground, "P1")

    assert [(o.change.rule, o.opens, o.with_one_more) for o in outlook.openings] == [
        ("budget", (), ("D1",)), ("deployment", (), ("D1",)),
    ]  # fmt: skip


def test_changes_come_by_number_then_by_budget():
    demands = [
        demand(1, delivery="remote", budget_max_yuan=10),
        demand(2, deployment="edge", budget_max_yuan=30),
        demand(3, data_sensitivity="minors"),
        demand(4, data_sensitivity="minors"),
    ]
    offered = {"delivery_modes": ["onsite"], "deployments": ["saas"], "data_clearances": []}

    outlook = outlook_of_profile(ground_of(demands, [profile(1, **offered)]), "P1")

    assert [o.change.rule for o in outlook.openings] == ["clearance", "deployment", "delivery"]
    assert outlook.openings[0].amounts.unsaid == 2


def test_a_demand_that_nobody_would_find_suitable_is_opened_by_nothing():
    demands = [demand(1, budget_max_yuan=80), demand(2, budget_max_yuan=80, **UNRELATED)]
    ground = ground_of(demands, [profile(1, price_min_yuan=100)], DEFAULT_POLICY)

    outlook = outlook_of_profile(ground, "P1")

    assert (outlook.suitable, opened(outlook)) == (1, {("price_min_yuan", 80): ("D1",)})


def test_a_rule_that_the_policy_only_reports_stops_nobody():
    policy = replace(EVERYTHING, hard={**EVERYTHING.hard, "budget": False})
    ground = ground_of([demand(1, budget_max_yuan=80)], [profile(1, price_min_yuan=100)], policy)

    outlook = outlook_of_profile(ground, "P1")

    assert (outlook.eligible, outlook.openings) == (1, ())


# For an owner


def test_an_owner_can_pay_more_wait_ask_for_less_and_look_farther():
    profiles = [
        profile(1, price_min_yuan=120),
        profile(2, lead_days=40),
        profile(3, delivery_modes=["remote"]),
        profile(4, service_districts=["成华区"]),
        profile(5, deployments=["saas"]),
        profile(6, qualifications=[]),
        profile(7, registered_city="绵阳"),
        profile(8, maturity=4),
        profile(9, data_clearances=[]),
    ]
    asked = demand(
        1, budget_max_yuan=100, deliver_by=day(30), delivery="onsite", district="锦江区", deployment="private",
        required_qualifications=["等保二级"], require_registered_in="成都", min_maturity=6,
        data_sensitivity="personal",
    )  # fmt: skip

    outlook = outlook_of_demand(ground_of([asked], profiles), "D1")

    assert (outlook.suitable, outlook.eligible, outlook.out_of_reach) == (9, 0, 1)
    assert opened(outlook) == {
        ("budget_max_yuan", 120): ("P1",),
        ("deliver_by", day(40)): ("P2",),
        ("delivery", "any"): ("P3", "P4"),
        ("delivery", "remote"): ("P3", "P4"),
        ("district", None): ("P4",),
        ("deployment", "any"): ("P5",),
        ("deployment", "saas"): ("P5",),
        ("required_qualifications", ()): ("P6",),
        ("require_registered_in", None): ("P7",),
        ("min_maturity", 4): ("P8",),
    }


def test_what_a_change_takes_away_is_told_and_the_kinder_change_of_the_same_term_stands_alone():
    profiles = [profile(1, deployments=["saas"]), profile(2, deployments=["private"])]

    outlook = outlook_of_demand(ground_of([demand(1, deployment="private")], profiles), "D1")

    assert [(o.change.to_value, o.opens, o.closes) for o in outlook.openings] == [("any", ("P1",), ())]


def test_a_later_day_that_outlives_a_certificate_closes_as_it_opens():
    profiles = [
        profile(1, lead_days=40),
        profile(2, lead_days=5, qualifications=[{"name": "等保二级", "valid_until": day(35)}]),
    ]
    asked = demand(1, deliver_by=day(30), required_qualifications=["等保二级"])

    outlook = outlook_of_demand(ground_of([asked], profiles), "D1")

    (waiting,) = (o for o in outlook.openings if o.change.field == "demand.deliver_by")
    assert (waiting.opens, waiting.closes) == (("P1",), ("P2",))


def test_the_amounts_of_an_owner_are_what_the_others_ask():
    profiles = [profile(1, price_min_yuan=30, deployments=["saas"]), profile(2, deployments=["saas"])]

    outlook = outlook_of_demand(ground_of([demand(1, deployment="private")], profiles), "D1")

    assert outlook.openings[0].amounts == Amounts(said=1, unsaid=1, total_yuan=30, lowest_yuan=30, highest_yuan=30)


def test_an_outlook_can_be_written_as_json():
    ground = ground_of([demand(1, budget_max_yuan=80)], [profile(1, price_min_yuan=100)])

    told = json.loads(json.dumps(outlook_of_profile(ground, "P1").to_json()))

    assert told == {
        "record": "P1", "suitable": 1, "eligible": 0, "out_of_reach": 0,
        "openings": [
            {
                "rule": "budget", "field": "profile.price_min_yuan", "from": 100, "to": 80, "opens": ["D1"],
                "closes": [], "with_one_more": 0,
                "amounts": {"said": 1, "unsaid": 0, "total_yuan": 80, "lowest_yuan": 80, "highest_yuan": 80},
            }
        ],
    }  # fmt: skip


def test_an_unknown_record_has_no_outlook():
    with pytest.raises(InputError):
        outlook_of_profile(ground_of([demand(1)], [profile(1)]), "P9")


# Both, held against the lists


def test_on_the_demonstration_every_change_opens_exactly_what_was_told():
    demands, profiles = (records[::10] for records in demonstration())
    policy = replace(DEFAULT_POLICY, minimum_relevance=0.1)
    ground = ground_of(demands, profiles, policy)

    outlooks = [outlook_of_profile(ground, p.id) for p in profiles] + [outlook_of_demand(ground, d.id) for d in demands]

    records = {record.id: record for record in (*demands, *profiles)}
    told = [(records[outlook.record], opening) for outlook in outlooks for opening in outlook.openings]
    assert sum(len(opening.opens) for _, opening in told) > 25
    for record, opening in told[:: len(told) // 8]:
        assert_exact(demands, profiles, record, [opening], policy)


@settings(max_examples=25, deadline=None)
@given(
    demand_keys=st.lists(random_demands | full_demands, min_size=1, max_size=4),
    profile_keys=st.lists(random_profiles | full_profiles, min_size=1, max_size=4),
)
def test_on_records_with_anything_missing_every_change_opens_exactly_what_was_told(demand_keys, profile_keys):
    demands = [make_demand(**{**keys, "id": f"D{n}"}) for n, keys in enumerate(demand_keys)]
    profiles = [make_profile(**{**keys, "id": f"P{n}"}) for n, keys in enumerate(profile_keys)]
    ground = ground_of(demands, profiles)

    of_demand, of_profile = outlook_of_demand(ground, "D0"), outlook_of_profile(ground, "P0")

    assert_exact(demands, profiles, demands[0], of_demand.openings, EVERYTHING)
    assert_exact(demands, profiles, profiles[0], of_profile.openings, EVERYTHING)


CHOICES = {"delivery", "district", "deployment", "clearance", "capacity", "qualification"}


@settings(max_examples=60, deadline=None)
@given(demand_keys=st.lists(full_demands, min_size=1, max_size=4), profile_keys=full_profiles)
def test_whoever_is_one_change_away_is_opened_by_one(demand_keys, profile_keys):
    demands = [make_demand(**{**keys, "id": f"D{n}"}) for n, keys in enumerate(demand_keys)]
    ground = ground_of(demands, [make_profile(**{**profile_keys, "id": "P1"})])
    away = {}
    for one in demands:
        pair = ground.pair(one, ground.profiles[0])
        failed = {rule.CODE for rule in HARD if rule.check(pair).verdict is Verdict.FAIL}
        if len(failed) == 1 and failed <= CHOICES and (failed != {"qualification"} or lacking(pair) == 1):
            away[one.id] = failed

    outlook = outlook_of_profile(ground, "P1")

    assert away.keys() <= {id_ for opening in outlook.openings for id_ in opening.opens}


# For a pair


def smallest(demand_keys, profile_keys, policy=EVERYTHING):
    one, other = demand(1, **demand_keys), profile(1, **profile_keys)
    return smallest_change(ground_of([one], [other], policy), one, other)


def test_every_hard_rule_has_its_place_among_the_efforts():
    assert sorted(EFFORT) == sorted(rule.CODE for rule in HARD)


def test_an_eligible_pair_needs_no_change():
    assert smallest({}, {}) == ()


def test_the_smallest_change_of_a_pair_is_what_each_failed_rule_names_easiest_first():
    found = smallest({"budget_max_yuan": 80, "deployment": "private"}, {"price_min_yuan": 100, "deployments": ["saas"]})

    assert found == (
        NearMiss(rule="deployment", field="profile.deployments", from_value=["saas"], to_value=["saas", "private"]),
        NearMiss(rule="budget", field="profile.price_min_yuan", from_value=100, to_value=80),
    )


def test_one_change_that_mends_two_failures_is_smaller_than_two():
    found = smallest(
        {"delivery": "onsite", "district": "锦江区"}, {"delivery_modes": ["remote"], "service_districts": ["成华区"]}
    )

    assert found == (NearMiss(rule="delivery", field="demand.delivery", from_value="onsite", to_value="any"),)


def test_a_change_that_breaks_another_rule_is_not_taken_alone():
    held = [{"name": "等保二级", "valid_until": day(32)}]
    found = smallest(
        {"deliver_by": day(30), "required_qualifications": ["等保二级"]},
        {"lead_days": 40, "available_from": day(-5), "qualifications": held},
    )

    assert found == (NearMiss(rule="deadline", field="profile.lead_days", from_value=40, to_value=30),)


@pytest.mark.parametrize("keys", [{"excluded": ["P1"]}, {"publish_until": day(-1)}])
def test_no_change_helps_where_nobody_can_make_one(keys):
    assert smallest({**keys, "budget_max_yuan": 1}, {"price_min_yuan": 2}) is None


@settings(max_examples=80, deadline=None)
@given(demand_keys=random_demands | full_demands, profile_keys=random_profiles | full_profiles)
def test_the_changes_of_a_pair_are_enough_and_none_of_them_is_idle(demand_keys, profile_keys):
    pair = make_pair(demand_keys, profile_keys)
    one, other = pair.demand.record, pair.profile.record
    ground = ground_of([one], [other])

    def failed(changes):
        new_demand, new_profile = one, other
        for change in changes:
            if change.field.startswith("demand."):
                new_demand = changed(new_demand, change)
            else:
                new_profile = changed(new_profile, change)
        new = ground.pair(new_demand, new_profile)
        return {rule.CODE for rule in HARD if rule.check(new).verdict is Verdict.FAIL}

    found = smallest_change(ground, one, other)

    if found is None:
        assert failed(()) & {"exclusion", "open"}
    else:
        assert failed(found) == set()
        assert len(found) <= max(len(failed(())), 1) or len(failed(())) > 3
        for fewer in combinations(found, len(found) - 1) if found else ():
            assert failed(fewer), fewer
