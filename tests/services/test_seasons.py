"""A season is set up, locked and changed by events; what it says goes into every plan."""

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.domain.errors import EditConflict, InputError, NotAllowed, NotFound
from matching.domain.vocabulary import load_vocabulary
from matching.services import revisions, roadshows, seasons
from matching.services.access import ANONYMOUS
from matching.store import DbSession
from tests.factories import NOW, ORGANISER, withdraw
from tests.services.seasons import (
    DAY,
    OPCS,
    SMALL,
    keep,
    match_all,
    on_stage,
    plan,
    problem_of,
    publish_plan,
)

CODE = "2026-Q4"


@pytest.fixture
def kept(session: DbSession) -> DbSession:
    """The small season is the quarter's."""
    match_all(session)
    keep(session)
    return session


def lock(session: DbSession, made: dict[str, object]) -> int:
    return seasons.add_lock(session, CODE, made, reason="说好了", actor=ORGANISER, now=NOW)


def test_the_season_that_ships_is_dated_and_stored_with_the_first_plan(session: DbSession):
    match_all(session)
    before = seasons.current_season(session, vocabulary=load_vocabulary(), now=NOW)

    plan(session)
    after = seasons.current_season(session, vocabulary=load_vocabulary(), now=NOW + timedelta(days=3))

    assert (before.version, after.version) == (0, 1)
    assert after.season == before.season
    assert after.season.sessions[0]["on"] == "2026-12-15"


def test_what_is_saved_is_what_is_planned(kept: DbSession):
    first = plan(kept)
    longer = [{**one, "track": [{**one["track"][0], "end": "10:30"}]} for one in SMALL.sessions]
    keep(kept, replace(SMALL, sessions=longer))

    second = plan(kept)

    assert (len(on_stage(first)), len(on_stage(second))) == (2, 3)
    assert problem_of(second)["tracks"][0]["end_min"] == 630
    assert [slot["id"] for slot in problem_of(second)["meetings"]["slots"]] == ["main-1030", "main-1045"]


def test_whoever_was_slower_does_not_overwrite(kept: DbSession):
    with pytest.raises(EditConflict):
        seasons.save_setup(
            kept, SMALL.dated(NOW.date()).to_json(), expected_version=7, actor=ORGANISER,
            vocabulary=load_vocabulary(), now=NOW,
        )  # fmt: skip


def test_setting_up_is_for_organisers(kept: DbSession):
    with pytest.raises(NotAllowed):
        seasons.save_setup(
            kept, SMALL.to_json(), expected_version=1, actor=ANONYMOUS, vocabulary=load_vocabulary(), now=NOW
        )


def test_people_who_are_not_there_are_named(kept: DbSession):
    season = replace(SMALL, owners_in=["没有这家"], pitches_out=["P-99"])

    with pytest.raises(InputError) as refused:
        keep(kept, season)

    assert [(found.code, found.value) for found in refused.value.problems] == [
        ("unknown_owner", "没有这家"),
        ("unknown_opc", "P-99"),
    ]


def test_people_can_be_asked_in_and_left_out_whatever_their_scores(kept: DbSession):
    keep(kept, replace(SMALL, candidates=1, pitches_in=["P-2"], pitches_out=["P-0"], owners_out=["场景方1"]))

    found = problem_of(plan(kept))

    assert [pitch["id"] for pitch in found["pitches"]] == ["P-1", "P-2"]
    assert [owner["id"] for owner in found["owners"]] == ["场景方0"]


def test_a_lock_is_obeyed_by_the_next_plan_and_by_none_after_its_release(kept: DbSession):
    lock_id = lock(kept, {"pitch": "P-2", "track": "main-a", "level": "track"})
    other = lock(kept, {"pitch": "P-0", "level": "excluded"})

    locked = plan(kept)
    for one in (lock_id, other):
        seasons.release_lock(kept, CODE, one, actor=ORGANISER, now=NOW)
    free = plan(kept)

    assert set(on_stage(locked)) == {"P-1", "P-2"}
    assert problem_of(free)["locks"] == []
    with pytest.raises(NotFound):
        seasons.release_lock(kept, CODE, lock_id, actor=ORGANISER, now=NOW)


def test_a_new_lock_of_a_pitch_takes_the_place_of_the_old_one(kept: DbSession):
    lock(kept, {"pitch": "P-2", "track": "main-a", "level": "track"})
    lock(kept, {"pitch": "P-2", "level": "excluded"})

    assert [one.lock for one in seasons.locks(kept, CODE, actor=ORGANISER)] == [{"pitch": "P-2", "level": "excluded"}]


@pytest.mark.parametrize(
    "made",
    [
        {"level": "track", "track": "main-a"},
        {"pitch": "P-1", "owner": "场景方0", "level": "track", "track": "main-a"},
        {"pitch": "P-1", "level": "track"},
        {"pitch": "P-1", "level": "nailed", "track": "main-a"},
    ],
)
def test_a_lock_that_is_none_is_refused(kept: DbSession, made: dict[str, object]):
    with pytest.raises(InputError) as refused:
        lock(kept, made)

    assert [found.code for found in refused.value.problems] == ["bad_lock"]


def test_a_room_with_a_lock_on_it_stays(kept: DbSession):
    lock(kept, {"pitch": "P-2", "track": "main-a", "level": "track"})
    elsewhere = [{**one, "track": [{**one["track"][0], "id": "main-b"}]} for one in SMALL.sessions]

    with pytest.raises(InputError) as refused:
        keep(kept, replace(SMALL, sessions=elsewhere))

    assert [(found.code, found.value) for found in refused.value.problems] == [("season_track_locked", "main-a")]


def test_locks_that_contradict_each_other_are_named_instead_of_a_plan(kept: DbSession):
    for number in range(3):
        lock(kept, {"pitch": f"P-{number}", "track": "main-a", "level": "track"})

    with pytest.raises(InputError) as refused:
        plan(kept)

    assert [found.code for found in refused.value.problems] == ["no_plan_left"]
    assert str(refused.value.problems[0].facts["zh"]).count("P-") >= 2


def test_what_happened_is_remembered_when_the_season_is_planned_anew(kept: DbSession):
    first = publish_plan(kept)
    gone = on_stage(first)[0]
    revisions.replan(kept, [{"kind": "opc_withdrawn", "opc": gone}], actor=ORGANISER, now=NOW)
    withdraw(kept, next(opc for opc in OPCS if opc.id not in on_stage(first)))  # new matches: planned from scratch

    anew = plan(kept, NOW + timedelta(days=1))

    assert gone not in on_stage(anew)
    assert [one.event["kind"] for one in seasons.events(kept, CODE, actor=ORGANISER)] == ["opc_withdrawn"]


def test_once_the_season_has_begun_what_stood_stays_and_nobody_new_comes_in(kept: DbSession):
    first = publish_plan(kept)
    stood, coming = on_stage(first)
    kept_times = {row["pitch"]: row["start_min"] for row in first.plan["placements"]}

    later = revisions.replan(
        kept, [{"kind": "no_show", "opc": coming, "session": "main"}], actor=ORGANISER, now=DAY + timedelta(minutes=5),
        on="2026-12-15", minute=575,
    )  # fmt: skip

    assert on_stage(later)[0] == stood
    assert later.plan["placements"][0]["start_min"] == kept_times[stood]
    assert coming not in on_stage(later)


def test_a_plan_of_the_day_goes_on_from_the_published_one(kept: DbSession):
    first = publish_plan(kept)
    withdraw(kept, next(opc for opc in OPCS if opc.id == on_stage(first)[0]))  # its profile goes; it stood already
    now = DAY + timedelta(minutes=2)

    prepared = seasons.prepare(
        kept, seasons.current_season(kept, vocabulary=load_vocabulary(), now=now), vocabulary=load_vocabulary(), now=now
    )
    again, _ = roadshows.plan_line_up(kept, None, actor=ORGANISER, vocabulary=load_vocabulary(), now=now)

    assert {pitch["id"] for pitch in prepared.stored["problem"]["pitches"]} == {"P-0", "P-1", "P-2"}
    assert on_stage(again) == on_stage(first)
