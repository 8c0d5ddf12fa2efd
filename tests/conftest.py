"""Fixtures for every test that needs a database: a real, migrated one, bare or with the commands on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from matching.store import Database, DbSession
from matching.store.migration import migrate
from tests.installation import Installation
from tests.postgres import Cluster, binaries

ON_BOTH_ENGINES = {"store", "services", "jobs"}
"""Folders of tests whose `database` is an SQLite file once, and a PostgreSQL database once."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database, in the folders above, on both engines."""
    if metafunc.definition.path.parent.name in ON_BOTH_ENGINES and "database_url" in metafunc.fixturenames:
        engines = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
        metafunc.parametrize("database_url", engines, indirect=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the latest schema, to be copied: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this process; started for the first test that asks, stopped after the last."""
    found = Cluster(binaries())
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database of the test's own."""
    if getattr(request, "param", "sqlite") == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        with cluster.database() as url:
            yield url
    else:
        path = tmp_path / "opcmatch.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database of the test's own."""
    found = Database(database_url)
    yield found
    found.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[DbSession]:
    """A session on that database."""
    with database.session() as found:
        yield found


@pytest.fixture
def bare_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Installation:
    """Nothing is there yet."""
    return Installation(tmp_path / "instance", monkeypatch, capsys)


@pytest.fixture
def installation(bare_installation: Installation, migrated_file: Path) -> Installation:
    """An empty, migrated database is there."""
    return bare_installation.with_database(migrated_file)
