"""The learnt part of a score: in the ranking and in the explanation alike, and gone with the policy that held it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from matching.domain.errors import InputError
from matching.domain.policy import DEFAULT_POLICY, read_policy
from matching.engine.learning.examples import FEATURES
from matching.engine.learning.model import Feature, LearntModel
from matching.services.policies import spelt_out, with_model
from tests.engine.demonstration import demonstration
from tests.engine.make import EVERYTHING, match


def model(policy, weight=0.1, coefficient=4.0):
    features = tuple(
        Feature(code=code, mean=0.3, scale=0.2, coefficient=coefficient if code == "evidence" else 0.0,
                policy_coefficient=policy.weights[code], when_missing=0.0)
        for code in FEATURES
    )  # fmt: skip
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return LearntModel(
        features=features, intercept=0.0, weight=weight, policy_version=policy.version, labels=300, accepted=100,
        first_at=at, last_at=at,
    )  # fmt: skip


@pytest.fixture(scope="module")
def learnt():
    return replace(EVERYTHING, learnt=json.dumps(model(EVERYTHING).to_json()))


def test_the_part_is_shown_last_and_the_parts_still_add_up_to_one(learnt):
    demands, profiles = demonstration()

    found = match(demands[:12], profiles[:80], policy=learnt)

    matches = [m for own in found.for_demands.values() for m in own]
    assert matches
    for own in matches:
        assert own.parts[-1].code == "learnt"
        assert own.parts[-1].weight == 0.1
        assert sum(part.weight for part in own.parts) == pytest.approx(1.0, abs=1e-12)
        assert 0 <= own.parts[-1].value <= 1


def test_lists_are_ranked_by_the_score_that_is_shown(learnt):
    demands, profiles = demonstration()

    found = match(demands[:12], profiles[:80], policy=learnt, top=5)
    everything = match(demands[:12], profiles[:80], policy=learnt, top=10_000)

    for demand, own in everything.for_demands.items():
        ranked = sorted(own, key=lambda m: (-m.score, m.profile))
        assert [m.profile for m in own] == [m.profile for m in ranked]
        assert [m.profile for m in found.for_demands[demand]] == [m.profile for m in ranked[:5]]


def test_the_score_never_moves_further_than_the_weight_of_the_part(learnt):
    demands, profiles = demonstration()
    without = match(demands[:12], profiles[:80], policy=EVERYTHING, top=10_000)
    scores = {(m.demand, m.profile): m.score for own in without.for_demands.values() for m in own}

    found = match(demands[:12], profiles[:80], policy=learnt, top=10_000)

    moved = [abs(m.score - scores[m.demand, m.profile]) for own in found.for_demands.values() for m in own]
    assert 0 < max(moved) <= 0.1 + 1e-12


def test_a_rule_that_is_switched_off_is_unknown_to_the_model_too():
    policy = replace(EVERYTHING, soft={**EVERYTHING.soft, "evidence": False})
    demands, profiles = demonstration()

    found = match(demands[:6], profiles[:40], policy=replace(policy, learnt=json.dumps(model(policy).to_json())))

    ranked = [m for own in found.for_demands.values() for m in own]
    assert ranked == sorted(ranked, key=lambda m: (m.demand, -m.score, m.profile))


def test_a_policy_with_a_model_survives_being_written_and_read():
    policy = with_model(DEFAULT_POLICY, json.dumps(model(DEFAULT_POLICY).to_json()))

    again = read_policy(spelt_out(policy))

    assert again == policy
    assert again.version != DEFAULT_POLICY.version
    assert replace(again, learnt=None).version == DEFAULT_POLICY.version


def test_a_model_of_another_policy_is_refused():
    other = replace(DEFAULT_POLICY, top=7)

    with pytest.raises(InputError) as caught:
        with_model(DEFAULT_POLICY, json.dumps(model(other).to_json()))

    assert caught.value.problems[0].code == "other_policy"
