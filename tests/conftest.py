"""Fixtures for every test that needs a database: a real, migrated one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from matching.store import Database
from matching.store.migration import migrate


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the latest schema, to be copied: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database of the test's own."""
    path = tmp_path / "opcmatch.sqlite3"
    shutil.copy(migrated_file, path)
    found = Database(f"sqlite:///{path}")
    yield found
    found.dispose()
