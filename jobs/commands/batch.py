"""`opcmatch batch`: numbered lists."""

import click

from jobs import utc_now
from jobs.commands.context import as_option, json_option, opened, say
from matching.domain.errors import InputError
from matching.domain.records import RecordKind
from matching.services import batches

_NAMES = {RecordKind.DEMANDS: "需求清单", RecordKind.PROFILES: "供给清单"}


@click.group(help="编号清单（需求清单、供给清单）。Numbered lists.")
def command() -> None:
    """Publish."""


@command.command("publish", help="把新审核的记录编成一批并发布。Freeze what was newly reviewed, number it, publish it.")
@click.option(
    "--kind",
    type=click.Choice([*(kind.value for kind in RecordKind), "all"]),
    default="all",
    help="哪一种清单。Which list.",
)
@as_option
@json_option
def publish(kind: str, email: str | None, as_json: bool) -> None:
    """Each list on its own: where one has nothing new, the other is published all the same."""
    figures: dict[str, object] = {}
    words: list[str] = []
    with opened() as context:
        actor = context.actor(email)
        for one in RecordKind:
            if kind not in ("all", one):
                continue
            try:
                batch = batches.draft_and_publish(context.session, one, actor=actor, now=utc_now())
            except InputError as error:
                if kind != "all" or error.problems[0].code != "nothing_reviewed":
                    raise
                figures[one] = None
                words.append(f"{_NAMES[one]}：没有新审核的记录，不重复发布。")
            else:
                figures[one] = {"number": batches.batch_number(batch), "items": batch.size}
                words.append(f"{_NAMES[one]} {batches.batch_number(batch)}：{batch.size} 条，已发布。")
    say(as_json, figures, "\n".join(words))
