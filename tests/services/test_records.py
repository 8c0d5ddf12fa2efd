"""Posting, editing, reviewing, withdrawing, expiring: stages, rights, and one audit row a change."""

import threading
from datetime import timedelta

import pytest

from matching.domain.errors import EditConflict, InputError, NotAllowed, NotFound
from matching.domain.stages import Stage
from matching.services import records
from matching.services.access import ANONYMOUS, SYSTEM, Action, Actor, Recipient, Role, allowed, authorize
from matching.store import Database, DbSession
from matching.store.audit import changes_of
from matching.store.records import Filter
from tests.factories import (
    ADMINISTRATOR,
    DEMANDS,
    NOW,
    ORGANISER,
    PROFILES,
    approve,
    edit,
    make_actor,
    make_demand,
    make_profile,
    post,
    publish,
    stored,
    withdraw,
)

DEMAND = make_demand()


def history(session: DbSession, record_id: str = "D-1") -> list[tuple[str, str]]:
    """(action, actor) of every change, oldest first."""
    return [(entry.action, entry.actor) for entry in reversed(changes_of(session, DEMANDS, record_id))]


def refusal(error: InputError) -> list[tuple[str, dict[str, object]]]:
    return [(found.code, dict(found.facts)) for found in error.problems]


def test_what_is_posted_waits_for_review_and_belongs_to_whoever_posted_it(session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)

    posted = post(session, DEMAND, actor=owner, phone="13800000000")

    assert (posted.stage, posted.account_id, posted.contact) == (
        Stage.SUBMITTED, owner.account_id, {"phone": "13800000000"},
    )  # fmt: skip
    assert posted.record.updated_on.isoformat() == "2026-11-24"
    assert history(session) == [("post", owner.name)]
    assert records.public_page(session, DEMANDS, Filter()).total == 0


def test_a_form_that_is_sent_twice_posts_once(session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)

    first = post(session, DEMAND, actor=owner)
    second = post(session, make_demand(title="第二次"), actor=owner, now=NOW + timedelta(hours=1))

    assert second == first
    assert history(session) == [("post", owner.name)]


def test_a_form_that_is_sent_by_four_browsers_at_once_posts_once(database: Database, session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)
    answers: list[object] = []

    def send() -> None:
        try:
            with database.session() as own:
                answers.append(post(own, DEMAND, actor=owner).version)
        except Exception as error:  # compared below, in the test's own thread
            answers.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [1, 1, 1, 1]
    assert history(session) == [("post", owner.name)]


def test_the_id_of_somebody_elses_record_cannot_be_posted_again(session: DbSession):
    post(session, DEMAND, actor=make_actor(session, Role.SCENARIO_OWNER))
    other = make_actor(session, Role.SCENARIO_OWNER, "other@example.cn")

    with pytest.raises(NotFound):  # not even that it exists is told
        post(session, make_demand(title="别人的"), actor=other)

    assert stored(session, DEMAND).record.title == DEMAND.title


def test_a_review_makes_public_and_an_edit_takes_back_into_review(session: DbSession):
    publish(session, DEMAND)
    published = stored(session, DEMAND)

    edit(session, make_demand(title="改过"))

    assert (published.stage, published.published_at) == (Stage.PUBLISHED, NOW)
    assert (stored(session, DEMAND).stage, stored(session, DEMAND).record.title) == (Stage.SUBMITTED, "改过")
    assert records.public_page(session, DEMANDS, Filter()).total == 0
    assert history(session) == [("post", "organiser"), ("review", "organiser"), ("edit", "organiser")]


def test_whoever_edits_an_older_version_is_told_and_nothing_is_written(session: DbSession):
    seen = post(session, DEMAND)
    edit(session, make_demand(title="先存的"), version=seen.version)

    with pytest.raises(EditConflict):
        edit(session, make_demand(title="后存的"), version=seen.version)

    assert stored(session, DEMAND).record.title == "先存的"
    assert history(session) == [("post", "organiser"), ("edit", "organiser")]


def test_a_record_is_returned_with_a_word_and_handed_in_again(session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)
    post(session, DEMAND, actor=owner)

    records.review_records(session, DEMANDS, ["D-1"], Stage.RETURNED, actor=ORGANISER, now=NOW, note="请写明预算")
    returned = stored(session, DEMAND)
    edit(session, DEMAND, actor=owner)

    assert (returned.stage, returned.review_note) == (Stage.RETURNED, "请写明预算")
    assert stored(session, DEMAND).stage == Stage.SUBMITTED
    assert history(session) == [("post", owner.name), ("review", "organiser"), ("edit", owner.name)]


@pytest.mark.parametrize("note", [None, "", "  "])
def test_nothing_is_returned_without_a_word(session: DbSession, note: str | None):
    post(session, DEMAND)

    with pytest.raises(InputError) as refused:
        records.review_records(session, DEMANDS, ["D-1"], Stage.RETURNED, actor=ORGANISER, now=NOW, note=note)

    assert refusal(refused.value) == [("note_needed", {})]


def test_a_review_moves_all_or_none(session: DbSession):
    publish(session, make_demand("D-2"))
    post(session, DEMAND)

    with pytest.raises(InputError) as refused:
        records.review_records(session, DEMANDS, ["D-1", "D-2"], Stage.PUBLISHED, actor=ORGANISER, now=NOW)

    assert [code for code, _ in refusal(refused.value)] == ["no_such_move"]
    assert stored(session, DEMAND).stage == Stage.SUBMITTED
    assert history(session) == [("post", "organiser")]


def test_the_whole_queue_is_reviewed_in_one_step(session: DbSession):
    post(session, DEMAND)
    post(session, make_demand("D-2"))

    moved = records.review_records(session, DEMANDS, None, Stage.PUBLISHED, actor=ORGANISER, now=NOW)

    assert moved == ["D-1", "D-2"]
    assert records.review_queue(session, DEMANDS, actor=ORGANISER).total == 0


def test_what_is_withdrawn_leaves_the_lists_and_can_be_handed_in_again(session: DbSession):
    publish(session, DEMAND)

    withdraw(session, DEMAND)
    page = records.public_page(session, DEMANDS, Filter())
    edit(session, DEMAND)

    assert page.total == 0
    assert stored(session, DEMAND).stage == Stage.SUBMITTED
    assert [action for action, _ in history(session)] == ["post", "review", "withdraw", "edit"]


def test_an_older_version_cannot_be_withdrawn(session: DbSession):
    seen = post(session, DEMAND)
    edit(session, make_demand(title="改过"))

    with pytest.raises(EditConflict):
        records.withdraw_record(session, DEMANDS, "D-1", expected_version=seen.version, actor=ORGANISER, now=NOW)

    assert stored(session, DEMAND).stage == Stage.SUBMITTED


def test_a_demand_expires_on_the_day_after_its_last_one_in_shanghai(session: DbSession):
    last_day = make_demand(publish_until="2026-11-24")
    publish(session, last_day, make_demand("D-open"))
    late = NOW.replace(hour=15, minute=59)  # 23:59 on the 24th in Shanghai

    before = records.expire_demands(session, actor=SYSTEM, now=late)
    after = records.expire_demands(session, actor=SYSTEM, now=late + timedelta(minutes=1))
    again = records.expire_demands(session, actor=SYSTEM, now=late + timedelta(minutes=2))

    assert (before, after, again) == ([], ["D-1"], [])
    assert stored(session, last_day).stage == Stage.EXPIRED
    assert history(session)[-1] == ("expire", "worker")


def test_history_is_for_those_who_may_edit(session: DbSession):
    publish(session, DEMAND)

    entries = records.view_history(session, stored(session, DEMAND), actor=ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        records.view_history(session, stored(session, DEMAND), actor=ANONYMOUS)

    assert [entry.action for entry in entries] == ["review", "post"]


def test_an_export_holds_what_is_public_only(session: DbSession):
    publish(session, DEMAND)
    post(session, make_demand("D-hidden"))

    exported = records.export_records(session, DEMANDS, actor=ORGANISER)

    assert [record.id for record in exported] == ["D-1"]


def test_own_records_are_the_accounts_own_in_every_stage(session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)
    post(session, DEMAND, actor=owner)
    post(session, make_demand("D-2"), actor=owner)
    approve(session, DEMAND)
    publish(session, make_demand("D-of-others"))

    page = records.own_records(session, DEMANDS, actor=owner)

    assert sorted((line.id, line.stage) for line in page.lines) == [("D-1", "published"), ("D-2", "submitted")]


ROLES = {
    role: Actor(role=role, account_id=None if role in (Role.ANONYMOUS, Role.SYSTEM) else number, name=role.value)
    for number, role in enumerate(Role, start=1)
}
STAFF = {Role.ORGANISER, Role.ADMINISTRATOR}
MAY = {
    Action.POST_DEMAND: {Role.SCENARIO_OWNER, *STAFF},
    Action.POST_PROFILE: {Role.OPC, *STAFF},
    Action.VIEW_DRAFTS: STAFF,
    Action.REVIEW: STAFF,
    Action.IMPORT: STAFF,
    Action.EXPORT: STAFF,
    Action.COMPUTE: {Role.SYSTEM, *STAFF},
    Action.APPROVE: STAFF,
    Action.REMIND: {Role.SYSTEM, *STAFF},
    Action.MANAGE_ACCOUNTS: {Role.ADMINISTRATOR},
    Action.VIEW_RECORD: set(),  # these four are asked of an object
    Action.EDIT_RECORD: set(),
    Action.VIEW_MATCHES: set(),
    Action.VIEW_DIGEST: set(),
}


def test_the_rights_without_an_object_are_these_and_no_others():
    granted = {action: {role for role, actor in ROLES.items() if allowed(actor, action)} for action in Action}

    assert granted == MAY


def test_the_rights_over_a_record_are_these_and_no_others(session: DbSession):
    owner = make_actor(session, Role.SCENARIO_OWNER)
    other = make_actor(session, Role.SCENARIO_OWNER, "other@example.cn")
    post(session, make_demand("D-hidden"), actor=owner)
    post(session, make_demand("D-public"), actor=owner)
    approve(session, make_demand("D-public"))
    actors = {
        "owner": owner,
        "other": other,
        "same id, other side": Actor(role=Role.OPC, account_id=owner.account_id),
        "anonymous": ANONYMOUS,
        "system": SYSTEM,
        "organiser": ORGANISER,
        "administrator": ADMINISTRATOR,
    }
    by_record = (Action.VIEW_RECORD, Action.EDIT_RECORD, Action.VIEW_MATCHES)

    granted = {
        (record_id, action): {
            name for name, actor in actors.items() if allowed(actor, action, stored(session, make_demand(record_id)))
        }
        for record_id in ("D-hidden", "D-public")
        for action in Action
    }

    own = {"owner", "organiser", "administrator"}
    assert granted == {
        **{(record_id, action): set() for record_id in ("D-hidden", "D-public") for action in Action},
        **{(record_id, action): own for record_id in ("D-hidden", "D-public") for action in by_record},
        ("D-public", Action.VIEW_RECORD): set(actors),
    }


def test_a_refusal_tells_nothing_of_what_is_hidden(session: DbSession):
    post(session, DEMAND, actor=make_actor(session, Role.SCENARIO_OWNER))
    hidden = stored(session, DEMAND)
    approve(session, DEMAND)
    public = stored(session, DEMAND)

    with pytest.raises(NotFound):
        authorize(ANONYMOUS, Action.EDIT_RECORD, hidden)
    with pytest.raises(NotAllowed):
        authorize(ANONYMOUS, Action.EDIT_RECORD, public)
    with pytest.raises(NotFound):
        authorize(ROLES[Role.OPC], Action.VIEW_DIGEST, Recipient(record_id="P-1", account_id=None))


def test_use_cases_refuse_whom_the_table_refuses(session: DbSession):
    post(session, make_profile(), actor=make_actor(session, Role.OPC))
    owner = ROLES[Role.SCENARIO_OWNER]

    for refused in (
        lambda: post(session, make_profile("P-2"), actor=owner),
        lambda: post(session, DEMAND, actor=ANONYMOUS),
        lambda: records.review_records(session, PROFILES, ["P-1"], Stage.PUBLISHED, actor=owner, now=NOW),
        lambda: records.review_records(session, PROFILES, ["P-1"], Stage.PUBLISHED, actor=SYSTEM, now=NOW),
        lambda: records.review_queue(session, PROFILES, actor=owner),
        lambda: records.export_records(session, PROFILES, actor=owner),
        lambda: records.expire_demands(session, actor=owner, now=NOW),
        lambda: records.own_records(session, PROFILES, actor=owner),
    ):
        with pytest.raises(NotAllowed):
            refused()

    assert stored(session, make_profile()).stage == Stage.SUBMITTED
