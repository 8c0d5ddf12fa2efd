"""The commands on the database: from an empty one to published lists, digests and a line-up, each thing once."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from matching.services import batches, digests, roadshows
from matching.services.access import ANONYMOUS
from matching.store import runs, write_transaction
from matching.store.migration import LATEST
from matching.store.ownership import worker_lock
from tests.factories import (
    NEXT_WEEK,
    NOW,
    ORGANISER,
    WEEK,
    make_demand,
    make_profile,
    post,
    publish,
    store_matches,
    stored,
)  # fmt: skip
from tests.installation import Installation

DEMAND, PROFILE = make_demand(), make_profile()
ODD = make_demand("D-odd", title="Quantum xylophone", description="Zzyzx.", sectors=[], capabilities=[])


@pytest.fixture
def matched(installation: Installation) -> Installation:
    """One demand that one OPC suits, seen so by a refresh."""
    database = installation.database()
    with database.session() as session:
        publish(session, DEMAND, PROFILE)
        store_matches(session, [(DEMAND, PROFILE)])
    database.dispose()
    return installation


@pytest.fixture
def session(installation: Installation):
    database = installation.database()
    with database.session() as found:
        yield found
    database.dispose()


def test_init_makes_the_database_once(bare_installation: Installation):
    answers = [bare_installation.run("init", "--json").json for _ in range(2)]

    assert answers == [{"changed": True, "revision": LATEST}, {"changed": False, "revision": LATEST}]
    mode = stat.S_IMODE((bare_installation.folder / "secret_key").stat().st_mode)
    assert mode == 0o600


def test_seed_makes_one_administrator_whose_password_is_shown_once(installation: Installation):
    first, second = installation.run("seed"), installation.run("seed")

    assert "密码（只显示这一次）" in first.out
    assert second.out == "已有管理员账号，不再新建。\n"
    assert len(installation.run("user", "list").out.splitlines()) == 1


def test_a_review_lets_through_or_returns(installation: Installation, session):
    for number in range(3):
        post(session, make_demand(f"D-{number}"))

    one = installation.run("review", "demands", "D-0", "--json").json
    returned = installation.run("review", "demands", "D-1", "--return", "请写明预算", "--json").json
    rest = installation.run("review", "demands", "--all", "--json").json
    nothing = installation.run("review", "demands", "--all")

    assert [one, returned, rest] == [{"moved": ["D-0"]}, {"moved": ["D-1"]}, {"moved": ["D-2"]}]
    assert nothing.out == "没有待审的记录。\n"


def test_a_refresh_computes_once(installation: Installation, session):
    publish(session, DEMAND, PROFILE, ODD)

    first, second = (installation.run("refresh", "--json") for _ in range(2))

    assert {key: first.json[key] for key in ("changed", "demands", "profiles", "without_match")} == {
        "changed": True, "demands": 2, "profiles": 1, "without_match": ["D-odd"],
    }  # fmt: skip
    assert second.json == {**first.json, "changed": False}
    assert first.err == ""


def test_digests_come_out_once(matched: Installation):
    preview = matched.run("digest", "preview")
    first = matched.run("digest", "run", "--json").json
    second = matched.run("digest", "run")
    other_week = matched.run("digest", "run", "--period", NEXT_WEEK, "--json").json

    assert [item["id"] for item in json.loads(preview.out)["items"]] == ["D-1"]
    assert (first, other_week) == ({"period": WEEK, "added": 1}, {"period": NEXT_WEEK, "added": 1})
    assert second.out == "2026-W48：没有新增，已发布的画像都已有本期简报。\n"
    assert matched.run("digest", "preview").out == ""


def test_lists_come_out_once(matched: Installation, session):
    first = matched.run("batch", "publish", "--json").json
    second = matched.run("batch", "publish")
    alone = matched.run("batch", "publish", "--kind", "demands")

    assert first == {
        "demands": {"number": "需〔2026〕1号", "items": 1},
        "profiles": {"number": "供〔2026〕1号", "items": 1},
    }
    assert (second.code, second.out) == (
        0, "需求清单：没有新审核的记录，不重复发布。\n供给清单：没有新审核的记录，不重复发布。\n",
    )  # fmt: skip
    assert (alone.code, alone.err.count("\n")) == (2, 1)
    assert len(batches.published_batches(session)) == 2


def test_a_line_up_is_planned_once_and_published_once(matched: Installation, session):
    planned = matched.run("roadshow", "plan", "--json").json
    again = matched.run("roadshow", "plan", "--json").json
    published = matched.run("roadshow", "publish", "--json")
    twice = matched.run("roadshow", "publish")

    assert (planned["new"], planned["stage"], planned["placed"]) == (True, "draft", 1)
    assert (again["new"], again["id"]) == (False, planned["id"])
    assert published.json == {"id": planned["id"], "season": "2026-Q4", "revision": 1}
    assert (twice.code, twice.err.count("\n")) == (2, 1)
    assert [found.id for found in roadshows.published_line_ups(session)] == [planned["id"]]


def test_accounts_are_added_bound_and_listed_without_a_hash(installation: Installation, session):
    post(session, DEMAND)
    password = ["--password", "correct horse battery"]

    added = installation.run(
        "user", "add", "Owner@Example.cn", "--role", "scenario_owner", "--name", "甲", "--organisation", "甲方中学",
        *password,
    )  # fmt: skip
    post(session, make_demand("D-2"))
    bound = installation.run("user", "bind", "owner@example.cn", "甲方中学")
    changed = installation.run("user", "password", "owner@example.cn", "--password", "another horse battery")
    listed = installation.run("user", "list")

    assert "归属记录 1 条" in added.out
    assert bound.out == "归属 1 条记录：D-2\n"
    assert changed.code == 0
    assert json.loads(listed.out) == {
        "id": 1, "email": "owner@example.cn", "display_name": "甲", "role": "scenario_owner",
        "organisation": "甲方中学", "active": True,
    }  # fmt: skip


def test_a_command_acts_as_an_account_with_its_rights(matched: Installation, session):
    password = ["--password", "correct horse battery"]
    for role in ("opc", "organiser"):
        matched.run("user", "add", f"{role}@example.cn", "--role", role, "--name", role, *password)

    refused = matched.run("batch", "publish", "--as", "opc@example.cn")
    granted = matched.run("batch", "publish", "--as", "organiser@example.cn")

    assert (refused.code, refused.err.count("\n"), granted.code) == (2, 1, 0)
    assert {batch.approved_by for batch in batches.published_batches(session)} == {"organiser@example.cn"}


def test_the_worker_does_what_is_due_and_leaves(matched: Installation, session):
    nothing_due = matched.run("worker", "--once", "--json").json
    with write_transaction(session):
        runs.plan_run(session, "digest", WEEK, NOW - timedelta(hours=1))

    done = matched.run("worker", "--once", "--json").json
    again = matched.run("worker", "--once", "--json").json

    told = digests.digests_of_profile(session, stored(session, PROFILE), actor=ORGANISER)
    assert (nothing_due, again) == ({"runs": []}, {"runs": []})
    assert done == {"runs": [{"kind": "digest", "slot": WEEK}]}
    assert [digest.period for digest in told] == [WEEK]


def test_a_second_worker_is_refused(matched: Installation):
    database = matched.database()
    with worker_lock(database, matched.folder) as held:
        refused = matched.run("worker", "--once")
    database.dispose()

    assert (held, refused.code, refused.out, refused.err.count("\n")) == (True, 2, "", 1)
    assert "另一个 opcmatch worker" in refused.err


def test_a_worker_leaves_when_it_is_asked_to(matched: Installation):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPCMATCH_")}
    command = [Path(sys.executable).with_name("opcmatch"), "worker"]

    with subprocess.Popen(
        command, env={**environment, "OPCMATCH_INSTANCE": str(matched.folder)}, stderr=subprocess.PIPE, text=True,
        encoding="utf-8",
    ) as worker:  # fmt: skip
        assert worker.stderr is not None
        started = next(line for line in worker.stderr if "定时任务已启动" in line)
        worker.terminate()
        said = worker.stderr.read()

    assert (worker.returncode, started) == (0, "定时任务已启动。\n")
    assert "Traceback" not in said


def test_nothing_that_commands_publish_shows_who_is_excluded(matched: Installation, session):
    secret = make_demand("D-2", excluded=["只有我知道的暗号"])
    publish(session, secret)

    matched.run("batch", "publish")

    for batch in batches.published_batches(session):
        assert "暗号" not in repr(batches.view_batch(session, batch.id, actor=ANONYMOUS))
