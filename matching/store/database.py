"""The engine, its sessions and the one way to write.

SQLite runs in WAL with `synchronous=FULL`; a transaction that will write takes the write lock at its first
statement (BEGIN IMMEDIATE), because a lock that is upgraded later fails at once under load. PostgreSQL does the
same by an advisory lock that ends with the transaction: the use cases look first and write then (is the id free,
which number is next, was this told already), and what they saw must still be true when they write.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from matching.domain.errors import EditConflict, SettingsError, problem

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for the one before it, on both engines."""

DbSession = Session
"""SQLAlchemy's session under the name that the house uses: a Session is something else at a roadshow."""

_ONE_WRITER = text(
    f"SELECT set_config('lock_timeout', '{BUSY_TIMEOUT_MS}ms', true), pg_advisory_xact_lock({0x6F70636E})"
)

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA mmap_size=0",
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware UTC in Python; `timestamptz` in PostgreSQL, UTC without zone in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody could say which zone they were in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database: its engine and a factory of sessions.

    Raises:
        SettingsError: `unknown_database`, where the address names no engine that we can open.
    """

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[DbSession]:
        """A session that reads until a service writes; closed at the end, nothing half-done stays."""
        with self.sessions() as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def write_transaction(session: DbSession) -> Iterator[None]:
    """Everything inside is committed together or not at all; a use case inside another joins it.

    Raises:
        EditConflict: a row was changed by somebody else since it was read.
    """
    if session.info.get("writing"):
        yield
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a write transaction")
    session.rollback()  # the snapshot that was only read; the lock below is the first statement of a new one
    connection = session.connection(execution_options={"opcmatch_begin": "IMMEDIATE"})
    session.info["writing"] = True
    try:
        if connection.dialect.name == "postgresql":
            connection.execute(_ONE_WRITER)
        yield
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise EditConflict(problem("edited_meanwhile")) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["writing"]


def canonical_json(value: object) -> str:
    """One spelling for one value: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _make_engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed, json_serializer=canonical_json, pool_pre_ping=parsed.get_backend_name() != "sqlite"
        )
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        shown = url.split("@")[-1]  # never the password
        reason = type(error).__name__
        raise SettingsError(
            problem("unknown_database", key="OPCMATCH_DATABASE_URL", value=shown, reason=reason)
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('opcmatch_begin', 'DEFERRED')}")
