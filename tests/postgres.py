"""A PostgreSQL server of the tests' own: made from the installed binaries, reached by a socket, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from matching.store import Database
from matching.store.migration import migrate

MISSING = "PostgreSQL's server binaries are missing: sudo apt-get install postgresql"
TEMPLATE = "opcmatch_template"
_SETTINGS = {"listen_addresses": "''", "fsync": "off", "full_page_writes": "off", "max_connections": "40"}


def binaries() -> Path:
    """The folder of initdb and pg_ctl, newest version first.

    Where there is none the test is skipped, and says how to mend it; with CI set it fails.
    """
    on_path = [Path(found).parent for found in [shutil.which("pg_ctl")] if found]
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    for folder in [*versions, *on_path]:
        if (folder / "initdb").exists():
            return folder
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


class Cluster:
    """One running server; `database` copies a migrated template."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        # Not pytest's folder: the server's own user must reach it, and a socket's path is short.
        self.folder = Path(tempfile.mkdtemp(prefix="opcmatch-pg-", dir="/tmp"))
        self._as_server: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
            self._as_server = ["runuser", "-u", "postgres", "--"]
        self._numbers = count(1)

    def start(self) -> None:
        """Make the cluster and its template, and wait until it answers."""
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", self._data)
        settings = {**_SETTINGS, "unix_socket_directories": f"'{self.folder}'"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        self._execute(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self.url(TEMPLATE))
        migrate(database)
        database.dispose()

    def stop(self) -> None:
        """End the server, if it came to run, without ceremony, and remove everything."""
        try:
            if Path(self._data, "postmaster.pid").exists():
                self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.folder)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The address of a database of one's own, which is dropped at the end."""
        name = f"opcmatch_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_server, str(self.binaries / program), *arguments]
        # Not through pipes: the server inherits them and would keep them open.
        with open(self.folder / "commands.log", "ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(self.folder / 'commands.log').read_text('utf-8', 'replace')}")
