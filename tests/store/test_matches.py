"""Stored pairs: replaced as a whole, read from either side, and only of what the public may read."""

from datetime import timedelta

from matching.store import DbSession
from matching.store.matches import best_by_profile, matches_of_demand, matches_of_profile, ranked_pairs
from tests.factories import NOW, edit, make_demand, make_profile, publish, store_matches, withdraw

A, B = make_demand("D-a"), make_demand("D-b")
P, Q = make_profile("P-p"), make_profile("P-q", name="另一家")


def test_either_side_reads_its_own_list_in_its_order(session: DbSession):
    publish(session, A, B, P, Q)
    store_matches(session, [(A, Q), (A, P), (B, P)])

    assert [(line.profile_id, line.rank) for line in matches_of_demand(session, "D-a")] == [("P-q", 1), ("P-p", 2)]
    assert [(line.demand_id, line.rank) for line in matches_of_profile(session, "P-p")] == [("D-a", 1), ("D-b", 2)]
    assert ranked_pairs(session) == [("D-a", "P-q", 0.5), ("D-a", "P-p", 0.5), ("D-b", "P-p", 0.5)]


def test_a_refresh_replaces_every_pair_and_keeps_the_day_a_pair_was_first_seen(session: DbSession):
    publish(session, A, B, P)
    store_matches(session, [(A, P)], now=NOW)
    store_matches(session, [(B, P), (A, P)], now=NOW + timedelta(days=2))

    lines = matches_of_profile(session, "P-p")

    assert [(line.demand_id, line.first_seen_on.isoformat()) for line in lines] == [
        ("D-b", "2026-11-26"),
        ("D-a", "2026-11-24"),
    ]


def test_a_record_that_left_the_public_is_not_shown_to_the_other_side(session: DbSession):
    publish(session, A, B, P, Q)
    store_matches(session, [(A, P), (B, P), (A, Q), (B, Q)])

    withdraw(session, A)
    edit(session, Q)  # back in review: what it says now was read by nobody yet

    assert [line.demand_id for line in matches_of_profile(session, "P-p")] == ["D-b"]
    assert [line.profile_id for line in matches_of_demand(session, "D-b")] == ["P-p"]
    assert [line.demand_id for line in best_by_profile(session, 10)["P-p"]] == ["D-b"]
