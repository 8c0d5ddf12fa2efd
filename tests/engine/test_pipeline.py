"""`recommend`: who is matched with whom, in which order, and why."""

import json
import random
from dataclasses import replace

import pytest

from matching.domain.match import Verdict
from matching.domain.policy import DEFAULT_POLICY, PARTS, read_policy
from matching.engine import ranking
from tests.engine.demonstration import demonstration
from tests.engine.make import EVERYTHING, TODAY, VOCABULARY, day, make_demand, make_profile, match

KITCHEN = {"name": "灶台上", "summary": "给餐厅后厨做菜品研发和摆盘拍摄"}


def lines(lists):
    return [json.dumps(m.to_json(), ensure_ascii=False) for own in lists.values() for m in own]


def ids(matches, side="profile"):
    return [getattr(m, side) for m in matches]


@pytest.fixture(scope="module")
def some():
    """A part of the demonstration that a slow, obvious check can go through."""
    demands, profiles = demonstration()
    return demands[::4], profiles[::3]


@pytest.fixture(scope="module")
def all_pairs(some):
    """Every suitable pair of that part, ranked without a bound."""
    return match(*some, top=10_000, include_ineligible=True)


def test_the_score_is_the_sum_of_the_parts_shown(some, all_pairs):
    for own in all_pairs.for_demands.values():
        for line in own:
            told = json.loads(json.dumps(line.to_json()))

            assert tuple(part["code"] for part in told["parts"]) == PARTS
            assert sum(part["contribution"] for part in told["parts"]) == told["score"]
            for part in told["parts"]:
                assert part["contribution"] == (0 if part["value"] is None else part["weight"] * part["value"])
                assert part["value"] is None or 0 <= part["value"] <= 1
            assert 0 <= told["score"] <= 1


def test_the_verdicts_decide_who_is_eligible_and_have_a_rank(all_pairs):
    for own in all_pairs.for_demands.values():
        eligible = [m for m in own if m.eligible]
        for m in own:
            hard = {f.code: f.verdict for f in m.findings if f.kind == "hard"}
            assert m.eligible == (Verdict.FAIL not in hard.values())
            assert len(m.findings) == 17

        assert own[: len(eligible)] == eligible  # the others come last
        assert [m.rank for m in own] == [*range(1, len(eligible) + 1), *[None] * (len(own) - len(eligible))]


@pytest.mark.parametrize("top", [1, 3, 20])
def test_the_top_k_are_the_first_k_of_everything_in_both_directions(some, all_pairs, top):
    found = match(*some, top=top)
    everything = [m for own in all_pairs.for_demands.values() for m in own if m.eligible]

    for demand, own in found.for_demands.items():
        ranked = sorted((m for m in everything if m.demand == demand), key=lambda m: (-m.score, m.profile))
        assert ids(own) == ids(ranked[:top])
    for profile, own in found.for_profiles.items():
        ranked = sorted((m for m in everything if m.profile == profile), key=lambda m: (-m.score, m.demand))
        assert ids(own, "demand") == ids(ranked[:top], "demand")
        assert [m.rank for m in own] == list(range(1, len(own) + 1))


def test_a_pair_tells_the_same_in_both_directions(all_pairs):
    by_demand = {(m.demand, m.profile): replace(m, rank=None) for own in all_pairs.for_demands.values() for m in own}
    by_profile = {(m.demand, m.profile): replace(m, rank=None) for own in all_pairs.for_profiles.values() for m in own}

    assert by_demand == by_profile


def test_order_of_input_threads_and_blocks_change_nothing(some, monkeypatch):
    demands, profiles = some[0][::2], some[1][::2]
    options = {"top": 5, "near_per_demand": 5, "near_per_profile": 3, "include_ineligible": True}
    expected = match(demands, profiles, **options)
    mixed = random.Random(7).sample(demands, len(demands)), random.Random(8).sample(profiles, len(profiles))

    again = match(*mixed, **options)
    monkeypatch.setattr(ranking, "ROWS_A_BLOCK", 17)
    monkeypatch.setattr(ranking, "DEMANDS_A_CHUNK", 7)
    in_blocks = match(demands, profiles, **options)
    on_threads = match(*mixed, **options, jobs=2)

    for found in (again, in_blocks, on_threads):
        assert list(found.for_demands) == list(expected.for_demands)
        assert lines(found.for_demands) == lines(expected.for_demands)
        assert lines(found.for_profiles) == lines(expected.for_profiles)
        assert lines(found.near_for_demands) == lines(expected.near_for_demands)
        assert lines(found.near_for_profiles) == lines(expected.near_for_profiles)


def test_ties_are_ranked_by_id():
    profiles = [make_profile(id=name) for name in ("P3", "P1", "P10", "P2")]

    found = match([make_demand(), make_demand(id="D0")], profiles, top=3)

    assert ids(found.for_demands["D1"]) == ["P1", "P10", "P2"]
    assert ids(found.for_profiles["P3"], "demand") == ["D0", "D1"]


def test_a_demand_that_nobody_serves_has_an_empty_list():
    found = match([make_demand()], [make_profile(**KITCHEN), make_profile(id="P2", name="🎈", summary=None)])

    assert found.for_demands == {"D1": []}
    assert found.for_profiles == {"P1": [], "P2": []}


def test_a_higher_threshold_leaves_fewer_pairs_and_touches_no_score(some, all_pairs):
    strict = replace(DEFAULT_POLICY, minimum_relevance=0.3)

    found = match(*some, policy=strict, top=10_000, include_ineligible=True)

    def relevance(m):
        text = m.parts[:3]
        return sum(p.contribution for p in text) / sum(p.weight for p in text)

    for demand, own in found.for_demands.items():
        kept = [m for m in all_pairs.for_demands[demand] if relevance(m) >= 0.3]
        assert [(m.profile, m.score) for m in own] == [(m.profile, m.score) for m in kept]


def test_without_any_text_in_common_no_pair_is_shown_whatever_the_threshold():
    same_sector = {"sectors": ["消费"]}

    found = match(
        [make_demand(**same_sector)], [make_profile(name="☕", summary="abc", **same_sector)], policy=EVERYTHING
    )

    assert found.for_demands == {"D1": []}


@pytest.mark.parametrize(("n_demands", "n_profiles"), [(0, 0), (0, 2), (2, 0)])
def test_an_empty_side_is_no_error(n_demands, n_profiles):
    demands = [make_demand(id=f"D{n}") for n in range(n_demands)]
    profiles = [make_profile(id=f"P{n}") for n in range(n_profiles)]

    found = match(demands, profiles, near_per_demand=3, near_per_profile=3, include_ineligible=True, jobs=2)

    assert list(found.for_demands.values()) == [[]] * n_demands
    assert list(found.for_profiles.values()) == [[]] * n_profiles


@pytest.mark.parametrize("text", ["。", "🎈🎈", "a", "的", " ", "1", "\u200b", "㎡ﬁ", "货" * 20_000])
def test_records_of_odd_texts_are_matched_without_failing(text):
    found = match(
        [make_demand(), make_demand(id="D2", title=text)],
        [make_profile(), make_profile(id="P2", name=text, summary=text, capabilities=[text], cases=[{"metric": text}])],
        policy=EVERYTHING,
        include_ineligible=True,
    )

    assert "P1" in ids(found.for_demands["D1"])
    assert all(json.loads(line) for line in lines(found.for_demands))


def test_a_hard_rule_stops_a_pair_unless_the_policy_takes_it_out_of_the_way():
    demand, profile = make_demand(budget_max_yuan=100_000), make_profile(price_min_yuan=120_000)
    lenient = read_policy("[hard]\nbudget = false")

    assert match([demand], [profile]).for_demands == {"D1": []}
    (m,) = match([demand], [profile], policy=lenient).for_demands["D1"]
    budget = m.findings[0]
    assert (m.eligible, m.near_miss, budget.kind, budget.verdict) == (True, (), "soft", Verdict.FAIL)


def test_a_soft_rule_that_is_switched_off_earns_nothing():
    demand, profile = make_demand(sectors=["消费"]), make_profile(sectors=["消费"])

    (on,) = match([demand], [profile]).for_demands["D1"]
    (off,) = match([demand], [profile], policy=read_policy("[soft]\nsector = false")).for_demands["D1"]

    assert (on.parts[3].value, off.parts[3].value) == (1.0, None)
    assert off.score == pytest.approx(on.score - on.parts[3].contribution)


def test_a_near_miss_says_the_smallest_change_and_has_no_rank():
    near = make_profile(price_min_yuan=120_000, delivery_modes=["远程"])
    far = make_profile(id="P2", price_min_yuan=120_000, active_engagements=2, max_concurrent=2)
    demand = make_demand(budget_max_yuan=100_000, delivery="现场", district="锦江")

    found = match([demand], [near, far], near_per_demand=5, near_per_profile=5)

    (m,) = found.near_for_demands["D1"]
    assert (m.profile, m.rank, m.eligible) == ("P1", None, False)
    assert [miss.to_json() for miss in m.near_miss] == [
        {"rule": "budget", "field": "profile.price_min_yuan", "from": 120_000, "to": 100_000},
        {"rule": "delivery", "field": "profile.delivery_modes", "from": ["远程"], "to": ["远程", "onsite"]},
    ]
    assert found.for_demands == {"D1": []}
    assert found.near_for_profiles == {"P1": [m], "P2": []}  # P2 is full: nobody can change that for a demand


def test_what_a_near_miss_proposes_makes_the_pair_eligible():
    demand = make_demand(budget_max_yuan=100_000, deliver_by=day(30))
    profile = make_profile(price_min_yuan=120_000, lead_days=40, available_from=day(0))
    (m,) = match([demand], [profile], near_per_demand=1).near_for_demands["D1"]
    to = {miss.field: miss.to_value for miss in m.near_miss}

    mended = match(
        [make_demand(budget_max_yuan=100_000, deliver_by=to["demand.deliver_by"])],
        [make_profile(price_min_yuan=to["profile.price_min_yuan"], lead_days=40, available_from=day(0))],
    )

    assert ids(mended.for_demands["D1"]) == ["P1"]


def test_who_must_be_avoided_is_never_near():
    found = match(
        [make_demand(budget_max_yuan=1, excluded=["P1"])], [make_profile(price_min_yuan=2)], near_per_demand=5
    )

    assert found.near_for_demands == {"D1": []}


def test_an_ineligible_pair_is_added_for_the_direction_that_is_asked_for():
    demand, profile = make_demand(publish_until=day(-1)), make_profile()

    found = match([demand], [profile], top_per_demand=0, top_per_profile=5, include_ineligible=True)

    assert found.for_demands == {"D1": []}
    assert [(m.rank, m.eligible) for m in found.for_profiles["P1"]] == [(None, False)]


def test_the_day_decides_whether_a_demand_is_open():
    demand, profile = make_demand(publish_until=day(0)), make_profile()

    assert ids(match([demand], [profile], as_of=TODAY).for_demands["D1"]) == ["P1"]
    assert match([demand], [profile], as_of=TODAY.replace(year=2027)).for_demands["D1"] == []


def test_evidence_points_at_the_words_in_the_texts_as_they_were_written(some, all_pairs):
    fields = {d.id: {"title": d.title, "description": d.description} for d in some[0]}
    pointed = 0
    for own in all_pairs.for_demands.values():
        for m in own:
            for item in m.parts[0].evidence:
                text = fields[m.demand].get(item.get("demand_field"))
                if text is not None and "demand_span" in item:
                    start, end = item["demand_span"]
                    pointed += text[start:end].casefold().startswith(item["term"])
                    assert 0 <= start < end <= len(text)
            shares = [item["share"] for item in m.parts[0].evidence if "term" in item]
            assert shares == sorted(shares, reverse=True)
            assert sum(shares) <= 1 + 1e-9

    assert pointed > 500


def test_a_concept_says_where_both_sides_speak_of_it():
    demand = make_demand(title="月底总对不上数", description="货架缺货没人知道", capabilities=["视觉盘点"])
    profile = make_profile(summary="我们做数字人", capabilities=["视觉盘点"])

    (m,) = match([demand], [profile]).for_demands["D1"]

    (first, *_) = m.parts[2].evidence
    assert first["concept"] == VOCABULARY.capabilities.code("视觉盘点")
    assert first["demand"]["by"] == "tag"
    assert first["profile"]["words"] == ["视觉盘点"]
    assert first["profile"]["field"] == "capabilities[0].name"


def test_traditional_and_full_width_writing_find_each_other():
    found = match([make_demand(title="門店貨架ＡＩ盤點")], [make_profile(), make_profile(id="P2", **KITCHEN)])

    assert ids(found.for_demands["D1"]) == ["P1"]


def test_progress_is_told_until_everything_is_done(some):
    steps = []

    match(*some, progress=lambda done, total: steps.append((done, total)))

    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    assert len({total for _, total in steps}) == 1
