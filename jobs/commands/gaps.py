"""`opcmatch gaps`: the gap board, file to file; no database is touched."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from jobs.commands.context import json_option
from jobs.commands.records_in import day_of, opened_whole, policy_of, read_side, warn_of_words
from jobs.commands.tables_out import print_table
from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.publishing.insight import code_name, insight_words, rule_counts
from matching.publishing.reasons import say_yuan
from matching.settings import language_of_errors

SHOWN = 20
"""Rows of a long table that a terminal gets; the files hold all of them."""

MAIN_RULES = 3

WORDS = {
    "zh": {
        "demands": "需求 {records} 条（另有 {closed} 条征集已截止）：{alone} 条没有合适的供给，其中没有人谈到 {nobody}"
        "，有人谈到但被规则挡下 {stopped}{rules}。缺口预算合计 {budget}，未说明预算 {budget_unknown} 条。",
        "profiles": "画像 {records} 个（另有 {full} 个已接满）：{alone} 个没有合适的需求，其中没有人需要 {nobody}，"
        "有人需要但被规则挡下 {stopped}{rules}。合格但不在任何需求清单上的 {unseen} 个。",
        "rules": "（{rules}）",
        "more": "……另有 {count} 行，全部内容见 --out 或 --json。",
    },
    "en": {
        "demands": "{records} demands (and {closed} whose call is over): {alone} without suitable supply; nobody "
        "speaks of {nobody}, rules stop all who speak of {stopped}{rules}. Their budgets add up to {budget}; "
        "{budget_unknown} state none.",
        "profiles": "{records} profiles (and {full} that are full): {alone} without a suitable demand; nobody asks for "
        "{nobody}, rules stop {stopped}{rules}. {unseen} are eligible and yet on no demand's list.",
        "rules": " ({rules})",
        "more": "… {count} more rows; --out and --json hold all.",
    },
}


@click.command(help="供需缺口：没有供给的需求、没有需求的供给。Demands without supply, supply without demand.")
@click.option("--demands", "demands_path", required=True, metavar="D.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--profiles", "profiles_path", required=True, metavar="P.jsonl", help="“-”为标准输入。- is stdin.")
@click.option("--policy", "policy_path", metavar="POLICY.toml", help="匹配策略。Weights, rules and thresholds.")
@click.option("--as-of", metavar="DAY", help="按哪一天判断，默认为今天（上海）。The day judged for; today in Shanghai.")
@click.option("--out", metavar="G.json|G.xlsx", help="写入文件，“-”为标准输出（JSON）。A file; - is stdout (JSON).")
@json_option
def command(
    demands_path: str, profiles_path: str, policy_path: str | None, as_of: str | None, out: str | None, as_json: bool
) -> None:
    """Everything is read and checked first; the output appears whole or not at all."""
    if demands_path == profiles_path == "-":
        raise InputError(problem("one_standard_input"))
    if out not in (None, "-") and Path(out).suffix.casefold() not in (".json", ".xlsx"):
        raise InputError(problem("unknown_board_format", value=Path(out).name))
    day, policy, vocabulary = day_of(as_of), policy_of(policy_path), load_vocabulary()
    demands = read_side(demands_path, RecordKind.DEMANDS)
    profiles = read_side(profiles_path, RecordKind.PROFILES)
    warn_of_words({RecordKind.DEMANDS: demands, RecordKind.PROFILES: profiles}, vocabulary)

    from matching.engine.gaps import gap_board
    from matching.engine.ground import Ground  # both bring scipy: not for --help or a bad line

    ground = Ground(
        [read.record for read in demands], [read.record for read in profiles], policy=policy, vocabulary=vocabulary,
        as_of=day,
    )  # fmt: skip
    board = gap_board(ground).to_json()
    language = "en" if language_of_errors() == "en" else "zh"
    if out is not None:
        _write(board, out, vocabulary, language)
    if as_json and out != "-":
        click.echo(json.dumps(board, ensure_ascii=False))
    elif not as_json and out != "-":
        _show(board, vocabulary, language)


def _write(board: Mapping[str, Any], out: str, vocabulary: Vocabulary, language: str) -> None:
    if Path(out).suffix.casefold() == ".xlsx":
        from matching.publishing.formats.gap_board import write_gap_board

        write_gap_board(board, Path(out), vocabulary, language)
    else:
        with opened_whole(out) as stream:
            stream.write(json.dumps(board, ensure_ascii=False, indent=None if out == "-" else 1).encode() + b"\n")


def _show(board: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> None:
    words = WORDS[language]
    figures = {"closed": board["closed"], "full": board["full"], "unseen": len(board["profiles_unseen"])}
    for side in ("demands", "profiles"):
        counts = board["total"][side]
        rules = rule_counts(counts["rules"], language)
        given = {**counts, "rules": words["rules"].format(rules=rules) if rules else ""}
        budget = say_yuan(counts.get("budget_yuan", 0), language)
        click.echo(words[side].format(**given, **figures, budget=budget))
    columns = ("demands", "demands_alone", "demands_nobody", "demands_stopped", "demands_rules", "budget",
               "profiles", "profiles_alone", "profiles_rules")  # fmt: skip
    headings = [insight_words("heading", code, language) for code in columns]
    for name, rows in board.items():
        if not name.startswith("by_"):
            continue
        dimensions = name.removeprefix("by_").split("_")
        lonely = [row for row in rows if row["demands"]["alone"] or row["profiles"]["alone"]]
        own = [insight_words("heading", dimension, language) for dimension in dimensions]
        title = insight_words("sheet", "_".join(dimensions), language)
        print_table(title, [*own, *headings], _rows(lonely[:SHOWN], dimensions, vocabulary, language))
        if len(lonely) > SHOWN:
            click.echo(words["more"].format(count=len(lonely) - SHOWN))


def _rows(
    rows: list[Mapping[str, Any]], dimensions: list[str], vocabulary: Vocabulary, language: str
) -> Iterator[list[str | int]]:
    for row in rows:
        demands, profiles, budget = row["demands"], row["profiles"], row["demands"]["budget_yuan"]
        yield [
            *(code_name(dimension, row[dimension], language, vocabulary) for dimension in dimensions),
            demands["records"], demands["alone"], demands["nobody"], demands["stopped"],
            rule_counts(demands["rules"], language, MAIN_RULES), say_yuan(budget, language) if budget else "",
            profiles["records"], profiles["alone"], rule_counts(profiles["rules"], language, MAIN_RULES),
        ]  # fmt: skip
