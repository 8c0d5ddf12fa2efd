"""What the law asks on the pages: a basis for a limit of registration, and that a match is no procurement."""

import html
import re

import pytest

from matching.domain.policy import DEFAULT_POLICY
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary
from matching.services import policies, records
from matching.store.records import Filter
from tests.web.house import NOW, OPERATOR, make_demand, make_profile, pair, post, publish, store_pairs
from tests.web.test_forms import form_on, send

LIMITED = {"title": ["街道导办"], "owner.kind": ["government"], "require_registered_in": ["chengdu"]}


def posted(house, title="街道导办"):
    with house.database.session() as session:
        lines = records.review_queue(session, RecordKind.DEMANDS, actor=OPERATOR, size=100).lines
        return [line for line in lines if line.title == title]


def said(text):
    """A page's text as a person reads it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_public_owner_s_limit_is_refused_until_its_basis_is_written(house, owner):
    form = form_on(owner.get("/demands/new")) | LIMITED

    refused = send(owner, "/demands/new", form)

    assert refused.status_code == 422
    assert 'href="#registration_basis"' in refused.text
    assert "《公平竞争审查条例》（国务院令第783号，2024年8月1日起施行）" in refused.text
    assert "把“注册地要求”改为“不限”" in html.unescape(refused.text)
    assert posted(house) == []

    sent = send(owner, "/demands/new", form_on(refused) | {"registration_basis": ["某法第三条"]})

    assert sent.status_code == 303
    assert posted(house)[0].record["registration_basis"] == "某法第三条"


@pytest.mark.parametrize(
    "more",
    [
        {"owner.kind": ["enterprise"]},
        {"owner.kind": [""]},
        {"require_registered_in": ["any"]},
        {"owner.kind": ["education"], "procurement_route": ["not_procurement"]},
    ],
    ids=["a firm", "a kind not said", "no limit", "a school's own money"],
)
def test_nobody_else_is_asked(house, owner, more):
    answer = send(owner, "/demands/new", form_on(owner.get("/demands/new")) | LIMITED | more)

    assert answer.status_code == 303
    assert len(posted(house)) == 1


def test_an_english_reader_is_told_in_english(owner):
    owner.get("/language/en")

    text = said(send(owner, "/demands/new", form_on(owner.get("/demands/new")) | LIMITED).text)

    assert "State Council Decree No. 783" in text
    assert "change “Must be registered in” to 不限" in text


def limited(house, demand_id="D-limited"):
    demand = make_demand(demand_id, owner={"name": "某街道", "kind": "政府"}, require_registered_in="成都")
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, demand, OPERATOR)


def test_the_review_and_the_record_s_own_side_see_what_is_missing(house, organiser, visitor):
    limited(house)

    review, record = organiser.get("/review/").text, organiser.get("/demands/D-limited").text
    with house.database.session() as session:
        publish(session, RecordKind.DEMANDS, "D-limited")

    assert review.count("公共单位限定注册地为") == 1
    assert record.count("公共单位限定注册地为") == 1
    public = visitor.get("/demands/D-limited")
    assert public.status_code == 200
    assert "公共单位限定注册地为" not in public.text


def test_an_imported_row_goes_in_with_the_remark_on_the_preview(organiser):
    rows = "编号,需求名称,单位类型,注册地要求\nL-1,街道导办,街道办,成都\n"
    sent = {"kind": "demands", "file": (__import__("io").BytesIO(rows.encode()), "需求.csv")}

    text = organiser.post("/import/", sent, page="/import/", content_type="multipart/form-data").text

    assert "<dt>新增</dt><dd>1</dd>" in text
    assert "<dt>待更正</dt><dd>0</dd>" in text
    assert "公共单位限定注册地为“成都”" in html.unescape(text)


def published(house, **given):
    """A demand of owner A's with one match."""
    demand = make_demand("D-route", **given)
    with house.database.session() as session:
        post(session, RecordKind.DEMANDS, demand, OPERATOR)
        publish(session, RecordKind.DEMANDS, "D-route")
        store_pairs(session, [pair(demand, make_profile("P-public"), 1, 1)], fingerprint="of the law")


def test_a_match_is_said_to_be_no_procurement_and_the_recorded_route_is_shown(house, organiser, browse):
    published(house, procurement_route="竞谈")

    demand, profile = organiser.get("/demands/D-route").text, browse("opc_a").get("/profiles/P-public").text

    for text in (demand, profile):
        assert "匹配结果不构成采购决定" in text
        assert "《中华人民共和国政府采购法》" in text
        assert text.count("场景方记录的采购方式：竞争性谈判。") == 1


def test_a_route_that_nobody_recorded_is_said_to_be_so(house, organiser, browse):
    published(house)

    demand, profile = organiser.get("/demands/D-route").text, browse("opc_a").get("/profiles/P-public").text

    assert "场景方还没有记录采购方式。" in demand
    assert 'href="/demands/D-route/edit#procurement_route"' in demand
    assert 'id="procurement_route"' in organiser.get("/demands/D-route/edit").text
    assert "场景方还没有记录采购方式。" in profile


def test_a_route_outside_the_vocabulary_is_shown_as_written(house, organiser):
    published(house, procurement_route="<i>抽签</i>")

    assert "场景方记录的采购方式：&lt;i&gt;抽签&lt;/i&gt;。" in organiser.get("/demands/D-route").text


def test_a_recorded_route_that_changes_is_seen_at_once_on_the_other_side(house, browse):
    published(house)
    browser = browse("opc_a")
    browser.get("/profiles/P-public")
    with house.database.session() as session:
        stored = records.view_record(session, RecordKind.DEMANDS, "D-route", actor=OPERATOR)
        records.edit_record(
            session, RecordKind.DEMANDS, make_demand("D-route", procurement_route="询价"), now=NOW, actor=OPERATOR,
            expected_version=stored.version, vocabulary=load_vocabulary(),
        )  # fmt: skip
        publish(session, RecordKind.DEMANDS, "D-route")

    assert "场景方记录的采购方式：询价。" in browser.get("/profiles/P-public").text


def test_where_a_firm_sits_earns_nothing_and_is_neither_praised_nor_blamed(house, owner, visitor):
    text = owner.get("/demands/D-public").text

    assert DEFAULT_POLICY.weights["locality"] == 0
    assert "同区" not in text
    assert "“同区”的权重是 0" in visitor.get("/about/").text


def test_the_method_tells_the_policy_in_force(house, visitor):
    weights = {"words": 0.9, "locality": 0.1}
    toml = "[weights]\n" + "\n".join(f"{code} = {weight}" for code, weight in weights.items())
    with house.database.session() as session:
        policies.apply_policy(session, toml, actor=OPERATOR, now=NOW)

    text = visitor.get("/about/").text

    assert "“同区”的权重是 0" not in text
    assert '<th scope="row">同区</th><td>10%</td>' in text


def test_search_and_lists_take_demands_with_the_new_keys(house, visitor):
    published(house, procurement_route="询价", registration_basis="某法")

    with house.database.session() as session:
        page = records.public_page(session, RecordKind.DEMANDS, Filter(words="作文"))
    assert "D-route" in [line.id for line in page.lines]
    assert "某法" in visitor.get("/demands/D-route").text
