"""`opcmatch learn`: the contract of the command, file to file."""

import io
import json
import random
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest

from jobs.cli import main
from matching.engine.learning.model import read_model
from tests.engine.demonstration import demonstration, demonstration_json
from tests.engine.make import EVERYTHING, match

DAY = "2026-11-23"
SOME = slice(None, None, 4)


@pytest.fixture
def opcmatch(tmp_path, monkeypatch, capsys):
    """Run the command on a part of the demonstration: (code, what was printed, lines on standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPCMATCH_LANGUAGE", raising=False)
    demands, profiles = demonstration_json()
    write("D.jsonl", *demands[SOME])
    write("P.jsonl", *profiles[SOME])

    def run(*arguments, responses="R.jsonl", stdin=b"", demands="D.jsonl", out="MODEL.json"):
        files = ["--demands", demands, "--profiles", "P.jsonl", "--responses", responses, "--out", out]
        monkeypatch.setattr("sys.argv", ["opcmatch", "learn", *files, "--as-of", DAY, *arguments])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return code, said.out, said.err.splitlines()

    return run


def write(name, *records):
    Path(name).write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")


@cache
def answers(number, *, lasts=True):
    """Responses to pairs of the demonstration: declined without verified cases; where it does not last, later with."""
    demands, profiles = demonstration()
    found = match(demands[SOME], profiles[SOME], policy=EVERYTHING, top_per_demand=40, top_per_profile=0)
    chance = random.Random(3)
    matches = chance.sample([m for own in found.for_demands.values() for m in own], number)
    lines = []
    for hour, m in enumerate(matches):
        proven = {part.code: part.value for part in m.parts}["evidence"] or 0
        wanted = bool(proven) == (lasts or hour < 0.7 * number)
        accepted = chance.random() < (0.95 if wanted else 0.05)
        at = datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=8))) + timedelta(hours=hour)
        lines.append(
            {
                "demand": m.demand, "profile": m.profile, "at": at.isoformat(),
                "outcome": "interested" if accepted else "declined", "by": "owner",
            }
        )  # fmt: skip
    return lines


def test_with_few_responses_the_present_score_is_kept_and_nothing_is_written(opcmatch):
    write("R.jsonl", *answers(60))

    code, out, err = opcmatch("--json")

    said = json.loads(out)
    assert (code, err, out.count("\n")) == (0, [], 1)
    assert {key: said[key] for key in ("kept", "why", "labels", "earlier", "later", "responses", "model")} == {
        "kept": False, "why": "too_few_labels", "labels": 60, "earlier": 42, "later": 18, "responses": 60,
        "model": None,
    }  # fmt: skip
    assert (said["set_aside"], said["not_scored"], said["calibration"]) == (0, 0, None)
    assert not Path("MODEL.json").exists()


def test_a_signal_is_learnt_and_the_model_written(opcmatch):
    write("R.jsonl", *answers(700))

    _, out, _ = opcmatch("--json")

    said = json.loads(out)
    model = read_model(json.loads(Path("MODEL.json").read_text("utf-8")))
    assert (said["kept"], said["why"], said["model"]) == (True, "better", model.version)
    assert (model.labels, model.figures) == (490, said["figures"])
    assert said["figures"]["auc"]["low"] >= 0
    coefficients = {feature.code: feature.coefficient for feature in model.features}
    assert max(coefficients, key=coefficients.get) == "evidence"


def test_what_no_longer_holds_is_not_kept_and_an_earlier_model_stays_as_it_was(opcmatch):
    write("R.jsonl", *answers(700, lasts=False))
    Path("MODEL.json").write_text("of an earlier run")

    _, out, _ = opcmatch("--json")

    assert (json.loads(out)["kept"], json.loads(out)["why"]) == (False, "not_better")
    assert Path("MODEL.json").read_text() == "of an earlier run"


def test_the_verdict_is_said_in_words(opcmatch, monkeypatch):
    write("R.jsonl", *answers(60))

    _, out, _ = opcmatch()
    assert out.splitlines()[:2] == [
        "保留现有打分：反馈不足 200 对",
        f"反馈 60 条，得到 60 对（接受 {accepted_of(60)}）：较早的 42 对用来学习，较晚的 18 对用来检验；"
        "与合适度无关 0 对，没有打分 0 对。",
    ]

    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")
    _, out, _ = opcmatch()
    assert out.splitlines()[0] == "the present score is kept: fewer than 200 pairs were answered"


def accepted_of(number):
    return sum(line["outcome"] == "interested" for line in answers(number))


def test_responses_of_other_records_and_those_not_about_fit_are_counted(opcmatch):
    known = answers(60)
    write("R.jsonl", *known, {**known[0], "demand": "gone"}, {**known[1], "profile": "also gone"},
          {**known[2], "at": "2026-10-01T00:00:00Z", "outcome": "declined", "reason": "no_time"})  # fmt: skip

    _, out, _ = opcmatch("--json")

    said = json.loads(out)
    assert (said["responses"], said["labels"], said["set_aside"], said["not_scored"]) == (63, 59, 1, 2)


def test_demands_that_are_over_still_teach(opcmatch):
    write("R.jsonl", *answers(60))

    _, out, _ = opcmatch("--json", "--as-of", "2030-01-01")

    assert json.loads(out)["not_scored"] == 0


def test_with_the_model_on_standard_output_the_verdict_goes_to_the_other(opcmatch):
    write("R.jsonl", *answers(700))

    _, out, err = opcmatch("--json", out="-")

    assert json.loads(err[-1])["model"] == read_model(json.loads(out)).version


def test_the_same_input_gives_the_same_bytes(opcmatch):
    write("R.jsonl", *answers(700))
    opcmatch()
    expected = Path("MODEL.json").read_bytes()
    write("R.jsonl", *answers(700)[::-1])

    opcmatch()

    assert Path("MODEL.json").read_bytes() == expected


GOOD = {"demand": "D", "profile": "P", "at": "2026-01-05T10:00:00+08:00", "outcome": "met", "by": "opc"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("not json", "第 2 行：这一行不是合法的 JSON"),
        ("[1]", "第 2 行：“[1]”不是一个对象"),
        (json.dumps(GOOD | {"at": "2026-01-05"}), "第 2 行，at：“2026-01-05”不是带时区的时刻"),
        (json.dumps(GOOD | {"outcome": "liked"}), "第 2 行，outcome：“liked”不在可选的值之中；可选：interested、decl"),
        (json.dumps(GOOD | {"by": "x"}), "第 2 行，by：“x”不在可选的值之中；可选：owner、opc"),
        (json.dumps({**GOOD, "age": 44}), "第 2 行，age：不认识的键"),
        (json.dumps({**GOOD, "demand": None}), "第 2 行，demand：缺少必填项"),
    ],
)  # fmt: skip
def test_a_bad_line_is_one_line_of_error_with_its_number(opcmatch, bad, said):
    Path("R.jsonl").write_text(json.dumps(GOOD) + "\n" + bad + "\n", "utf-8")

    code, out, err = opcmatch()

    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith(f"错误：R.jsonl，{said}")
    assert not Path("MODEL.json").exists()


def test_files_that_cannot_be_used_are_one_line_of_error(opcmatch):
    code, _, err = opcmatch(responses="nowhere.jsonl")
    assert (code, len(err), err[0].startswith("错误：找不到文件“nowhere.jsonl”")) == (2, 1, True)

    code, _, err = opcmatch(responses="-", demands="-")
    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：--demands、--responses 不能都从标准输入读取")


def test_responses_may_come_from_standard_input(opcmatch):
    lines = "".join(json.dumps(line) + "\n" for line in answers(60)).encode()

    _, out, _ = opcmatch("--json", responses="-", stdin=lines)

    assert json.loads(out)["labels"] == 60
