"""Who must say on what law a demand limits where an OPC is registered."""

import pytest

from matching.domain.codec import read_demand, to_json
from matching.domain.fair_competition import basis_needed
from matching.domain.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def needed(**given):
    return basis_needed(read_demand({"id": "D", "title": "导办", **given}), VOCABULARY)


def test_a_government_body_that_limits_registration_states_its_basis():
    found = needed(owner={"kind": "政府"}, require_registered_in="成都")

    assert (found.code, found.key, found.value) == ("registration_basis_needed", "registration_basis", "成都")
    assert found.facts == {"other": "require_registered_in"}
    assert needed(owner={"kind": "政府"}, require_registered_in="成都", registration_basis="某法第三条") is None


@pytest.mark.parametrize("kind", ["街道办", "gov", "学校", "博物馆", "体育场馆"])
def test_a_public_body_is_known_by_every_spelling_of_its_kind(kind):
    assert needed(owner={"kind": kind}, require_registered_in="成都") is not None


@pytest.mark.parametrize(
    "given",
    [
        {"owner": {"kind": "企业"}, "require_registered_in": "成都"},
        {"owner": {"kind": "没有人听过的单位"}, "require_registered_in": "成都"},
        {"owner": {"name": "某单位"}, "require_registered_in": "成都"},
        {"require_registered_in": "成都"},
        {"owner": {"kind": "政府"}, "require_registered_in": "不限"},
        {"owner": {"kind": "政府"}},
    ],
)
def test_nothing_is_asked_of_others_or_without_a_limit(given):
    assert needed(**given) is None


def test_a_blank_basis_is_none_and_a_city_that_nobody_knows_is_a_limit_too():
    assert needed(owner={"kind": "政府"}, require_registered_in="成都", registration_basis=" \n") is not None
    assert needed(owner={"kind": "政府"}, require_registered_in="某某新城") is not None


def test_own_money_frees_a_school_and_no_government_body():
    own_money = {"require_registered_in": "成都", "procurement_route": "自有资金"}

    assert needed(owner={"kind": "学校"}, **own_money) is None
    assert needed(owner={"kind": "学校"}, **{**own_money, "procurement_route": "询价"}) is not None
    assert needed(owner={"kind": "政府"}, **own_money) is not None


def test_the_two_keys_are_kept_as_written():
    given = {"id": "D", "title": "导办", "registration_basis": "某法第三条\n第二款", "procurement_route": "竞谈"}

    assert to_json(read_demand(given)) == given


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("公开招标", "open_tender"),
        ("邀标", "invited_tender"),
        ("竞谈", "competitive_negotiation"),
        ("竞争性磋商", "competitive_consultation"),
        ("询价采购", "inquiry"),
        ("单一来源", "single_source"),
        ("框架协议采购", "framework_agreement"),
        ("合作创新采购", "cooperative_innovation"),
        ("限额以下", "below_threshold"),
        ("自行采购", "below_threshold"),
        ("非政府采购（自有资金）", "not_procurement"),
        ("未定", "undecided"),
        ("Open tender", "open_tender"),
    ],
)
def test_ways_of_buying_are_known_as_offices_write_them(written, code):
    assert VOCABULARY.procurement_routes.code(written) == code
