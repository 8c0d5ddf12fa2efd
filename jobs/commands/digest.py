"""`opcmatch digest`: publish or preview the digests of a period."""

import json
from datetime import date

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
    words = f"{chosen}：发布 {added} 份简报。" if added else f"{chosen}：没有新增，已发布的画像都已有本期简报。"
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
    try:
        if text.isascii() and len(text) == len("2026-W48") and text[4:6] == "-W":
            date.fromisoformat(f"{text}-1")  # not every year has a week 53
            return text
    except ValueError:
        pass  # told below, with every other shape of a wrong week
    raise InputError(problem("bad_period", key="--period", value=text))
