"""`opcmatch import`: a workbook, a CSV or a JSON Lines file of demands or profiles."""

import json
from pathlib import Path

import click

from jobs import utc_now
from jobs.commands.context import as_option, kind_choice, opened
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary
from matching.publishing.wording import sentence
from matching.services.imports import ImportOutcome, import_file

SHOWN = 20


@click.command(help="导入需求或画像（.xlsx .csv .jsonl）。Import demands or profiles.")
@click.argument("kind", type=kind_choice)
@click.argument("path", type=Path)
@click.option("--dry-run", is_flag=True, help="只看结果，不写入。Show what would happen, write nothing.")
@click.option("--report", type=Path, metavar="R.xlsx", help="把待更正的行写成一张表。Write the rows that wait.")
@as_option
@click.option("--json", "as_json", is_flag=True, help="给程序读的一行 JSON。One line of JSON.")
def command(kind: str, path: Path, dry_run: bool, report: Path | None, email: str | None, as_json: bool) -> None:
    """Rows that can be read go in, the others wait and are told one by one."""
    with opened() as context:
        done = import_file(
            context.session,
            RecordKind(kind),
            path,
            actor=context.actor(email),
            vocabulary=load_vocabulary(),
            now=utc_now(),
            dry_run=dry_run,
        )
        language = context.settings.language
    if report is not None:
        from matching.publishing.formats.report import write_report

        write_report(report, done.waiting, done.warnings, summary=done.summary(), language=language)
    if as_json:
        click.echo(json.dumps({**done.summary(), "dry_run": dry_run}, ensure_ascii=False))
    else:
        _tell(done, language)


def _tell(done: ImportOutcome, language: str) -> None:
    problems = [found for row in done.waiting for found in row.problems]
    for found in problems[:SHOWN]:
        click.echo("  " + sentence(found, language), err=True)
    if len(problems) > SHOWN:
        click.echo(f"  ……另有 {len(problems) - SHOWN} 处，用 --report 写成表格查看", err=True)
    click.echo(
        f"{'（试运行，没有写入）' if done.dry_run else ''}{done.file_name}：新增 {done.added}，更新 {done.changed}，"
        f"未变 {done.unchanged}，待更正 {len(done.waiting)}，提醒 {len(done.warnings)}。"
    )
