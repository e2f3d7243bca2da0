"""The warehouse's tables have the columns of the log's: one that is added to these needs a migration there, too."""

import time

import pytest
from clickhouse import Warehouses
from factories import NOV_1
from sqlalchemy import BigInteger, Column, Float, Integer, SmallInteger, Text

from wizard.storage import schema
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.tables import REPLACED, SETTLED_SECONDS

TYPES = {SmallInteger: "Int16", Integer: "Int32", BigInteger: "Int64", Float: "Float64", Text: "String"}
ADDED = {"version": "UInt64", "is_gone": "UInt8"}


@pytest.mark.parametrize("name", REPLACED)
def test_each_table_has_the_columns_of_the_log(name: str, any_warehouse: Warehouse) -> None:
    with any_warehouse.snapshot() as connection:
        found = {row[0]: _plain(row[1]) for row in connection.exec_driver_sql(f"DESCRIBE TABLE {name}").all()}
    expected = {column.name: _expected(column) for column in schema.METADATA.tables[name].c}
    assert found == {**expected, **ADDED}
    assert list(found) == [*expected, *ADDED]


@pytest.mark.parametrize("name", REPLACED)
def test_the_columns_of_inserts_are_those_of_the_tables(name: str, warehouse: Warehouse) -> None:
    with warehouse.snapshot() as connection:
        found = [(row[0], row[1]) for row in connection.exec_driver_sql(f"DESCRIBE TABLE {name}").all()]
    assert found == list(REPLACED[name].all_columns.items())


def test_a_period_is_read_by_the_key(warehouse: Warehouse, clickhouse: Warehouses) -> None:
    """Reading one day must not read the others."""
    database = str(warehouse.url.database)
    server = clickhouse.servers[0]
    columns = "journey_id, began_ms, last_ms, version"
    rows = "SELECT toString(cityHash64(number)), 1767225600000 + number * 10000, 0, 1 FROM numbers(250000)"
    server.execute(f"INSERT INTO journeys ({columns}) {rows}", database)
    server.execute("OPTIMIZE TABLE journeys FINAL", database)
    day = "began_ms >= 1768435200000 AND began_ms < 1768521600000"
    plan = server.execute(f"EXPLAIN indexes = 1 SELECT count() FROM journeys WHERE {day}", database)  # noqa: S608
    chosen, granules = (int(number) for number in plan.rpartition("Granules: ")[2].split("\n")[0].split("/"))
    assert chosen <= 3 < granules, plan


def test_a_month_that_has_settled_is_merged_into_one_part(warehouse: Warehouse) -> None:
    """Readers merge what is in several parts, which takes longer than reading it."""
    count = "SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = 'journeys'"
    with warehouse.client() as client:
        made = str(client.command("SHOW CREATE TABLE journeys"))
        assert (
            f"min_age_to_force_merge_seconds = {SETTLED_SECONDS}, min_age_to_force_merge_on_partition_only = 1" in made
        )
        client.command("ALTER TABLE journeys MODIFY SETTING min_age_to_force_merge_seconds = 1")
        for name in ("j-1", "j-2"):
            client.insert("journeys", [[name, NOV_1, 1]], ["journey_id", "began_ms", "version"])
        deadline = time.monotonic() + 60
        while (parts := int(str(client.command(count)))) != 1:
            assert time.monotonic() < deadline, parts
            time.sleep(0.1)


def _plain(kind: str) -> str:
    """A type without what only says how it is stored."""
    return kind.replace("LowCardinality(", "").rstrip(")") + (")" if "Nullable" in kind else "")


def _expected(column: Column[object]) -> str:
    kind = next(text for type_, text in TYPES.items() if type(column.type) is type_)
    return f"Nullable({kind})" if column.nullable else kind
