"""The organiser's board: pitches are moved, and what that breaks and changes is told before it is published."""

import pytest


def test_the_board_shows_where_everybody_stands_and_what_publishing_would_change(organiser):
    text = organiser.get("/programme/2/board").text

    for said in ("一号厅", "二号厅", "作文批改路演", "排课路演", "未安排", "不通知任何人"):
        assert said in text


def test_a_move_of_a_draft_is_kept_and_its_changes_are_listed(organiser):
    answer = organiser.post(
        "/programme/2/move", {"pitch": "p2", "track": "t1", "position": "1", "version": "1"}, page="/programme/2/board"
    )

    assert answer.status_code == 303
    assert answer.location.endswith("/programme/2/board")
    text = organiser.get("/programme/2/board").text
    assert "新增" in text
    assert "涉及 2 人" in text


def test_a_move_of_the_published_programme_makes_a_draft(organiser, visitor):
    answer = organiser.post("/programme/1/move", {"pitch": "p1", "track": ""}, page="/programme/1/board")

    assert answer.location.endswith("/programme/3/board")
    assert "取消" in organiser.get("/programme/3/board").text
    assert "作文批改路演" in visitor.get("/programme/1").text


def test_whoever_was_slower_is_told_and_changes_nothing(organiser):
    sent = {"pitch": "p2", "track": "t1", "version": "1"}
    organiser.post("/programme/2/move", sent, page="/programme/2/board")

    again = organiser.post("/programme/2/move", {**sent, "track": ""}, page="/my/")

    assert again.status_code == 409
    assert "09:12–09:24" in organiser.get("/programme/2/board").text


def test_a_preview_tells_what_would_break_before_anything_is_sent(organiser):
    fine = organiser.get("/programme/2/preview?pitch=p2&track=t1").json
    broken = organiser.get("/programme/2/preview?pitch=p1&track=t9")

    assert (fine["broken"], fine["said"]) == ([], "目标值 50 → 90")
    assert broken.status_code == 422


@pytest.mark.parametrize("position", ["0x1", "-1", "9" * 30, "一"])
def test_a_place_that_is_no_number_is_said_in_words(organiser, position):
    answer = organiser.post(
        "/programme/2/move", {"pitch": "p1", "track": "t1", "position": position}, page="/programme/2/board"
    )

    assert answer.status_code == 422
    assert "不是次序" in answer.text


def test_files_of_a_revision_are_downloaded_from_the_board(organiser):
    answer = organiser.get("/programme/1/files/xlsx")

    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"
    assert organiser.get("/programme/1/files/doc").status_code == 422
