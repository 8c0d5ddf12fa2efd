"""A rule reads nothing of the records but the keys that it names, so pairs that agree in them share its answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from matching.domain.codec import DEMAND_FIELDS, PROFILE_FIELDS
from matching.domain.demand import Demand
from matching.domain.match import Verdict
from matching.domain.profile import CapabilityProfile
from matching.engine.findings import Findings
from matching.engine.rules import HARD, RULES
from matching.engine.views import Pair, view_demand, view_profile
from tests.engine.make import (
    EVERYTHING,
    TODAY,
    VOCABULARY,
    full_demands,
    full_profiles,
    make_demand,
    make_profile,
    random_demands,
    random_profiles,
)


def ask(rule, demand, profile):
    pair = Pair(view_demand(demand, VOCABULARY), view_profile(profile, VOCABULARY), TODAY, VOCABULARY)
    finding = rule.check(pair)
    failed = rule in HARD and finding.verdict is Verdict.FAIL
    return finding, tuple(rule.near_miss(pair, finding)) if failed else ()


def bare(record, keys, **always):
    """A record of which only these keys are left."""
    return type(record)(**{**always, **{key: getattr(record, key) for key in keys}})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.CODE)
def test_every_key_is_one_of_the_record(rule):
    assert set(rule.DEMAND_KEYS) <= set(DEMAND_FIELDS)
    assert set(rule.PROFILE_KEYS) <= set(PROFILE_FIELDS)


@settings(max_examples=150, deadline=None)
@given(random_demands | full_demands, random_profiles | full_profiles)
def test_a_rule_says_the_same_of_records_stripped_of_all_other_keys(demand_keys, profile_keys):
    demand, profile = make_demand(**demand_keys), make_profile(**profile_keys)

    for rule in RULES:
        bare_demand = bare(demand, rule.DEMAND_KEYS, **({} if "id" in rule.DEMAND_KEYS else {"id": "x"}), title="")
        bare_profile = bare(profile, rule.PROFILE_KEYS, **{"id": "y", "name": "z"})
        assert isinstance(bare_demand, Demand)
        assert isinstance(bare_profile, CapabilityProfile)
        assert ask(rule, bare_demand, bare_profile) == ask(rule, demand, profile), rule.CODE


@settings(max_examples=60, deadline=None)
@given(random_demands | full_demands, random_profiles | full_profiles, random_profiles)
def test_answers_that_are_shared_are_those_that_each_pair_would_get(demand_keys, profile_keys, other_keys):
    demand = make_demand(**demand_keys)
    profile, other = make_profile(**profile_keys), make_profile(id="P2", **other_keys)
    twin = replace(profile, id="P3", summary="说的是另一回事")
    profiles = [profile, other, twin]
    findings = Findings(
        [view_demand(demand, VOCABULARY)],
        profiles,
        EVERYTHING,
        VOCABULARY,
        TODAY,
    )

    for place, own in enumerate(profiles):
        asked = [ask(rule, demand, own) for rule in RULES]
        expected = tuple(a[0] for a in asked), tuple(miss for a in asked for miss in a[1])
        assert findings.of(0, place) == expected
