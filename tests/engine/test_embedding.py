"""The optional embedding part, with a tiny encoder: characters and their pairs, hashed into a few numbers."""

import json
import zlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from matching.domain.errors import InputError
from matching.domain.policy import DEFAULT_POLICY, PARTS
from matching.engine import kernels, ranking
from matching.engine.scorers.embedding import EMBEDDING, FULL, LARGEST_WEIGHT, Embedding, whole_vectors
from matching.publishing.reasons import part_name
from matching.publishing.wording import error_line
from tests.engine.demonstration import demonstration
from tests.engine.make import EVERYTHING, make_demand, make_profile, match
from tests.engine.test_learnt_part import model

NUMBERS = 64


class Pairs:
    """Texts that share pairs of characters are close."""

    name = "pairs 1"

    def encode(self, texts):
        vectors = np.zeros((len(texts), NUMBERS), dtype=np.float32)
        for row, text in enumerate(texts):
            for pair in pairwise(text):
                vectors[row, zlib.crc32("".join(pair).encode()) % NUMBERS] += 1
        return vectors


class Given:
    """Whatever vectors the test gives."""

    name = "given"

    def __init__(self, vectors):
        self.vectors = vectors

    def encode(self, texts):
        return self.vectors


PAIRS = Embedding(Pairs())


@pytest.fixture(scope="module")
def some():
    demands, profiles = demonstration()
    return demands[::8], profiles[::4]


def lines(lists):
    return [json.dumps(m.to_json(), ensure_ascii=False) for own in lists.values() for m in own]


def in_all(found):
    return {(m.demand, m.profile): m for own in found.for_demands.values() for m in own}


def test_the_part_is_off_unless_an_encoder_is_given(some):
    for m in in_all(match(*some)).values():
        assert tuple(part.code for part in m.parts) == PARTS
        assert sum(part.weight for part in m.parts) == pytest.approx(1)


def test_the_part_stands_last_with_its_weight_and_its_encoder(some):
    found = in_all(match(*some, embedding=PAIRS))

    assert found
    for m in found.values():
        told = json.loads(json.dumps(m.to_json()))
        *others, own = told["parts"]
        assert [part["code"] for part in others] == list(PARTS)
        assert (own["code"], own["weight"], own["evidence"]) == ("embedding", 0.15, [{"encoder": "pairs 1"}])
        assert 0 < own["value"] <= 1
        assert sum(part["weight"] for part in told["parts"]) == pytest.approx(1)
        assert sum(part["contribution"] for part in told["parts"]) == told["score"]


def test_the_part_has_a_name_in_both_languages():
    assert [part_name(EMBEDDING, language) for language in ("zh", "en")] == ["语义相近", "Similar meaning"]


def test_the_other_parts_keep_their_values_and_share_what_is_left(some):
    without, found = in_all(match(*some, top=10_000)), in_all(match(*some, top=10_000, embedding=PAIRS))

    assert set(found) == set(without)  # it only orders
    for pair, m in found.items():
        for ours, plain in zip(m.parts, without[pair].parts, strict=False):
            assert (ours.value, ours.evidence) == (plain.value, plain.evidence)
            assert ours.weight == pytest.approx(0.85 * plain.weight)


def test_lists_are_ranked_by_the_score_that_is_shown(some):
    everything = match(*some, top=10_000, embedding=PAIRS)

    found = match(*some, top=3, near_per_demand=2, near_per_profile=2, include_ineligible=True, embedding=PAIRS)

    for demand, own in everything.for_demands.items():
        assert own == sorted(own, key=lambda m: (-m.score, m.profile))
        assert [m.profile for m in found.for_demands[demand] if m.eligible] == [m.profile for m in own[:3]]
    for profile, own in found.for_profiles.items():
        ranked = [m for m in own if m.eligible]
        scored = sorted(
            (m for m in in_all(everything).values() if m.profile == profile), key=lambda m: (-m.score, m.demand)
        )
        assert [m.demand for m in ranked] == [m.demand for m in scored[:3]]
    for own in found.near_for_demands.values():
        assert own == sorted(own, key=lambda m: (-m.score, m.profile))


def test_it_changes_the_order_where_the_texts_are_closer_than_their_words_say():
    profiles = [make_profile(id="P1"), make_profile(id="P2")]
    towards_the_second = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)

    before = match([make_demand()], profiles, policy=EVERYTHING).for_demands["D1"]
    after = match(
        [make_demand()], profiles, policy=EVERYTHING, embedding=Embedding(Given(towards_the_second))
    ).for_demands["D1"]

    assert [m.profile for m in before] == ["P1", "P2"]
    assert [m.profile for m in after] == ["P2", "P1"]
    assert [round(m.parts[-1].value, 2) for m in after] == [0.71, 0]


def test_texts_that_share_nothing_are_not_made_a_match_by_their_vectors():
    same = np.ones((2, 3), dtype=np.float32)

    found = match(
        [make_demand()], [make_profile(name="☕", summary="abc")], policy=EVERYTHING, embedding=Embedding(Given(same))
    )

    assert found.for_demands == {"D1": []}


def test_blocks_threads_and_compiled_code_change_nothing(some, monkeypatch):
    options = {"top": 5, "near_per_demand": 3, "include_ineligible": True, "embedding": PAIRS}
    expected = match(*some, **options)
    monkeypatch.setattr(kernels, "WORTH_COMPILING", 0)
    monkeypatch.setattr(ranking, "ROWS_A_BLOCK", 17)
    monkeypatch.setattr(ranking, "DEMANDS_A_CHUNK", 5)

    found = match(*some, **options, jobs=2)

    assert lines(found.for_demands) == lines(expected.for_demands)
    assert lines(found.for_profiles) == lines(expected.for_profiles)


def test_the_length_of_the_vectors_and_what_a_machine_makes_of_fractions_do_not_matter():
    chance = np.random.default_rng(5)
    vectors = chance.normal(size=(50, 33))

    whole = whole_vectors(vectors)

    assert np.array_equal(whole_vectors(vectors * 4), whole)
    sums = whole.astype(np.int64) @ whole.astype(np.int64).T
    in_floats = whole.astype(np.float32) @ whole.astype(np.float32).T
    assert np.array_equal(in_floats.astype(np.int64), sums)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.abs(sums / FULL - vectors @ vectors.T / np.outer(lengths, lengths)).max() < 0.002
    assert np.abs(np.diag(sums) / FULL - 1).max() < 0.002


def test_a_vector_that_points_away_earns_nothing():
    vectors = np.array([[1, 1], [-1, -1]], dtype=np.float32)

    found = match([make_demand()], [make_profile()], policy=EVERYTHING, embedding=Embedding(Given(vectors)))

    assert [m.parts[-1].value for m in found.for_demands["D1"]] == [0.0]


def test_zeros_for_a_text_without_a_letter_are_no_mistake():
    vectors = np.array([[1, 1], [1, 1], [0, 0]], dtype=np.float32)
    wordless = make_profile(id="P2", name="☕", summary="☕")

    found = match([make_demand()], [make_profile(), wordless], policy=EVERYTHING, embedding=Embedding(Given(vectors)))

    assert [(m.profile, round(m.parts[-1].value, 2)) for m in found.for_demands["D1"]] == [("P1", 1.0)]


def test_a_learnt_part_takes_its_share_of_the_embedding_too(some):
    policy = replace(EVERYTHING, learnt=json.dumps(model(EVERYTHING).to_json()))

    found = match(*some, policy=policy, embedding=PAIRS)

    matches = [m for own in found.for_demands.values() for m in own]
    assert matches == sorted(matches, key=lambda m: (m.demand, -m.score, m.profile))
    assert [(p.code, round(p.weight, 6)) for p in matches[0].parts[-2:]] == [("embedding", 0.135), ("learnt", 0.1)]
    assert sum(part.weight for part in matches[0].parts) == pytest.approx(1)


def test_an_empty_side_is_no_error():
    assert match([make_demand()], [], embedding=PAIRS).for_demands == {"D1": []}
    assert match([], [], embedding=PAIRS).for_demands == {}


@pytest.mark.parametrize("weight", [LARGEST_WEIGHT + 0.01, -0.1, float("nan")])
def test_the_weight_is_capped(weight):
    with pytest.raises(InputError) as caught:
        Embedding(Pairs(), weight=weight)

    assert caught.value.problems[0].code == "out_of_range"
    assert "0.25" in error_line(caught.value, "en")
    assert Embedding(Pairs(), weight=LARGEST_WEIGHT).policy(DEFAULT_POLICY).weights["embedding"] == LARGEST_WEIGHT


@pytest.mark.parametrize(
    "vectors",
    [
        np.ones(2),
        np.ones((3, 4)),
        np.array([[1, 2], [3, np.nan]]),
        np.array([[1, 2], [3, np.inf]]),
        np.float32(1),
        np.array([[1, 2], [0, 0]]),
        np.ones((2, 0)),
    ],
    ids=["flat", "too many", "not a number", "infinite", "one number", "zeros", "no numbers"],
)
def test_vectors_that_cannot_be_used_are_told_with_the_encoders_name(vectors):
    with pytest.raises(InputError) as caught:
        match([make_demand()], [make_profile()], embedding=Embedding(Given(vectors)))

    assert error_line(caught.value).startswith("编码器“given”为 2 段文字给出的结果不能用")
