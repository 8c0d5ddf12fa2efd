"""Learning from responses: kept only if better, never worse with little data, nothing but parts of the score.

The responses are simulated: how likely each pair is accepted is known, so that what a model does to the lists can be
held against the truth and not against more responses.
"""

import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from matching.domain.errors import InputError
from matching.domain.match import Match, Part
from matching.domain.policy import DEFAULT_POLICY
from matching.engine.learning.calibration import Calibration
from matching.engine.learning.examples import FEATURES, LEARNT, Examples, PairScore, examples_of
from matching.engine.learning.fitting import fit_model, fit_sigmoid
from matching.engine.learning.judging import Opinion, auc, compare
from matching.engine.learning.model import LARGEST_WEIGHT, blend, read_model, with_learnt
from matching.engine.learning.responses import Label, Outcome, Response, Side, labels_of, read_response
from matching.engine.learning.verdict import Why, learn
from matching.publishing.wording import error_line

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
PRESENT = np.array([DEFAULT_POLICY.weights[code] for code in FEATURES])
SHOWN = 12
"""Profiles of a demand that get responses: the first of the present ranking."""


@dataclass
class World:
    """Pairs with parts of shape (n_features, n_demands, n_profiles), NaN unknown, and the chance of each, (…)."""

    parts: np.ndarray
    chances: np.ndarray
    random: np.random.Generator

    @property
    def scores(self):
        return np.tensordot(PRESENT, np.nan_to_num(self.parts), 1)

    def true_ndcg(self, scores):
        """How well lists by these scores put the pairs first that are really likely to be accepted."""
        return ndcg_score(self.chances, scores, k=10)

    def responses(self, number):
        """Answers to pairs of the present lists, an hour apart."""
        ranked = np.argsort(-self.scores, axis=1)[:, :SHOWN]
        pairs = [(d, int(p)) for d in range(len(ranked)) for p in ranked[d]]
        asked = self.random.choice(len(pairs), number, replace=False)
        return [
            Response(
                demand=f"D{pairs[n][0]}",
                profile=f"P{pairs[n][1]}",
                at=START + timedelta(hours=hour),
                outcome=Outcome.INTERESTED if self.random.random() < self.chances[pairs[n]] else Outcome.DECLINED,
                by=Side.OWNER,
            )
            for hour, n in enumerate(asked)
        ]

    def scored(self, responses):
        """What is known of the pairs that were answered: score and parts."""
        pairs = {}
        for r in responses:
            place = int(r.demand[1:]), int(r.profile[1:])
            known = [None if np.isnan(value) else float(value) for value in self.parts[:, *place]]
            values = dict(zip(FEATURES, known, strict=True))
            pairs[r.demand, r.profile] = PairScore(float(self.scores[place]), values)
        return pairs

    def examples(self, number):
        """So many responses as what is learnt from."""
        responses = self.responses(number)
        return examples_of(labels_of(responses), self.scored(responses), DEFAULT_POLICY)

    def with_model(self, model):
        """The scores with the model's part in them."""
        return blend(self.scores, model.values(self.parts, FEATURES), model.weight)


TRUTHS = {
    # What makes an owner accept: cases that somebody vouches for and the named capability, far more than the policy.
    "another": {"words": 0.1, "characters": 0.05, "capability": 0.3, "sector": 0.15, "evidence": 0.25, "headroom": 0.1},
    "that of the policy": dict(zip(FEATURES, PRESENT, strict=True)),
    "close to the policy": {
        "words": 0.28, "characters": 0.2, "capability": 0.25, "sector": 0.09, "evidence": 0.09, "headroom": 0.05,
    },
    "chance": {},
}  # fmt: skip


def world(truth, seed, *, n_demands=80, n_profiles=30):
    """Demands with candidates of every quality; some parts are unknown, as in real records."""
    chance = np.random.default_rng([seed, n_demands])
    shape = (n_demands, n_profiles)
    fit = chance.beta(2, 4, shape)
    parts = np.stack([_part(code, fit, chance) for code in FEATURES])
    wanted = np.array([TRUTHS[truth].get(code, 0.0) for code in FEATURES])
    liking = np.tensordot(wanted, np.nan_to_num(parts), 1)
    chances = 1 / (1 + np.exp(-(10 * (liking - liking.mean()) - 0.6)))
    return World(parts, chances, chance)


def _part(code, fit, chance):
    noise = {"words": 0.08, "characters": 0.06, "capability": 0.25}
    if code in noise:
        return np.clip(fit + chance.normal(0, noise[code], fit.shape), 0, 1)
    steps = chance.choice([0, 0.5, 1], fit.shape) if code == "sector" else chance.random(fit.shape)
    return np.where(chance.random(fit.shape) < 0.3, np.nan, steps)


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("number", [20, 60, 150])
def test_with_little_data_the_present_score_is_kept(truth, number):
    for seed in range(6):
        verdict = learn(world(truth, seed).examples(number), DEFAULT_POLICY)

        assert (verdict.is_kept, verdict.why, verdict.calibration) == (False, Why.TOO_FEW_LABELS, None)


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("number", [60, 150])
def test_even_a_model_of_little_data_that_nobody_judged_would_not_harm_the_lists(truth, number):
    """The shrinkage alone holds it close to the present order, where its part changes nothing."""
    for seed in range(6):
        found = world(truth, seed)
        model = fit_model(found.examples(number), DEFAULT_POLICY, LARGEST_WEIGHT)

        assert found.true_ndcg(found.with_model(model)) > found.true_ndcg(found.scores) - 0.003


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("number", [250, 700])
def test_a_model_that_is_kept_never_lowers_the_true_ndcg(truth, number):
    for seed in range(4):
        found = world(truth, seed)

        verdict = learn(found.examples(number), DEFAULT_POLICY)

        in_force = found.with_model(verdict.model) if verdict.is_kept else found.scores
        assert found.true_ndcg(in_force) >= found.true_ndcg(found.scores) - 1e-9


def test_a_strong_signal_is_mostly_seen_from_some_hundred_responses_on():
    kept = [learn(world("another", seed).examples(900), DEFAULT_POLICY).is_kept for seed in range(5)]

    assert sum(kept) >= 4


def test_with_many_responses_and_a_real_signal_it_is_kept_and_gains():
    for seed in range(3):
        found = world("another", seed, n_demands=200)

        verdict = learn(found.examples(2_000), DEFAULT_POLICY)

        assert (verdict.why, verdict.is_kept, verdict.labels) == (Why.BETTER, True, 2_000)
        assert verdict.figures.log_loss.low >= 0
        assert verdict.figures.auc.low >= 0
        assert found.true_ndcg(found.with_model(verdict.model)) > found.true_ndcg(found.scores) + 0.02


def test_random_labels_are_almost_never_kept():
    kept = [learn(world("chance", seed, n_demands=60).examples(300), DEFAULT_POLICY).is_kept for seed in range(50)]

    assert sum(kept) <= 1


def test_a_policy_that_is_right_already_is_kept():
    kept = [learn(world("that of the policy", seed).examples(600), DEFAULT_POLICY).is_kept for seed in range(10)]

    assert sum(kept) <= 1


def test_it_is_learnt_from_the_earlier_and_judged_on_the_later_responses():
    given = world("another", 1).examples(500)

    earlier, later = given.split(0.7)
    verdict = learn(given, DEFAULT_POLICY)

    assert (len(earlier), len(later)) == (verdict.earlier, verdict.later) == (350, 150)
    assert max(earlier.at) < min(later.at)
    assert (verdict.model.labels, verdict.model.first_at, verdict.model.last_at) == (350, earlier.at[0], earlier.at[-1])
    assert verdict.figures.labels == 150


def test_what_was_answered_at_one_instant_stays_on_one_side():
    given = world("another", 1).examples(10)

    earlier, later = replace(given, at=[*given.at[:5], *[given.at[5]] * 5]).split(0.7)

    assert (len(earlier), len(later)) == (5, 5)


def test_the_learnt_part_never_moves_a_score_by_more_than_its_weight():
    found = world("another", 2, n_demands=200)
    model = learn(found.examples(2_000), DEFAULT_POLICY).model

    values = model.values(found.parts, FEATURES)

    assert values.shape == found.scores.shape
    assert 0 <= values.min() <= values.max() <= 1
    assert np.abs(found.with_model(model) - found.scores).max() <= LARGEST_WEIGHT


def test_values_of_a_block_are_those_of_its_pairs_whatever_rows_stand_between():
    found = world("another", 3)
    model = fit_model(found.examples(500), DEFAULT_POLICY, LARGEST_WEIGHT)
    block = model.values(found.parts, FEATURES)
    more = np.concatenate([found.parts[::-1], np.zeros((1, *found.parts.shape[1:]))])

    assert np.array_equal(model.values(more, [*FEATURES[::-1], "locality"]), block)
    assert model.values(found.parts[:, 4, 7], FEATURES) == block[4, 7]
    with pytest.raises(ValueError, match="words"):
        model.values(found.parts[1:], FEATURES[1:])


def test_the_effects_of_the_parts_explain_the_difference_to_the_mean_pair():
    found = world("another", 3)
    model = fit_model(found.examples(500), DEFAULT_POLICY, LARGEST_WEIGHT)
    means = {feature.code: feature.mean for feature in model.features}
    pair = dict.fromkeys(FEATURES, 0.9) | {"headroom": None}

    def log_odds(values):
        chance = model.values(np.array([values[code] for code in FEATURES], dtype=float), FEATURES)
        return np.log(chance / (1 - chance))

    assert set(model.effects(means).values()) == {0}
    assert sum(model.effects(pair).values()) == pytest.approx(log_odds(pair) - log_odds(means))
    assert model.effects(pair)["evidence"] > 0


def test_names_of_records_and_who_answered_teach_nothing():
    found = world("another", 4)
    responses = found.responses(300)
    pairs = found.scored(responses)
    renamed = [
        replace(r, demand=f"甲{r.demand}", profile=f"乙{r.profile}", by=random.Random(n).choice(list(Side)))
        for n, r in enumerate(responses)
    ]
    renamed_pairs = {(f"甲{demand}", f"乙{profile}"): pair for (demand, profile), pair in pairs.items()}

    models = [
        fit_model(examples_of(labels_of(own), known, DEFAULT_POLICY), DEFAULT_POLICY, LARGEST_WEIGHT)
        for own, known in ((responses, pairs), (renamed, renamed_pairs))
    ]

    assert models[0] == models[1]
    assert "locality" not in {feature.code for feature in models[0].features}


def test_the_same_responses_give_the_same_bytes_in_any_order():
    found = world("another", 2, n_demands=200)
    responses = found.responses(1_000)

    def bytes_of(given):
        verdict = learn(examples_of(labels_of(given), found.scored(given), DEFAULT_POLICY), DEFAULT_POLICY)
        return json.dumps([verdict.to_json(), verdict.model.to_json()])

    assert bytes_of(responses) == bytes_of(responses[::-1])


def test_too_few_of_one_outcome_and_too_few_demands_are_said():
    found = world("another", 6)
    given = found.examples(400)

    assert learn(replace(given, accepted=np.ones(400, dtype=bool)), DEFAULT_POLICY).why is Why.TOO_FEW_OF_ONE_OUTCOME
    verdict = learn(replace(given, demands=given.demands % 5), DEFAULT_POLICY)
    assert (verdict.why, verdict.is_kept) == (Why.TOO_FEW_DEMANDS, False)


def test_nothing_answered_is_an_answer():
    verdict = learn(examples_of([], {}, DEFAULT_POLICY), DEFAULT_POLICY)

    assert verdict.to_json() == {
        "kept": False, "why": "too_few_labels", "labels": 0, "accepted": 0, "earlier": 0, "later": 0,
        "figures": None, "model": None, "calibration": None,
    }  # fmt: skip


def test_a_part_that_was_learnt_before_is_taken_out_of_the_score_that_is_bettered():
    policy = replace(DEFAULT_POLICY, weights=with_learnt(DEFAULT_POLICY.weights, 0.1))
    label = Label("D1", "P1", START, True)
    pair = PairScore(0.5, {"words": 0.4, LEARNT: 0.9})

    given = examples_of([label], {("D1", "P1"): pair}, policy)

    assert given.scores.tolist() == [0.5]
    assert given.plain == pytest.approx([(0.5 - 0.09) / 0.9])


def test_a_match_gives_its_score_and_the_values_of_its_parts():
    parts = (Part(code="words", weight=0.6, value=0.5), Part(code="evidence", weight=0.4, value=None))
    match = Match(demand="D1", profile="P1", rank=1, parts=parts, findings=())

    assert PairScore.of(match) == PairScore(0.3, {"words": 0.5, "evidence": None})


# A model as a file


@pytest.fixture(scope="module")
def model():
    return learn(world("another", 2, n_demands=200).examples(2_000), DEFAULT_POLICY).model


def test_a_model_is_a_small_json_object_and_comes_back_as_it_was(model):
    text = json.dumps(model.to_json(), ensure_ascii=False, allow_nan=False)

    again = read_model(json.loads(text))

    assert len(text) < 4_000
    assert (again, again.version) == (model, model.version)
    parts = world("another", 2).parts
    assert np.array_equal(again.values(parts, FEATURES), model.values(parts, FEATURES))


def test_the_version_changes_with_anything_the_model_says(model):
    others = [replace(model, weight=0.05), replace(model, intercept=0.0), replace(model, figures=None)]

    assert len({model.version, *(other.version for other in others)}) == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data | {"intercept": 0.5}, "changed_model"),
        (lambda data: data | {"version": "0" * 12}, "changed_model"),
        (lambda data: data | {"format": "another"}, "not_a_model"),
        (lambda data: data | {"weight": 0.5}, "not_a_model"),
        (lambda data: data | {"intercept": float("nan")}, "not_a_model"),
        (lambda data: data | {"features": [{**data["features"][0], "code": "age"}]}, "not_a_model"),
        (lambda data: data | {"features": [{**data["features"][0], "scale": 0}]}, "not_a_model"),
        (lambda data: {key: value for key, value in data.items() if key != "labels"}, "not_a_model"),
        (lambda data: [data], "not_a_model"),
        (lambda data: None, "not_a_model"),
    ],
)
def test_a_file_that_is_no_model_or_was_changed_is_refused_in_words(model, change, code):
    with pytest.raises(InputError) as refused:
        read_model(change(model.to_json()))

    assert [p.code for p in refused.value.problems] == [code]
    assert all(error_line(refused.value, language) for language in ("zh", "en"))


def test_the_weights_make_room_for_the_learnt_part_and_close_again():
    weights = with_learnt(DEFAULT_POLICY.weights, 0.1)

    assert weights[LEARNT] == 0.1
    assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
    assert weights["words"] == pytest.approx(0.9 * DEFAULT_POLICY.weights["words"])
    assert with_learnt(weights, 0) == pytest.approx({**DEFAULT_POLICY.weights, LEARNT: 0})
    with pytest.raises(InputError):
        with_learnt(DEFAULT_POLICY.weights, 0.2)


# Measures


def test_the_weighted_auc_is_that_of_scikit_learn_ties_and_all():
    chance = np.random.default_rng(1)
    scores, accepted = chance.integers(0, 8, 60) / 8, chance.random(60) < 0.4
    weights = chance.integers(0, 4, (5, 60)).astype(float)

    found = auc(scores, accepted, weights)

    assert found == pytest.approx([roc_auc_score(accepted, scores, sample_weight=row) for row in weights])


def test_a_comparison_by_hand():
    accepted = np.array([True, False, True, False])
    demands = np.array([0, 0, 1, 1])
    present = Opinion(np.array([0.4, 0.5, 0.9, 0.1]), np.full(4, 0.5))
    proposed = Opinion(np.array([0.6, 0.5, 0.9, 0.1]), np.where(accepted, 0.8, 0.2))

    figures = compare(present, proposed, accepted, demands)

    assert (figures.labels, figures.demands) == (4, 2)
    assert (figures.auc.present, figures.auc.proposed, figures.auc.gain) == (0.75, 1.0, 0.25)
    assert figures.log_loss.gain == pytest.approx(np.log(0.8 / 0.5), abs=1e-6)
    assert figures.ndcg.present == pytest.approx((1 / np.log2(3) + 1) / 2, abs=1e-6)
    assert figures.ndcg.low == 0  # both draws of the second demand, which was right already
    assert figures.is_better


def test_lists_with_one_outcome_only_have_no_ndcg():
    accepted = np.array([True, False])
    opinion = Opinion(np.array([0.4, 0.5]), np.full(2, 0.5))

    assert compare(opinion, opinion, accepted, np.array([0, 1])).ndcg is None


# Labels


def response(day, outcome, demand="D1", profile="P1", **given):
    at = START + timedelta(days=day)
    return Response(demand=demand, profile=profile, at=at, outcome=Outcome(outcome), by=Side.OWNER, **given)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ([response(0, "interested")], [True]),
        ([response(0, "declined", reason="price")], [False]),
        ([response(1, "declined"), response(0, "met")], [False]),
        ([response(0, "declined"), response(1, "landed")], [True]),
        ([response(0, "declined"), response(0, "interested")], [False]),
        ([response(0, "interested"), response(0, "declined")], [False]),
        ([response(0, "declined", reason="no_time")], []),
        ([response(0, "met"), response(1, "declined", reason="withdrawn")], []),
    ],
)
def test_a_pair_counts_once_by_its_last_response(given, accepted):
    assert [label.accepted for label in labels_of(given)] == accepted


def test_labels_are_in_the_order_of_time():
    given = [response(3, "met"), response(1, "met", demand="D2"), response(1, "met", demand="D1", profile="P2")]

    assert [(label.demand, label.profile) for label in labels_of(given)] == [("D1", "P2"), ("D2", "P1"), ("D1", "P1")]


def test_a_label_whose_pair_was_never_scored_is_left_out():
    labels = labels_of([response(0, "met"), response(1, "met", demand="D2")])

    assert len(examples_of(labels, {("D2", "P1"): PairScore(0.5, {})}, DEFAULT_POLICY)) == 1


WHOLE = {"demand": "D1", "profile": 7, "at": "2026-11-23T10:30:00+08:00", "outcome": "declined", "by": "owner"}


def test_a_response_is_read_from_its_json_object():
    assert read_response({**WHOLE, "reason": "price"}) == Response(
        demand="D1", profile="7", at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC), outcome=Outcome.DECLINED,
        by=Side.OWNER, reason="price",
    )  # fmt: skip
    assert read_response({**WHOLE, "at": "2026-11-23T02:30:00Z", "reason": None}).reason is None


@pytest.mark.parametrize(
    ("change", "code", "key"),
    [
        ({"demand": None}, "missing", "demand"),
        ({"demand": " "}, "empty", "demand"),
        ({"profile": True}, "not_text", "profile"),
        ({"at": "2026-11-23T10:30:00"}, "not_an_instant", "at"),
        ({"at": "2026-11-23"}, "not_an_instant", "at"),
        ({"at": "0001-01-01T00:00:00+08:00"}, "not_an_instant", "at"),
        ({"at": 5}, "not_an_instant", "at"),
        ({"outcome": "loved"}, "not_a_choice", "outcome"),
        ({"outcome": ["met"]}, "not_a_choice", "outcome"),
        ({"by": "someone"}, "not_a_choice", "by"),
        ({"reason": 5}, "not_text", "reason"),
        ({"reason": "a\x00b"}, "control_character", "reason"),
        ({"age": 44}, "unknown_key", "age"),
    ],
)
def test_a_response_that_cannot_be_read_is_told_by_its_key(change, code, key):
    with pytest.raises(InputError) as refused:
        read_response(WHOLE | change)

    assert [(p.code, p.key) for p in refused.value.problems] == [(code, key)]
    assert all(error_line(refused.value, language) for language in ("zh", "en"))


def test_what_is_no_object_is_no_response():
    with pytest.raises(InputError, match="not_an_object"):
        read_response([WHOLE])


# What a score promises


def test_a_calibration_says_so_many_of_ten_and_promises_nothing_that_was_not_seen():
    found = Calibration(intercept=-4.0, slope=8.0, low=0.3, high=0.7, labels=400, log_loss=0.5, base_log_loss=0.6)

    assert found.chance(0.5) == 0.5
    assert [found.of_ten(score) for score in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)] == [2, 2, 3, 5, 7, 8, 8]
    assert Calibration.from_json(found.to_json()) == found


def test_from_200_labels_on_the_calibrated_share_is_close_to_the_true_one():
    errors = []
    for seed in range(5):
        found = world("that of the policy", seed)
        calibration = learn(found.examples(600), DEFAULT_POLICY).calibration
        shown = np.sort(found.scores, axis=1)[:, -SHOWN:].ravel()
        order = np.argsort(found.scores, axis=1)[:, -SHOWN:]
        true = np.take_along_axis(found.chances, order, axis=1).ravel()
        errors.append(np.mean([abs(calibration.chance(s) - t) for s, t in zip(shown, true, strict=True)]))

    assert max(errors) < 0.08


def test_a_score_that_says_nothing_gets_no_numbers():
    said = [learn(world("chance", seed).examples(400), DEFAULT_POLICY).calibration for seed in range(10)]

    assert sum(calibration is not None for calibration in said) <= 3


def test_the_sigmoid_never_promises_certainty():
    scores = np.array([0.1, 0.2, 0.8, 0.9])

    intercept, slope = fit_sigmoid(scores, scores > 0.5)

    assert slope > 0
    assert 1 / (1 + np.exp(-(intercept + slope * 0.9))) < 0.9


def test_parts_that_nobody_knows_do_no_harm():
    given = world("another", 1).examples(400)
    values = given.values.copy()
    values[FEATURES.index("headroom")] = np.nan

    model = fit_model(
        Examples(
            values=values, scores=given.scores, plain=given.plain, accepted=given.accepted, demands=given.demands,
            at=given.at,
        ),
        DEFAULT_POLICY, LARGEST_WEIGHT,
    )  # fmt: skip

    unknown = model.features[FEATURES.index("headroom")]
    assert (unknown.mean, unknown.scale, unknown.coefficient) == (0.0, 1.0, 0.0)
    assert np.isfinite(model.values(values, FEATURES)).all()
