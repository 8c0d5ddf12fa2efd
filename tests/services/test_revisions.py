"""Revisions after the first plan: moved by hand, planned anew, compared, accounted for."""

import pytest

from matching.domain.errors import EditConflict, InputError, NotAllowed
from matching.services import revisions, roadshows
from matching.services.access import Actor, Role
from matching.store import DbSession
from matching.store.audit import changes_of
from tests.factories import NOW, ORGANISER, make_actor
from tests.services.test_roadshows import matched, plan, publish_line_up

__all__ = ["matched"]


def placed(stored):
    return {row["pitch"]: row["track"] for row in stored.plan["placements"]}


@pytest.fixture
def published(matched: DbSession):
    return publish_line_up(matched, plan(matched)[0])


def replan(session, *events, actor: Actor = ORGANISER, **options):
    return revisions.replan(session, events, actor=actor, now=NOW, **options)


def test_a_withdrawal_gives_a_new_draft_and_leaves_the_published_one_alone(matched: DbSession, published):
    gone = next(iter(placed(published)))
    opc = next(p["opc"] for p in published.problem["problem"]["pitches"] if p["id"] == gone)

    draft = replan(matched, {"kind": "opc_withdrawn", "opc": opc})

    assert (draft.stage, draft.revision) == ("draft", published.revision + 1)
    assert gone not in placed(draft)
    assert len(placed(draft)) == 2
    assert roadshows.published_line_ups(matched)[0].plan == published.plan
    assert [entry.action for entry in changes_of(matched, "line_up", draft.id)] == ["replan"]


def test_only_those_who_are_concerned_are_in_the_difference(matched: DbSession, published):
    stays, goes = sorted(published.plan["placements"], key=lambda row: row["position"])
    draft = revisions.move(matched, published.id, goes["pitch"], None, actor=ORGANISER, now=NOW)

    found = revisions.difference(matched, draft.id, actor=ORGANISER)

    assert [(change.kind, change.item) for change in found.comparison.changes] == [
        ("removed", f"pitch:{goes['pitch']}")
    ]
    assert placed(draft).keys() == {stays["pitch"]}


def test_a_move_of_a_draft_changes_the_draft_and_is_told_to_whoever_was_slower(matched: DbSession):
    draft = plan(matched)[0]
    pitch = draft.plan["left_out"][0]["pitch"]

    moved = revisions.move(
        matched, draft.id, pitch, "main-a", 1, expected_version=draft.version, actor=ORGANISER, now=NOW
    )

    assert (moved.id, placed(moved)[pitch]) == (draft.id, "main-a")
    with pytest.raises(EditConflict):
        revisions.move(matched, draft.id, pitch, None, expected_version=draft.version, actor=ORGANISER, now=NOW)
    assert placed(roadshows.view_line_up(matched, draft.id, actor=ORGANISER).stored) == placed(moved)


def test_a_draft_that_breaks_a_rule_says_so_and_is_not_published(matched: DbSession):
    draft = plan(matched)[0]
    full = revisions.move(matched, draft.id, draft.plan["left_out"][0]["pitch"], "main-a", actor=ORGANISER, now=NOW)

    view = roadshows.view_line_up(matched, full.id, actor=ORGANISER)

    assert {rule.code for rule in view.broken} == {"outside_track", "track_full"}
    assert "主会场" in view.broken[-1].zh
    with pytest.raises(InputError) as caught:
        publish_line_up(matched, full)
    assert [problem.code for problem in caught.value.problems] == ["programme_is_broken"]
    assert roadshows.published_line_ups(matched) == []


def test_what_has_begun_stays_where_it_was(matched: DbSession, published):
    first, second = sorted(published.plan["placements"], key=lambda row: row["position"])
    day = published.problem["problem"]["sessions"][0]["on"]
    opcs = {pitch["id"]: pitch["opc"] for pitch in published.problem["problem"]["pitches"]}
    event = {"kind": "no_show", "opc": opcs[second["pitch"]], "session": "main"}

    draft = replan(matched, event, on=day, minute=second["start_min"])

    rows = {row["pitch"]: row for row in draft.plan["placements"]}
    assert rows[first["pitch"]]["start_min"] == first["start_min"]
    assert second["pitch"] not in rows
    assert all(row["start_min"] >= second["start_min"] for pitch, row in rows.items() if pitch != first["pitch"])


def test_an_event_that_names_nobody_here_is_refused_in_words(matched: DbSession, published):
    with pytest.raises(InputError) as caught:
        replan(matched, {"kind": "opc_withdrawn", "opc": "没有这家"})

    assert [problem.code for problem in caught.value.problems] == ["bad_event"]
    assert "没有这家" in caught.value.problems[0].facts["zh"]


def test_a_replan_needs_something_published(matched: DbSession):
    plan(matched)

    with pytest.raises(InputError) as caught:
        replan(matched)

    assert [problem.code for problem in caught.value.problems] == ["no_programme"]


@pytest.mark.parametrize("role", [Role.OPC, Role.SCENARIO_OWNER])
def test_only_organisers_replan_move_compare_and_read_the_ledger(matched: DbSession, published, role: Role):
    actor = make_actor(matched, role)
    attempts = [
        lambda: replan(matched, actor=actor),
        lambda: revisions.move(matched, published.id, "P-0", None, actor=actor, now=NOW),
        lambda: revisions.difference(matched, published.id, actor=actor),
        lambda: revisions.ledger_of(matched, actor=actor),
    ]

    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_the_ledger_counts_what_was_published(matched: DbSession, published):
    found, names = revisions.ledger_of(matched, actor=ORGANISER)

    assert found.seasons == (published.season,)
    assert sum(one.placed for one in found.opcs) == 2
    assert {names[one.opc] for one in found.opcs} <= {"工作室0", "工作室1", "工作室2"}
