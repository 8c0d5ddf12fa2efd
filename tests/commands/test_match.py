"""`opcmatch match`: the contract of the command, file to file."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from jobs.cli import main
from tests.engine.demonstration import demonstration_json

DAY = "2026-11-23"
STOCK = {"id": "D1", "title": "门店货架拍照盘点", "budget_max_yuan": 100_000, "sectors": ["消费"]}
HUMAN = {"id": "D2", "title": "虚拟数字人直播带货", "publish_until": "2026-12-31"}
NOBODY = {"id": "D3", "title": "🎈"}
SHELVES = {"id": "P1", "name": "数架人", "summary": "拍货架照片做盘点", "price_min_yuan": 80_000}
DEAR = {"id": "P2", "name": "盘点王", "summary": "拍货架照片做盘点，找出缺货", "price_min_yuan": 120_000}
ANCHOR = {"id": "P3", "name": "主播工坊", "summary": "数字人直播、虚拟主播定制"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with three demands and three profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPCMATCH_LANGUAGE", raising=False)
    write("D.jsonl", NOBODY, HUMAN, STOCK)
    write("P.jsonl", ANCHOR, DEAR, SHELVES)
    return tmp_path


@pytest.fixture
def opcmatch(folder, monkeypatch, capsys):
    """Run the command: (code, what was printed, lines on standard error)."""

    def run(*arguments, stdin=b"", demands="D.jsonl", profiles="P.jsonl", out="M.jsonl"):
        files = ["--demands", demands, "--profiles", profiles, "--out", out, "--as-of", DAY]
        monkeypatch.setattr("sys.argv", ["opcmatch", "match", *files, *arguments])
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


def read(name="M.jsonl"):
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def pairs(lines):
    return [(line["demand"], line["profile"], line["rank"]) for line in lines]


def test_each_demand_gets_its_ranked_profiles_and_the_summary_comes_last(opcmatch):
    code, out, err = opcmatch()

    assert (code, out) == (0, "")
    assert pairs(read()) == [("D1", "P1", 1), ("D2", "P3", 1)]
    assert [json.loads(line) for line in err] == [
        {"demands": 3, "profiles": 3, "lines": 2, "without_match": ["D3"]},
    ]


def test_a_line_has_the_keys_of_the_contract_and_its_parts_add_up(opcmatch):
    opcmatch("--include-ineligible")

    for line in read():
        assert list(line) == ["demand", "profile", "rank", "score", "eligible", "parts", "findings", "near_miss"]
        for part in line["parts"]:
            assert list(part) == ["code", "weight", "value", "contribution", "evidence"]
        for finding in line["findings"]:
            assert list(finding) == ["code", "kind", "verdict", "facts"]
        assert abs(sum(part["contribution"] for part in line["parts"]) - line["score"]) <= 1e-9
        assert abs(sum(part["weight"] for part in line["parts"]) - 1) <= 1e-9
        failed = [f["code"] for f in line["findings"] if f["kind"] == "hard" and f["verdict"] == "fail"]
        assert line["eligible"] == (not failed)


def test_ineligible_pairs_are_added_last_with_what_would_mend_them(opcmatch):
    _, _, err = opcmatch("--include-ineligible")

    own = [line for line in read() if line["demand"] == "D1"]
    assert pairs(own) == [("D1", "P1", 1), ("D1", "P2", None)]
    assert own[1]["near_miss"] == [
        {"rule": "budget", "field": "profile.price_min_yuan", "from": 120_000, "to": 100_000},
    ]
    assert json.loads(err[-1])["without_match"] == ["D3"]


def test_a_demand_with_only_ineligible_pairs_counts_as_without_match(opcmatch):
    write("P.jsonl", DEAR)

    _, _, err = opcmatch("--include-ineligible")

    assert pairs(read()) == [("D1", "P2", None)]
    assert json.loads(err[-1])["without_match"] == ["D1", "D2", "D3"]


def test_the_direction_profile_ranks_and_counts_for_profiles(opcmatch):
    write("D.jsonl", STOCK, {**STOCK, "id": "D0", "sectors": None}, NOBODY)

    _, _, err = opcmatch("--direction", "profile")

    assert pairs(read()) == [("D0", "P1", 1), ("D1", "P1", 2)]
    assert json.loads(err[-1]) == {"demands": 3, "profiles": 3, "lines": 2, "without_match": ["P2", "P3"]}


def test_top_bounds_each_list(opcmatch):
    write("P.jsonl", *({**SHELVES, "id": f"P{n}"} for n in range(5)))

    opcmatch("--top", "2")

    assert pairs(read()) == [("D1", "P0", 1), ("D1", "P1", 2)]


def test_a_policy_bounds_lists_and_decides_the_threshold(opcmatch):
    write("P.jsonl", *({**SHELVES, "id": f"P{n}"} for n in range(5)))
    Path("some.toml").write_text("\ufefftop = 3\r\n", "utf-8")
    Path("none.toml").write_text("minimum_relevance = 1\n", "utf-8")

    opcmatch("--policy", "some.toml")
    assert len(read()) == 3
    opcmatch("--policy", "some.toml", "--top", "4")
    assert len(read()) == 4
    _, _, err = opcmatch("--policy", "none.toml")
    assert read() == []
    assert json.loads(err[-1])["without_match"] == ["D1", "D2", "D3"]


def test_the_day_decides_and_is_today_in_shanghai_unless_given(opcmatch, monkeypatch):
    opcmatch("--as-of", "2027-01-01")
    assert pairs(read()) == [("D1", "P1", 1)]  # D2 was open until 2026-12-31

    files = ["--demands", "D.jsonl", "--profiles", "P.jsonl", "--out", "M.jsonl"]
    monkeypatch.setattr("sys.argv", ["opcmatch", "match", *files, "--include-ineligible"])
    with time_machine.travel("2026-12-31T16:00:00Z", tick=False):  # midnight in Shanghai
        main()
    opened = {line["demand"]: line["findings"][11] for line in read()}
    assert opened["D2"]["facts"] == {"publish_until": "2026-12-31", "as_of": "2027-01-01"}


def test_standard_streams_stand_for_files(opcmatch):
    opcmatch()
    expected = Path("M.jsonl").read_text("utf-8")

    for side in ("demands", "profiles"):
        given = Path("D.jsonl" if side == "demands" else "P.jsonl").read_bytes()
        code, out, err = opcmatch(stdin=given, out="-", **{side: "-"})

        assert (code, out) == (0, expected)
        assert json.loads(err[-1])["lines"] == 2


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_read_over(opcmatch):
    opcmatch()
    expected = Path("M.jsonl").read_bytes()
    for name in ("D.jsonl", "P.jsonl"):
        Path(name).write_bytes(b"\xef\xbb\xbf\r\n" + Path(name).read_bytes().replace(b"\n", b"\r\n\r\n  \n"))

    code, _, _ = opcmatch()

    assert (code, Path("M.jsonl").read_bytes()) == (0, expected)


def test_the_order_of_the_input_and_threads_change_no_byte(opcmatch):
    demands, profiles = demonstration_json()
    write("D.jsonl", *demands[::8])
    write("P.jsonl", *profiles[::4])
    opcmatch("--include-ineligible")
    expected = Path("M.jsonl").read_bytes()
    write("D.jsonl", *demands[::8][::-1])
    write("P.jsonl", *profiles[::4][::-1])

    opcmatch("--include-ineligible", "--jobs", "2")

    assert expected.count(b"\n") > 100
    assert Path("M.jsonl").read_bytes() == expected


def test_two_processes_with_other_hash_seeds_write_the_same_bytes(folder):
    command = [sys.executable, "-c", "from jobs.cli import main; main()", "match", "--as-of", DAY]
    command += ["--demands", "D.jsonl", "--profiles", "P.jsonl", "--include-ineligible", "--out"]

    for seed in ("1", "2"):
        done = subprocess.run(
            [*command, f"{seed}.jsonl"], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr

    assert Path("1.jsonl").read_bytes() == Path("2.jsonl").read_bytes()
    assert Path("1.jsonl").stat().st_size > 0


@pytest.mark.parametrize(("empty", "without"), [("D.jsonl", []), ("P.jsonl", ["D1", "D2", "D3"])])
def test_an_empty_file_holds_no_records(opcmatch, empty, without):
    Path(empty).write_bytes(b"")

    code, _, err = opcmatch()

    assert (code, Path("M.jsonl").read_bytes()) == (0, b"")
    assert json.loads(err[-1])["without_match"] == without


def test_records_of_texts_alone_are_matched_with_every_rule_unknown(opcmatch):
    write("D.jsonl", {"id": 1, "title": "门店货架拍照盘点"})
    write("P.jsonl", {"id": 2, "name": "数架人", "summary": "拍货架照片做盘点"})

    opcmatch()

    (line,) = read()
    assert (line["demand"], line["profile"], line["eligible"]) == ("1", "2", True)
    assert {finding["verdict"] for finding in line["findings"]} == {"unknown"}


def test_an_unknown_key_is_a_warning_with_line_and_key(opcmatch):
    write("D.jsonl", STOCK, {**HUMAN, "预算": "10万", "deadline": "soon"})

    code, _, err = opcmatch()

    assert code == 0
    assert err[:-1] == [
        "提醒：D.jsonl，第 2 行，预算：不认识的键，已略过；如果是笔误请改正",
        "提醒：D.jsonl，第 2 行，deadline：不认识的键，已略过；如果是笔误请改正",
    ]
    assert json.loads(err[-1])["lines"] == 2


def test_very_many_unknown_keys_are_counted(opcmatch):
    write("D.jsonl", {**STOCK, **{f"k{n}": n for n in range(60)}})

    _, _, err = opcmatch()

    assert len(err) == 52
    assert err[50] == "提醒：D.jsonl：另有 10 处不认识的键，已略过；如果是笔误请改正"


def test_unknown_words_are_one_warning_for_both_files(opcmatch, monkeypatch):
    monkeypatch.setenv("OPCMATCH_LANGUAGE", "en")
    write(
        "D.jsonl",
        {**STOCK, "sectors": ["火星", "消费"], "capabilities": ["自造的能力"]},
        {**HUMAN, "sectors": ["火星"]},
    )
    write("P.jsonl", {**SHELVES, "qualifications": [{"name": "火星许可"}, "等保二级"]})

    _, _, err = opcmatch()

    assert err[:-1] == [
        "warning: the vocabulary does not know these words, so the rules that read them answer “unknown”: "
        "demands.sectors “火星” ×2, profiles.qualifications “火星许可” ×1; "
        "use a name or synonym of the vocabulary, or add them to it"
    ]


BAD_LINES = [
    (b"not json", "第 2 行：这一行不是合法的 JSON"),
    (b"[1]", "第 2 行：“[1]”不是一个对象"),
    (b"\xb3\xc9\xb6\xbc", "第 2 行：文件不是 UTF-8 编码"),
    (b'{"id": "D9"}', "第 2 行，title：缺少必填项"),
    (b'{"id": "D9", "title": 5}', "第 2 行，title：“5”不是文字"),
    ('{"id": "D9", "title": "t", "budget_max_yuan": "30万"}'.encode(), "第 2 行，budget_max_yuan：“30万”不是整数"),
    (b'{"id": "D9", "title": "t", "budget_max_yuan": -1}', "第 2 行，budget_max_yuan：“-1”超出范围"),
    (b'{"id": "D9", "title": "t", "budget_max_yuan": NaN}', "第 2 行：这一行不是合法的 JSON"),
    (b'{"id": "D9", "title": "t", "deliver_by": "2026-02-30"}', "第 2 行，deliver_by：“2026-02-30”不是日期"),
    (b'{"id": "D9", "title": "t", "sectors": "x"}', "第 2 行，sectors：“x”不是列表"),
    (b'{"id": "D9", "title": "a\\u0000b"}', "第 2 行，title：第 2 个字符是不可见的控制字符 U+0000"),
    (b'{"id": "D9", "title": "\\ud83d"}', "第 2 行，title：第 1 个字符不完整"),
    (b'{"id": "D1", "title": "again"}', "第 2 行，id：编号“D1”在第 1 行已经出现过"),
    (b"[" * 100_000, "第 2 行：这一行不是合法的 JSON"),
]


@pytest.mark.parametrize(("bad", "said"), BAD_LINES, ids=[said.split("，")[-1] for _, said in BAD_LINES])
def test_a_bad_line_is_one_line_of_error_and_the_output_is_untouched(opcmatch, bad, said):
    with Path("D.jsonl").open("wb") as file:
        file.write(json.dumps(STOCK).encode() + b"\n" + bad + b"\n")
    Path("M.jsonl").write_text("of an earlier run")

    code, out, err = opcmatch()

    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith(f"错误：D.jsonl，{said}")
    assert Path("M.jsonl").read_text() == "of an earlier run"
    assert sorted(path.name for path in Path().iterdir()) == ["D.jsonl", "M.jsonl", "P.jsonl"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"demands": "nowhere.jsonl"}, "错误：找不到文件“nowhere.jsonl”"),
        ({"profiles": "."}, "错误：不能读取“.”"),
        ({"demands": "-", "profiles": "-"}, "错误：--demands 和 --profiles 不能都从标准输入读取"),
        ({"out": "."}, "错误：不能写入“.”"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_of_error(opcmatch, options, said):
    code, _, err = opcmatch(**options)

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(said)


def test_a_folder_that_is_missing_is_told(opcmatch):
    code, _, err = opcmatch(out="nowhere/M.jsonl")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("错误：不能写入“nowhere/M.jsonl”（No such file or directory）")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--top", "0"],
        ["--top", "-3"],
        ["--top", "many"],
        ["--direction", "sideways"],
        ["--jobs", "0"],
        ["--as-of", "23.11.2026"],
        ["--as-of", "2026-02-30"],
        ["--as-of", "20261123"],
        ["--cluster", "spark:local"],
        ["--policy", "nowhere.toml"],
    ],
)
def test_a_wrong_option_is_one_line_of_error_and_writes_nothing(opcmatch, arguments):
    code, out, err = opcmatch(*arguments)

    assert (code, out, len(err)) == (2, "", 1)
    assert not Path("M.jsonl").exists()


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (b"tpo = 5\n", "错误：policy.toml，tpo：不认识的键"),
        (b"[weights]\nwords = 0.5\n", "错误：policy.toml，weights：各项权重之和是“0.5”"),
        (b"top = \n", "错误：policy.toml：策略文件不是合法的 TOML"),
        (b"# \xb3\xc9\n", "错误：policy.toml：文件不是 UTF-8 编码"),
    ],
)
def test_a_wrong_policy_is_told_with_file_and_key(opcmatch, policy, said):
    Path("policy.toml").write_bytes(policy)

    code, _, err = opcmatch("--policy", "policy.toml")

    assert (code, len(err)) == (2, 1)
    assert err[0].startswith(said)


def test_a_failure_while_matching_leaves_an_earlier_output_whole(opcmatch, monkeypatch):
    def break_down(*_args, **_options):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("matching.engine.pipeline.Matching", break_down)
    monkeypatch.setattr("tempfile.tempdir", str(Path().absolute()))  # where the trace goes
    Path("M.jsonl").write_text("of an earlier run")

    code, _, err = opcmatch()

    assert (code, len(err)) == (70, 1)
    assert Path("M.jsonl").read_text() == "of an earlier run"
    assert [path for path in Path().iterdir() if path.name.endswith(".part")] == []


def test_a_device_is_written_to_and_never_replaced(opcmatch):
    code, _, err = opcmatch(out="/dev/null")

    assert (code, json.loads(err[-1])["lines"]) == (0, 2)
    assert Path("/dev/null").is_char_device()


def test_the_output_may_be_a_link_to_a_file(opcmatch):
    Path("real.jsonl").write_text("")
    Path("M.jsonl").symlink_to("real.jsonl")

    opcmatch()

    assert Path("M.jsonl").is_symlink()
    assert len(read("real.jsonl")) == 2
