"""A migration that lets older servers write only adds to the tables, so that these can go on."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Inspector, inspect

from wizard.storage.database import Database, open_database
from wizard.storage.older_servers import FIRST_WORKER
from wizard.storage.schema import VERSION

FIRST = "0011"
"""The first migration that says which servers may write after it."""


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(resources.files("wizard.storage") / "migrations"))
    return made


MIGRATIONS = sorted(
    (script for script in ScriptDirectory.from_config(config()).walk_revisions() if script.revision >= FIRST),
    key=lambda script: script.revision,
)
EXPANDING = [
    script for script in MIGRATIONS if getattr(script.module, "writers_from", script.revision) != script.revision
]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    if request.param == "sqlite":
        made = open_database(f"sqlite:///{tmp_path}/log.db")
        yield made
        made.dispose()
        return
    with request.getfixturevalue("postgres").new_database() as url:
        made = open_database(url)
        yield made
        made.dispose()


def migrate_to(database: Database, version: str) -> None:
    using = config()
    with database.writer.begin() as connection:
        using.attributes["connection"] = connection
        command.upgrade(using, version)


def columns_of(found: Inspector) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The columns of all tables, by table and name."""
    tables = set(found.get_table_names()) - {"wizard_version"}
    return {(table, column["name"]): column for table in tables for column in found.get_columns(table)}


def constraints_of(found: Inspector) -> set[tuple[Any, ...]]:
    """What a row has to fulfil, by table."""
    tables = set(found.get_table_names()) - {"wizard_version"}
    keys = {(table, *found.get_pk_constraint(table)["constrained_columns"]) for table in tables}
    unique = {(table, str(each["name"])) for table in tables for each in found.get_indexes(table) if each["unique"]}
    checks = {(table, str(each["sqltext"])) for table in tables for each in found.get_check_constraints(table)}
    return keys | unique | checks


@pytest.mark.parametrize("script", EXPANDING, ids=lambda script: script.revision)
def test_a_migration_after_which_older_servers_write_only_adds(database: Database, script: Script) -> None:
    migrate_to(database, str(script.down_revision))
    before, needed = columns_of(inspect(database.reader)), constraints_of(inspect(database.reader))
    migrate_to(database, script.revision)
    after, also_needed = columns_of(inspect(database.reader)), constraints_of(inspect(database.reader))
    assert before.keys() <= after.keys(), "it removes or renames something"
    for key, column in before.items():
        assert str(after[key]["type"]) == str(column["type"]), f"{key} has another type"
        assert after[key]["nullable"] >= column["nullable"], f"{key} may no longer be missing"
    tables = {table for table, _ in before}
    for key in after.keys() - before.keys():
        if key[0] in tables:
            assert after[key]["nullable"] or after[key]["default"] is not None, (
                f"older servers can't write without {key}"
            )
    assert {each for each in also_needed if each[0] in tables} <= needed, "it refuses rows that older servers write"


def test_each_migration_says_which_servers_may_write_after_it() -> None:
    versions = [f"{number:04}" for number in range(1, int(VERSION) + 1)]
    for script in MIGRATIONS:
        assert getattr(script.module, "writers_from", None) in versions, f"{script.revision} has no writers_from"
        assert script.module.writers_from <= script.revision


def test_each_version_has_workers_of_its_own_in_the_ledger() -> None:
    assert int(VERSION) * 64 == FIRST_WORKER, "servers of the version before would be taken for this one's"
