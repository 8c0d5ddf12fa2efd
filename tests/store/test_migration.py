"""The schema: up, down and up again on both engines, and never another one than the model's."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from matching.domain.errors import SettingsError
from matching.store import Database
from matching.store.migration import LATEST, alembic_config, check_revision, current_revision, migrate
from matching.store.schema import Base


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_the_way_down_leaves_nothing_and_the_way_up_makes_it_again(database: Database):
    before = tables(database)

    went_down = migrate(database, "base")
    left = tables(database)
    went_up = migrate(database)

    assert (went_down, went_up) == (True, True)
    assert left == {"alembic_version"}
    assert tables(database) == before


def test_migrating_a_migrated_database_changes_nothing(database: Database):
    assert migrate(database) is False
    assert current_revision(database) == LATEST


def test_the_migrated_schema_is_the_model(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_latest_names_the_newest_file(database: Database):
    with database.engine.connect() as connection:
        heads = ScriptDirectory.from_config(alembic_config(connection)).get_heads()

    assert heads == [LATEST]


def test_another_schema_is_refused(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    with pytest.raises(SettingsError) as refused:
        check_revision(database)

    assert [(p.code, p.facts["needed"]) for p in refused.value.problems] == [("not_migrated", LATEST)]
    database.dispose()
