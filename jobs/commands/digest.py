"""`opcmatch digest`: publish or preview the digests of a period."""

import json

import click

from jobs import utc_now
from jobs.commands.context import OPERATOR, json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.services import digests

_PERIOD = click.option("--period", metavar="2026-W48", help="哪一周，默认本周。Which ISO week; this one by default.")


@click.group(help="对接简报。Match digests.")
def command() -> None:
    """Run or preview."""


@command.command("run", help="发布本期简报，每家 OPC 一份且只有一份。Publish the period's digests, each once.")
@_PERIOD
@json_option
def run(period: str | None, as_json: bool) -> None:
    """A second run adds nothing."""
    with opened() as context:
        now = utc_now()
        chosen = _period(period) or digests.week_of(now)
        added = digests.publish_digests(context.session, chosen, actor=OPERATOR, now=now)
    words = f"{chosen}：发布 {added} 份简报。" if added else f"{chosen} 的简报都已发布过，没有新增。"
    say(as_json, {"period": chosen, "added": added}, words)


@command.command("preview", help="只看不发。Show what would be published; one JSON line an OPC.")
@_PERIOD
def preview(period: str | None) -> None:
    """Writes nothing."""
    with opened() as context:
        now = utc_now()
        for profile_id, body in digests.compose(
            context.session, _period(period) or digests.week_of(now), now=now
        ).items():
            click.echo(json.dumps({"profile": profile_id, **body}, ensure_ascii=False))


def _period(text: str | None) -> str | None:
    if text is None:
        return None
    year, _, week = text.partition("-W")
    if not (len(year) == 4 and year.isdecimal() and len(week) == 2 and week.isdecimal() and 1 <= int(week) <= 53):
        raise InputError(problem("bad_period", key="--period", value=text))
    return text
