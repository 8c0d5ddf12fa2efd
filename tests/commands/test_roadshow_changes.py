"""A programme planned anew, moved by hand, compared and accounted for, from the command line."""

import pytest

from matching.store import publications, write_transaction
from tests.factories import NOW
from tests.installation import Installation
from tests.publishing.programmes import SEASON, TITLE, make_names, make_plan, make_problem


@pytest.fixture
def planned(installation: Installation) -> Installation:
    """One revision is published."""
    problem = make_problem()
    database = installation.database()
    with database.session() as session, write_transaction(session):
        publications.add_line_up(
            session, season=SEASON, title=TITLE, inputs_sha256="0" * 64,
            problem={"problem": problem, "names": make_names(problem)}, plan=make_plan(problem), now=NOW,
        )  # fmt: skip
        publications.publish_line_up(session, 1, approved_by="organiser", now=NOW)
    database.dispose()
    return installation


def test_a_withdrawal_is_a_new_draft_with_the_people_to_tell(planned: Installation):
    answer = planned.run("roadshow", "replan", "--withdrawn", "P-main-a-1", "--json")

    assert (answer.code, answer.json["stage"], answer.json["revision"]) == (0, "draft", 2)
    removed = {change["item"] for change in answer.json["changes"] if change["kind"] == "removed"}
    assert "P-main-a-1" in {change["person"] for change in answer.json["changes"]}
    assert removed


def test_a_day_can_be_replanned_at_its_hour_in_words(planned: Installation):
    answer = planned.run("roadshow", "replan", "--no-show", "P-main-a-2@main", "--at", "2026-12-15 09:45")

    assert answer.code == 0
    assert "第 2 版" in answer.out
    assert "取消" in answer.out


@pytest.mark.parametrize(
    "options",
    [
        ("--no-show", "P-main-a-2"),
        ("--room-lost", "main-a@noon"),
        ("--at", "yesterday"),
        ("--withdrawn", "nobody"),
        ("--owner-cancelled", "没有这家"),
    ],
)
def test_an_event_that_cannot_be_read_is_one_line_and_nothing_is_stored(planned: Installation, options):
    answer = planned.run("roadshow", "replan", *options)

    assert answer.code != 0
    assert len(answer.err.strip().splitlines()) == 1
    assert planned.run("roadshow", "compare", "--id", "2").code != 0


def test_a_pitch_is_moved_and_the_comparison_says_what_that_means(planned: Installation):
    moved = planned.run("roadshow", "move", "--id", 1, "P-main-a-2", "--json")

    compared = planned.run("roadshow", "compare", "--id", moved.json["id"])

    assert moved.json["stage"] == "draft"
    assert compared.code == 0
    assert "取消" in compared.out


def test_the_ledger_is_printed_for_people_and_for_machines(planned: Installation):
    words = planned.run("roadshow", "ledger")
    figures = planned.run("roadshow", "ledger", "--json")

    assert (words.code, figures.code) == (0, 0)
    assert "上台" in words.out
    assert figures.json["seasons"] == [SEASON]
    assert sum(one["placed"] for one in figures.json["opcs"]) > 0
