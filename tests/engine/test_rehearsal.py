"""Rehearsing a policy: what appears, vanishes and moves, before it is applied."""

import json
from dataclasses import replace

from matching.domain.policy import DEFAULT_POLICY
from matching.engine.ground import Ground
from matching.engine.rehearsal import DemandChange, demand_lists, rehearse, sectors_of_demands
from tests.engine.demonstration import demonstration
from tests.engine.make import STRANGE, TODAY, VOCABULARY, make_demand, match


def test_what_appears_vanishes_and_moves_is_told_with_its_ranks():
    found = rehearse({"D1": ["P1", "P2", "P3", "P4"]}, {"D1": ["P1", "P3", "P5", "P4"]})

    assert found.changes == (
        DemandChange(
            demand="D1", before=4, after=4, appears=(("P5", 3),), vanishes=(("P2", 2),), moves=(("P3", 3, 2),)
        ),
    )


def test_lists_that_do_not_differ_are_counted_and_not_listed():
    found = rehearse({"D1": ["P1"], "D2": []}, {"D1": ["P1"], "D2": []})

    assert found.changes == ()
    assert (found.total.demands, found.total.changed, found.total.pairs_before, found.total.pairs_after) == (2, 0, 1, 1)


def test_who_loses_everybody_and_who_gets_the_first_is_named():
    found = rehearse({"D1": ["P1"], "D2": [], "D3": ["P2"]}, {"D1": [], "D2": ["P3"], "D3": ["P2"]})

    assert (found.loses_all, found.gains_first) == (("D1",), ("D2",))
    assert (found.profiles_lost, found.profiles_gained) == (("P1",), ("P3",))
    assert (found.total.loses_all, found.total.gains_first) == (1, 1)


def test_a_demand_that_one_state_does_not_know_has_an_empty_list_there():
    found = rehearse({"D1": ["P1"]}, {"D2": ["P1"]})

    assert (found.loses_all, found.gains_first) == (("D1",), ("D2",))


def test_a_demand_counts_in_each_of_its_sectors_and_the_unknown_come_last():
    before = {"D1": ["P1"], "D2": ["P1", "P2"], "D3": ["P1"], "D4": ["P1"]}
    after = {"D1": ["P2"], "D2": ["P2", "P1"], "D3": [], "D4": ["P1"]}
    sectors = {"D1": ["sports"], "D2": ["culture", "sports"], "D4": ["culture"]}

    found = rehearse(before, after, sectors)

    told = {
        sector: (tally.demands, tally.changed, tally.appears, tally.vanishes, tally.moves, tally.loses_all)
        for sector, tally in found.by_sector.items()
    }
    assert list(told.items()) == [
        ("sports", (2, 2, 1, 1, 2, 0)), ("culture", (2, 1, 0, 0, 2, 0)), (None, (1, 1, 0, 1, 0, 1)),
    ]  # fmt: skip
    assert (found.total.demands, found.total.changed, found.total.moves) == (4, 3, 2)


def test_a_rehearsal_can_be_written_as_json():
    told = json.loads(json.dumps(rehearse({"D1": ["P1", "P2"]}, {"D1": ["P2"]}, {"D1": ["sports"]}).to_json()))

    assert told["changes"] == [
        {
            "demand": "D1", "before": 2, "after": 1, "appears": [], "vanishes": [{"profile": "P1", "rank": 1}],
            "moves": [{"profile": "P2", "from": 2, "to": 1}],
        }
    ]  # fmt: skip
    assert (told["by_sector"][0]["sector"], told["by_sector"][0]["vanishes"]) == ("sports", 1)
    assert (told["total"]["changed"], told["profiles_lost"]) == (1, ["P1"])


def test_the_lists_under_a_policy_are_those_of_a_refresh_under_it():
    demands, profiles = (records[::4] for records in demonstration())
    ground = Ground(demands, profiles, policy=DEFAULT_POLICY, vocabulary=VOCABULARY, as_of=TODAY)
    other = replace(DEFAULT_POLICY, minimum_relevance=0.25, top=5, hard={**DEFAULT_POLICY.hard, "district": False})

    for policy in (DEFAULT_POLICY, other):
        expected = match(demands, profiles, policy=policy, top=policy.top).for_demands
        assert demand_lists(ground, policy) == {id_: [m.profile for m in own] for id_, own in expected.items()}


def test_sectors_are_told_by_their_codes():
    demands = [make_demand(id="D1", sectors=["文创", "教育", "culture", STRANGE]), make_demand(id="D2")]
    ground = Ground(demands, [], policy=DEFAULT_POLICY, vocabulary=VOCABULARY, as_of=TODAY)

    assert sectors_of_demands(ground) == {"D1": ["culture", "education"], "D2": []}
