"""Who is the worker: a lock that the kernel or the server releases when its holder dies, however it dies.

Leases by the clock were tried and leave rows stuck, or run them twice, when the clock jumps.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from matching.store.database import Database

_ADVISORY_KEY = 0x6F70636D  # "opcm": any number, as long as nobody else takes it in this database


@contextmanager
def worker_lock(database: Database, folder: Path) -> Iterator[bool]:
    """True inside for the one worker of a database, False for any other process meanwhile.

    Beside SQLite a `flock` on a file in `folder`; on PostgreSQL an advisory lock of a session of its own.
    """
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.detach()  # closed at the end, not kept in the pool with the lock still on it
            held = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_KEY}).scalar_one()
            connection.commit()  # the lock is the session's; no transaction may stay open for days
            yield bool(held)
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
