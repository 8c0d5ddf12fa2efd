"""Line-ups: planned from the matches, kept while nothing changes, published by a person."""

from datetime import timedelta
from importlib.resources import files

import pytest

from matching.domain.errors import InputError, NotAllowed, NotFound
from matching.domain.vocabulary import load_vocabulary
from matching.programme.season import Season, read_season
from matching.services import roadshows, seasons
from matching.services.access import ANONYMOUS, SYSTEM, Actor, Role
from matching.store import DbSession
from matching.store.audit import changes_of
from matching.store.publications import StoredLineUp
from tests.factories import (
    NOW,
    ORGANISER,
    make_actor,
    make_demand,
    make_profile,
    publish,
    store_matches,
    withdraw,
)

SEASON_TEXT = """
title = "小型路演"
pitch_minutes = 10
buffer_minutes = 5
candidates = 10
owners = 4
owner_sessions = 1
min_candidates = 1

[rules]
max_pitches_per_opc = 1
max_pitches_per_opc_per_session = 1
fresh_bonus = 15
short_candidate_penalty = 400

[[session]]
id = "main"
title = "主场"
kind = "main"
format = "panel"
themes = []
in_days = 21

  [[session.track]]
  id = "main-a"
  room = "主会场"
  start = "09:30"
  end = "10:00"
  panel_seats = 3
"""
SEASON = read_season(SEASON_TEXT, load_vocabulary())
OWNERS = [make_demand(f"D-{n}", owner={"name": f"场景方{n}"}) for n in range(2)]
OPCS = [make_profile(f"P-{n}", name=f"工作室{n}") for n in range(3)]


@pytest.fixture
def matched(session: DbSession) -> DbSession:
    """Two owners whom three OPCs suit; the track has time for two pitches."""
    publish(session, *OWNERS, *OPCS)
    store_matches(session, [(owner, opc) for owner in OWNERS for opc in OPCS])
    return session


def plan(
    session: DbSession, season: Season = SEASON, actor: Actor = SYSTEM, days: int = 0
) -> tuple[StoredLineUp, bool]:
    return roadshows.plan_line_up(
        session, season, actor=actor, vocabulary=load_vocabulary(), now=NOW + timedelta(days=days)
    )


def publish_line_up(session: DbSession, line_up: StoredLineUp, actor: Actor = ORGANISER) -> StoredLineUp:
    return roadshows.publish_line_up(session, line_up.id, actor=actor, now=NOW)


def test_a_plan_is_a_draft_that_places_what_there_is_time_for(matched: DbSession):
    draft, new = plan(matched)

    assert (new, draft.season, draft.revision, draft.stage, draft.title) == (True, "2026-Q4", 1, "draft", "小型路演")
    assert (len(draft.plan["placements"]), len(draft.plan["left_out"])) == (2, 1)
    assert roadshows.published_line_ups(matched) == []
    assert [entry.action for entry in changes_of(matched, "line_up", draft.id)] == ["draft"]


def test_unchanged_inputs_give_no_second_draft(matched: DbSession):
    first, _ = plan(matched)

    second, new = plan(matched, days=1)  # the days of the first plan are kept
    publish_line_up(matched, first)
    third, new_after_publication = plan(matched, days=2)

    assert (second, new) == (first, False)
    assert (third.id, new_after_publication) == (first.id, False)


def test_changed_inputs_give_the_next_revision_on_the_same_days(matched: DbSession):
    first, _ = plan(matched)
    publish_line_up(matched, first)
    withdraw(matched, OPCS[0])

    second, new = plan(matched, days=1)

    days = [line_up.problem["problem"]["sessions"][0]["on"] for line_up in (first, second)]
    assert (new, second.revision, second.stage) == (True, 2, "draft")
    assert days == ["2026-12-15", "2026-12-15"]
    assert {found["pitch"] for found in second.plan["placements"]} == {"P-1", "P-2"}


def test_a_publication_supersedes_the_one_before(matched: DbSession):
    first = publish_line_up(matched, plan(matched)[0])
    withdraw(matched, OPCS[0])
    second = publish_line_up(matched, plan(matched)[0])

    stages = {
        line_up.revision: roadshows.view_line_up(matched, line_up.id, actor=ANONYMOUS).stored.stage
        for line_up in (first, second)
    }

    assert stages == {1: "superseded", 2: "published"}
    assert [line_up.id for line_up in roadshows.published_line_ups(matched)] == [second.id]
    assert (second.approved_by, second.published_at) == ("organiser", NOW)


def test_a_draft_is_published_once(matched: DbSession):
    draft, _ = plan(matched)
    publish_line_up(matched, draft)

    with pytest.raises(InputError) as refused:
        publish_line_up(matched, draft)

    assert [found.code for found in refused.value.problems] == ["no_such_move"]


def test_neither_the_worker_nor_a_party_may_publish(matched: DbSession):
    draft, _ = plan(matched)

    for actor in (SYSTEM, ANONYMOUS, make_actor(matched, Role.OPC), make_actor(matched, Role.SCENARIO_OWNER)):
        with pytest.raises(NotAllowed):
            publish_line_up(matched, draft, actor)

    with pytest.raises(NotAllowed):
        plan(matched, actor=ANONYMOUS)
    assert [waiting.id for waiting in roadshows.draft_line_ups(matched, actor=ORGANISER)] == [draft.id]


def test_a_draft_and_who_was_left_out_are_for_organisers(matched: DbSession):
    draft, _ = plan(matched)
    with pytest.raises(NotFound):
        roadshows.view_line_up(matched, draft.id, actor=ANONYMOUS)
    publish_line_up(matched, draft)

    public = roadshows.view_line_up(matched, draft.id, actor=ANONYMOUS)
    for_organisers = roadshows.view_line_up(matched, draft.id, actor=ORGANISER)

    assert (len(public.left_out), len(for_organisers.left_out)) == (0, 1)
    track = public.sessions[0].tracks[0]
    assert (public.sessions[0].on.isoformat(), track.room, track.start_min) == ("2026-12-15", "主会场", 570)
    assert [found["position"] for found in track.placements] == [1, 2]
    assert {found["name"] for found in track.placements} < {opc.name for opc in OPCS}
    assert track.owners == ["场景方0", "场景方1"]


def test_who_pitched_in_an_earlier_season_is_not_fresh_any_more(matched: DbSession):
    first = publish_line_up(matched, plan(matched)[0])
    placed = {found["pitch"] for found in first.plan["placements"]}

    next_season, _ = plan(matched, days=60)

    fresh = {pitch["id"]: pitch["fresh"] for pitch in next_season.problem["problem"]["pitches"]}
    assert (next_season.season, next_season.revision) == ("2027-Q1", 1)
    assert fresh == {opc.id: opc.id not in placed for opc in OPCS}


def test_there_is_no_plan_without_matches(session: DbSession):
    publish(session, *OWNERS, *OPCS)

    with pytest.raises(InputError) as refused:
        plan(session)

    assert [found.code for found in refused.value.problems] == ["no_matches_yet"]


@pytest.mark.parametrize(
    ("written", "instead", "codes"),
    [
        ('title = "小型路演"', "", ["season_missing"]),
        ('title = "小型路演"', 'title = " "', ["season_empty"]),
        ("pitch_minutes = 10", "pitch_minutes = -1", ["season_not_whole"]),
        ("pitch_minutes = 10", "pitch_minutes = 99999", ["season_too_large"]),
        ('start = "09:30"', 'start = "11:30"', ["season_reversed"]),
        ('start = "09:30"', 'start = "half past nine"', ["season_not_a_time"]),
        ("themes = []", 'themes = ["占星"]', ["season_unknown_theme"]),
        ("themes = []", 'themes = "教育"', ["season_not_texts"]),
        ("owners = 4", "owner = 4", ["season_missing", "season_unknown_key"]),
        ("[[session]]", "[[session", ["bad_season"]),
        ("[[session]]", "session = 3\n[x]", ["season_unknown_key", "season_not_table"]),
        ("in_days = 21", 'in_days = "21"', ["season_not_whole"]),
        ("in_days = 21", "in_days = true", ["season_not_whole"]),
        ("in_days = 21", 'on = "soon"', ["season_not_a_day"]),
        ("in_days = 21", "", ["season_missing"]),
        ('format = "panel"', 'format = "circus"', ["season_not_a_choice"]),
        ("panel_seats = 3", "panel_seats = -3", ["season_not_whole"]),
        ("panel_seats = 3", "panel_seats = 3\n  max_per_district = 0", ["season_not_whole"]),
        ("in_days = 21", "in_days = 21\nmeetings = {start = '15:00', end = '14:00', slot_minutes = 1, tables = 2}",
         ["season_reversed", "season_not_whole"]),
    ],
)  # fmt: skip
def test_a_season_with_a_mistake_is_refused(written: str, instead: str, codes: list[str]):
    with pytest.raises(InputError) as refused:
        read_season(SEASON_TEXT.replace(written, instead, 1), load_vocabulary())

    assert [found.code for found in refused.value.problems] == codes


def test_rules_that_are_no_table_are_refused():
    with pytest.raises(InputError) as refused:
        read_season(SEASON_TEXT.replace("[rules]", "rules = 3\n[x]", 1), load_vocabulary())

    assert [found.code for found in refused.value.problems] == ["season_unknown_key", "season_not_table"]


def test_the_season_that_ships_is_read():
    season = seasons.default_season(load_vocabulary())

    assert season == read_season((files("seeds") / "season.toml").read_text("utf-8"), load_vocabulary())
    assert [session["kind"] for session in season.sessions].count("main") == 1


NO_BONUS = read_season(SEASON_TEXT.replace("fresh_bonus = 15", "fresh_bonus = 0"), load_vocabulary())
ONE_PLACE = read_season(
    SEASON_TEXT.replace("fresh_bonus = 15", "fresh_bonus = 0").replace("10:00", "09:45"), load_vocabulary()
)


def on_stage(line_up: StoredLineUp) -> set[str]:
    return {row["pitch"] for row in line_up.plan["placements"]}


def third_season(session: DbSession, season: Season) -> tuple[set[str], StoredLineUp]:
    """Who was left out in two seasons, and the third one's plan; every match is as good as every other."""
    two = [publish_line_up(session, plan(session, season, days=92 * n)[0]) for n in (0, 1)]
    everybody = {pitch["id"] for pitch in two[0].problem["problem"]["pitches"]}
    return everybody - on_stage(two[0]) - on_stage(two[1]), plan(session, season, days=184)[0]


def test_whoever_is_left_out_twice_is_on_stage_the_third_time(matched: DbSession):
    left_out, third = third_season(matched, NO_BONUS)

    assert len(left_out) == 1
    assert left_out <= on_stage(third)


def test_where_there_is_no_room_for_all_whose_turn_it_is_a_plan_is_made_and_says_so(matched: DbSession):
    left_out, third = third_season(matched, ONE_PLACE)

    assert len(left_out) == 2
    assert len(on_stage(third)) == 1
    assert "guarantee_not_kept" in [warning["code"] for warning in third.plan["warnings"]]
