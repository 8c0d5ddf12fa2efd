"""`opcmatch demo`: everything on demonstration data, then the site."""

import json
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from jobs import utc_now
from jobs.commands.context import Context, opened
from jobs.demo import Outcome, demonstrate
from jobs.serving import check_address, serve_site
from matching.domain.errors import InputError, problem
from matching.domain.records import RecordKind
from matching.store.migration import migrate

_FILES = click.Path(dir_okay=False, path_type=Path)


@click.command(
    help="在演示数据上走完全程：导入、审核、匹配、清单、简报、阵容，再启动网站。All of it on demonstration data."
)
@click.option("--no-serve", is_flag=True, help="做完就退出。Leave when done.")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出 JSON。Print one line of JSON last.")
@click.option("--demands", multiple=True, type=_FILES, help="用自己的需求表代替演示数据，可多次。Your own workbook.")
@click.option("--profiles", multiple=True, type=_FILES, help="用自己的画像表代替演示数据，可多次。Your own workbook.")
@click.option("--as-of", metavar="DAY", help="演示数据的日期从哪天算起。The day that its days count from.")
def command(
    no_serve: bool,
    as_json: bool,
    demands: tuple[Path, ...],
    profiles: tuple[Path, ...],
    as_of: str | None,
) -> None:
    """A second run does nothing twice, and says so."""
    began = time.perf_counter()
    day = _day(as_of)
    files = [*((RecordKind.DEMANDS, path) for path in demands), *((RecordKind.PROFILES, path) for path in profiles)]
    with opened(migrated=False) as context:
        if not no_serve:
            check_address(context.settings)
        say = _Say(began)
        say("数据库：已建立" if migrate(context.database) else "数据库：已就绪")
        outcome = demonstrate(context, utc_now, say, files, day)
        seconds = round(time.perf_counter() - began, 2)
        _tell(context, outcome)
        if as_json:
            click.echo(json.dumps({**asdict(outcome), "seconds": seconds}, ensure_ascii=False))
        settings = context.settings
    if not no_serve:
        serve_site(settings)


class _Say:
    """Prints a line with the time it took since the line before."""

    def __init__(self, began: float) -> None:
        self.last = began

    def __call__(self, words: str) -> None:
        now = time.perf_counter()
        click.echo(f"[{now - self.last:5.1f} 秒] {words}")
        self.last = now


def _tell(context: Context, outcome: Outcome) -> None:
    click.echo("")
    for name, address in outcome.urls.items():
        click.echo(f"  {name:<10} {address}")
    click.echo("\n演示账号（随机密码，只属于这个安装，保存在 demo-accounts.json）：")
    for account in outcome.accounts:
        click.echo(f"  {account['role']:<15} {account['email']:<24} {account['password']}")
    click.echo(f"\n数据在 {context.settings.instance}")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(problem("bad_day", key="--as-of", value=text)) from None
