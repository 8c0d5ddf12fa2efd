"""`opcmatch match-policy`: shown, rehearsed, put in force, taken back."""

import pytest

from matching.domain.policy import DEFAULT_POLICY, read_policy
from tests.factories import make_demand, make_profile, publish
from tests.installation import Installation

NO_BUDGET = "# 预算只提示\n[hard]\nbudget = false\n"


@pytest.fixture
def matched(installation: Installation, tmp_path) -> Installation:
    """A demand that is too small for the only profile, one that is not, and a proposed policy beside them."""
    database = installation.database()
    with database.session() as session:
        publish(session, make_demand("D-1"), make_demand("D-2", budget_max_yuan=1), make_profile("P-1"))
    database.dispose()
    (tmp_path / "new.toml").write_text(NO_BUDGET, "utf-8")
    (tmp_path / "bad.toml").write_text("top = 0\n", "utf-8")
    return installation


def test_the_policy_in_force_is_shown_as_a_file_that_can_be_applied(matched: Installation, tmp_path):
    shown = matched.run("match-policy", "show")
    told = matched.run("match-policy", "show", "--json").json

    assert shown.out.startswith(f"# 产品自带的策略，版本 {DEFAULT_POLICY.version}\n")
    assert read_policy(shown.out) == DEFAULT_POLICY
    assert told == {
        "version": DEFAULT_POLICY.version, "policy": DEFAULT_POLICY.to_json(), "applied_at": None, "applied_by": None,
        "note": None,
    }  # fmt: skip


def test_a_policy_is_rehearsed_applied_refreshed_and_reverted(matched: Installation, tmp_path):
    new, version = tmp_path / "new.toml", read_policy(NO_BUDGET).version
    before = matched.run("refresh", "--json").json
    rehearsed = matched.run("match-policy", "rehearse", new, "--json").json
    untouched = matched.run("refresh", "--json").json
    applied = matched.run("match-policy", "apply", new, "--note", "先放宽", "--json").json
    twice = matched.run("match-policy", "apply", new, "--json").json
    after = matched.run("refresh", "--json").json
    shown = matched.run("match-policy", "show", "--json").json
    reverted = matched.run("match-policy", "revert", "--json").json
    history = matched.run("match-policy", "history", "--json").json

    assert (before["matches"], untouched["changed"], after["matches"]) == (1, False, 2)
    assert (rehearsed["gains_first"], rehearsed["total"]["appears"]) == (["D-2"], 1)
    assert (applied, twice) == ({"changed": True, "version": version}, {"changed": False, "version": version})
    assert (shown["version"], shown["note"], shown["applied_by"]) == (version, "先放宽", "command line")
    assert shown["applied_at"] == "2026-11-24T10:00+08:00"
    assert reverted == {"version": DEFAULT_POLICY.version}
    assert [entry["version"] for entry in history["policies"]] == [DEFAULT_POLICY.version, version]
    assert read_policy(history["policies"][1]["toml"]) == read_policy(NO_BUDGET)


def test_a_person_reads_tables(matched: Installation, tmp_path):
    new = tmp_path / "new.toml"
    none = matched.run("match-policy", "history").out
    rehearsed = matched.run("match-policy", "rehearse", new).out.splitlines()
    applied = matched.run("match-policy", "apply", new, "--note", "先放宽").out
    same = matched.run("match-policy", "apply", new).out
    history = matched.run("match-policy", "history").out
    shown = matched.run("match-policy", "show").out
    reverted = matched.run("match-policy", "revert").out

    version = read_policy(NO_BUDGET).version
    assert none == "还没有启用过别的策略，现用产品自带的策略。\n"
    assert rehearsed[:2] == [
        "1 / 2 条需求的清单有变：出现 1，消失 0，换位 0（清单上的匹配 1 → 2）。", "首次有匹配的需求 1 条：D-2",
    ]  # fmt: skip
    assert "教育 2 1 1 0 0 0 1 1 → 2" in [" ".join(line.split()) for line in rehearsed]
    assert applied == f"已启用策略 {version}；下次 opcmatch refresh 时生效。\n"
    assert same == "与现行策略相同，没有变化。\n"
    assert [line.split()[-1] for line in history.splitlines() if version in line] == ["先放宽"]
    assert shown.startswith(f"# 版本 {version}，2026-11-24T10:00+08:00 由 command line 启用\n")
    assert reverted == f"已恢复上一个策略 {DEFAULT_POLICY.version}；下次 opcmatch refresh 时生效。\n"


def test_it_speaks_english_when_asked_to(matched: Installation, tmp_path):
    rehearsed = matched.run("match-policy", "rehearse", tmp_path / "new.toml", LANGUAGE="en")

    assert rehearsed.out.startswith("1 of 2 lists change: 1 pairs appear")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply", "{folder}/bad.toml"], "bad.toml，top：“0”超出范围"),
        (["rehearse", "{folder}/bad.toml"], "bad.toml，top：“0”超出范围"),
        (["rehearse", "{folder}/none.toml"], "找不到文件"),
        (["revert"], "还没有启用过别的匹配策略"),
        (["apply", "{folder}/new.toml", "--as", "nobody@example.cn"], "没有账号"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_cannot_be_done_is_one_line(matched: Installation, tmp_path, arguments, said):
    answer = matched.run("match-policy", *(part.format(folder=tmp_path) for part in arguments))

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert said in answer.err


def test_an_opc_puts_no_policy_in_force(matched: Installation, tmp_path):
    matched.run("user", "add", "opc@example.cn", "--role", "opc", "--name", "甲", "--password", "correct horse battery")

    refused = matched.run("match-policy", "apply", tmp_path / "new.toml", "--as", "opc@example.cn")

    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert matched.run("match-policy", "show", "--json").json["version"] == DEFAULT_POLICY.version
