"""Accounts: who gets one, whose password is right, which records it answers for."""

import pytest

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.services.access import Role
from matching.services.accounts import (
    account_of,
    add_account,
    answer_for,
    change_password,
    check_password,
    list_accounts,
)
from matching.store import DbSession
from matching.store.audit import changes_of
from tests.factories import ADMINISTRATOR, NOW, ORGANISER, make_account, make_demand, make_profile, post, stored

PASSWORD = "correct horse battery"


def test_only_the_right_password_of_an_active_account_is_right(session: DbSession):
    account = make_account(session, Role.OPC)

    answers = [check_password(account, given) for given in (PASSWORD, "correct horse", "", PASSWORD + "\0")]

    assert answers == [True, False, False, False]
    assert check_password(None, PASSWORD) is False


def test_no_hash_is_shown_and_none_is_the_password(session: DbSession):
    account = make_account(session, Role.OPC)

    assert PASSWORD not in account.password_hash
    assert account.password_hash not in repr(account)
    assert account.session_token not in repr(account)


def test_an_address_is_one_account_however_it_is_written(session: DbSession):
    first = make_account(session, Role.OPC, "Someone@Example.cn")

    with pytest.raises(InputError) as refused:
        make_account(session, Role.ORGANISER, " someone@example.CN ")

    assert [found.code for found in refused.value.problems] == ["email_taken"]
    assert account_of(session, "SOMEONE@example.cn").id == first.id
    assert [account.email for account in list_accounts(session, actor=ADMINISTRATOR)] == ["someone@example.cn"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"password": "123456789"}, "short_password"),
        ({"email": "no address"}, "bad_email"),
        ({"email": "a@b@c"}, "bad_email"),
        ({"email": "a@b\nBcc: c@d"}, "bad_email"),
        ({"email": "<a@b.cn>"}, "bad_email"),
        ({"role": Role.SYSTEM}, "bad_role"),
        ({"role": Role.ANONYMOUS}, "bad_role"),
    ],
)
def test_an_account_that_cannot_be_is_refused(session: DbSession, given: dict, code: str):
    usual = {"email": "a@b.cn", "password": PASSWORD, "role": Role.OPC, "display_name": "甲"}

    with pytest.raises(InputError) as refused:
        add_account(session, actor=ADMINISTRATOR, now=NOW, **{**usual, **given})

    assert [found.code for found in refused.value.problems] == [code]
    assert list_accounts(session, actor=ADMINISTRATOR) == []


def test_a_new_password_ends_every_session_and_the_old_password(session: DbSession):
    before = make_account(session, Role.OPC)

    change_password(session, before.email, "another horse battery", actor=ADMINISTRATOR, now=NOW)
    after = account_of(session, before.email)

    assert after.session_token != before.session_token
    assert (check_password(after, PASSWORD), check_password(after, "another horse battery")) == (False, True)
    with pytest.raises(InputError):
        change_password(session, before.email, "short", actor=ADMINISTRATOR, now=NOW)
    with pytest.raises(NotFound):
        change_password(session, "nobody@example.cn", PASSWORD, actor=ADMINISTRATOR, now=NOW)


def test_an_account_gets_the_unclaimed_records_of_its_owner_only(session: DbSession):
    account = make_account(session, Role.SCENARIO_OWNER)
    for record in (make_demand("D-1"), make_demand("D-2"), make_demand("D-other", owner={"name": "乙方"})):
        post(session, record)

    first = answer_for(session, account, "甲方中学", actor=ADMINISTRATOR, now=NOW)
    second = answer_for(session, account, "甲方中学", actor=ADMINISTRATOR, now=NOW)

    assert (first, second) == (["D-1", "D-2"], [])
    assert stored(session, make_demand("D-1")).account_id == account.id
    assert [entry.action for entry in changes_of(session, "demands", "D-1")] == ["bind_account", "post"]


def test_an_opc_answers_for_the_profile_of_its_name(session: DbSession):
    account = make_account(session, Role.OPC)
    post(session, make_profile(name="蓉批改工作室"))

    assert answer_for(session, account, "蓉批改工作室", actor=ADMINISTRATOR, now=NOW) == ["P-1"]


def test_accounts_are_for_administrators(session: DbSession):
    account = make_account(session, Role.OPC)

    for refused in (
        lambda: list_accounts(session, actor=ORGANISER),
        lambda: change_password(session, account.email, PASSWORD, actor=ORGANISER, now=NOW),
        lambda: answer_for(session, account, "甲", actor=ORGANISER, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()

    assert [entry.action for entry in changes_of(session, "account", account.id)] == ["add_account"]
