import json

import pytest

from jobs.cli import main


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["opcmatch", "parse-money", *arguments])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("３００万元", {"min_yuan": 3_000_000, "max_yuan": 3_000_000, "negotiable": False}),
        ("20-30万", {"min_yuan": 200_000, "max_yuan": 300_000, "negotiable": False}),
        ("不超过100万元（含税）", {"min_yuan": None, "max_yuan": 1_000_000, "negotiable": False}),
        ("面议", {"min_yuan": None, "max_yuan": None, "negotiable": True}),
    ],
)
def test_the_amount_is_one_line_of_json(monkeypatch, capsys, text, answer):
    code, out, err = run(monkeypatch, capsys, text)

    assert (code, json.loads(out), out.count("\n"), err) == (0, answer, 1, "")


def test_a_text_without_an_amount_ends_with_code_2_and_one_sentence(monkeypatch, capsys):
    assert run(monkeypatch, capsys, "详见附件") == (
        2,
        "",
        "错误：“详见附件”里没有能读出的金额；请写成 20万、20-30万、不超过15万元 或 面议\n",
    )


def test_a_text_that_starts_with_a_dash_is_no_option(monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "-5万")

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("错误：“-5万”是负数")


def test_the_command_speaks_english_when_asked(monkeypatch, capsys):
    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")

    code, _, err = run(monkeypatch, capsys, "5万美元")

    assert (code, err) == (2, "error: “5万美元” is not in yuan; convert it to yuan\n")
