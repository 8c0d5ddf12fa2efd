"""What goes wrong on the command line: one line on standard error, a code that is not 0, words for every problem."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matching.domain.errors import SettingsError
from matching.publishing.wording import problem_words
from matching.settings import load_settings
from tests.factories import make_demand, post
from tests.installation import Answer, Installation

ROOT = Path(__file__).parent.parent.parent
STRONG = "kX3vPq9Lm2Wz8Rt5Yb7Nc4Hd6Jf1Gs0A"


def is_one_line(answer: Answer) -> bool:
    """An error as people and scripts can rely on it."""
    return (
        answer.code not in (0, 70)  # 70 is what we did not foresee
        and answer.err.count("\n") == 1
        and len(answer.err) > 10
        and "Traceback" not in answer.err
        and answer.out == ""
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nonsense", "No such command"),
        ("init --nonsense", "No such option"),
        ("import", "Missing argument"),
        ("import nonsense x.xlsx", "'demands', 'profiles'"),
        ("import demands", "Missing argument"),
        ("import demands /nonexistent/d.xlsx", "找不到文件“d.xlsx”"),
        ("import demands .", "Is a directory"),
        ("import demands README.md", "不支持的文件格式"),
        ("import demands pyproject.csv", "找不到文件"),
        ("import demands {table} --report /nonexistent/r.xlsx", "不能写入"),
        ("import demands {table} --as nobody@example.cn", "没有账号“nobody@example.cn”"),
        ("import demands {broken}", "broken.xlsx：工作簿已损坏"),
        ("export demands out.pdf", "不支持“out.pdf”的文件格式"),
        ("export demands /nonexistent/out.xlsx", "不能写入"),
        ("template profiles /nonexistent/out.xlsx", "不能写入"),
        ("review demands", "没有说明审核哪些记录"),
        ("review demands D-1 --all", "没有说明审核哪些记录"),
        ("review demands D-unknown", "没有找到这一项"),
        ("review demands D-1 --return ", "退回时需要写明原因"),
        ("digest run", "还没有匹配结果"),
        ("digest preview", "还没有匹配结果"),
        ("digest run --period 2026-48", "“2026-48”不是一周"),
        ("digest run --period 2025-W53", "“2025-W53”不是一周"),
        ("digest run --period ２０２６-W48", "不是一周"),
        ("batch publish --kind demands", "没有新的已审核记录"),
        ("batch publish --kind nonsense", "'demands', 'profiles', 'all'"),
        ("roadshow plan", "还没有匹配结果"),
        ("roadshow plan --season /nonexistent/s.toml", "不能读取"),
        ("roadshow plan --season {broken}", "路演季设置不可用"),
        ("roadshow publish", "没有待批准的草案"),
        ("roadshow publish --id 99", "没有找到这一项"),
        ("user add", "Missing argument"),
        ("user add a@b.cn --role worker --name 甲 --password correct-horse", "Invalid value for '--role'"),
        ("user add a@b.cn --role opc --name 甲 --password short", "密码太短"),
        ("user add nonsense --role opc --name 甲 --password correct-horse", "“nonsense”不是邮箱地址"),
        ("user bind nobody@example.cn 甲", "没有账号"),
        ("user password nobody@example.cn --password correct-horse", "没有账号"),
        ("demo --no-serve --as-of tomorrow", "“tomorrow”不是日期"),
        ("demo --no-serve --as-of 2026-02-30", "“2026-02-30”不是日期"),
    ],
)
def test_an_error_is_one_line_that_says_what_and_how_to_mend_it(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, said: str
):
    monkeypatch.chdir(ROOT)
    (tmp_path / "d.csv").write_text("编号,需求名称\n1,甲\n", "utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    database = installation.database()
    with database.session() as session:
        post(session, make_demand("D-1"))
    database.dispose()
    arguments = [part.format(table=tmp_path / "d.csv", broken=tmp_path / "broken.xlsx") for part in command.split(" ")]

    answer = installation.run(*arguments)

    assert is_one_line(answer), answer
    assert said in answer.err


@pytest.mark.parametrize(
    "command",
    ["import demands d.csv", "export demands d.csv", "review demands --all", "refresh", "digest run", "batch publish",
     "roadshow plan", "roadshow publish", "user list", "worker --once", "seed"],
)  # fmt: skip
def test_a_database_that_was_never_made_is_said_by_every_command(bare_installation: Installation, command: str):
    answer = bare_installation.run(*command.split())

    assert is_one_line(answer), answer
    assert "opcmatch init" in answer.err


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"ENV": "prod"}, "OPCMATCH_ENV：“prod”不是可用的值"),
        ({"PORT": "80a"}, "OPCMATCH_PORT"),
        ({"PORT": "0"}, "OPCMATCH_PORT"),
        ({"LANGUAGE": "fr"}, "OPCMATCH_LANGUAGE"),
        ({"DATABASE_URL": "nonsense"}, "数据库地址“nonsense”不可用"),
        ({"DATABASE_URL": "oracle9://user:canary@host/x"}, "不可用"),
        ({"DATABASE_URL": "postgresql+psycopg://user:canary@127.0.0.1:1/x"}, "连不上数据库"),
        ({"DATABASE_URL": "sqlite:////"}, "连不上数据库"),
        ({"DATABASE_URL": f"sqlite:///{__file__}"}, "连不上数据库"),
        ({"DATABASE_URL": "sqlite:////proc/no/database.sqlite3"}, "不可用"),
        ({"ENV": "production"}, "生产环境需要自己的密钥"),
        ({"INSTANCE": "/proc/instance"}, "不能写入"),
    ],
)
def test_settings_that_cannot_work_are_said(bare_installation: Installation, environment: dict[str, str], said: str):
    answer = bare_installation.run("init", **environment)

    assert is_one_line(answer), answer
    assert said in answer.err
    assert "canary" not in answer.err


def test_a_variable_that_nobody_reads_is_said_and_stops_nothing(bare_installation: Installation):
    answer = bare_installation.run("init", DATBASE_URL="sqlite://")

    assert (answer.code, answer.err.count("\n")) == (0, 1)
    assert "OPCMATCH_DATBASE_URL" in answer.err
    assert "OPCMATCH_DATABASE_URL" in answer.err  # the one that was meant


@pytest.mark.parametrize("secret", ["", "short", "changeme", "a" * 64, "abcabc" * 10])
def test_production_refuses_a_weak_secret(secret: str, tmp_path: Path):
    environ = {"OPCMATCH_ENV": "production", "OPCMATCH_INSTANCE": str(tmp_path), "OPCMATCH_SECRET_KEY": secret}

    with pytest.raises(SettingsError) as refused:
        load_settings(environ)

    assert [found.code for found in refused.value.problems] == ["weak_secret"]
    assert load_settings({**environ, "OPCMATCH_SECRET_KEY": STRONG}).production is True
    assert STRONG not in repr(load_settings({**environ, "OPCMATCH_SECRET_KEY": STRONG}))


def test_production_refuses_the_debugger(tmp_path: Path):
    environ = {
        "OPCMATCH_ENV": "production", "OPCMATCH_INSTANCE": str(tmp_path), "OPCMATCH_SECRET_KEY": STRONG,
        "FLASK_DEBUG": "1",
    }  # fmt: skip

    with pytest.raises(SettingsError) as refused:
        load_settings(environ)

    assert [found.code for found in refused.value.problems] == ["debug_in_production"]


def test_errors_speak_english_when_asked_to(installation: Installation):
    answer = installation.run("digest", "run", LANGUAGE="en")

    assert is_one_line(answer)
    assert answer.err.startswith("error: ")


@pytest.mark.parametrize("command", ["", "digest", "user"])
def test_a_group_without_a_command_shows_its_help(bare_installation: Installation, command: str):
    answer = bare_installation.run(*command.split())

    assert answer.code == 2
    assert answer.err.startswith("Usage: opcmatch")


def test_a_mistake_of_ours_is_one_line_too_and_its_trace_is_in_a_file(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("matching.services.batches.draft_and_publish", stumble)

    answer = installation.run("batch", "publish")

    (log,) = tmp_path.glob("opcmatch-error-*.log")
    assert (answer.code, answer.out, answer.err.count("\n")) == (70, "", 1)
    assert str(log) in answer.err
    assert "Traceback" in log.read_text("utf-8")


def test_a_question_that_nobody_answers_ends_the_command(installation: Installation, monkeypatch: pytest.MonkeyPatch):
    def leave(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matching.services.batches.draft_and_publish", leave)

    answer = installation.run("batch", "publish")

    assert (answer.code, answer.err.strip()) == (130, "opcmatch: interrupted")


def test_the_installed_command_answers_as_the_function_does(tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPCMATCH_")}
    command = [Path(sys.executable).with_name("opcmatch"), "refresh"]

    done = subprocess.run(
        command, env={**environment, "OPCMATCH_INSTANCE": str(tmp_path / "i")}, capture_output=True, text=True,
        check=False, encoding="utf-8",
    )  # fmt: skip

    assert is_one_line(Answer(done.returncode, done.stdout, done.stderr)), done
    assert "opcmatch init" in done.stderr


def test_every_problem_has_its_words_and_every_word_its_problem():
    raised: set[str] = set()
    for room in ("matching", "jobs", "webapp"):
        for path in (ROOT / room).rglob("*.py"):
            raised.update(_strings_beside_problems(ast.parse(path.read_text("utf-8"))))
    words = problem_words()

    assert {code for code, entry in words.items() if set(entry) != {"zh", "zh_mend", "en", "en_mend"}} == set()
    assert {code for code, entry in words.items() if not all(entry.values())} == set()
    assert set(words) - raised == set(), "words that no code says"
    assert _codes(raised) - set(words) == set(), "codes without words"


def _strings_beside_problems(tree: ast.Module) -> set[str]:
    """The codes given to `problem(…)`, marked, and every other string of a module that makes problems.

    A code may be chosen a line earlier (`code = "a" if … else "b"`); such a string is taken as said, but only
    what stands in the call itself can be held to have words.
    """
    calls = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "problem" and node.args
    ]  # fmt: skip
    if not calls:
        return set()
    codes = {n.value for call in calls for n in ast.walk(call.args[0]) if isinstance(n, ast.Constant)}
    others = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return others | {f"problem:{code}" for code in codes if isinstance(code, str)}


def _codes(strings: set[str]) -> set[str]:
    return {found.removeprefix("problem:") for found in strings if found.startswith("problem:")}
