"""The tables: migrated ones are those that the code names, and their columns are the fields of what they hold."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from processes import migrate_at
from sqlalchemy import Table, func, inspect, select
from visits import STEPS, Visitor

from wizard.events.attribution import ATTRIBUTION
from wizard.events.log import Log
from wizard.events.model import KINDS, OWN, Context
from wizard.events.projection import JourneyRow, StepRow
from wizard.storage import schema
from wizard.storage.database import Database, open_database
from wizard.storage.version_table import VERSION_TABLE


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A migrated database that the class names."""
    opened = open_database(address)
    yield opened
    opened.dispose()


class SchemaContract:
    def test_what_the_migrations_make_is_what_the_code_names(self, database: Database) -> None:
        with database.reader.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "version_table": VERSION_TABLE}
            )
            differences = compare_metadata(context, schema.METADATA)
        assert not differences, f"add a migration to wizard/storage/migrations/versions/, for {differences}"

    def test_the_keys_that_exactly_once_rests_on_are_there(self, database: Database) -> None:
        found = inspect(database.reader)
        for table in schema.METADATA.sorted_tables:
            key = found.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key]
        assert found.get_pk_constraint("events")["constrained_columns"] == ["journey_id", "event_id"]

    def test_times_and_counts_may_be_larger_than_32_bits(self, database: Database) -> None:
        log = Log(database, STEPS)
        later = Visitor(now_ms=2**42, pace_ms=2**33).arrive().answer("hobby")
        log.append(later.events)
        with database.reader.connect() as connection:
            elapsed = connection.execute(select(func.max(schema.journey_steps.c.elapsed_ms))).scalar_one()
        assert elapsed == 2**33
        assert log.count(2**42) == log.count() > 0


class TestSchemaOnSqlite(SchemaContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        address = f"sqlite:///{tmp_path}/log.db"
        migrate_at(address)
        return address


class TestSchemaOnPostgresql(SchemaContract):
    @pytest.fixture
    def address(self, postgresql_url: str) -> str:
        return postgresql_url


def names(table: Table) -> list[str]:
    return [column.name for column in table.c]


def expect_columns(table: Table, expected: set[str]) -> None:
    """Say which columns `table` lacks, and which it has for nothing."""
    there = set(names(table))
    missing, further = sorted(expected - there), sorted(there - expected)
    where = f"{table.name} in wizard/storage/schema.py"
    assert not missing, f"add {missing} to {where}"
    assert not further, f"take {further} out of {where}, or give what it holds a field in wizard/events/"


def test_a_row_of_a_journey_or_a_step_has_a_column_for_each_field() -> None:
    for table, row in ((schema.journeys, JourneyRow), (schema.journey_steps, StepRow)):
        expect_columns(table, {field.name for field in fields(row)})


def test_a_row_of_events_has_a_column_for_each_property_of_any_kind_of_event() -> None:
    context = {field.name for field in fields(Context)} - {"attribution"}
    own = {name for kind in KINDS for name in OWN[kind]}
    expect_columns(schema.events, {"event", "event_id", *context, *ATTRIBUTION, *own})


def test_only_what_some_kind_of_event_lacks_may_be_missing() -> None:
    own = {name for kind in KINDS for name in OWN[kind]}
    assert {column.name for column in schema.events.c if column.nullable} == own


@pytest.mark.parametrize(
    ("table", "missing"),
    [
        (schema.journeys, {"started_ms", "finished_ms", "clicked_ms", "converted_ms", "elapsed_ms", "value"}),
        (schema.journey_steps, {"reached_ms", "answered_ms", "elapsed_ms"}),
    ],
)
def test_only_what_may_be_unknown_may_be_missing_from_a_row(table: Table, missing: set[str]) -> None:
    assert {column.name for column in table.c if column.nullable} == missing
