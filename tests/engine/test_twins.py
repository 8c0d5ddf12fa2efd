"""Every rule's readable answer against its fast twin, and what a missing value may never do."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domain.match import Kind, Verdict
from matching.domain.policy import HARD_RULES, SOFT_RULES
from matching.engine.rules import HARD, RULES, SOFT
from matching.engine.tables import Block, demand_table, profile_table
from matching.engine.views import Pair, view_demand, view_profile
from tests.engine.make import (
    EVERYTHING,
    TODAY,
    VOCABULARY,
    full_demands,
    full_profiles,
    make_demand,
    make_pair,
    make_profile,
    match,
    random_demands,
    random_profiles,
)

SIGN = {Verdict.PASS: 1, Verdict.UNKNOWN: 0, Verdict.FAIL: -1}


def views(demand_keys, profile_keys):
    demands = [make_demand(**{"id": f"D{n}", **keys}) for n, keys in enumerate(demand_keys, start=1)]
    profiles = [make_profile(**{"id": f"P{n}", **keys}) for n, keys in enumerate(profile_keys, start=1)]
    return [view_demand(d, VOCABULARY) for d in demands], [view_profile(p, VOCABULARY) for p in profiles]


@settings(max_examples=60, deadline=None)
@given(
    demand_keys=st.lists(random_demands | full_demands, min_size=1, max_size=5),
    profile_keys=st.lists(random_profiles | full_profiles, min_size=1, max_size=6),
)
def test_every_rule_says_the_same_of_one_pair_and_of_a_block(demand_keys, profile_keys):
    demands, profiles = views(demand_keys, profile_keys)
    block = Block(demand_table(demands, VOCABULARY, TODAY), profile_table(profiles, VOCABULARY), VOCABULARY)
    pairs = [[Pair(d, p, TODAY, VOCABULARY) for p in profiles] for d in demands]

    for rule in HARD:
        findings = [[rule.check(pair) for pair in row] for row in pairs]
        answers = rule.verdicts(block)

        assert (answers.shape, answers.dtype) == (block.shape, np.int8), rule.CODE
        assert answers.tolist() == [[SIGN[f.verdict] for f in row] for row in findings], rule.CODE
        for row, found in zip(pairs, findings, strict=True):
            for pair, finding in zip(row, found, strict=True):
                misses = rule.near_miss(pair, finding) if finding.verdict is Verdict.FAIL else []
                assert json.dumps([finding.to_json(), [miss.to_json() for miss in misses]], allow_nan=False)
    for rule in SOFT:
        findings = [[rule.check(pair) for pair in row] for row in pairs]
        expected = [[np.nan if f.verdict is Verdict.UNKNOWN else f.facts["value"] for f in row] for row in findings]

        np.testing.assert_array_equal(rule.values(block), np.array(expected), err_msg=rule.CODE)
        assert json.dumps([f.to_json() for row in findings for f in row], allow_nan=False)


def test_the_rules_are_those_that_a_policy_names_in_its_order():
    assert tuple(rule.CODE for rule in HARD) == HARD_RULES
    assert tuple(rule.CODE for rule in SOFT) == SOFT_RULES
    assert {rule.KIND for rule in HARD} == {Kind.HARD}
    assert {rule.KIND for rule in SOFT} == {Kind.SOFT}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.CODE)
def test_two_records_that_say_nothing_agree_on_nothing(rule):
    finding = rule.check(make_pair())

    assert finding.verdict is Verdict.UNKNOWN
    assert finding.facts["missing"]


READ_AS_TEXT = {"capabilities", "cases"}
"""Left out below: they are part of the text, and a capability's own terms stand in place of the profile's."""


@settings(max_examples=60, deadline=None)
@given(demand=full_demands, profile=full_profiles, data=st.data())
def test_leaving_a_key_out_never_raises_the_score_and_never_wins_a_pass(demand, profile, data):
    side, keys = data.draw(st.sampled_from([("demand", demand), ("profile", profile)]))
    key = data.draw(st.sampled_from(sorted(keys.keys() - READ_AS_TEXT)))
    less = {"demand": demand, "profile": profile, side: {k: v for k, v in keys.items() if k != key}}

    before, after = (
        match([make_demand(**d)], [make_profile(**p)], policy=EVERYTHING, include_ineligible=True).for_demands["D1"][0]
        for d, p in ((demand, profile), (less["demand"], less["profile"]))
    )

    assert after.score <= before.score
    for was, became in zip(before.findings, after.findings, strict=True):
        assert became.verdict is not Verdict.PASS or was.verdict is Verdict.PASS, (key, was, became)


@settings(max_examples=60, deadline=None)
@given(demand=full_demands, profile=full_profiles)
def test_a_record_that_says_nothing_fails_only_what_the_other_side_decides_alone(demand, profile):
    silent_demand = {rule.CODE for rule in HARD if rule.check(make_pair({}, profile)).verdict is Verdict.FAIL}
    silent_profile = {rule.CODE for rule in HARD if rule.check(make_pair(demand, {})).verdict is Verdict.FAIL}

    assert silent_demand <= {"capacity", "exclusion"}
    assert silent_profile <= {"open", "exclusion"}
