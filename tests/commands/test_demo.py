"""`opcmatch demo`: the whole product in one command, on the demonstration's workbooks and on one's own."""

import csv
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from matching.domain.records import RecordKind
from matching.services import batches, digests, matches, records, roadshows
from matching.services.access import ANONYMOUS
from matching.services.accounts import account_of, actor_of, check_password
from matching.store import Database
from matching.store.records import count_by_stage
from tests.factories import ORGANISER
from tests.installation import Installation
from tests.postgres import Cluster

OPCMATCH = Path(sys.executable).with_name("opcmatch")
CONTRACT = {"imported", "matches", "published", "accounts", "urls", "seconds"}


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance of `opcmatch demo`, run twice; once for all processes of a test run, because it takes a while."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    instance = folder / "demonstration"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPCMATCH_")}
    with open(folder / "demonstration.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for answer in ("first", "second"):
            if not (instance / answer).exists():
                done = subprocess.run(
                    [OPCMATCH, "demo", "--no-serve", "--json"],
                    env={**environment, "OPCMATCH_INSTANCE": str(instance)},
                    capture_output=True, text=True, check=False, encoding="utf-8",
                )  # fmt: skip
                assert (done.returncode, done.stderr) == (0, "")
                (instance / answer).write_text(done.stdout, "utf-8")
    return instance


def answer_of(demonstration: Path, which: str) -> dict:
    return json.loads((demonstration / which).read_text("utf-8").splitlines()[-1])


@pytest.fixture
def database(demonstration: Path, tmp_path: Path):
    """A copy of the demonstration's database."""
    shutil.copy(demonstration / "opcmatch.sqlite3", tmp_path / "copy.sqlite3")
    found = Database(f"sqlite:///{tmp_path / 'copy.sqlite3'}")
    yield found
    found.dispose()


def test_the_last_line_keeps_the_contract(demonstration: Path):
    answer = answer_of(demonstration, "first")

    assert set(answer) == CONTRACT
    assert set(answer["imported"]) == {"demands", "profiles"}
    assert set(answer["published"]) == {"digest", "demand_list", "supply_list", "line_up"}
    assert [a["role"] for a in answer["accounts"]] == ["administrator", "organiser", "scenario_owner", "opc"]
    assert answer["urls"]["home"] == "http://127.0.0.1:8000/"
    assert answer["seconds"] > 0


def test_everything_that_the_first_run_says_is_in_the_database(demonstration: Path, database: Database):
    answer = answer_of(demonstration, "first")

    with database.session() as session:
        stages = {kind: count_by_stage(session, kind) for kind in RecordKind}
        lists = {batch.kind: batches.batch_number(batch) for batch in batches.published_batches(session)}
        line_up = roadshows.view_line_up(session, roadshows.published_line_ups(session)[0].id, actor=ANONYMOUS)
        profile = records.export_records(session, RecordKind.PROFILES, actor=ORGANISER)[0]
        stored = records.view_record(session, RecordKind.PROFILES, profile.id, actor=ORGANISER)
        told = digests.digests_of_profile(session, stored, actor=ORGANISER)

    assert answer["imported"] == {kind.value: sum(stages[kind].values()) for kind in RecordKind}
    assert set(stages[RecordKind.DEMANDS]) == {"published", "expired"}  # some of the days are meant to be over
    assert set(stages[RecordKind.PROFILES]) == {"published"}
    assert answer["matches"] > answer["imported"]["demands"]
    assert answer["published"] == {
        "digest": answer["imported"]["profiles"], "demand_list": 1, "supply_list": 1, "line_up": 1,
    }  # fmt: skip
    assert {kind: number[0] for kind, number in lists.items()} == {RecordKind.DEMANDS: "需", RecordKind.PROFILES: "供"}
    assert len(told) == 1
    assert all(track.placements for session in line_up.sessions for track in session.tracks)


def test_a_second_run_adds_nothing_and_says_so(demonstration: Path):
    first, second = answer_of(demonstration, "first"), answer_of(demonstration, "second")

    assert second["imported"] == {"demands": 0, "profiles": 0}
    assert second["published"] == {"digest": 0, "demand_list": 0, "supply_list": 0, "line_up": 0}
    assert (second["matches"], second["accounts"]) == (first["matches"], first["accounts"])
    said = (demonstration / "second").read_text("utf-8")
    assert said.count("不重复发布") == 4
    assert "匹配：没有变化" in said


def test_the_passwords_are_right_and_kept_from_others(demonstration: Path, database: Database):
    accounts = answer_of(demonstration, "first")["accounts"]

    with database.session() as session:
        right = [check_password(account_of(session, a["email"]), a["password"]) for a in accounts]

    assert right == [True] * 4
    assert (demonstration / "demo-accounts.json").stat().st_mode & 0o777 == 0o600
    assert not any(a["password"].encode() in (demonstration / "opcmatch.sqlite3").read_bytes() for a in accounts)


def test_each_side_has_something_of_its_own_to_look_at(database: Database):
    with database.session() as session:
        owner, opc = (actor_of(account_of(session, f"{side}@demo.example")) for side in ("owner", "opc"))
        own_demands = records.own_records(session, RecordKind.DEMANDS, actor=owner).lines
        own_profiles = records.own_records(session, RecordKind.PROFILES, actor=opc).lines
        profile = records.view_record(session, RecordKind.PROFILES, own_profiles[0].id, actor=opc)
        best = matches.profile_matches(session, profile, actor=opc).ranked[0]

    assert best.demand_id in [line.id for line in own_demands]


# One's own workbooks


def write_workbook(path: Path, title: str, headings: list[str], *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append([])
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def demands(tmp_path: Path) -> Path:
    return write_workbook(
        tmp_path / "某区场景征集汇总（终稿）.xlsx",
        "某区人工智能场景需求征集表",
        ["序号", "项目名称", "需求单位", "需求内容", "经费预算（万元）"],
        [1, "初中作文智能批改", "某中学", "两周一篇作文，需要智能批改和学情分析。", "10-12"],
        [2, "球馆客流预测", "某体育馆", "周末客流高峰难以预测，需要客流预测。", 20],
    )  # fmt: skip


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    path = tmp_path / "企业名单.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(
            [
                ["企业名称", "企业简介", "技术能力", "起步价"],
                ["蓉批改工作室", "作文智能批改与学情分析。", "智能批改", "8万元"],
                ["客流先知", "体育场馆客流预测与高峰预警。", "客流预测", "面议"],
            ]
        )
    return path


def test_own_workbooks_with_their_own_headings_reach_digests_and_a_line_up(
    bare_installation: Installation, demands: Path, profiles: Path
):
    answer = bare_installation.run("demo", "--no-serve", "--json", "--demands", demands, "--profiles", profiles)

    assert (answer.code, answer.err) == (0, "")
    assert answer.json["imported"] == {"demands": 2, "profiles": 2}
    assert answer.json["matches"] >= 2
    assert answer.json["published"] == {"digest": 2, "demand_list": 1, "supply_list": 1, "line_up": 1}


def test_what_is_missing_is_said_and_nothing_is_claimed(bare_installation: Installation, demands: Path):
    answer = bare_installation.run("demo", "--no-serve", "--json", "--demands", demands)

    assert answer.code == 0
    assert answer.json["imported"] == {"demands": 2, "profiles": 0}
    assert answer.json["published"] == {"digest": 0, "demand_list": 1, "supply_list": 0, "line_up": 0}
    assert "2 条需求暂无合适的供给" in answer.out
    assert "还没有已发布的画像，没有可发的简报" in answer.out
    assert "还没有匹配，暂不编排" in answer.out


def test_where_nobody_suits_the_digests_are_empty_and_there_is_no_line_up(
    bare_installation: Installation, demands: Path, tmp_path: Path
):
    path = tmp_path / "P.jsonl"
    path.write_text('{"id": "P-1", "name": "Zzyzx", "summary": "Quantum xylophone."}\n', "utf-8")

    answer = bare_installation.run("demo", "--no-serve", "--json", "--demands", demands, "--profiles", path)

    assert (answer.json["matches"], answer.json["published"]["line_up"]) == (0, 0)
    assert "2 条需求暂无合适的供给" in answer.out


@pytest.mark.postgres
def test_it_runs_on_postgresql_too(bare_installation: Installation, cluster: Cluster, demands: Path, profiles: Path):
    files = ["--demands", demands, "--profiles", profiles]
    with cluster.database("template0") as url:  # with no table in it, and no instance folder beside it
        given = {"DATABASE_URL": url, "SECRET_KEY": "given, so that none is kept in the instance folder"}
        first, second = (bare_installation.run("demo", "--no-serve", "--json", *files, **given) for _ in range(2))

    assert (first.code, first.err, second.code) == (0, "", 0)
    assert first.json["published"] == {"digest": 2, "demand_list": 1, "supply_list": 1, "line_up": 1}
    assert second.json["published"] == {"digest": 0, "demand_list": 0, "supply_list": 0, "line_up": 0}


# What stops it


def test_it_is_refused_in_production(bare_installation: Installation):
    answer = bare_installation.run("demo", "--no-serve", ENV="production", SECRET_KEY="x7Kq" * 4 + "9fQzLw2VbN0rT5yU")

    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "生产环境不能这样做" in answer.err


def test_a_port_that_is_taken_is_said_before_the_long_part(bare_installation: Installation):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = bare_installation.run("demo", PORT=str(taken.getsockname()[1]))

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "不能使用" in answer.err


def test_a_file_that_is_not_there_is_said(bare_installation: Installation):
    answer = bare_installation.run("demo", "--no-serve", "--demands", "/nonexistent/d.xlsx")

    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "d.xlsx" in answer.err
