"""Solves that a page asks for: in a process of their own, watched, stopped, kept once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from matching.domain.errors import InputError, NotAllowed
from matching.domain.vocabulary import load_vocabulary
from matching.services import planning, roadshows, seasons, solver_process
from matching.services.access import ANONYMOUS
from matching.services.solver_process import Word
from matching.store import Database, DbSession, solving, write_transaction
from tests.factories import NOW, ORGANISER
from tests.services.seasons import keep, match_all, on_stage, publish_plan


@pytest.fixture
def kept(session: DbSession) -> DbSession:
    """The small season, with matches."""
    match_all(session)
    keep(session)
    return session


def start(session: DbSession, purpose: str = "plan", now: datetime = NOW, **more: object) -> int:
    return planning.start_run(session, purpose=purpose, actor=ORGANISER, vocabulary=load_vocabulary(), now=now, **more)


def ticking(start_at: datetime = NOW) -> Callable[[], datetime]:
    """A clock that goes on by a second each time."""
    seconds = iter(range(10_000))
    return lambda: start_at + timedelta(seconds=next(seconds))


def test_a_run_ends_with_a_checked_plan_that_becomes_a_draft_once(kept: DbSession, database: Database):
    run_id = start(kept)

    run = planning.perform(database, run_id, ticking())
    draft = planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)
    again = planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)

    assert (run.state, run.plan["status"], run.progress["stage"]) == ("done", "optimal", "done")
    assert run.draft is not None
    assert len(on_stage(draft)) == 2
    assert (draft.stage, draft.revision, again.id) == ("draft", 1, draft.id)
    assert roadshows.broken_rules(draft) == []


def test_the_published_programme_stays_while_a_what_if_is_compared_with_it(kept: DbSession, database: Database):
    published = publish_plan(kept)
    run_id = start(kept, "what_if", changes=[{"kind": "longer_track", "track": "main-a", "minutes": 15}])

    run = planning.perform(database, run_id, ticking())
    beside = planning.difference_of(kept, run)

    assert beside is not None
    assert (beside.comparison.before.placed, beside.comparison.after.placed) == (2, 3)
    assert roadshows.published_line_ups(kept)[0] == published
    assert seasons.events(kept, "2026-Q4", actor=ORGANISER) == []
    with pytest.raises(InputError) as refused:
        planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)
    assert [found.code for found in refused.value.problems] == ["what_if_is_no_plan"]


def test_a_supposed_withdrawal_is_not_written_down(kept: DbSession, database: Database):
    gone = on_stage(publish_plan(kept))[0]

    run = planning.perform(database, start(kept, "what_if", events=[{"kind": "opc_withdrawn", "opc": gone}]), ticking())

    assert gone not in [row["pitch"] for row in run.plan["placements"]]
    assert seasons.events(kept, "2026-Q4", actor=ORGANISER) == []


def test_a_re_plan_keeps_what_happened_and_moves_nobody_else(kept: DbSession, database: Database):
    stays, gone = on_stage(publish_plan(kept))

    run_id = start(kept, "replan", events=[{"kind": "opc_withdrawn", "opc": gone}])
    planning.perform(database, run_id, ticking())
    draft = planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)

    assert on_stage(draft)[0] == stays
    assert gone not in on_stage(draft)
    assert [one.id for one in seasons.events(kept, "2026-Q4", actor=ORGANISER)] == draft.problem["events"]


def test_two_runs_of_one_season_do_not_run_side_by_side(kept: DbSession):
    first = start(kept)

    with pytest.raises(InputError) as refused:
        start(kept)

    assert [(found.code, found.facts["run"]) for found in refused.value.problems] == [("run_in_progress", first)]


def test_a_run_whose_process_is_gone_says_so_and_makes_way(kept: DbSession, database: Database):
    first = start(kept)
    late = NOW + planning.SILENT_FOR + timedelta(seconds=1)

    seen = planning.view_run(kept, first, actor=ORGANISER, now=late)
    second = start(kept, now=late)

    assert (seen.state, seen.error) == ("failed", "silent")
    with pytest.raises(InputError) as refused:
        planning.perform(database, first, ticking(late))
    assert [found.code for found in refused.value.problems] == ["run_not_waiting"]
    assert planning.perform(database, second, ticking(late)).state == "done"


def test_a_run_that_is_stopped_keeps_its_draft_and_its_process_ends(
    kept: DbSession, database: Database, monkeypatch: pytest.MonkeyPatch
):
    run_id = start(kept)
    closed = []

    def slow(inputs, time_limit):
        try:
            yield from (word for word in solver_process.solving(inputs, time_limit) if word.kind == "draft")
            planning.stop_run(kept, run_id, actor=ORGANISER, now=NOW)
            while True:
                yield Word(kind="beat", facts={})
        finally:
            closed.append(True)

    monkeypatch.setattr(planning, "solving", slow)

    run = planning.perform(database, run_id, ticking())
    draft = planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)

    assert (run.state, run.plan) == ("stopped", None)
    assert len(on_stage(draft)) == 2
    assert closed == [True]


def test_a_solver_that_takes_too_long_is_ended_and_its_draft_stays(
    kept: DbSession, database: Database, monkeypatch: pytest.MonkeyPatch
):
    run_id = start(kept)
    monkeypatch.setattr(solver_process, "GRACE_S", -40.0)  # over before it begins

    run = planning.perform(database, run_id, ticking())

    assert (run.state, run.error) == ("failed", "overdue")
    with pytest.raises(InputError) as refused:
        planning.accept_run(kept, run_id, actor=ORGANISER, now=NOW)
    assert [found.code for found in refused.value.problems] == ["run_has_no_plan"]


def test_a_solver_that_dies_is_told_of(kept: DbSession, database: Database):
    run_id = start(kept)
    with write_transaction(kept):
        run = solving.find_run(kept, run_id)
        assert run is not None
        broken = solving.add_run(
            kept,
            season=run.season,
            purpose="plan",
            inputs={"problem": {"sessions": 3}},
            time_limit_s=5,
            by="x",
            now=NOW,
        )

    died = planning.perform(database, broken, ticking())

    assert (died.state, died.error) == ("failed", "died")


def test_a_season_without_a_plan_names_what_conflicts(kept: DbSession, database: Database):
    for number in range(3):
        made = {"pitch": f"P-{number}", "track": "main-a", "level": "track"}
        seasons.add_lock(kept, "2026-Q4", made, reason=None, actor=ORGANISER, now=NOW)

    run = planning.perform(database, start(kept), ticking())

    assert (run.state, run.error) == ("failed", "infeasible")
    assert any("P-" in one["zh"] for one in run.progress["conflict_set"])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"time_limit_s": 0}, "too_long_a_run"),
        ({"time_limit_s": 9_999}, "too_long_a_run"),
        ({"purpose": "replan", "events": [{"kind": "opc_withdrawn", "opc": "P-99"}]}, "bad_event"),
        ({"purpose": "what_if", "changes": [{"kind": "longer_track", "track": "nowhere", "minutes": 5}]}, "bad_event"),
        ({"purpose": "what_if", "changes": [{"kind": "longer_track", "track": "main-a", "minutes": -5}]}, "bad_event"),
        ({"purpose": "what_if", "changes": [{"kind": "sunshine"}]}, "bad_event"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(kept: DbSession, more: dict, code: str):
    with pytest.raises(InputError) as refused:
        start(kept, **more)

    assert [found.code for found in refused.value.problems] == [code]


def test_solving_is_for_organisers(kept: DbSession):
    with pytest.raises(NotAllowed):
        planning.start_run(kept, purpose="plan", actor=ANONYMOUS, vocabulary=load_vocabulary(), now=datetime.now(UTC))
