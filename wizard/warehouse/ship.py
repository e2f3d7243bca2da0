"""Copies journeys from the log to the warehouse: their events, and the rows that follow from these.

Each row carries the version of its journey, so that a journey can be copied any number of times and in any order: the
rows with the highest version count. Rows that a journey does not have any more are covered by rows with `is_gone`, see
`gone.py`; journeys that are not in the log any more are erased.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clickhouse_connect.driver import Client
from sqlalchemy import Connection, select

from wizard.events.bulk import among
from wizard.storage import schema
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.erase import apply_masks, mask
from wizard.warehouse.gone import gone_rows
from wizard.warehouse.shipment import Shipment
from wizard.warehouse.tables import REPLACED

ROWS_AT_ONCE = 100_000
"""The most rows of one insert."""

Rows = list[tuple[Any, ...]]
"""Rows with the values of a table's columns, in their order."""


class Changed(Protocol):
    """A journey that has changed."""

    @property
    def journey_id(self) -> str:
        """Its id."""

    @property
    def version(self) -> int:
        """A number that grows with each of its changes; that of the last one."""

    @property
    def is_gone(self) -> bool:
        """Whether it was erased since its last delivery; it may have been appended again since."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """How many journeys were written and erased, and how many rows were written in all."""

    journeys: int
    erased: int
    rows: int


def ship(log: Connection, warehouse: Warehouse, changes: Sequence[Changed], *, more_follow: bool = False) -> Shipped:
    """Make the warehouse's rows of these journeys as they are on `log`, a snapshot that has these changes.

    Where `more_follow`, erased rows stay on the disks until a call without: to write files anew takes as long for one
    row as for many.

    Raises SQLAlchemyError, ClickHouseError, and WarehouseError if another process ships meanwhile; then some of the
    rows may be written, and all can be shipped again.
    """
    versions = {change.journey_id: change.version for change in changes}
    read = {name: _read(log, name, versions) for name in REPLACED}
    found = {row[0] for own in read.values() for row in own}
    gone = {change.journey_id for change in changes if change.is_gone} | (versions.keys() - found)
    rows = {name: [(*row, versions[row[0]], 0) for row in own] for name, own in read.items()}
    for name, own in gone_rows(read["events"], read["journey_steps"], versions).items():
        rows[name] += own
    with warehouse.client() as client:
        with Shipment(client) as shipment:
            if gone:
                mask(warehouse, gone, shipment)
            for name, own in rows.items():
                _insert(client, shipment, name, own)
        if not more_follow:
            apply_masks(warehouse)
    return Shipped(len(found), len(gone), sum(map(len, rows.values())))


def _read(log: Connection, name: str, ids: Collection[str]) -> Rows:
    table = schema.METADATA.tables[name]
    columns = (table.c[column] for column in REPLACED[name].columns)
    return [tuple(row) for row in log.execute(select(*columns).where(among(log, table.c.journey_id, ids)))]


def _insert(client: Client, shipment: Shipment, name: str, rows: Rows) -> None:
    types: Mapping[str, str] = REPLACED[name].all_columns
    for start in range(0, len(rows), ROWS_AT_ONCE):
        columns = list(zip(*rows[start : start + ROWS_AT_ONCE], strict=True))
        shipment.require()
        client.insert(name, columns, list(types), column_type_names=list(types.values()), column_oriented=True)
