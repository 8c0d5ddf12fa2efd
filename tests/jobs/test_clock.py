"""The worker's tick: planned slots, made up for once, whatever dies in between. Time is given, nothing waits."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.clock import MOST_MISSED, fire_times, plan_and_run
from jobs.table import JOBS, iso_week
from matching.domain.errors import InputError, NotAllowed, problem
from matching.domain.stages import Stage
from matching.services import batches, digests, roadshows, schedule
from matching.services.access import ANONYMOUS, SYSTEM
from matching.services.schedule import Work
from matching.store import Database, DbSession, runs, write_transaction
from matching.store.runs import JobRun
from tests.factories import (
    NOW,
    ORGANISER,
    make_demand,
    make_profile,
    publish,
    store_matches,
    stored,
)  # fmt: skip

SUNDAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
BY_KIND = {job.work.kind: job for job in JOBS}


def tick(session: DbSession, now: datetime, started_at: datetime = SUNDAY) -> list[tuple[str, str]]:
    """(kind, slot) of what one tick at this time ran."""
    return [(run.kind, run.slot) for run in plan_and_run(session, started_at, lambda: now)]


def states(session: DbSession, kind: str) -> dict[str, str]:
    """slot → state of a kind's runs."""
    found = schedule.list_runs(session, actor=ORGANISER, limit=10_000)
    return {run.slot: run.state for run in found if run.kind == kind}


def plan(session: DbSession, *kinds: str, slot: str = "s") -> None:
    """Write runs that are due."""
    for kind in kinds:
        schedule.plan_slots(session, kind, [(slot, NOW)], now=NOW, newest_only=False)


def run_due(session: DbSession, *works: Work) -> list[str]:
    """The kinds of the runs that were closed, in their order."""
    return [run.kind for run in schedule.run_due(session, {work.kind: work for work in works}, lambda: NOW)]


def says(result: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    return lambda _session, _prepared, _run, _now: result


def fails(error: Exception) -> Callable[..., Mapping[str, Any]]:
    def commit(*_: object) -> Mapping[str, Any]:
        raise error

    return commit


@pytest.fixture
def matched(session: DbSession) -> DbSession:
    """A demand that suits an OPC, seen so by a refresh; the demand is open until Sunday."""
    demand, profile = make_demand(publish_until="2026-11-22"), make_profile()
    publish(session, demand, profile, now=SUNDAY - timedelta(days=7))
    store_matches(session, [(demand, profile)], now=SUNDAY)
    return session


# The clock


def test_the_first_tick_plans_the_next_slot_of_every_job_and_runs_nothing(session: DbSession):
    ran = tick(session, SUNDAY)

    assert ran == []
    assert {kind: states(session, kind) for kind in BY_KIND} == {
        "expiry": {"2026-11-23T00:05": "due"},
        "refresh": {"2026-11-22T12:30": "due"},
        "digest": {"2026-W48": "due"},
        "lists": {"2026-W48": "due"},
        "line_up": {"2026-W48": "due"},
        "reminders": {"2026-11-22T12:15": "due"},
    }


def test_monday_nine_in_shanghai_is_the_digest_of_its_week(session: DbSession):
    job = BY_KIND["digest"]

    planned = fire_times(job, SUNDAY, SUNDAY + timedelta(days=8))

    assert planned == [MONDAY_NINE, MONDAY_NINE + timedelta(days=7), MONDAY_NINE + timedelta(days=14)]
    assert [job.slot(fire) for fire in planned] == ["2026-W48", "2026-W49", "2026-W50"]
    assert iso_week(datetime(2027, 1, 1, tzinfo=UTC)) == "2026-W53"


def test_the_digests_of_the_week_come_out_on_monday_at_nine_once(matched: DbSession):
    tick(matched, SUNDAY)
    before = tick(matched, MONDAY_NINE - timedelta(seconds=1))
    at_nine = tick(matched, MONDAY_NINE)
    again = tick(matched, MONDAY_NINE) + tick(matched, MONDAY_NINE + timedelta(seconds=10))

    found = digests.digests_of_profile(matched, stored(matched, make_profile()), actor=ORGANISER)
    assert ("digest", "2026-W48") not in before
    assert ("digest", "2026-W48") in at_nine
    assert again == []
    assert [digest.period for digest in found] == ["2026-W48"]


def test_digests_tell_of_the_matches_of_that_minute(matched: DbSession):
    tick(matched, SUNDAY)
    publish(matched, make_demand("D-late"), now=SUNDAY)  # no refresh has seen it when the digest's turn comes
    tick(matched, MONDAY_NINE)

    found = digests.digests_of_profile(matched, stored(matched, make_profile()), actor=ORGANISER)
    assert [item["id"] for item in found[0].body["items"]] == ["D-late"]


def test_the_nightly_job_closes_what_is_over(matched: DbSession):
    tick(matched, SUNDAY)
    tick(matched, MONDAY_NINE)

    assert stored(matched, make_demand()).stage == Stage.EXPIRED


def test_after_a_stop_of_three_weeks_the_newest_missed_slot_runs_once(matched: DbSession):
    tick(matched, SUNDAY)

    ran = tick(matched, MONDAY_NINE + timedelta(days=15))
    again = tick(matched, MONDAY_NINE + timedelta(days=15))

    assert [slot for kind, slot in ran if kind == "digest"] == ["2026-W50"]
    assert states(matched, "digest") == {
        "2026-W48": "skipped",
        "2026-W49": "skipped",
        "2026-W50": "done",
        "2026-W51": "due",
    }
    assert again == []
    assert len([kind for kind, _ in ran if kind == "refresh"]) == 1


def test_a_worker_that_died_before_a_slot_still_knows_it(matched: DbSession):
    tick(matched, SUNDAY)

    returned_at = MONDAY_NINE + timedelta(hours=2)  # a new process: it has never seen Monday 09:00 coming
    ran = tick(matched, returned_at, started_at=returned_at)

    assert ("digest", "2026-W48") in ran


def test_a_clock_that_goes_back_runs_nothing_twice(matched: DbSession):
    tick(matched, SUNDAY)
    tick(matched, MONDAY_NINE)

    assert tick(matched, SUNDAY) == []
    assert tick(matched, MONDAY_NINE) == []
    assert states(matched, "digest") == {"2026-W48": "done", "2026-W49": "due"}


def test_a_stop_of_years_is_made_up_for_in_bounded_steps():
    planned = fire_times(BY_KIND["refresh"], SUNDAY, SUNDAY + timedelta(days=3_650))

    assert len(planned) == MOST_MISSED + 1


def test_the_weekly_jobs_draft_and_never_publish(matched: DbSession):
    publish(matched, make_demand("D-open", owner={"name": "乙方"}), now=SUNDAY)
    tick(matched, SUNDAY)
    ran = tick(matched, MONDAY_NINE + timedelta(days=5))

    assert {"lists", "line_up"} < {kind for kind, _ in ran}
    assert len(batches.draft_batches(matched, actor=ORGANISER)) == 2
    assert len(roadshows.draft_line_ups(matched, actor=ORGANISER)) == 1
    assert (batches.published_batches(matched), roadshows.published_line_ups(matched)) == ([], [])


# Running what is due


def test_a_slot_is_planned_once(session: DbSession):
    plan(session, "a")
    added = schedule.plan_slots(session, "a", [("s", NOW), ("t", NOW)], now=NOW, newest_only=False)

    assert (added, states(session, "a")) == (1, {"s": "due", "t": "due"})


def test_a_run_keeps_its_result(session: DbSession):
    plan(session, "a")

    ran = run_due(session, Work(kind="a", commit=says({"done": 3})))

    run = schedule.list_runs(session, actor=ORGANISER)[0]
    assert (ran, run.state, run.attempt, run.result, run.finished_at) == (["a"], "done", 1, {"done": 3}, NOW)


def test_what_was_prepared_reaches_the_commit(session: DbSession):
    plan(session, "a")

    def prepare(_session: DbSession, run: JobRun, now: datetime) -> tuple[str, datetime]:
        return run.slot, now

    run_due(session, Work(kind="a", prepare=prepare, commit=lambda _s, got, _r, _n: {"got": [got[0], str(got[1])]}))

    assert schedule.list_runs(session, actor=ORGANISER)[0].result == {"got": ["s", str(NOW)]}


def test_a_sentence_that_fails_a_run_is_final_and_the_others_go_on(session: DbSession):
    plan(session, "a", "b")

    ran = run_due(
        session,
        Work(kind="a", commit=fails(InputError(problem("no_matches_yet")))),
        Work(kind="b", commit=says({})),
    )

    found = {run.kind: (run.state, run.attempt, run.result) for run in schedule.list_runs(session, actor=ORGANISER)}
    assert ran == ["a", "b"]
    assert found == {"a": ("failed", 1, {"error": ["no_matches_yet"]}), "b": ("done", 1, {})}


@pytest.mark.parametrize("where", ["prepare", "commit"])
def test_an_accident_is_tried_three_times_and_then_failed(session: DbSession, where: str):
    plan(session, "a", "b")
    accident = fails(OSError("disk full"))
    broken = Work(kind="a", commit=accident) if where == "commit" else Work(kind="a", prepare=accident, commit=says({}))

    ran = run_due(session, broken, Work(kind="b", commit=says({})))

    found = {run.kind: (run.state, run.attempt, run.result) for run in schedule.list_runs(session, actor=ORGANISER)}
    assert sorted(ran) == ["a", "a", "a", "b"]
    assert found == {"a": ("failed", 3, {"error": "OSError"}), "b": ("done", 1, {})}


def test_a_run_of_a_kind_that_nobody_knows_any_more_stops_no_other(session: DbSession):
    plan(session, "forgotten", "b")

    run_due(session, Work(kind="b", commit=says({})))

    assert (states(session, "forgotten"), states(session, "b")) == ({"s": "failed"}, {"s": "done"})


def test_what_a_failing_run_wrote_is_rolled_back(matched: DbSession):
    plan(matched, "digest", slot="2026-W48")

    def publish_and_fail(session: DbSession, _prepared: None, run: JobRun, now: datetime) -> Mapping[str, Any]:
        added = digests.publish_digests(session, run.slot, actor=ORGANISER, now=now)
        raise InputError(problem("no_matches_yet", added=added))

    run_due(matched, Work(kind="digest", commit=publish_and_fail))

    assert digests.digests_of_profile(matched, stored(matched, make_profile()), actor=ORGANISER) == []


def test_a_run_that_was_taken_over_meanwhile_publishes_nothing(database: Database, matched: DbSession):
    plan(matched, "digest", slot="2026-W48")
    added: list[int] = []

    def prepare(_session: DbSession, _run: JobRun, _now: datetime) -> None:
        """Long enough for another worker to think this one dead, and to begin the same run."""
        with database.session() as other:
            schedule.take_over(other)
            with write_transaction(other):
                runs.claim_run(other, "the other worker's token", NOW)

    def commit(session: DbSession, _prepared: None, run: JobRun, now: datetime) -> Mapping[str, Any]:
        added.append(digests.publish_digests(session, run.slot, actor=SYSTEM, now=now))
        return {}

    run_due(matched, Work(kind="digest", prepare=prepare, commit=commit))

    found = schedule.list_runs(matched, actor=ORGANISER)
    assert added == [1]  # it was written, and then rolled back
    assert digests.digests_of_profile(matched, stored(matched, make_profile()), actor=ORGANISER) == []
    assert [(run.state, run.attempt, run.result) for run in found] == [("running", 2, None)]


def test_a_new_worker_takes_over_what_a_dead_one_was_running(session: DbSession):
    plan(session, "a")
    with write_transaction(session):
        runs.claim_run(session, "token of the dead", NOW)
    before = run_due(session, Work(kind="a", commit=says({})))

    taken = schedule.take_over(session)

    assert (before, taken) == ([], 1)
    assert run_due(session, Work(kind="a", commit=says({}))) == ["a"]
    assert states(session, "a") == {"s": "done"}


def test_a_dead_workers_late_answer_changes_nothing(session: DbSession):
    plan(session, "a")
    with write_transaction(session):
        runs.claim_run(session, "old", NOW)
    schedule.take_over(session)
    with write_transaction(session):
        runs.claim_run(session, "new", NOW)
        late = runs.finish_run(session, "a", "s", token="old", state="done", result={}, now=NOW)
        in_time = runs.finish_run(session, "a", "s", token="new", state="done", result={}, now=NOW)

    assert (late, in_time) == (False, True)


def test_two_workers_at_once_never_hold_one_run(database: Database, session: DbSession):
    plan(session, "a", "b")

    with database.session() as other:
        with write_transaction(session):
            first = runs.claim_run(session, "one", NOW)
        with write_transaction(other):
            second = runs.claim_run(other, "two", NOW)
            third = runs.claim_run(other, "three", NOW)

    assert (first.kind, second.kind, third) == ("a", "b", None)


def test_the_list_of_runs_is_for_organisers(session: DbSession):
    with pytest.raises(NotAllowed):
        schedule.list_runs(session, actor=ANONYMOUS)
