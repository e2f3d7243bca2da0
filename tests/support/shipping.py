"""Copies a log to a warehouse, and compares the two, row by row."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from wizard.events.log import Log
from wizard.storage import schema
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.ship import Shipped, ship
from wizard.warehouse.tables import REPLACED

JOURNEYS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """A journey that has changed."""

    journey_id: str
    version: int
    is_gone: bool = False


def ship_journeys(log: Log, warehouse: Warehouse, journey_ids: Sequence[str], version: int | None = None) -> Shipped:
    """Copy these journeys, with a version that is greater than those before."""
    changes = [Change(name, version or time.time_ns() // 1000) for name in journey_ids]
    with log.database.snapshot() as connection:
        return ship(connection, warehouse, changes)


def ship_log(log: Log, warehouse: Warehouse) -> None:
    """Copy all journeys of a log."""
    with log.database.snapshot() as connection:
        names = list(connection.execute(select(schema.journeys.c.journey_id)).scalars())
    for start in range(0, len(names), JOURNEYS_AT_ONCE):
        ship_journeys(log, warehouse, names[start : start + JOURNEYS_AT_ONCE])


def assert_equal(log: Log, warehouse: Warehouse) -> None:
    """Assert that all rows of the warehouse are those of the log."""
    with log.database.snapshot() as one, warehouse.snapshot() as other:
        for name in REPLACED:
            table = schema.METADATA.tables[name]
            assert rows_of(other, table) == rows_of(one, table), name


def rows_of(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table, by its key."""
    return sorted((tuple(row) for row in connection.execute(select(table))), key=lambda row: row[:2])
