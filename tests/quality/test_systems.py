"""Our engine and its peers as the bench asks them."""

import numpy as np
import pytest

from matching.domain.policy import DEFAULT_POLICY
from tests.benchmarks import bench_quality
from tests.engine.make import make_demand, make_profile
from tests.quality.gold import Gold, demand_text, profile_parts
from tests.quality.ours import (
    PartValues,
    bare_demand,
    bare_profile,
    lists_by_similarity,
    lists_by_texts,
    only,
    our_lists,
    without,
)
from tests.quality.peers import STRONGER, USUAL, ranked


@pytest.fixture
def gold():
    """Three demands: one with a blocked profile, one in other words, one that nobody can serve."""
    return Gold(
        half="made up",
        demands=[
            make_demand(id="D1", title="门店货架拍照盘点", budget_max_yuan=50_000),
            make_demand(id="D2", title="作文太多改不完", description="老师晚上批改到十二点"),
            make_demand(id="D3", title="造火箭发动机"),
        ],
        profiles=[
            make_profile(id="P1", name="甲", summary="拍货架照片做盘点，找出缺货"),
            make_profile(id="P2", name="乙", summary="门店货架拍照盘点", price_min_yuan=60_000),
            make_profile(id="P3", name="丙", summary="中小学作文批改，老师可改", capabilities=["作文批改"]),
        ],
        grades=np.array([[3, 3, 0], [0, 0, 3], [0, 0, 0]], dtype=np.int8),
        blocked={(0, 1): ["budget"]},
        styles=["plain", "paraphrase", "none"],
        decoys=[[2], [0], []],
    )


def test_scores_become_lists_of_what_is_allowed_best_first_ties_in_order():
    scores = np.array([[0.5, 0.0, 0.9, 0.5, 1.0]])
    allowed = np.array([[True, True, True, True, False]])

    assert ranked(scores, allowed) == [[2, 0, 3]]


@pytest.mark.parametrize("name", [*USUAL, *STRONGER])
def test_a_peer_finds_the_document_that_shares_the_words(name):
    documents = ["拍货架照片做盘点，找出缺货", "给孩子批改作文", "Shelf photos, stock counts"]

    scores = (USUAL | STRONGER)[name].scores(["门店货架盘點", "批改作文", "count the stock"], documents)

    assert scores.shape == (3, 3)
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_peers_get_every_text_that_a_record_holds_and_bare_records_keep_them_all():
    demand = make_demand(
        description="月底对不上",
        capabilities=["盘点"],
        data_provided=["照片"],
        metrics=[{"name": "准确率"}],
        sectors=["零售"],
    )
    capabilities = ["识别", {"name": "盘点", "description": "拍照", "price_min_yuan": 1, "cases": ["某超市"]}]
    profile = make_profile(capabilities=capabilities, cases=[{"client": "某商场", "metric": "快一半", "year": 2025}])

    assert demand_text(demand).split("\n") == ["门店货架拍照盘点", "月底对不上", "盘点", "照片", "准确率"]
    assert profile_parts(profile)[1:] == ["识别", "盘点\n拍照\n某超市", "快一半\n某商场"]
    assert demand_text(bare_demand(demand)) == demand_text(demand)
    assert profile_parts(bare_profile(profile)) == profile_parts(profile)
    assert bare_demand(demand).sectors is None
    assert bare_profile(profile).capabilities[1].price_min_yuan is None


def test_weights_without_a_part_add_up_to_1():
    assert sum(without("capability").values()) == pytest.approx(1)
    assert without("capability")["capability"] == 0
    assert only("words") == {code: float(code == "words") for code in only("words")}


@pytest.mark.parametrize("lists", [our_lists, lists_by_texts, lists_by_similarity])
def test_every_way_of_ours_finds_the_right_profiles_and_shows_nothing_that_is_not_allowed(gold, lists):
    found = lists(gold)

    assert [row[:1] for row in found[:2]] == [[0], [2]]
    assert 1 not in found[0]


def test_the_lists_can_be_rebuilt_from_the_values_of_the_parts(gold):
    values = PartValues.of(gold)

    assert values.lists(DEFAULT_POLICY.weights, DEFAULT_POLICY.minimum_relevance) == our_lists(gold)
    assert values.lists(DEFAULT_POLICY.weights, 1.01) == [[], [], []]


def test_the_bench_tells_of_every_system_and_every_goal(gold, capsys):
    bench_quality.report(gold)

    told = capsys.readouterr().out
    assert "lists as rebuilt from parts\n" in told
    assert all(f"\n{name}  " in told for name in ["ours", *USUAL, *STRONGER])
    assert "\nreached    : no violation among the first ten; 0 found\n" in told
