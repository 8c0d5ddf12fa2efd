"""Who suits whom by text, and what the rules say of records that may have been changed: as the lists have it."""

from dataclasses import replace

import numpy as np
import pytest

from matching.domain.errors import InputError
from matching.domain.match import Kind, Verdict
from matching.domain.policy import DEFAULT_POLICY, TEXT_PARTS
from matching.engine import ground as module
from matching.engine.ground import Ground
from matching.engine.ranking import Sizes
from tests.engine.demonstration import demonstration
from tests.engine.make import EVERYTHING, TODAY, VOCABULARY, make_demand, make_profile, match


def some_records():
    """A part of the demonstration, and records whose texts say nothing."""
    demands, profiles = demonstration()
    return (
        [*demands[::5], make_demand(id="D-mute", title="🎈"), make_demand(id="D-zero", title="Quantum xylophone")],
        [*profiles[::6], make_profile(id="P-mute", name="🎈", summary="🎈"), make_profile(id="P-bare", summary=None)],
    )


def ground_of(demands, profiles, policy=DEFAULT_POLICY):
    return Ground(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=TODAY)


def relevant(policy):
    """Whether the text parts of a match earn what a policy asks for; there is some evidence in any case."""
    least = policy.minimum_relevance * sum(policy.weights[code] for code in TEXT_PARTS)
    parts = len(TEXT_PARTS)
    return lambda m: (
        sum(part.contribution for part in m.parts[:parts]) >= least and any(part.value for part in m.parts[:parts])
    )


@pytest.mark.parametrize("minimum", [0.0, 0.1, DEFAULT_POLICY.minimum_relevance, 0.4])
@pytest.mark.parametrize("rows", [7, 100_000])
def test_those_who_suit_are_those_whose_text_parts_earn_enough_whatever_the_rules_say(minimum, rows, monkeypatch):
    monkeypatch.setattr(module, "ROWS_A_BLOCK", rows)
    demands, profiles = some_records()
    policy = replace(DEFAULT_POLICY, minimum_relevance=minimum)
    found = match(demands, profiles, policy=EVERYTHING, top=1_000, include_ineligible=True)
    every = [m for own in found.for_demands.values() for m in own]
    expected = {(m.demand, m.profile) for m in every if relevant(policy)(m)}

    ground = ground_of(demands, profiles, policy)
    of_demands = ground.suits_demands(range(len(ground.demands)))
    of_profiles = ground.suits_profiles(range(len(ground.profiles)))

    assert len(expected) > 20
    assert {(d.id, ground.profiles[p].id) for d, own in zip(ground.demands, of_demands, strict=True) for p in own} == (
        expected
    )
    assert {(ground.demands[d].id, p.id) for p, own in zip(ground.profiles, of_profiles, strict=True) for d in own} == (
        expected
    )
    assert ground.suits_demand(3).tolist() == of_demands[3].tolist()
    assert [ground.suits_profile(place).tolist() for place in (20, 5)] == [of_profiles[n].tolist() for n in (20, 5)]
    assert [own.tolist() for own in ground.suits_profiles([9, 20, 2])] == [of_profiles[n].tolist() for n in (9, 20, 2)]


def test_what_fails_is_what_the_findings_say(monkeypatch):
    monkeypatch.setattr(module, "_CELLS", 100)
    demands, profiles = some_records()
    policy = replace(DEFAULT_POLICY, minimum_relevance=0.0, hard={**DEFAULT_POLICY.hard, "delivery": False})
    found = match(demands, profiles, policy=policy, top=1_000, include_ineligible=True)
    expected = {
        (m.demand, m.profile): {f.code for f in m.findings if f.kind is Kind.HARD and f.verdict is Verdict.FAIL}
        for own in found.for_demands.values()
        for m in own
    }

    ground = ground_of(demands, profiles, policy)
    fails = ground.failing(ground.demands, ground.profiles)

    codes = [rule.CODE for rule in ground.binding]
    told = {
        (demand.id, profile.id): {codes[rule] for rule in np.flatnonzero(fails[:, d, p])}
        for d, demand in enumerate(ground.demands)
        for p, profile in enumerate(ground.profiles)
        if (demand.id, profile.id) in expected
    }
    assert told == expected
    assert "delivery" not in codes


def test_another_policy_needs_no_second_reading():
    ground = ground_of(*some_records())
    stricter = replace(DEFAULT_POLICY, minimum_relevance=0.3)

    other = ground.under(stricter)

    assert other.index is ground.index
    afresh = ground_of(*some_records(), stricter)
    sizes = Sizes(per_demand=5, per_profile=5)
    assert other.ranking(sizes).for_demands.others.tolist() == afresh.ranking(sizes).for_demands.others.tolist()
    assert other.suits_demand(0).tolist() == afresh.suits_demand(0).tolist()


def test_an_id_that_nobody_has_is_an_error():
    ground = ground_of([make_demand()], [make_profile()], EVERYTHING)

    for place_of in (ground.place_of_demand, ground.place_of_profile):
        with pytest.raises(InputError) as refused:
            place_of("X9")

        assert [(p.code, p.value) for p in refused.value.problems] == [("no_such_record", "X9")]


def test_a_side_without_records_suits_nobody():
    nobody, alone = ground_of([make_demand()], [], EVERYTHING), ground_of([], [make_profile()], EVERYTHING)

    assert nobody.suits_demand(0).tolist() == []
    assert alone.suits_profile(0).tolist() == []
    assert nobody.failing([make_demand()], []).shape == (len(nobody.binding), 1, 0)
