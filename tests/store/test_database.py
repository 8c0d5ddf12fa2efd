"""What the database itself promises: times with a zone, an audit log that only grows, writers one after the other."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from matching.domain.errors import EditConflict
from matching.domain.vocabulary import load_vocabulary
from matching.store import Database, DbSession, records, write_transaction
from matching.store.audit import changes_of, record_change
from matching.store.runs import list_runs, plan_run
from tests.factories import DEMANDS, NOW, edit, make_demand, post, stored


def record_something(session: DbSession, at: datetime = NOW) -> None:
    with write_transaction(session):
        record_change(session, now=at, actor="a", action="b", object_kind="demands", object_id="D-1", note="c")


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'someone else'", "DELETE FROM audit"])
def test_audit_rows_are_only_ever_added(session: DbSession, statement: str):
    record_something(session)

    with pytest.raises(DBAPIError, match="audit rows are only ever added"), write_transaction(session):
        session.execute(text(statement))

    assert [(entry.actor, entry.action, entry.detail) for entry in changes_of(session, "demands", "D-1")] == [
        ("a", "b", {"note": "c"})
    ]


def test_an_instant_without_a_zone_is_refused(session: DbSession):
    with pytest.raises(StatementError, match="an instant needs its zone"):
        record_something(session, at=datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001 - the mistake that is tested

    assert changes_of(session, "demands", "D-1") == []


def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, session: DbSession):
    shanghai = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with write_transaction(session):
        plan_run(session, "digest", "2026-W48", shanghai)

    with database.session() as other:
        planned_at = list_runs(other)[0].planned_at

    assert (planned_at, planned_at.tzinfo) == (shanghai, UTC)


def test_an_older_version_is_not_saved_over_a_newer_one(session: DbSession):
    seen = post(session, make_demand())
    edit(session, make_demand(title="先存的"))

    with pytest.raises(EditConflict), write_transaction(session):
        records.save_record(
            session, DEMANDS, make_demand(title="后存的"), expected_version=seen.version, stage=seen.stage,
            vocabulary=load_vocabulary(), now=NOW,
        )  # fmt: skip

    assert stored(session, make_demand()).record.title == "先存的"


def test_writers_that_look_before_they_write_lose_no_update(database: Database):
    times, writers, failed = 10, 4, []

    def count_up() -> None:
        try:
            with database.session() as session:
                for _ in range(times):
                    with write_transaction(session):
                        number = session.execute(text("SELECT count(*) FROM outbox")).scalar_one()
                        session.execute(
                            text("INSERT INTO outbox VALUES (:key, 'c', 'r', 'waiting', '{}', :at)"),
                            {"key": str(number), "at": NOW.replace(tzinfo=None)},
                        )
        except Exception as error:  # told by the assertion below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.session() as session:
        keys = session.execute(text("SELECT key FROM outbox")).scalars()
        assert (failed, sorted(map(int, keys))) == ([], list(range(times * writers)))


def test_what_fails_half_way_leaves_nothing(session: DbSession):
    def fail_half_way() -> None:
        with write_transaction(session):
            record_something(session)  # a use case inside another joins it
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert changes_of(session, "demands", "D-1") == []
