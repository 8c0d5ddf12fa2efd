"""The policies that were put in force: a history that only grows."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from matching.store import DbSession, write_transaction
from matching.store.policies import AppliedPolicy, add_policy, applied_policies
from tests.factories import NOW


def put_in_force(session: DbSession, version: str, **given: object) -> AppliedPolicy:
    usual = {"toml": "top = 5\n", "applied_at": NOW, "applied_by": "organiser", "note": None}
    with write_transaction(session):
        return add_policy(session, version=version, **{**usual, **given})


def test_a_policy_comes_back_as_it_was_put_in_force(session: DbSession):
    added = put_in_force(session, "0123456789ab", note="为什么", applied_at=NOW + timedelta(hours=1))

    (found,) = applied_policies(session)

    assert found == added
    assert (found.version, found.toml, found.note) == ("0123456789ab", "top = 5\n", "为什么")
    assert (found.applied_at, found.applied_by) == (NOW + timedelta(hours=1), "organiser")


def test_the_newest_comes_first_and_a_version_may_come_back(session: DbSession):
    for version in ("aaa", "bbb", "aaa"):
        put_in_force(session, version)

    assert [found.version for found in applied_policies(session)] == ["aaa", "bbb", "aaa"]
    assert [found.version for found in applied_policies(session, limit=2)] == ["aaa", "bbb"]


@pytest.mark.parametrize("statement", ["UPDATE match_policy SET toml = ''", "DELETE FROM match_policy"])
def test_what_was_in_force_is_neither_changed_nor_removed(session: DbSession, statement: str):
    added = put_in_force(session, "aaa")

    with pytest.raises(DBAPIError, match="match_policy rows are only ever added"), write_transaction(session):
        session.execute(text(statement))

    assert list(applied_policies(session)) == [added]
