"""Bringing a database to the schema that the program needs (Alembic underneath)."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from matching.domain.errors import SettingsError, problem, shorten
from matching.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

LATEST = "0003"
"""The newest revision; a test holds it against the folder."""


def migrate(database: Database, target: str = "head") -> bool:
    """Run what is missing, in one transaction a revision; False where nothing was.

    `target` may name an older revision or `base`: the way down is tested too.
    """
    if target == "head" and current_revision(database) == LATEST:
        return False
    from alembic import command  # heavy, and only needed when something changes

    with database.engine.connect() as connection:
        config = alembic_config(connection)
        before = current_revision(database)
        if target == "head" or (target != "base" and (before or "") < target):
            command.upgrade(config, target)
        else:
            command.downgrade(config, target)
    return current_revision(database) != before


def current_revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one.

    Raises:
        SettingsError: `cannot_connect`; this is the first thing that anybody asks of a database.
    """
    try:
        with database.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return revision
    except DBAPIError as error:
        shown, reason = database.engine.url.render_as_string(hide_password=True), shorten(error.orig, 120)
        raise SettingsError(
            problem("cannot_connect", key="OPCMATCH_DATABASE_URL", value=shown, reason=reason)
        ) from error


def check_revision(database: Database) -> None:
    """Refuse to work on a database of another schema.

    Raises:
        SettingsError: `not_migrated`.
    """
    found = current_revision(database)
    if found != LATEST:
        raise SettingsError(problem("not_migrated", value=found or "—", needed=LATEST))


def alembic_config(connection: "Connection") -> "Config":
    """Alembic's settings for our folder, on a connection that is open already."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("matching.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
