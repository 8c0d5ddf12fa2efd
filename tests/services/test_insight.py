"""What the engine tells of the records in the database, and whom it tells."""

from datetime import timedelta

import pytest

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.domain.vocabulary import load_vocabulary
from matching.engine.whatif import Outlook
from matching.services import insight, policies
from matching.services.access import ANONYMOUS, SYSTEM, Role
from matching.store import DbSession
from matching.store.matches import latest_run
from tests.factories import (
    NOW,
    ORGANISER,
    approve,
    make_actor,
    make_demand,
    make_profile,
    post,
    publish,
    refresh,
    republish,
    stored,
    withdraw,
)

CHEAP, DEAR = make_demand("D-cheap", budget_max_yuan=70_000), make_demand("D-dear", budget_max_yuan=120_000)
WRITER = make_profile("P-writer")  # asks 80,000
ASKED = {"vocabulary": load_vocabulary(), "now": NOW}


def outlook(session: DbSession, record: object, **given: object) -> Outlook | None:
    return insight.outlook(session, stored(session, record), **{"actor": ORGANISER, **ASKED, **given})


def opened(found: Outlook) -> list[tuple[str, object, tuple[str, ...]]]:
    return [(opening.change.field, opening.change.to_value, opening.opens) for opening in found.openings]


def test_an_opc_reads_what_a_lower_price_would_open_and_an_owner_what_a_higher_budget_would(session: DbSession):
    publish(session, CHEAP, DEAR, WRITER)

    of_profile, of_demand = outlook(session, WRITER), outlook(session, CHEAP)

    assert (of_profile.suitable, of_profile.eligible) == (2, 1)
    assert opened(of_profile) == [("profile.price_min_yuan", 70_000, ("D-cheap",))]
    assert opened(of_demand) == [("demand.budget_max_yuan", 80_000, ("P-writer",))]


def test_an_outlook_follows_the_records_the_policy_and_the_day(session: DbSession):
    publish(session, CHEAP, DEAR, WRITER)
    before = outlook(session, WRITER)
    later = NOW + timedelta(hours=1)

    republish(session, make_demand("D-cheap", budget_max_yuan=60_000), now=later)
    after_edit = outlook(session, WRITER, now=later)
    policies.apply_policy(session, "[hard]\nbudget = false", actor=ORGANISER, now=later)
    after_policy = outlook(session, WRITER, now=later)
    after_months = outlook(session, WRITER, now=NOW + timedelta(days=120))  # 45 days are too long by then

    assert opened(before) == [("profile.price_min_yuan", 70_000, ("D-cheap",))]
    assert opened(after_edit) == [("profile.price_min_yuan", 60_000, ("D-cheap",))]
    assert (after_policy.eligible, opened(after_policy)) == (2, [])
    assert (after_months.eligible, [field for field, _, _ in opened(after_months)]) == (0, ["profile.lead_days"])


def test_a_record_that_takes_no_part_has_no_outlook_and_appears_in_none(session: DbSession):
    publish(session, CHEAP, WRITER)
    post(session, DEAR)

    assert outlook(session, DEAR) is None
    assert outlook(session, WRITER).suitable == 1
    withdraw(session, WRITER)
    assert outlook(session, WRITER) is None


def test_an_outlook_is_for_the_records_own_side(session: DbSession):
    owner, opc = make_actor(session, Role.SCENARIO_OWNER), make_actor(session, Role.OPC)
    post(session, CHEAP, actor=owner)
    post(session, WRITER, actor=opc)
    approve(session, CHEAP, WRITER)

    assert outlook(session, CHEAP, actor=owner).suitable == 1
    assert outlook(session, WRITER, actor=opc).suitable == 1
    for record, strangers in ((CHEAP, (ANONYMOUS, SYSTEM, opc)), (WRITER, (ANONYMOUS, SYSTEM, owner))):
        for stranger in strangers:
            with pytest.raises((NotAllowed, NotFound)):
                outlook(session, record, actor=stranger)


def test_the_smallest_change_of_a_pair_is_for_either_side(session: DbSession):
    owner, opc = make_actor(session, Role.SCENARIO_OWNER), make_actor(session, Role.OPC)
    post(session, CHEAP, actor=owner)
    post(session, WRITER, actor=opc)
    publish(session, DEAR)
    approve(session, CHEAP, WRITER)

    def change(demand: object, actor: object) -> object:
        return insight.smallest_change(session, stored(session, demand), stored(session, WRITER), actor=actor, **ASKED)

    (told,) = change(CHEAP, owner)
    assert (told.field, told.from_value, told.to_value) == ("profile.price_min_yuan", 80_000, 70_000)
    assert change(CHEAP, opc) == (told,)
    assert change(DEAR, ORGANISER) == ()
    for stranger in (ANONYMOUS, make_actor(session, Role.OPC, "other@example.cn")):
        with pytest.raises((NotAllowed, NotFound)):
            change(CHEAP, stranger)


def test_the_gap_board_counts_what_is_public(session: DbSession):
    publish(session, CHEAP, make_profile("P-idle", name="闲", price_min_yuan=90_000))
    post(session, DEAR)

    board = insight.gap_board(session, actor=ORGANISER, **ASKED)

    assert [(gap.id, gap.rule, gap.amount_yuan) for gap in board.demands] == [("D-cheap", "budget", 70_000)]
    assert [gap.id for gap in board.profiles] == ["P-idle"]
    assert (board.total.demands.records, board.total.profiles.records) == (1, 1)
    for stranger in (ANONYMOUS, make_actor(session, Role.OPC)):
        with pytest.raises(NotAllowed):
            insight.gap_board(session, actor=stranger, **ASKED)


def test_a_rehearsal_tells_what_a_refresh_would_do_and_stores_nothing(session: DbSession):
    publish(session, CHEAP, DEAR, WRITER)
    refresh(session)
    proposed = "[hard]\nbudget = false"

    told = insight.rehearse_policy(session, proposed, actor=ORGANISER, **ASKED)

    assert [(change.demand, change.appears) for change in told.changes] == [("D-cheap", (("P-writer", 1),))]
    assert (told.gains_first, told.by_sector["education"].demands) == (("D-cheap",), 2)
    assert latest_run(session).matches == 1
    assert policies.policy_history(session, actor=ORGANISER) == []


def test_a_rehearsal_compares_with_the_policy_in_force(session: DbSession):
    publish(session, CHEAP, DEAR, WRITER)
    policies.apply_policy(session, "[hard]\nbudget = false", actor=ORGANISER, now=NOW)

    told = insight.rehearse_policy(session, "", actor=ORGANISER, **ASKED)

    assert (told.loses_all, told.total.vanishes) == (("D-cheap",), 1)


def test_a_rehearsal_is_for_those_who_organise_and_needs_a_policy_that_can_be_read(session: DbSession):
    with pytest.raises(NotAllowed):
        insight.rehearse_policy(session, "", actor=ANONYMOUS, **ASKED)
    with pytest.raises(InputError):
        insight.rehearse_policy(session, "top = -1", actor=ORGANISER, **ASKED)


def test_an_empty_house_has_an_empty_board_and_nothing_to_rehearse(session: DbSession):
    board = insight.gap_board(session, actor=ORGANISER, **ASKED)
    told = insight.rehearse_policy(session, "top = 3", actor=ORGANISER, **ASKED)

    assert (board.demands, board.profiles, told.changes) == ((), (), ())
