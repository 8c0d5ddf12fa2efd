"""Digests: once for each OPC and week, at most five items, and nothing that is no news."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.services import digests
from matching.services.access import ANONYMOUS, SYSTEM, Role
from matching.store import Database, DbSession
from matching.store.audit import changes_of
from matching.store.runs import count_outbox
from tests.factories import (
    NEXT_WEEK,
    NOW,
    ORGANISER,
    WEEK,
    edit,
    make_actor,
    make_demand,
    make_profile,
    post,
    publish,
    republish,
    store_matches,
    stored,
    withdraw,
)

P, Q = make_profile("P-p"), make_profile("P-q", name="另一家")
A, B = make_demand("D-a"), make_demand("D-b")
LATER = NOW + timedelta(days=7)


def run(session: DbSession, period: str = WEEK, days: int = 0) -> int:
    return digests.publish_digests(session, period, actor=SYSTEM, now=NOW + timedelta(days=days))


def told(session: DbSession, profile: Any = P) -> list[tuple[str, list[tuple[str, str]]]]:
    """(period, [(demand, news)]) of a profile's digests, oldest first."""
    found = digests.digests_of_profile(session, stored(session, profile), actor=ORGANISER)
    return [(d.period, [(item["id"], item["news"]) for item in d.body["items"]]) for d in reversed(found)]


@pytest.fixture
def matched(session: DbSession) -> DbSession:
    """Two demands that suit P, the first better; Q suits nothing."""
    publish(session, A, B, P, Q)
    store_matches(session, [(A, P), (B, P)])
    return session


def test_every_opc_gets_its_digest_of_the_week_once(matched: DbSession):
    added, again = run(matched), run(matched, days=1)

    assert (added, again) == (2, 0)
    assert told(matched, P) == [(WEEK, [("D-a", "new"), ("D-b", "new")])]
    assert told(matched, Q) == [(WEEK, [])]  # an empty digest says that there is nothing
    assert count_outbox(matched) == {"waiting": 1}
    assert [entry.detail for entry in changes_of(matched, "digest", WEEK)] == [{"added": 2}]


def test_an_item_tells_the_reasons_and_the_obstacle(matched: DbSession):
    run(matched)

    found = digests.digests_of_profile(matched, stored(matched, P), actor=ORGANISER)[0].body["items"][0]

    assert [reason["code"] for reason in found["reasons"]] == ["words", "sector"]
    assert (found["obstacle"], found["title"], found["owner"], found["budget_max_yuan"]) == (
        None, "初中作文智能批改", "甲方中学", 120_000,
    )  # fmt: skip


def test_what_was_told_is_not_told_again_without_news(matched: DbSession):
    run(matched)

    run(matched, NEXT_WEEK, days=7)

    assert told(matched)[1:] == [(NEXT_WEEK, [])]
    assert count_outbox(matched) == {"waiting": 1}


def test_what_changed_is_told_as_changed_and_what_is_new_as_new(matched: DbSession):
    run(matched)
    republish(matched, make_demand("D-a", budget_max_yuan=200_000), now=LATER)
    new = make_demand("D-new")
    publish(matched, new)
    store_matches(matched, [(A, P), (B, P), (new, P)])

    run(matched, NEXT_WEEK, days=7)

    assert told(matched)[1:] == [(NEXT_WEEK, [("D-a", "changed"), ("D-new", "new")])]


def test_an_edit_that_changes_nothing_but_its_day_is_no_news(matched: DbSession):
    run(matched)
    republish(matched, A, now=LATER)

    run(matched, NEXT_WEEK, days=7)

    assert told(matched)[1:] == [(NEXT_WEEK, [])]


def test_a_demand_that_closes_within_three_days_is_told_once_more(session: DbSession):
    closing = make_demand("D-a", publish_until="2026-12-04")  # three days after the second digest
    open_longer = make_demand("D-b", publish_until="2026-12-05")
    publish(session, closing, open_longer, P)
    store_matches(session, [(closing, P), (open_longer, P)])

    run(session)
    run(session, NEXT_WEEK, days=7)
    run(session, "2026-W50", days=8)

    assert told(session) == [
        (WEEK, [("D-a", "new"), ("D-b", "new")]),
        (NEXT_WEEK, [("D-a", "closing")]),
        ("2026-W50", [("D-b", "closing")]),
    ]


def test_a_digest_holds_five_items_and_the_others_come_next_week(session: DbSession):
    demands = [make_demand(f"D-{n}") for n in range(7)]
    publish(session, P, *demands)
    store_matches(session, [(demand, P) for demand in demands])

    run(session)
    run(session, NEXT_WEEK, days=7)

    assert [[demand for demand, _ in items] for _, items in told(session)] == [
        ["D-0", "D-1", "D-2", "D-3", "D-4"],
        ["D-5", "D-6"],
    ]


def test_what_left_the_public_since_the_refresh_is_not_told(matched: DbSession):
    withdraw(matched, A)
    edit(matched, make_demand("D-b", description="还没有人审核过的新内容"))

    run(matched)

    assert told(matched) == [(WEEK, [])]


def test_a_profile_that_is_published_later_in_the_week_gets_its_digest(matched: DbSession):
    run(matched)
    publish(matched, make_profile("P-new"))

    assert (run(matched, days=1), run(matched, days=2)) == (1, 0)


def test_two_workers_at_once_publish_every_digest_once(database: Database, matched: DbSession):
    answers: list[object] = []

    def work() -> None:
        try:
            with database.session() as own:
                answers.append(run(own))
        except Exception as error:  # compared below, in the test's own thread
            answers.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers, key=str) == [0, 2]
    assert [len(told(matched, profile)) for profile in (P, Q)] == [1, 1]
    assert count_outbox(matched) == {"waiting": 1}


def test_there_is_no_digest_before_the_first_refresh(session: DbSession):
    publish(session, P)

    with pytest.raises(InputError) as refused:
        run(session)

    assert [found.code for found in refused.value.problems] == ["no_matches_yet"]
    assert told(session) == []


def test_a_preview_shows_the_same_and_writes_nothing(matched: DbSession):
    preview = digests.compose(matched, WEEK, now=NOW)

    assert told(matched) == []
    run(matched)
    published = digests.digests_of_profile(matched, stored(matched, P), actor=ORGANISER)[0].body
    assert preview["P-p"] == published


def test_a_digest_is_for_its_opc_and_the_organisers(session: DbSession):
    opc, other = make_actor(session, Role.OPC), make_actor(session, Role.OPC, "other@example.cn")
    post(session, P, actor=opc)
    publish(session, A)
    republish(session, P)
    store_matches(session, [(A, P)])
    run(session)

    own = digests.own_digests(session, actor=opc)

    assert [(found.recipient_id, found.period) for found in own] == [("P-p", WEEK)]
    assert digests.own_digests(session, actor=other) == []
    assert digests.view_digest(session, own[0].id, actor=opc)[1].id == "P-p"
    assert digests.view_digest(session, own[0].id, actor=ORGANISER)[1].id == "P-p"
    for stranger in (other, ANONYMOUS, SYSTEM):
        with pytest.raises(NotFound):
            digests.view_digest(session, own[0].id, actor=stranger)
    with pytest.raises(NotAllowed):
        digests.publish_digests(session, NEXT_WEEK, actor=opc, now=NOW)


def test_a_week_is_shanghais_iso_week():
    sunday_in_london = NOW.replace(day=29, hour=16)  # Monday 0:00 in Shanghai

    assert digests.week_of(sunday_in_london - timedelta(seconds=1)) == "2026-W48"
    assert digests.week_of(sunday_in_london) == "2026-W49"
    assert digests.week_of(NOW.replace(year=2027, month=1, day=1)) == "2026-W53"
    assert date.fromisocalendar(2026, 53, 5) == date(2027, 1, 1)
