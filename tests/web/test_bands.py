"""How well a pair fits is said in one word, on both sides and in the digest, with what lowered it."""

import re

import pytest

from matching.domain.policy import DEFAULT_POLICY, HARD_RULES
from matching.publishing.digest import Candidate, compose_digest
from matching.store import publications, write_transaction
from tests.web.house import NOW, explanation, make_demand, make_profile, pair, store_pairs
from tests.web.test_law import said

ANSWERED = {
    "demand": {
        "publish_until": "2027-01-31", "delivery": "远程", "deployment": "不限", "required_qualifications": [],
        "require_registered_in": "不限", "data_sensitivity": "公开", "excluded": [],
    },
    "profile": {
        "available_from": "2026-11-01", "delivery_modes": ["远程"], "excluded": [], "max_concurrent": 2,
        "active_engagements": 0,
    },
}  # fmt: skip


def matched(value, *, answered=True):
    """A pair's explanation whose texts earn `value` of what they weigh."""
    given = ANSWERED if answered else {"demand": {}, "profile": {}}
    demand, profile = make_demand("D-public", **given["demand"]), make_profile("P-public", **given["profile"])
    found = explanation(demand, profile)
    for part in found["parts"]:
        part |= {"value": value, "contribution": part["weight"] * value}
    return {**found, "score": sum(part["contribution"] for part in found["parts"])}


def store(house, found, fingerprint):
    row = pair(make_demand("D-public"), make_profile("P-public"), 1, 1)
    from matching.store.database import canonical_json

    with house.database.session() as session:
        row |= {"explanation": canonical_json(found), "score": found["score"]}
        store_pairs(session, [row], fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(0.6, "高", "high"), (0.3, "中", "medium"), (0.2, "低", "low")],
    ids=["high", "medium", "low"],
)
def test_both_sides_read_the_same_band(house, browse, value, zh, en):
    store(house, matched(value), f"band {en}")

    pages = [browse("owner_a").get("/demands/D-public"), browse("opc_a").get("/profiles/P-public")]
    english = browse("owner_a")
    english.get("/language/en")

    for page in pages:
        assert re.findall(r'class="band band-(\w+)"[^>]*>(.)<', page.text) == [(en, zh)]
        assert "match-lacking" not in page.text
    assert f"Fit {en}" in said(english.get("/demands/D-public").text)


def test_a_band_has_an_explanation_and_no_chance_is_promised(owner, house):
    store(house, matched(0.6), "band explained")

    text = owner.get("/demands/D-public").text

    assert 'title="需求里说的，画像里大多也说到"' in text
    assert "它不是成功的可能性" in text
    assert 'href="/about/#bands"' in text
    assert 'id="bands"' in owner.get("/about/").text
    numbers = re.findall(r"[\d.]+ ?%", said(text))
    weights = {f"{100 * weight:g}%" for weight in DEFAULT_POLICY.weights.values()}
    assert set(numbers) <= weights  # of the parts of the sum; nothing else is a per cent


def test_too_little_information_lowers_the_band_and_says_what_is_missing(house, owner):
    store(house, matched(0.6, answered=False), "band lowered")

    text = said(owner.get("/demands/D-public").text)

    assert "只看双方文字是“高”；因为 11 条硬条件缺信息，降为“中”。补上就能判断：" in text
    assert "资质、交付方式" in text
    for code in HARD_RULES:
        assert code not in re.findall(r"补上就能判断：(.*?)。", text)[0]


def test_what_a_hard_rule_stops_has_no_band(house, owner):
    with house.database.session() as session:
        dear = make_profile("P-public", price_min_yuan=150_000)
        store_pairs(session, [pair(make_demand("D-public"), dear, None, None)], fingerprint="no band")

    assert 'class="band' not in owner.get("/demands/D-public").text


def digest_page(house, browser, items):
    with house.database.session() as session, write_transaction(session):
        publications.add_digest(
            session, recipient_kind="opc", recipient_id="P-public", period="2026-W49", body={"items": items}, now=NOW
        )
    paths = re.findall(r'href="(/digests/\d+)"', browser.get("/profiles/P-public").text)
    return next(page for path in paths if "2026-W49" in (page := browser.get(path).text))


def compose(found):
    candidate = Candidate(demand_id="D-public", score=found["score"], demand={"title": "甲"}, explanation=found)
    return compose_digest([candidate], {}, NOW.date())["items"]


def test_a_digest_says_the_band_and_what_lowered_it(house, browse):
    items = compose(matched(0.6, answered=False))

    text = digest_page(house, browse("opc_a"), items)

    assert (items[0]["band"], items[0]["band_by_text"], len(items[0]["unknown"])) == ("medium", "high", 11)
    assert 'class="band band-medium"' in text
    assert "降为“中”" in said(text)
    assert "匹配结果不构成采购决定" in text


def test_a_digest_of_an_earlier_release_is_shown_without_a_band(house, browse):
    items = [{key: value for key, value in compose(matched(0.6))[0].items() if not key.startswith(("band", "unknown"))}]

    text = digest_page(house, browse("opc_a"), items)

    assert 'class="band' not in text
    assert "甲" in text


def test_the_bands_of_a_digest_are_those_of_the_page(house, browse):
    text = browse("opc_a").get(f"/digests/{house.digest_id}").text

    page = browse("opc_a").get("/profiles/P-public").text

    assert re.findall(r"band-(\w+)", text) == re.findall(r"band-(\w+)", page)
