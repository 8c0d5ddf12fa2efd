"""The gap board: who stands alone, why, and where in the city."""

import json
from dataclasses import replace

from matching.domain.match import Kind, Verdict
from matching.domain.policy import DEFAULT_POLICY, TEXT_PARTS
from matching.engine.gaps import Dimension, Reason, gap_board
from matching.engine.ground import Ground
from tests.engine.demonstration import demonstration
from tests.engine.make import EVERYTHING, STRANGE, TODAY, VOCABULARY, day, make_demand, make_profile, match

ELSEWHERE = {"title": "Quantum xylophone", "description": None}


def board(demands, profiles, policy=DEFAULT_POLICY):
    return gap_board(Ground(demands, profiles, policy=policy, vocabulary=VOCABULARY, as_of=TODAY))


def demand(number, **keys):
    return make_demand(id=f"D{number}", **keys)


def profile(number, **keys):
    return make_profile(id=f"P{number}", **keys)


def rows(found, dimension):
    """codes → (demands, without supply, profiles, without demand)."""
    return {
        cell.codes[0]: (cell.demands.records, cell.demands.alone, cell.profiles.records, cell.profiles.alone)
        for cell in found.tables[(dimension,)]
    }


def test_a_demand_of_which_nobody_speaks_is_told_from_one_that_rules_stop():
    demands = [
        demand(1, budget_max_yuan=50),
        demand(2, budget_max_yuan=10, deployment="private"),
        demand(3, **ELSEWHERE, budget_max_yuan=70),
        demand(4, **ELSEWHERE),
    ]
    profiles = [profile(1, price_min_yuan=20), profile(2, price_min_yuan=40, deployments=["saas"])]

    found = board(demands, profiles)

    assert [(gap.id, gap.reason, gap.suitable, gap.stops, gap.alone, gap.rule) for gap in found.demands] == [
        ("D2", Reason.RULES, 2, {"budget": 2, "deployment": 1}, {"budget": 1}, "budget"),
        ("D3", Reason.NOBODY, 0, {}, {}, None),
        ("D4", Reason.NOBODY, 0, {}, {}, None),
    ]
    side = found.total.demands
    assert (side.records, side.alone, side.nobody, side.stopped, dict(side.rules)) == (4, 3, 2, 1, {"budget": 1})
    assert (side.budget_yuan, side.budget_unknown) == (80, 1)
    assert found.profiles == ()


def test_supply_without_demand_is_the_mirror_image():
    profiles = [
        profile(1, price_min_yuan=90, name="贵的"),
        profile(2, price_min_yuan=10),
        make_profile(id="P3", name="Zylo", summary="Quantum xylophone"),
    ]

    found = board([demand(1, budget_max_yuan=50)], profiles)

    assert [(gap.id, gap.title, gap.reason, gap.stops) for gap in found.profiles] == [
        ("P1", "贵的", Reason.RULES, {"budget": 1}), ("P3", "Zylo", Reason.NOBODY, {}),
    ]  # fmt: skip
    assert (found.total.profiles.records, found.total.profiles.alone) == (3, 2)


def test_a_call_that_is_over_and_a_profile_that_is_full_are_no_gaps():
    demands = [demand(1), demand(2, publish_until=day(-1))]
    profiles = [profile(1), profile(2, active_engagements=2, max_concurrent=2)]

    found = board(demands, profiles)

    assert (found.closed, found.full, found.demands, found.profiles) == (1, 1, (), ())
    assert (found.total.demands.records, found.total.profiles.records) == (1, 1)


def test_a_profile_that_only_closed_calls_speak_of_is_asked_for_by_nobody():
    found = board([demand(1, publish_until=day(-1))], [profile(1)])

    assert [(gap.id, gap.reason) for gap in found.profiles] == [("P1", Reason.NOBODY)]


def test_a_demand_that_only_full_profiles_speak_of_is_stopped_by_their_capacity():
    found = board([demand(1)], [profile(1, active_engagements=2, max_concurrent=2)])

    assert [(gap.id, gap.rule) for gap in found.demands] == [("D1", "capacity")]


def test_calls_and_loads_count_again_where_the_policy_only_reports_them():
    policy = replace(DEFAULT_POLICY, hard={**DEFAULT_POLICY.hard, "open": False, "capacity": False})
    full = profile(1, active_engagements=2, max_concurrent=2)

    found = board([demand(1, publish_until=day(-1))], [full], policy)

    assert (found.closed, found.full, found.total.demands.records, found.total.profiles.records) == (0, 0, 1, 1)
    assert (found.demands, found.profiles) == ((), ())


def test_a_profile_that_fits_and_is_on_no_list_is_unseen():
    profiles = [profile(number) for number in (1, 2, 3)]

    found = board([demand(1)], profiles, replace(DEFAULT_POLICY, top=2))

    assert (found.unseen, found.profiles) == (("P3",), ())


def test_a_record_counts_in_each_of_its_sectors_and_what_is_unknown_has_a_row_of_its_own():
    demands = [
        demand(1, sectors=["文创", "教育"], district="锦江区", budget_max_yuan=10),
        demand(2, sectors=[STRANGE], district=STRANGE),
        demand(3),
    ]
    profiles = [profile(1, sectors=["教育"], district="锦江", price_min_yuan=20)]

    found = board(demands, profiles)

    assert rows(found, Dimension.SECTOR) == {
        "culture": (1, 1, 0, 0), "education": (1, 1, 1, 0), None: (2, 0, 0, 0),
    }  # fmt: skip
    assert rows(found, Dimension.DISTRICT) == {"jinjiang": (1, 1, 1, 0), None: (2, 0, 0, 0)}
    assert found.total.demands.records == 3


def test_a_capability_is_the_tag_and_else_what_the_text_names():
    tagged = demand(1, title="帮我们想想办法", capabilities=["数字人"], description="也许要做视觉盘点")
    named = demand(2, title="视觉盘点")
    neither = demand(3, **ELSEWHERE)

    found = board([tagged, named, neither], [])

    assert rows(found, Dimension.CAPABILITY) == {
        "digital_human": (1, 1, 0, 0), "visual_stocktaking": (1, 1, 0, 0), None: (1, 1, 0, 0),
    }  # fmt: skip


def test_the_cross_holds_small_cells_too():
    found = board([demand(1, title="视觉盘点", sectors=["消费"], district="成华区", budget_max_yuan=9)], [])

    (cell,) = found.tables[tuple(Dimension)]
    assert (cell.codes, cell.demands.alone, cell.demands.budget_yuan) == (
        ("consumption", "visual_stocktaking", "chenghua"), 1, 9,
    )  # fmt: skip


def test_the_rows_with_most_unmet_demands_come_first_and_the_order_of_the_input_does_not_matter():
    demands = [
        demand(1, **ELSEWHERE, sectors=["教育"], budget_max_yuan=5),
        demand(2, **ELSEWHERE, sectors=["文创"], budget_max_yuan=7),
        demand(3, **ELSEWHERE, sectors=["体育"]),
        demand(4, **ELSEWHERE, sectors=["体育"]),
        demand(5, sectors=["政务"]),
    ]

    found = board(demands, [profile(1)])

    assert list(rows(found, Dimension.SECTOR)) == ["sports", "culture", "education", "government", None]
    assert board(demands[::-1], [profile(1)]) == found


def test_the_board_can_be_written_as_json():
    found = board([demand(1, sectors=["教育"], budget_max_yuan=5)], [profile(1, price_min_yuan=9)])

    told = json.loads(json.dumps(found.to_json()))

    assert told["total"]["demands"] == {
        "records": 1, "alone": 1, "nobody": 0, "stopped": 1, "rules": {"budget": 1}, "budget_yuan": 5,
        "budget_unknown": 0,
    }  # fmt: skip
    assert [row["sector"] for row in told["by_sector"]] == ["education", None]
    assert told["by_sector_capability_district"][0]["district"] is None
    assert told["demands_without_supply"][0]["rule"] == "budget"
    assert [gap["id"] for gap in told["profiles_without_demand"]] == ["P1"]


def test_two_empty_sides_give_an_empty_board():
    found = board([], [], EVERYTHING)

    assert (found.total.demands.records, found.demands, found.profiles) == (0, (), ())
    assert all(cells == () for cells in found.tables.values())


def test_on_the_demonstration_the_board_is_what_the_lists_and_their_findings_say():
    demands, profiles = (records[::3] for records in demonstration())
    policy = replace(DEFAULT_POLICY, minimum_relevance=0.25)
    lists = match(demands, profiles, policy=EVERYTHING, top=10_000, include_ineligible=True)
    least = policy.minimum_relevance * sum(policy.weights[code] for code in TEXT_PARTS)

    def suitable(own):
        return [m for m in own if sum(part.contribution for part in m.parts[: len(TEXT_PARTS)]) >= least]

    closed = {d.id for d in demands if d.publish_until is not None and d.publish_until < TODAY}
    stops = {}
    for one in demands:
        own = suitable(lists.for_demands[one.id])
        if one.id not in closed and not any(m.eligible for m in own):
            failed = [{f.code for f in m.findings if f.kind is Kind.HARD and f.verdict is Verdict.FAIL} for m in own]
            stops[one.id] = {code: sum(code in own for own in failed) for codes in failed for code in codes}

    found = board(demands, profiles, policy)

    assert {gap.id: gap.stops for gap in found.demands} == stops
    assert len(stops) > 3
    full = {
        p.id for p in profiles
        if p.active_engagements is not None and p.max_concurrent is not None
        and p.active_engagements >= p.max_concurrent
    }  # fmt: skip
    idle = {id_ for id_, own in lists.for_profiles.items() if not any(m.eligible for m in suitable(own))} - full
    assert {gap.id for gap in found.profiles} == idle
