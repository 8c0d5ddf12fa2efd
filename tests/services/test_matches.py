"""Refreshing the matches: computed when something changed, and only then; read by those whom they concern."""

from datetime import timedelta

import pytest

from matching.domain.errors import NotAllowed, NotFound
from matching.domain.policy import DEFAULT_POLICY
from matching.domain.vocabulary import load_vocabulary
from matching.services import matches
from matching.services.access import ANONYMOUS, SYSTEM, Role
from matching.store import DbSession
from matching.store.audit import changes_of
from tests.factories import (
    NOW,
    ORGANISER,
    make_actor,
    make_demand,
    make_profile,
    post,
    publish,
    refresh,
    republish,
    store_matches,
    stored,
    withdraw,
)

SCHOOL = make_demand("D-school")
STADIUM = make_demand(
    "D-stadium", title="体育场馆客流预测", description="周末客流高峰难以预测。", sectors=["体育"],
    owner={"name": "乙方体育馆"},
)  # fmt: skip
ODD = make_demand("D-odd", title="Quantum xylophone", description="Zzyzx.", sectors=[], capabilities=[])
WRITER = make_profile("P-writer")
FORECASTER = make_profile(
    "P-forecaster", name="客流预测工作室", summary="体育场馆客流预测与高峰预警。", sectors=["体育"],
    capabilities=["客流预测"],
)  # fmt: skip


def pairs(session: DbSession, demand: object = SCHOOL) -> list[str]:
    return [
        line.profile_id for line in matches.demand_matches(session, stored(session, demand), actor=ORGANISER).ranked
    ]


def test_a_refresh_finds_who_suits_and_says_where_nobody_does(session: DbSession):
    publish(session, SCHOOL, STADIUM, ODD, WRITER, FORECASTER)
    post(session, make_profile("P-hidden"))

    run, computed = refresh(session)

    assert (computed, run.demands, run.profiles, run.as_of.isoformat()) == (True, 3, 2, "2026-11-24")
    assert list(run.without_match) == ["D-odd"]
    assert (pairs(session)[0], pairs(session, STADIUM)[0], pairs(session, ODD)) == ("P-writer", "P-forecaster", [])
    assert [entry.action for entry in changes_of(session, "match_run", run.fingerprint[:12])] == ["refresh"]


def test_nothing_is_computed_again_while_nothing_changes(session: DbSession):
    publish(session, SCHOOL, WRITER)
    first, _ = refresh(session)

    second, computed = refresh(session, now=NOW + timedelta(hours=1))

    assert (second, computed) == (first, False)
    assert len(changes_of(session, "match_run", first.fingerprint[:12])) == 1


def test_a_new_record_an_edit_and_a_new_day_are_each_computed(session: DbSession):
    publish(session, SCHOOL, WRITER)
    refresh(session)
    publish(session, make_profile("P-new", name="另一家", summary="作文智能批改。"))
    after_new = refresh(session)[1], sorted(pairs(session))
    republish(session, make_profile("P-writer", price_min_yuan=500_000), now=NOW + timedelta(hours=1))
    after_edit = refresh(session)[1], pairs(session)
    after_a_day = refresh(session, now=NOW + timedelta(days=1))[1]

    assert after_new == (True, ["P-new", "P-writer"])
    assert after_edit == (True, ["P-new"])  # too dear now
    assert after_a_day is True


def test_a_withdrawn_record_takes_its_pairs_along_and_the_others_keep_their_first_day(session: DbSession):
    publish(session, SCHOOL, WRITER, make_profile("P-other", name="另一家", summary="作文智能批改。"))
    refresh(session)
    withdraw(session, WRITER)

    refresh(session, now=NOW + timedelta(days=3))

    found = matches.demand_matches(session, stored(session, SCHOOL), actor=ORGANISER)
    assert [(line.profile_id, line.first_seen_on.isoformat()) for line in found.ranked] == [("P-other", "2026-11-24")]


def test_a_record_that_is_taken_back_while_matches_are_computed_gets_none(session: DbSession):
    publish(session, SCHOOL, WRITER)
    computed = matches.compute_refresh(
        session, policy=DEFAULT_POLICY, vocabulary=load_vocabulary(), actor=SYSTEM, now=NOW
    )

    withdraw(session, WRITER)
    matches.store_refresh(session, computed, actor=SYSTEM, now=NOW)

    assert pairs(session) == []
    assert refresh(session)[1] is True


def test_a_pair_that_a_hard_rule_stops_is_shown_as_a_near_miss(session: DbSession):
    publish(session, SCHOOL, make_profile("P-dear", price_min_yuan=130_000))

    refresh(session)
    found = matches.demand_matches(session, stored(session, SCHOOL), actor=ORGANISER)

    assert (list(found.ranked), [line.profile_id for line in found.near]) == ([], ["P-dear"])
    assert found.near[0].explanation["near_miss"][0]["rule"] == "budget"
    assert list(found.run.without_match) == ["D-school"]


def test_an_empty_house_is_refreshed_too(session: DbSession):
    run, computed = refresh(session)

    assert (computed, run.demands, run.profiles, run.matches, list(run.without_match)) == (True, 0, 0, 0, [])


def test_matches_are_for_the_two_sides_and_the_organisers(session: DbSession):
    owner, opc = make_actor(session, Role.SCENARIO_OWNER), make_actor(session, Role.OPC)
    post(session, SCHOOL, actor=owner)
    post(session, WRITER, actor=opc)
    republish(session, SCHOOL)
    republish(session, WRITER)
    store_matches(session, [(SCHOOL, WRITER)])

    of_demand = matches.demand_matches(session, stored(session, SCHOOL), actor=owner)
    of_profile = matches.profile_matches(session, stored(session, WRITER), actor=opc)

    assert [line.profile_id for line in of_demand.ranked] == ["P-writer"]
    assert [line.demand_id for line in of_profile.ranked] == ["D-school"]
    for stranger in (ANONYMOUS, opc, SYSTEM):
        with pytest.raises((NotAllowed, NotFound)):
            matches.demand_matches(session, stored(session, SCHOOL), actor=stranger)
    with pytest.raises(NotAllowed):
        refresh(session, actor=owner)
