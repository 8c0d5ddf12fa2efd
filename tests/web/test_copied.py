"""Whoever reads a match is told that its profile stands word for word in the demand."""

from matching.store.database import canonical_json
from tests.web.house import explanation, make_demand, make_profile, pair, store_pairs

TOLD = "（画像中有大段文字与需求原文相同）"


def test_both_sides_read_that_a_demand_was_copied(house, browse):
    demand, profile = make_demand("D-public"), make_profile("P-public")
    found = explanation(demand, profile)
    words = next(part for part in found["parts"] if part["code"] == "words")
    words["evidence"] = [*words["evidence"], {"copied": 45, "share": 0.95}]

    before = browse("owner_a").get("/demands/D-public").text
    with house.database.session() as session:
        row = {**pair(demand, profile, 1, 1), "explanation": canonical_json(found)}
        store_pairs(session, [row], fingerprint="c" * 64)
    english = browse("owner_a")
    english.get("/language/en")

    assert TOLD not in before
    assert TOLD in browse("owner_a").get("/demands/D-public").text
    assert TOLD in browse("opc_a").get("/profiles/P-public").text
    assert "long runs of the profile stand word for word in the demand" in english.get("/demands/D-public").text
