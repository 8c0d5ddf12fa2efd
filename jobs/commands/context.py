"""What every command on the database begins with: settings, an open database, who acts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from matching.domain.records import RecordKind
from matching.publishing.wording import sentence
from matching.services.access import Actor, Role
from matching.services.accounts import account_of, actor_of
from matching.settings import Settings, language_of_errors, load_settings, unknown_settings
from matching.store import Database, DbSession
from matching.store.migration import check_revision

OPERATOR = Actor(role=Role.ADMINISTRATOR, name="command line")
"""Whoever may run commands on the machine of the database; the audit log says so."""


@dataclass(frozen=True, slots=True)
class Context:
    """One command's settings and session."""

    settings: Settings
    database: Database
    session: DbSession

    def actor(self, email: str | None) -> Actor:
        """The account that a command acts as (`--as`), or the operator.

        Raises:
            NotFound: `no_such_account`.
        """
        return OPERATOR if email is None else actor_of(account_of(self.session, email))


@contextmanager
def opened(*, migrated: bool = True) -> Iterator[Context]:
    """Settings read, database open (and of the schema that the program needs), everything closed at the end."""
    for found in unknown_settings():
        click.echo(f"opcmatch: {sentence(found, language_of_errors())}", err=True)
    settings = load_settings()
    database = Database(settings.database_url)
    try:
        if migrated:
            check_revision(database)
        with database.session() as session:
            yield Context(settings, database, session)
    finally:
        database.dispose()


def say(as_json: bool, data: dict[str, Any], words: str) -> None:
    """The result: one line of JSON for a machine, words for a person."""
    click.echo(json.dumps(data, ensure_ascii=False) if as_json else words)


kind_choice = click.Choice([kind.value for kind in RecordKind])
json_option = click.option("--json", "as_json", is_flag=True, help="给程序读的一行 JSON。One line of JSON.")
as_option = click.option("--as", "email", metavar="EMAIL", help="以哪个账号的名义。Which account acts.")
