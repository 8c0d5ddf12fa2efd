"""Importing files: what goes in, what waits, what happens to a file that comes again."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from matching.domain.errors import InputError, NotAllowed
from matching.domain.stages import Stage
from matching.domain.vocabulary import load_vocabulary
from matching.publishing.wording import sentence
from matching.services.access import SYSTEM
from matching.services.imports import ImportOutcome, import_file, recent_imports
from matching.store import DbSession
from matching.store.audit import changes_of
from tests.factories import (
    DEMANDS,
    NOW,
    ORGANISER,
    PROFILES,
    approve,
    edit,
    make_demand,
    publish,
    republish,
    stored,
    withdraw,
)  # fmt: skip

HEADINGS = ("编号", "需求名称", "需求描述", "场景单位", "预算", "联系电话")
GOOD = ("N-1", "校园跑腿机器人", "把快递送到宿舍楼下。", "甲方中学", "20-30万", "13800000000")
BAD = ("N-2", "预算写不清的需求", "两个数。", "甲方中学", "三十或者四十", "")
MENDED = (*BAD[:4], "三十万", "")
N1 = make_demand("N-1")


def write(path: Path, *rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "需求.csv"


def bring_in(session: DbSession, path: Path, *, hours: int = 0, **given: object) -> ImportOutcome:
    return import_file(
        session, DEMANDS, path, actor=ORGANISER, vocabulary=load_vocabulary(), now=NOW + timedelta(hours=hours), **given
    )


def counts(done: ImportOutcome) -> tuple[int, int, int, int]:
    """(added, changed, unchanged, waiting)"""
    return done.added, done.changed, done.unchanged, len(done.waiting)


def problems(done: ImportOutcome) -> list[tuple[int, str, str | None, str | None]]:
    """(line, code, heading, value) of everything that keeps a row waiting."""
    return [(p.line, p.code, p.key, p.value) for row in done.waiting for p in row.problems]


def actions(session: DbSession, record_id: str = "N-1") -> list[str]:
    return [entry.action for entry in reversed(changes_of(session, "demands", record_id))]


def test_good_rows_go_into_review_and_bad_rows_wait_with_their_problems(session: DbSession, table: Path):
    done = bring_in(session, write(table, GOOD, BAD))

    brought = stored(session, N1)
    assert counts(done) == (1, 0, 0, 1)
    assert problems(done) == [(3, "no_amount", "预算", "三十或者四十")]
    assert (brought.stage, brought.record.title, brought.record.budget_max_yuan) == (
        Stage.SUBMITTED, "校园跑腿机器人", 300_000,
    )  # fmt: skip
    assert brought.contact == {"name": None, "phone": "13800000000", "email": None}
    assert "13800000000" not in repr(brought.record)
    assert actions(session) == ["import"]


def test_the_same_file_a_second_time_changes_nothing_and_records_nothing(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD, BAD))
    before = stored(session, N1)

    done = bring_in(session, table, hours=1)

    assert (counts(done), done.seen_before) == ((0, 0, 1, 1), True)
    assert stored(session, N1) == before
    assert actions(session) == ["import"]
    assert len(recent_imports(session, actor=ORGANISER)) == 1


def test_the_same_file_does_not_undo_an_edit_that_was_made_in_between(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD))
    edit(session, make_demand("N-1", title="在页面上改过", owner={"name": "甲方中学"}))
    before = stored(session, N1)

    done = bring_in(session, table, hours=1)

    assert counts(done) == (0, 0, 1, 0)
    assert stored(session, N1) == before


def test_the_same_file_does_not_bring_back_what_was_withdrawn(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD))
    withdraw(session, N1)

    done = bring_in(session, table, hours=1)

    assert (counts(done), stored(session, N1).stage) == ((0, 0, 1, 0), Stage.WITHDRAWN)


def test_a_mended_file_adds_what_waited_and_leaves_the_rest(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD, BAD))
    approve(session, N1)

    done = bring_in(session, write(table, GOOD, MENDED))

    assert counts(done) == (1, 0, 1, 0)
    assert stored(session, make_demand("N-2")).record.budget_max_yuan == 300_000
    assert stored(session, N1).stage == Stage.PUBLISHED


def test_a_row_that_waited_is_tried_again_when_its_obstacle_is_gone(session: DbSession, table: Path):
    publish(session, make_demand("N-1", title="别人的", owner={"name": "乙方"}))
    refused = bring_in(session, write(table, GOOD))
    republish(session, make_demand("N-1", title="让出了编号", owner={"name": "甲方中学"}))

    done = bring_in(session, table, hours=1)

    assert (counts(refused), counts(done), done.seen_before) == ((0, 0, 0, 1), (0, 1, 0, 0), True)


def test_a_changed_row_replaces_the_record_and_goes_back_to_review(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD))
    approve(session, N1)

    done = bring_in(session, write(table, (*GOOD[:4], "不超过15万", GOOD[5])))

    assert counts(done) == (0, 1, 0, 0)
    assert (stored(session, N1).stage, stored(session, N1).record.budget_max_yuan) == (Stage.SUBMITTED, 150_000)
    assert actions(session) == ["import", "review", "import"]


def test_a_new_telephone_number_is_kept_and_needs_no_new_review(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD))
    approve(session, N1)

    done = bring_in(session, write(table, (*GOOD[:5], "13911111111")))

    assert counts(done) == (0, 1, 0, 0)
    assert stored(session, N1).contact == {"name": None, "phone": "13911111111", "email": None}
    assert stored(session, N1).stage == Stage.PUBLISHED


def test_an_empty_telephone_cell_takes_no_number_away(session: DbSession, table: Path):
    bring_in(session, write(table, GOOD))

    done = bring_in(session, write(table, (*GOOD[:5], "")))

    assert counts(done) == (0, 0, 1, 0)
    assert stored(session, N1).contact == {"name": None, "phone": "13800000000", "email": None}


def test_an_id_that_another_record_has_waits_and_leaves_that_record_alone(session: DbSession, table: Path):
    publish(session, make_demand("N-1", title="另一条需求", owner={"name": "乙方体育馆"}))
    before = stored(session, N1)

    done = bring_in(session, write(table, GOOD))

    assert counts(done) == (0, 0, 0, 1)
    assert problems(done) == [(2, "id_taken", "id", "N-1")]
    assert stored(session, N1) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(session: DbSession, table: Path):
    write(table, GOOD, BAD)

    tried = bring_in(session, table, dry_run=True)
    done = bring_in(session, table)

    assert (counts(tried), problems(tried)) == (counts(done), problems(done))
    assert (tried.dry_run, tried.seen_before, done.seen_before) == (True, False, False)


def test_importing_is_for_organisers(session: DbSession, table: Path):
    with pytest.raises(NotAllowed):
        import_file(session, DEMANDS, write(table, GOOD), actor=SYSTEM, vocabulary=load_vocabulary(), now=NOW)

    assert recent_imports(session, actor=ORGANISER) == []


def test_a_file_that_cannot_be_used_at_all_leaves_nothing(session: DbSession, tmp_path: Path):
    path = tmp_path / "空.csv"
    path.write_bytes(b"")

    with pytest.raises(InputError):
        bring_in(session, path)

    assert recent_imports(session, actor=ORGANISER) == []


def test_the_two_kinds_number_their_records_apart(session: DbSession, tmp_path: Path):
    bring_in(session, write(tmp_path / "需求.csv", GOOD))
    path = write(tmp_path / "画像.csv", ("N-1", "蓉批改工作室"), headings=("编号", "名称"))

    done = import_file(session, PROFILES, path, actor=ORGANISER, vocabulary=load_vocabulary(), now=NOW)

    assert counts(done) == (1, 0, 0, 0)


def test_rows_that_say_nearly_the_same_are_warned_of_and_go_in(session: DbSession, table: Path):
    text = "把快递送到宿舍楼下，上下楼梯，避开学生，夜里自动回到充电的地方。"
    rows = [("N-1", "校园跑腿机器人", text, "甲方中学", "", ""), ("N-2", "校园跑腿机器人", text, "乙方中学", "", "")]

    done = bring_in(session, write(table, *rows, ("N-3", "数字人", "给直播间定做虚拟主播。", "丙方", "", "")))

    assert counts(done)[0] == 3
    (warning,) = [found for found in done.warnings if found.code == "near_duplicates"]
    assert (warning.line, warning.facts) == (3, {"ids": ["N-1", "N-2"], "percent": 100})
    assert sentence(warning).endswith(
        "这几条的文字几乎相同（相似度 100%）：N-1、N-2；请核对是否重复提交或改名再报；确属不同的，请写清区别"
    )
