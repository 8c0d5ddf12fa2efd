"""`opcmatch init`: bring the database to the schema that the program needs."""

import click

from jobs.commands.context import json_option, opened, say
from matching.store.migration import LATEST, migrate


@click.command(help="建立或升级数据库。Create or upgrade the database.")
@json_option
def command(as_json: bool) -> None:
    """Safe to run at any time; does nothing where nothing is missing."""
    with opened(migrated=False) as context:
        changed = migrate(context.database)
    words = f"数据库已升级到版本 {LATEST}。" if changed else f"数据库已是版本 {LATEST}，无需改动。"
    say(as_json, {"changed": changed, "revision": LATEST}, words)
