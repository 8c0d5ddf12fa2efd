"""A small season with meetings, two owners and three OPCs, for the tests of what organisers and people do with it."""

from datetime import datetime
from typing import Any

from matching.domain.vocabulary import load_vocabulary
from matching.programme.season import Season, read_season
from matching.services import roadshows, seasons
from matching.services.access import Actor
from matching.store import DbSession
from matching.store.publications import StoredLineUp
from tests.factories import NOW, ORGANISER, make_demand, make_profile, publish, store_matches

TEXT = """
title = "小型路演"
pitch_minutes = 10
buffer_minutes = 5
candidates = 10
owners = 4
owner_sessions = 2
min_candidates = 1
max_meetings_per_opc = 1

[rules]
max_pitches_per_opc = 1
max_pitches_per_opc_per_session = 1
fresh_bonus = 0
short_candidate_penalty = 400

[[session]]
id = "main"
title = "主场"
kind = "main"
format = "panel"
themes = []
in_days = 21
meetings = { start = "10:30", end = "11:00", slot_minutes = 15, tables = 2 }

  [[session.track]]
  id = "main-a"
  room = "主会场"
  start = "09:30"
  end = "10:00"
  panel_seats = 3
"""
SMALL = read_season(TEXT, load_vocabulary())
OWNERS = [make_demand(f"D-{n}", owner={"name": f"场景方{n}"}) for n in range(2)]
OPCS = [make_profile(f"P-{n}", name=f"工作室{n}") for n in range(3)]
DAY = datetime(2026, 12, 15, 1, 30, tzinfo=NOW.tzinfo)
"""Half past nine in Shanghai on the day of the session: the first pitch begins."""


def match_all(session: DbSession) -> None:
    """Two owners whom three OPCs suit alike; the track has time for two pitches."""
    publish(session, *OWNERS, *OPCS)
    store_matches(session, [(owner, opc) for owner in OWNERS for opc in OPCS])


def keep(session: DbSession, season: Season = SMALL, now: datetime = NOW) -> int:
    """Store the season as the quarter's; its version."""
    current = seasons.current_season(session, vocabulary=load_vocabulary(), now=now)
    return seasons.save_setup(
        session, season.dated(NOW.date()).to_json(), expected_version=current.version, actor=ORGANISER,
        vocabulary=load_vocabulary(), now=now,
    ).version  # fmt: skip


def plan(session: DbSession, now: datetime = NOW, actor: Actor = ORGANISER) -> StoredLineUp:
    """Plan the stored season."""
    return roadshows.plan_line_up(session, None, actor=actor, vocabulary=load_vocabulary(), now=now)[0]


def publish_plan(session: DbSession, now: datetime = NOW) -> StoredLineUp:
    """Plan and publish."""
    return roadshows.publish_line_up(session, plan(session, now).id, actor=ORGANISER, now=now)


def on_stage(line_up: StoredLineUp) -> list[str]:
    """Who is on stage, in order."""
    return [row["pitch"] for row in sorted(line_up.plan["placements"], key=lambda row: row["position"])]


def problem_of(line_up: StoredLineUp) -> dict[str, Any]:
    """The problem that a revision answers."""
    return dict(line_up.problem["problem"])
