"""A demand without suitable supply says so in words: who speaks of it, what stops them, what can be done."""

from datetime import date

import pytest

from matching.domain.policy import DEFAULT_POLICY, HARD_RULES
from matching.domain.records import RecordKind
from matching.store import matches, write_transaction
from matching.store.matches import Absence, MatchRun
from tests.web.house import NOW, OPERATOR, make_demand, make_profile, pair, post, store_pairs
from tests.web.test_law import said
from webapp import labels


def left_alone(house, absence, pairs=()):
    run = MatchRun(
        at=NOW, as_of=date(2026, 11, 24), fingerprint="none", policy_version=DEFAULT_POLICY.version,
        engine_version="0", demands=2, profiles=407, matches=0, without_match=("D-public",),
        absences={"D-public": absence} if absence else {},
    )  # fmt: skip
    with house.database.session() as session, write_transaction(session):
        matches.replace_matches(session, run, pairs)


def test_the_rules_that_stop_everybody_are_counted_and_each_has_a_remedy(house, owner):
    left_alone(house, Absence(speaking=20, stopped={"delivery": 7, "qualification": 14}, alone={"qualification": 3}))

    text = said(owner.get("/demands/D-public").text)

    assert "目前没有合适的供给 比对了 407 个能力画像，其中 20 个谈到这件事，但都有硬条件不符合：" in text
    assert "资质 14 个不符合，其中 3 个只差这一条 核对资质要求是否每一项都必需" in text
    assert "交付方式 7 个不符合 看能否接受另一种交付方式" in text
    assert text.index("资质 14") < text.index("交付方式 7")
    assert "各条相加会多于总数" in text
    assert "没有差一点的" in text


def test_near_misses_are_announced_where_there_are_any(house, owner):
    dear = make_profile("P-public", price_min_yuan=150_000)
    near = [pair(make_demand("D-public"), dear, None, None)]
    left_alone(house, Absence(speaking=1, stopped={"budget": 1}, alone={"budget": 1}), near)

    text = said(owner.get("/demands/D-public").text)

    assert "差一点的 1 个列在下面：每个都写明改什么就能匹配。" in text
    assert "各条相加" not in text
    assert "没有差一点的" not in text


def test_where_nobody_speaks_of_it_the_page_says_what_to_write(house, owner):
    left_alone(house, Absence(speaking=0, stopped={}, alone={}))

    page = owner.get("/demands/D-public").text

    assert "比对了 407 个能力画像，没有一个谈到这件事。" in page
    assert "写清现状、要做的事和怎样算做好" in page
    assert "<table" not in page
    assert "stops" not in page


def test_an_earlier_refresh_and_a_changed_record_are_told_apart(house, owner):
    left_alone(house, None)
    earlier = owner.get("/demands/D-public").text
    with house.database.session() as session:
        store_pairs(session, [], fingerprint="none changed")
    changed = owner.get("/demands/D-public").text

    assert "我们不拿不相干的来凑数" in earlier
    assert "上次计算之后，这条需求或原来匹配的画像有变化" in changed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_record_that_takes_no_part_is_not_said_to_have_no_supply(house, owner, language):
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, make_demand("D-new"), OPERATOR)
    owner.get(f"/language/{language}")

    text = said(owner.get("/demands/D-hidden").text)

    told = {"zh": "没有参与匹配 这条记录现在是“待审核”", "en": "Not part of the matching"}
    assert told[language] in text
    assert "目前没有合适的供给" not in text


def test_a_profile_without_demands_says_what_to_write(house, browse):
    with house.database.session() as session:
        store_pairs(session, [], fingerprint="none of a profile")

    text = said(browse("opc_a").get("/profiles/P-public").text)

    assert "目前没有合适的需求 比对了 2 条需求。我们不拿不相干的来凑数。" in text
    assert "补上案例，最好有证明方。" in text


def test_every_hard_rule_has_a_remedy():
    assert set(labels.REMEDIES) == set(HARD_RULES)
