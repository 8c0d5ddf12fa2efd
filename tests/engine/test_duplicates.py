"""Near-duplicates: who says the same as whom, found without comparing everybody with everybody."""

import re
from itertools import combinations, pairwise
from math import sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.duplicates import SHORTEST, SIMILAR_PERCENT, near_duplicates
from matching.engine.fields import demand_fields, profile_fields
from tests.engine.demonstration import demonstration
from tests.engine.make import make_demand, make_profile

TEXT = "用手机拍货架照片，自动盘点库存，找出缺货和临期商品，每天闭店以后出一张补货单，接进收银系统。"
OTHER = "为直播间定制虚拟数字人主播，配好脚本和声音，可以全天候播报商品，也能回答观众的提问。"


def profiles(*summaries):
    return [make_profile(id=f"P{n}", name=f"第{n}工作室", summary=text) for n, text in enumerate(summaries)]


def groups(records):
    return [(group.members, round(group.similarity, 4)) for group in near_duplicates(records)]


def test_the_same_text_under_another_name_is_a_duplicate():
    assert groups(profiles(TEXT, OTHER, TEXT)) == [(("P0", "P2"), 1.0)]


def test_other_marks_case_and_traditional_characters_make_no_other_text():
    same = TEXT.replace("，", "； ").translate(str.maketrans("货点临", "貨點臨"))

    assert groups(profiles(f"AI {TEXT}", f"ai {same}")) == [(("P0", "P1"), 1.0)]


def test_a_sign_changed_here_and_there_leaves_a_near_duplicate_and_a_third_of_them_does_not():
    signs = [place for place, sign in enumerate(TEXT) if sign not in "，。"]

    def changed(every):
        return "".join("某" if place in signs[5::every] else sign for place, sign in enumerate(TEXT))

    ((members, similarity),) = groups(profiles(TEXT, changed(30)))
    assert members == ("P0", "P1")
    assert SIMILAR_PERCENT / 100 <= similarity < 1
    assert groups(profiles(TEXT, changed(3))) == []


def test_the_same_words_in_another_field_are_the_same():
    one = make_profile(id="P1", summary=TEXT)
    other = make_profile(id="P2", summary=None, capabilities=[{"name": TEXT}])

    assert [group.members for group in near_duplicates([one, other])] == [("P1", "P2")]


def test_demands_are_compared_with_their_titles():
    same = [make_demand(id=f"D{n}", title="门店盘点", description=TEXT) for n in (1, 2)]
    shorter = make_demand(id="D3", title="数字人", description=OTHER)

    assert groups([shorter, *same]) == [(("D1", "D2"), 1.0)]


def test_those_that_a_chain_links_are_one_group_with_what_its_ends_share():
    signs = "".join(re.findall(r"\w", TEXT + OTHER))
    chain = [signs[start : start + 60] for start in range(0, 16, 4)]

    ((members, similarity),) = groups(profiles(*chain))

    assert members == ("P0", "P1", "P2", "P3")
    assert similarity < SIMILAR_PERCENT / 100


def test_a_text_that_says_too_little_is_nobodys_copy():
    short = "盘" * (SHORTEST - 1)

    assert groups(profiles(short, short)) == []
    assert len(groups(profiles(short + "点", short + "点"))) == 1


@pytest.mark.parametrize("odd", [None, "", " ", "🎈", "。", "\u200b", "1"])
def test_records_that_say_nothing_are_nobodys_copies(odd):
    assert near_duplicates(profiles(odd, odd, TEXT)) == []
    assert near_duplicates([]) == []


def test_the_order_of_the_input_changes_nothing():
    records = profiles(TEXT, OTHER, TEXT, OTHER + "，价格面议", OTHER)

    found = groups(records)

    assert found == [(("P0", "P2"), 1.0), (("P1", "P3", "P4"), found[1][1])]
    assert groups(records[::-1]) == found


def test_a_group_is_written_with_its_members_and_a_rounded_similarity():
    (group,) = near_duplicates(profiles(TEXT, TEXT))

    assert group.to_json() == {"members": ["P0", "P1"], "similarity": 1.0}


def test_very_long_texts_are_compared_too():
    long = "".join(chr(0x4E00 + number) for number in Random(1).choices(range(5_000), k=20_000))

    assert [group.members for group in near_duplicates(profiles(long, long[::-1], long[:-50]))] == [("P0", "P2")]


_texts = st.text(alphabet="甲乙丙丁", min_size=15, max_size=40)
_edits = st.tuples(st.integers(0, 39), st.sampled_from("甲乙丙丁戊"))


@settings(max_examples=60, deadline=None)
@given(st.lists(_texts, min_size=1, max_size=4), st.lists(st.tuples(st.integers(0, 3), _edits), max_size=8))
def test_exactly_those_are_linked_whose_sets_are_similar_enough(texts, edits):
    for which, (place, sign) in edits:
        text = texts[which % len(texts)]
        texts = [*texts, text[:place] + sign + text[place + 1 :]]

    assert {frozenset(group.members) for group in near_duplicates(profiles(*texts))} == compared_all(profiles(*texts))


def test_on_the_demonstration_too():
    demands, offers = demonstration()

    for records in (demands, offers[::3]):
        found = {frozenset(group.members) for group in near_duplicates(records)}
        assert found == compared_all(records)


def compared_all(records):
    """The groups, by comparing every pair."""
    sets = {record.id: found for record in records if (found := _pairs(record))}
    group = {one: {one} for one in sets}
    for one, other in combinations(sets, 2):
        common = len(sets[one] & sets[other])
        if 100 * common >= SIMILAR_PERCENT * sqrt(len(sets[one]) * len(sets[other])) - 1e-9:
            both = group[one] | group[other]
            for member in both:
                group[member] = both
    return {frozenset(members) for members in group.values() if len(members) > 1}


def _pairs(record):
    fields = demand_fields(record) if hasattr(record, "title") else profile_fields(record)
    texts = [re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", f.normal) for f in fields if f.name != "name"]
    return {pair for text in texts for pair in pairwise(text)} if sum(map(len, texts)) >= SHORTEST else set()
