"""Gaming by text: what it gains is bounded, and what is copied is told. The bounds are those of docs/gaming.md."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching.domain.match import Verdict
from matching.engine.copied import LONGEST_RUN, Original, Signs
from matching.engine.duplicates import near_duplicates
from matching.engine.fields import demand_fields, profile_fields
from matching.engine.rules import RULES
from matching.engine.views import Pair, view_demand, view_profile
from tests.engine import gaming
from tests.engine.demonstration import demonstration
from tests.engine.gaming import ATTACKS, COPYING, Field, clones, own_words, with_summary
from tests.engine.make import EVERYTHING, VOCABULARY, make_demand, make_profile, match
from tests.quality.gold import AS_OF, load_gold

LARGEST_GAINS = {
    gaming.every_tag: 0.25,
    gaming.keywords: 0.20,
    gaming.right_tag: 0.55,
    gaming.right_keyword: 0.60,
    gaming.padded: 0.12,
    gaming.padded_with_phrases: 0.40,
}
"""Of a score of 1."""
DEMANDS_ATTACKED = 6


class World:
    """The tuning half of the gold set, and for some of its demands two profiles that they have no use for."""

    def __init__(self):
        gold = load_gold("tune")
        self.demands, self.profiles = gold.demands, gold.profiles
        self.honest = Field(self.demands, self.profiles, AS_OF)
        self.by_id = {profile.id: profile for profile in self.profiles}
        right = {(gold.demands[d].id, gold.profiles[p].id) for d, p in np.argwhere(gold.grades > 0).tolist()}
        answerable = [demand for demand, has_any in zip(gold.demands, gold.answerable, strict=True) if has_any]
        self.targets = [
            (demand, self.by_id[own])
            for demand in answerable[:: len(answerable) // DEMANDS_ATTACKED][:DEMANDS_ATTACKED]
            for own in self.honest.outsiders(demand.id, right).values()
        ]
        self.attacked = cache(self._attacked)

    def _attacked(self, attack):
        """For each target (what it is, what its attacker beside it is)."""
        attackers = [replace(attack(own, demand), id=f"X{n}") for n, (demand, own) in enumerate(self.targets)]
        field = Field(self.demands, [*self.profiles, *attackers], AS_OF)
        return [
            (field.standing(demand.id, own.id), field.standing(demand.id, f"X{n}"))
            for n, (demand, own) in enumerate(self.targets)
        ]


@pytest.fixture(scope="module")
def world():
    return World()


def names(attack):
    return attack.__name__


@pytest.mark.parametrize("attack", LARGEST_GAINS, ids=names)
def test_an_attack_that_copies_nothing_gains_no_more_than_its_bound(world, attack):
    stood = world.attacked(attack)

    assert len(stood) == 2 * DEMANDS_ATTACKED
    assert max(after.score - before.score for before, after in stood) <= LARGEST_GAINS[attack]
    assert not any(after.flagged for _, after in stood)


@pytest.mark.parametrize("attack", [gaming.every_tag, gaming.keywords, gaming.padded], ids=names)
def test_saying_everything_makes_nobody_the_first(world, attack):
    assert min(after.rank for _, after in world.attacked(attack)) > 1


def test_every_tag_earns_less_than_the_right_one_alone(world):
    alone, every = world.attacked(gaming.right_tag), world.attacked(gaming.every_tag)

    earned = [[after.value("capability") for _, after in stood] for stood in (alone, every)]
    assert np.mean(earned[1]) < np.mean(earned[0]) / 2


@pytest.mark.parametrize("attack", COPYING, ids=names)
def test_a_copied_demand_is_always_told(world, attack):
    stood = world.attacked(attack)

    assert all(after.flagged for _, after in stood)
    assert not any(before.flagged for before, _ in stood)


@pytest.mark.parametrize("attack", ATTACKS, ids=names)
def test_no_claim_passes_a_rule_or_earns_anything_by_one(world, attack):
    """What a claim leaves out may make a rule unknown, as saying nothing does."""
    for demand in world.demands[::10]:
        asked = view_demand(demand, VOCABULARY)
        for profile in world.profiles[::5]:
            honest, claimed = (
                Pair(asked, view_profile(own, VOCABULARY), AS_OF, VOCABULARY)
                for own in (profile, attack(profile, demand))
            )
            for rule in RULES:
                before, after = rule.check(honest), rule.check(claimed)
                assert after.verdict in (before.verdict, Verdict.UNKNOWN)
                assert after.facts.get("value", 0.0) <= before.facts.get("value", 0.0)


def test_a_word_said_five_hundred_times_earns_hardly_more_than_one_said_ten_times():
    demand, others = make_demand(), [make_profile(id=f"P{n}", summary="直播带货") for n in range(3)]
    scores = []
    for times in (10, 500):
        own = make_profile(id="X", summary="盘点，" * times)
        found = match([demand], [*others, own], policy=EVERYTHING).for_demands["D1"]
        scores.append(next(m.score for m in found if m.profile == "X"))

    assert scores[1] - scores[0] < 0.02


def test_clones_do_not_lift_each_other(world):
    demand, own = world.targets[0]
    first = world.honest.order(demand.id)[0]

    field = Field(world.demands, [*world.profiles, *clones(own)], AS_OF)

    before = world.honest.standing(demand.id, own.id)
    stood = [field.standing(demand.id, clone.id) for clone in clones(own)]
    assert max(standing.score for standing in stood) - before.score <= 0.05
    assert min(standing.rank for standing in stood) >= before.rank
    assert field.order(demand.id)[0] == first


def test_clones_are_one_group_of_near_duplicates(world):
    (group,) = near_duplicates([*world.profiles, *clones(world.profiles[3])])

    assert group.members == (world.profiles[3].id, *sorted(clone.id for clone in clones(world.profiles[3])))
    assert group.similarity == 1


# What counts as copied

TEXT = "我们有二十家门店，想用手机拍货架照片，自动盘点库存，找出缺货和临期的商品，每天闭店以后出一张补货单。"
DEMAND = make_demand(title="门店货架拍照盘点", description=TEXT)


def copied_by(profile, demand=DEMAND):
    return Original(demand_fields(demand)).copied_by(Signs(profile_fields(profile)))


def test_the_evidence_says_how_much_was_copied_and_where_it_stands():
    summary = f"专注零售。{TEXT}价格面议。"

    (found,) = match([DEMAND], [make_profile(summary=summary)], policy=EVERYTHING).for_demands["D1"]

    told = next(item for item in found.parts[0].evidence if "copied" in item)
    assert told == {
        "copied": 45, "share": told["share"],
        "demand_field": "description", "demand_span": [0, len(TEXT) - 1],
        "profile_field": "summary", "profile_span": [5, 5 + len(TEXT) - 1],
    }  # fmt: skip
    assert 0.8 < told["share"] <= 1
    assert [item for part in found.parts[1:] for item in part.evidence if "copied" in item] == []


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("，", " / ").replace("。", "!!\n"),
        TEXT.translate(str.maketrans("门货拍补单", "門貨拍補單")),
        "　".join(TEXT),
        TEXT[:24] + "某" + TEXT[25:],
    ],
    ids=["other marks", "traditional", "spaced", "a sign changed"],
)
def test_a_copy_is_told_though_it_was_dressed_up(text):
    demand = make_demand(description=TEXT)

    assert copied_by(make_profile(summary=f"甲乙丙。{text}"), demand) is not None


def test_a_copy_in_pieces_over_many_capabilities_is_told():
    pieces = [{"name": TEXT[start : start + 20]} for start in range(0, len(TEXT), 20)]

    assert copied_by(make_profile(capabilities=pieces))["share"] >= 0.6


def test_a_phrase_in_common_is_no_copy():
    shared = "想用手机拍货架照片，自动盘点库存，找出缺货"

    assert sum(map(str.isalnum, shared)) < LONGEST_RUN
    assert copied_by(make_profile(summary=f"门店老板常说{shared}，我们做的就是这个。")) is None


def test_a_short_demand_is_no_copy_of_anybody():
    demand = make_demand(title="门店货架拍照盘点系统")

    assert copied_by(make_profile(summary="门店货架拍照盘点系统"), demand) is None


def test_english_is_told_by_its_words():
    text = "We want to count the stock on our shelves from photos that staff take with their phones every evening."

    assert copied_by(make_profile(summary=text.upper()), make_demand(description=text))["copied"] == 38


def test_nobody_honest_is_told(world):
    demands, profiles = demonstration()
    told = [
        (found.demand, found.profile)
        for lists in (
            match(world.demands, world.profiles, as_of=AS_OF, include_ineligible=True, near_per_demand=20),
            match(demands[::4], profiles, include_ineligible=True),
        )
        for own in lists.for_demands.values()
        for found in own
        if any("copied" in item for part in found.parts for item in part.evidence)
    ]

    assert told == []


def test_to_be_told_costs_no_score():
    """Else anybody could silence another by posting a demand that copies him."""
    profile = make_profile(summary=TEXT)
    fitting = make_profile(id="P2", summary=TEXT.replace("，", "，也"))

    found = match([DEMAND], [profile, fitting], policy=EVERYTHING).for_demands["D1"]

    assert [m.profile for m in found] == ["P1", "P2"]
    assert found[0].score > found[1].score


# Texts without measure

LONGEST = 20_000


@pytest.mark.parametrize(
    "unit",
    ["盘点", "货", "不但不仅除了而是不", "不做盘点，", "货对不上库存不准", "stock take ", "🎈", "㎡盘点", "…"],
)
def test_the_longest_texts_are_read_on_both_sides(unit):
    text = (unit * LONGEST)[:LONGEST]
    demand = make_demand(description=text)

    found = match([demand], [make_profile(summary=text), make_profile(id="P2")], policy=EVERYTHING, top=5)

    assert {m.profile: round(sum(p.contribution for p in m.parts) - m.score, 9) for m in found.for_demands["D1"]} in (
        {"P1": 0}, {"P1": 0, "P2": 0}, {"P2": 0},
    )  # fmt: skip


def test_a_clause_of_thousands_of_negations_hides_no_other_clause():
    reader = Field([make_demand()], [make_profile()], AS_OF).matching.index.reader
    lone = reader.lexicon.find("拍货架照片做盘点")

    found = reader.lexicon.find("不但不仅除了而是不" * 11_000 + "。拍货架照片做盘点")

    assert {f.phrase.code for f in lone} <= {f.phrase.code for f in found}


def test_what_is_copied_behind_very_much_else_is_told():
    profile = with_summary(make_profile(), "字" * 15_000 + own_words(DEMAND))

    assert copied_by(profile)["copied"] >= 45
