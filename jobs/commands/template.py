"""`opcmatch template`: an empty workbook to fill in."""

from pathlib import Path

import click

from jobs.commands.context import kind_choice
from matching.domain.records import RecordKind
from matching.domain.vocabulary import load_vocabulary


@click.command(help="生成空白导入模板（含下拉选项和示例行）。Write an empty workbook with drop-downs and an example.")
@click.argument("kind", type=kind_choice)
@click.argument("path", type=Path)
def command(kind: str, path: Path) -> None:
    """The same file that the web page offers."""
    from matching.publishing.formats.template import write_template

    write_template(RecordKind(kind), path, load_vocabulary())
    click.echo(f"已写入 {path}")
