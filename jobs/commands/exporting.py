"""`opcmatch export`: what is published, as a file that the import reads back."""

from pathlib import Path

import click

from jobs.commands.context import as_option, json_option, kind_choice, opened, say
from matching.domain.records import RecordKind
from matching.services import records


@click.command(help="导出已发布的记录（.xlsx .csv .jsonl）。Export what is published.")
@click.argument("kind", type=kind_choice)
@click.argument("path", type=Path)
@as_option
@json_option
def command(kind: str, path: Path, email: str | None, as_json: bool) -> None:
    """Contacts are no part of a record and are never exported."""
    from matching.publishing.formats import write_records

    with opened() as context:
        found = records.export_records(context.session, RecordKind(kind), actor=context.actor(email))
    write_records(RecordKind(kind), found, path)
    say(as_json, {"written": len(found), "path": str(path)}, f"已写入 {path}：{len(found)} 条。")
