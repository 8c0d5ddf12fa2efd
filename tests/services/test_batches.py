"""Numbered lists: what was reviewed, frozen, numbered by the year, approved by a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.services import batches
from matching.services.access import ANONYMOUS, SYSTEM, Role
from matching.store import DbSession
from matching.store.audit import changes_of
from matching.store.database import canonical_json
from matching.store.publications import Batch
from tests.factories import (
    ADMINISTRATOR,
    DEMANDS,
    NOW,
    ORGANISER,
    PROFILES,
    WEEK,
    make_actor,
    make_demand,
    make_profile,
    post,
    publish,
    republish,
    withdraw,
)

A, B = make_demand("D-a"), make_demand("D-b")


def draft(session: DbSession, slot: str | None = None, now: datetime = NOW) -> Batch | None:
    return batches.draft_batch(session, DEMANDS, actor=SYSTEM, now=now, slot=slot)


def list_now(session: DbSession, now: datetime = NOW) -> Batch:
    return batches.draft_and_publish(session, DEMANDS, actor=ORGANISER, now=now)


def items(session: DbSession, batch: Batch) -> list[tuple[str, str, Any]]:
    """(id, change, title) in the list's order."""
    _, lines = batches.view_batch(session, batch.id, actor=ORGANISER)
    return [(line.record_id, line.change, line.frozen["title"]) for line in lines]


def test_lists_are_numbered_by_kind_and_year_in_shanghai(session: DbSession):
    publish(session, A, make_profile())
    last_evening = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    numbers = [batches.batch_number(list_now(session))]
    numbers.append(
        batches.batch_number(batches.draft_and_publish(session, PROFILES, actor=ORGANISER, now=last_evening))
    )
    publish(session, B)
    numbers.append(batches.batch_number(list_now(session, last_evening)))
    publish(session, make_demand("D-c"))
    numbers.append(batches.batch_number(list_now(session, last_evening + timedelta(minutes=1))))

    assert numbers == ["需〔2026〕1号", "供〔2026〕1号", "需〔2026〕2号", "需〔2027〕1号"]


def test_a_draft_has_no_number_and_is_not_public(session: DbSession):
    publish(session, A)

    found = draft(session)

    assert batches.batch_number(found) is None
    assert batches.published_batches(session) == []
    assert [waiting.id for waiting in batches.draft_batches(session, actor=ORGANISER)] == [found.id]
    with pytest.raises(NotFound):
        batches.view_batch(session, found.id, actor=ANONYMOUS)


def test_a_list_stays_as_it_was_frozen_when_a_record_is_edited(session: DbSession):
    publish(session, A, B)
    batch = list_now(session)
    before = batches.view_batch(session, batch.id, actor=ANONYMOUS)

    republish(session, make_demand("D-a", title="改过的"))
    withdraw(session, B)

    assert batches.view_batch(session, batch.id, actor=ANONYMOUS) == before
    assert items(session, batch) == [("D-a", "new", A.title), ("D-b", "new", B.title)]


def test_the_next_list_holds_only_what_is_new_or_changed(session: DbSession):
    publish(session, A, B)
    list_now(session)
    republish(session, make_demand("D-a", title="改过的"))
    publish(session, make_demand("D-c", title="新来的"))

    second = list_now(session)

    assert items(session, second) == [("D-a", "changed", "改过的"), ("D-c", "new", "新来的")]


def test_a_record_that_changes_back_and_forth_is_listed_every_time(session: DbSession):
    publish(session, A)
    list_now(session)

    lists = []
    for hour, title in enumerate(("甲", "乙", "甲"), start=1):
        republish(session, make_demand("D-a", title=title))
        lists.append(items(session, list_now(session, NOW + timedelta(hours=hour))))

    assert lists == [[("D-a", "changed", title)] for title in ("甲", "乙", "甲")]


def test_with_nothing_new_there_is_no_list(session: DbSession):
    publish(session, A)
    list_now(session)

    assert draft(session) is None
    with pytest.raises(InputError) as refused:
        list_now(session)
    assert [found.code for found in refused.value.problems] == ["nothing_reviewed"]


def test_only_what_was_reviewed_and_is_still_open_is_listed(session: DbSession):
    publish(session, A, B, make_demand("D-over", publish_until="2026-11-23"))
    publish(session, make_demand("D-last-day", publish_until="2026-11-24"))
    post(session, make_demand("D-hidden"))
    withdraw(session, B)

    assert [record_id for record_id, _, _ in items(session, list_now(session))] == ["D-a", "D-last-day"]


def test_no_contact_and_no_private_key_is_frozen(session: DbSession):
    secret = "只有我知道的暗号"
    record = make_demand("D-a", excluded=[secret])
    post(session, record, name=secret, phone="13800000000", email="secret@example.cn")
    republish(session, record)
    publish(session, make_profile(excluded=[secret]))

    frozen = [
        canonical_json(dict(line.frozen))
        for kind in (DEMANDS, PROFILES)
        for line in batches.view_batch(
            session, batches.draft_and_publish(session, kind, actor=ORGANISER, now=NOW).id, actor=ANONYMOUS
        )[1]
    ]

    assert secret in repr(record)  # it could have leaked
    assert len(frozen) == 2
    assert [word for word in (secret, "13800000000", "secret@", "excluded") if word in "".join(frozen)] == []


def test_a_planned_slot_makes_one_draft(session: DbSession):
    publish(session, A)
    first = draft(session, slot=WEEK)
    publish(session, B)

    assert draft(session, slot=WEEK) is None
    assert [line[0] for line in items(session, first)] == ["D-a"]
    assert [line[0] for line in items(session, draft(session, slot="2026-W49"))] == ["D-b"]


def test_a_person_approves_a_draft_once(session: DbSession):
    publish(session, A)
    found = draft(session)

    published = batches.publish_batch(session, found.id, actor=ADMINISTRATOR, now=NOW)

    assert (published.stage, published.approved_by, published.published_at) == ("published", "administrator", NOW)
    assert [entry.action for entry in changes_of(session, "batch", found.id)] == ["publish", "draft"]
    with pytest.raises(InputError) as refused:
        batches.publish_batch(session, found.id, actor=ADMINISTRATOR, now=NOW)
    assert [problem.code for problem in refused.value.problems] == ["no_such_move"]


def test_neither_the_worker_nor_a_party_may_approve(session: DbSession):
    publish(session, A)
    found = draft(session)

    for actor in (SYSTEM, ANONYMOUS, make_actor(session, Role.SCENARIO_OWNER), make_actor(session, Role.OPC)):
        with pytest.raises(NotAllowed):
            batches.publish_batch(session, found.id, actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            batches.draft_and_publish(session, DEMANDS, actor=actor, now=NOW)

    assert batches.published_batches(session) == []


def test_publishing_with_a_draft_waiting_publishes_that_draft(session: DbSession):
    publish(session, A)
    waiting = draft(session, slot=WEEK)

    assert list_now(session).id == waiting.id
