"""Files of the programme from the command line."""

import json
from pathlib import Path

import pytest

from matching.store import publications, write_transaction
from tests.factories import NOW
from tests.installation import Installation
from tests.publishing.programmes import SEASON, TITLE, make_names, make_plan, make_problem


@pytest.fixture
def planned(installation: Installation) -> Installation:
    """A revision is published, and a later one is a draft."""
    problem = make_problem()
    database = installation.database()
    with database.session() as session, write_transaction(session):
        for _ in range(2):
            publications.add_line_up(
                session, season=SEASON, title=TITLE, inputs_sha256="0" * 64,
                problem={"problem": problem, "names": make_names(problem)}, plan=make_plan(problem), now=NOW,
            )  # fmt: skip
        publications.publish_line_up(session, 1, approved_by="organiser", now=NOW)
    database.dispose()
    return installation


def test_the_latest_published_programme_is_written_in_the_formats_asked_for(planned: Installation, tmp_path: Path):
    answer = planned.run("roadshow-export", "--format", "json", "--format", "xlsx", "--out", tmp_path, "--json")

    assert (answer.code, answer.json["files"]) == (0, ["2026-Q4-r1-json.json", "2026-Q4-r1-xlsx.xlsx"])
    assert json.loads((tmp_path / "2026-Q4-r1-json.json").read_bytes())["revision"] == 1
    assert (tmp_path / "2026-Q4-r1-xlsx.xlsx").read_bytes()[:2] == b"PK"


def test_a_draft_is_written_when_it_is_named(planned: Installation, tmp_path: Path):
    answer = planned.run("roadshow-export", "--id", 2, "--format", "json", "--session", "main", "--out", tmp_path)

    assert answer.code == 0
    assert json.loads((tmp_path / "2026-Q4-r2-main-json.json").read_bytes())["stage"] == "draft"


def test_calendars_are_of_everybody_or_of_who_is_named(planned: Installation, tmp_path: Path):
    everybody = planned.run("roadshow-export", "--format", "ics", "--out", tmp_path, "--json")
    named = planned.run(
        "roadshow-export", "--format", "ics", "--opc", "P-main-a-1", "--room", "主会场", "--out", tmp_path, "--json"
    )

    assert len(everybody.json["files"]) == 9 + 6 + 3
    assert named.json["files"] == ["opc-P-main-a-1.ics", "room-主会场.ics"]
    assert {path.name for path in tmp_path.glob("*.ics")} == set(everybody.json["files"])


def test_nothing_is_written_where_a_part_cannot_be_made(planned: Installation, tmp_path: Path):
    folder = tmp_path / "out"
    folder.mkdir()

    answer = planned.run("roadshow-export", "--format", "json", "--format", "ics", "--owner", "没有", "--out", folder)

    assert (answer.code, list(folder.iterdir())) == (2, [])
    assert "没有" in answer.err


def test_without_a_publication_the_way_out_is_told(installation: Installation, tmp_path: Path):
    answer = installation.run("roadshow-export", "--format", "json", "--out", tmp_path)

    assert answer.code == 2
    assert "还没有发布过议程" in answer.err


def test_a_folder_that_is_not_there_is_told(planned: Installation, tmp_path: Path):
    answer = planned.run("roadshow-export", "--format", "json", "--out", tmp_path / "missing")

    assert answer.code == 2
    assert "不能写入" in answer.err


def test_the_files_are_in_the_language_asked_for(planned: Installation, tmp_path: Path):
    planned.run("roadshow-export", "--format", "ics", "--opc", "P-main-a-1", "--language", "en", "--out", tmp_path)

    assert "SUMMARY:Pitch" in (tmp_path / "opc-P-main-a-1.ics").read_text("utf-8")
