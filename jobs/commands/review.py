"""`opcmatch review`: approve or return what was handed in."""

import click

from jobs import utc_now
from jobs.commands.context import as_option, json_option, kind_choice, opened, say
from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.domain.stages import Stage
from matching.services import records


@click.command(help="审核待审记录。Approve (or return, with a note) what waits for review.")
@click.argument("kind", type=kind_choice)
@click.argument("ids", nargs=-1)
@click.option("--all", "whole_queue", is_flag=True, help="全部待审。The whole queue.")
@click.option("--return", "note", metavar="NOTE", help="退回并写明原因。Return with this reason.")
@as_option
@json_option
def command(
    kind: str, ids: tuple[str, ...], whole_queue: bool, note: str | None, email: str | None, as_json: bool
) -> None:
    """All of them move, or none."""
    if whole_queue == bool(ids):
        raise InputError(problem("ids_or_all"))
    with opened() as context:
        moved = records.review_records(
            context.session,
            RecordKind(kind),
            None if whole_queue else ids,
            Stage.PUBLISHED if note is None else Stage.RETURNED,
            actor=context.actor(email),
            now=utc_now(),
            note=note,
        )
    verb = "通过" if note is None else "退回"
    say(as_json, {"moved": moved}, f"{verb} {len(moved)} 条。" if moved else "没有待审的记录。")
