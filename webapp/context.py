"""What a request works with: its database session, who acts, what time it is, the words."""

from datetime import UTC, date, datetime

from flask import Flask, current_app, g
from flask_login import current_user

from matching.domain.vocabulary import Vocabulary, load_vocabulary
from matching.services.access import ANONYMOUS, Actor
from matching.services.accounts import actor_of
from matching.services.records import SHANGHAI
from matching.settings import Settings
from matching.store import Database, DbSession

_DATABASE, _SETTINGS = "opcmatch_database", "opcmatch_settings"


def init_app(app: Flask, settings: Settings, database: Database) -> None:
    """Give every request of `app` this database; its session is closed when the request ends."""
    app.extensions[_DATABASE], app.extensions[_SETTINGS] = database, settings
    app.teardown_appcontext(_close)


def settings() -> Settings:
    """What this installation decided."""
    found: Settings = current_app.extensions[_SETTINGS]
    return found


def database() -> Database:
    """The installation's database."""
    found: Database = current_app.extensions[_DATABASE]
    return found


def db() -> DbSession:
    """The request's session, opened when it is first needed."""
    if "db" not in g:
        g.db = database().sessions()
    found: DbSession = g.db
    return found


def utc_now() -> datetime:
    """The time of this request (aware UTC): one instant, however often it is asked for."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    found: datetime = g.now
    return found


def today() -> date:
    """The day in Shanghai."""
    return utc_now().astimezone(SHANGHAI).date()


def actor() -> Actor:
    """Who is signed in, as somebody who acts."""
    if "actor" not in g:
        g.actor = actor_of(current_user.account) if current_user.is_authenticated else ANONYMOUS
    found: Actor = g.actor
    return found


def vocabulary() -> Vocabulary:
    """The controlled words."""
    return load_vocabulary()


def _close(_error: BaseException | None) -> None:
    session: DbSession | None = g.pop("db", None)
    if session is not None:
        session.close()
