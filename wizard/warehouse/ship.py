"""Copies journeys from the log to the warehouse: their events, and the rows that follow from these.

Each row carries the version of its journey, so that a journey can be copied any number of times and in any order, also
by two processes at once: the rows with the highest version count. Rows that a journey does not have any more are
covered by rows with `is_gone`, see `gone.py`; journeys that are not in the log any more are erased.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clickhouse_connect.driver import Client
from sqlalchemy import Connection, select

from wizard.clock import system_ms
from wizard.events.bulk import among
from wizard.storage import schema
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.erase import erase
from wizard.warehouse.gone import gone_rows
from wizard.warehouse.tables import REPLACED

ROWS_AT_ONCE = 100_000
"""The most rows of one insert."""

Rows = Sequence[tuple[Any, ...]]
"""Rows with the values of a table's columns, in their order."""


class Changed(Protocol):
    """A journey that has changed. `is_gone`: it was erased, and may have been appended again since."""

    @property
    def journey_id(self) -> str:
        """Its id."""
        ...

    @property
    def version(self) -> int:
        """A number that grows with each of its changes; that of the last one."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether it was erased since its last delivery."""
        ...


@dataclass(frozen=True, slots=True)
class Shipped:
    """How many journeys were written and erased, and how many rows were written in all."""

    journeys: int
    erased: int
    rows: int


def ship(log: Connection, warehouse: Warehouse, changes: Sequence[Changed]) -> Shipped:
    """Make the warehouse's rows of these journeys as they are on `log`, a snapshot that has these changes.

    Raises SQLAlchemyError and ClickHouseError; then some of the rows may be written, and all can be shipped again.
    """
    versions = {change.journey_id: change.version for change in changes}
    read = {name: _read(log, name, versions) for name in REPLACED}
    found = {row[0] for row in read["journeys"]} | {row[0] for row in read["events"]}
    gone = {change.journey_id for change in changes if change.is_gone} | (versions.keys() - found)
    rows = {name: [(*row, versions[row[0]], 0) for row in own] for name, own in read.items()}
    for name, own in gone_rows(read["events"], read["journey_steps"], versions).items():
        rows[name] += own
    with warehouse.client() as client:
        mark = next_mark(client)
        _mark(client, mark)
        if gone:
            erase(warehouse, gone)
        for name, own in rows.items():
            _insert(client, name, own)
        _mark(client, mark + 1)
    return Shipped(len(found), len(gone), sum(map(len, rows.values())))


def next_mark(client: Client) -> int:
    """The even number that marks the beginning of the next shipment."""
    last = int(str(client.command("SELECT max(mark) FROM shipments")))
    return last - last % 2 + 2


def _read(log: Connection, name: str, ids: Collection[str]) -> Rows:
    table = schema.METADATA.tables[name]
    columns = (table.c[column] for column in REPLACED[name].columns)
    return [tuple(row) for row in log.execute(select(*columns).where(among(log, table.c.journey_id, ids)))]


def _insert(client: Client, name: str, rows: Rows) -> None:
    types: Mapping[str, str] = REPLACED[name].all_columns
    for start in range(0, len(rows), ROWS_AT_ONCE):
        client.insert(
            name,
            list(zip(*rows[start : start + ROWS_AT_ONCE], strict=True)),
            list(types),
            column_type_names=list(types.values()),
            column_oriented=True,
        )


def _mark(client: Client, mark: int) -> None:
    client.insert("shipments", [[mark, system_ms()]], ["mark", "at_ms"], column_type_names=["UInt64", "Int64"])
