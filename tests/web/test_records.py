"""The page of one record: what it says, what it leaves out, its matches."""

from urllib.parse import quote

import pytest

from matching.domain.policy import HARD_RULES
from matching.domain.records import RecordKind
from tests.web.house import OPERATOR, make_demand, make_profile, pair, post, publish, store_pairs
from webapp.addresses import from_segment, record_path, to_segment

IDS = [
    "a/b",
    "..",
    ".",
    "../../etc/passwd",
    "需求 1",
    "new",
    "a?b#c",
    "100%",
    "~7E",
    "a\\b",
    "x" * 300,
    "e\u0301",
    "a;b&c=d",
    "//",
    "😀",
]


@pytest.mark.parametrize("record_id", IDS)
def test_any_id_has_a_page_of_its_own(house, visitor, record_id):
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, make_demand(record_id, title="编号特别的需求"), OPERATOR)
        publish(session, RecordKind.DEMANDS, record_id)

    path = record_path(RecordKind.DEMANDS, record_id)

    assert "编号特别的需求" in visitor.get(path).text
    assert f'href="{path}"' in visitor.get("/demands/").text
    assert from_segment(to_segment(record_id)) == record_id


def test_a_percent_encoded_id_leads_to_the_page(house, visitor):
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, make_demand("a/b 一"), OPERATOR)
        publish(session, RecordKind.DEMANDS, "a/b 一")

    answer = visitor.get("/demands/" + quote("a/b 一", safe=""))

    assert (answer.status_code, answer.location) == (302, record_path(RecordKind.DEMANDS, "a/b 一"))


@pytest.mark.parametrize("segment", ["~61", "~zz", "~FF", "a~2fb", "D-public~00"])
def test_a_segment_that_no_id_is_written_as_leads_nowhere(visitor, segment):
    assert visitor.get(f"/demands/{segment}").status_code == 404


def test_absent_and_none_and_unknown_words_are_told_apart(house, visitor):
    demand = make_demand("D-x", required_qualifications=[], sectors=["教育", "深海采矿"])
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, demand, OPERATOR)
        publish(session, RecordKind.DEMANDS, "D-x")

    text = "".join(visitor.get("/demands/D-x").text.split())

    assert "<dt>资质要求</dt><dd>无</dd>" in text
    assert "<dt>详细地址</dt><dd>未说明</dd>" in text
    assert "深海采矿<small>词表外</small>" in text
    assert "教育<small>" not in text


def test_the_owner_sees_each_match_with_a_sum_that_adds_up(owner):
    text = owner.get("/demands/D-public").text

    assert "蓉批改工作室" in text
    assert "匹配不等于采购" in text
    assert "合计（权重 × 得分之和）" in text
    shown = [row.split("</td>")[2].split("<td>")[1] for row in text.split('<th scope="row"><i class=')[1:8]]
    assert round(sum(map(float, shown)), 1) == 50.0


def test_near_misses_say_what_would_change_them(owner):
    text = owner.get("/demands/D-public").text

    assert "差一点的 1 个" in text
    assert "<b>不符合</b>" in text


def test_others_see_the_record_without_its_matches(browse):
    for role in (None, "owner_b", "opc_a"):
        text = browse(role).get("/demands/D-public").text

        assert "初中作文先批一遍" in text
        assert "匹配的供给" not in text


def test_no_suitable_supply_is_said_plainly(house, browse):
    with house.database.session() as session:
        store_pairs(session, [])

    assert "目前没有合适的供给" in browse("owner_a").get("/demands/D-public").text
    assert "目前没有合适的需求" in browse("opc_a").get("/profiles/P-public").text


def test_a_profile_shows_its_recommended_demands(browse):
    text = browse("opc_a").get("/profiles/P-public").text

    assert "推荐的需求" in text
    assert "初中作文先批一遍" in text
    assert "2026-W48" in text


def test_a_new_refresh_replaces_what_was_rendered_before(house, owner):
    before = owner.get("/demands/D-public").text
    changed = pair(make_demand("D-public"), make_profile("P-public"), 1, 1)
    changed["score"] = 0.25
    with house.database.session() as session:
        store_pairs(session, [changed], fingerprint="e" * 64)

    after = owner.get("/demands/D-public").text

    assert "<b>50.0</b>" in before
    assert "<b>25.0</b>" in after


def test_the_rounded_parts_always_add_up_to_the_rounded_score():
    from webapp.explanations import _rounded

    for values in ([0.5] * 7, [1.4, 1.4, 1.4], [0.0, 99.6], [33.3, 33.3, 33.3], []):
        rounded = _rounded(values)

        assert sum(rounded) == round(sum(values))
        assert all(abs(one - value) < 1 for one, value in zip(rounded, values, strict=True))


def test_history_is_told_to_who_may_edit(owner, visitor):
    assert "提交审核" in owner.get("/demands/D-public").text
    assert "提交审核" not in visitor.get("/demands/D-public").text


def test_a_profile_in_detail_can_be_read(house, visitor):
    profile = make_profile(
        "P-x",
        capabilities=["智能批改", {"name": "语音识别", "price_min_yuan": 30_000, "lead_days": 20}],
        qualifications=[
            "软件著作权",
            {"name": "等保三级", "valid_until": "2027-06-30"},
            {"name": "ISO27001", "valid_until": None},
        ],
        cases=[{"client": "某中学", "year": 2025, "amount_yuan": 123_400, "verified_by": "盖章"}],
    )
    with house.database.session() as session:
        post(session, RecordKind.PROFILES, profile, OPERATOR)
        publish(session, RecordKind.PROFILES, "P-x")

    text = visitor.get("/profiles/P-x").text

    for said in ("3万元起", "2027-06-30", "不详", "12.34万元", "盖章", "45 天"):
        assert said in text


def test_explanations_hold_no_word_of_the_code(owner):
    text = owner.get("/demands/D-public").text

    for code in (*HARD_RULES, "budget_max_yuan", "price_min_yuan", "None"):
        assert f">{code}<" not in text
        assert f"{code} " not in text.replace("class=", "")
    assert "15万元" in text.replace(" ", "")


def test_a_soft_rule_that_earns_little_is_no_obstacle(house, owner):
    with house.database.session() as session:
        elsewhere = make_profile("P-public", sectors=["体育"])
        store_pairs(session, [pair(make_demand("D-public"), elsewhere, 1, 1)], fingerprint="d" * 64)

    text = owner.get("/demands/D-public").text

    assert "<b>加分不足</b>" in text
    assert "<b>不符合</b>" not in text
