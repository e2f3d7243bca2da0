"""A copy of a log on a ClickHouse of its own, made once and kept beside the log."""

# For scripts; it prints how far it is.
# ruff: noqa: INP001, S608, T201

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from clickhouse import ClickHouse
from shipping import Change
from sqlalchemy import func, select, update

from wizard.storage.database import Database
from wizard.storage.readings import SUBSCRIBER, Readings
from wizard.storage.schema import journeys
from wizard.storage.subscriber_tables import subscribers
from wizard.storage.warehouse import Warehouse, open_warehouse
from wizard.subscribers.registration import register
from wizard.warehouse.migrate import migrate
from wizard.warehouse.ship import ship
from wizard.warehouse.tables import REPLACED

NAME = "bench"
MB = 1_000_000
SIZE = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()"
JOURNEYS_AT_ONCE = 10_000
"""How many journeys are shipped at a time: a batch of some 90,000 rows."""


@dataclass(frozen=True)
class Copy:
    """The server, what reads its copy, and how long it took to ship the log: None if it was there already."""

    server: ClickHouse
    readings: Readings
    seconds: float | None

    def description(self, log: Path) -> str:
        """The version of the server, the sizes of both, and how long the log took to be shipped."""
        version = self.server.execute("SELECT version()").strip()
        size = int(self.server.execute(SIZE, NAME))
        shipped = f", shipped in {self.seconds:,.0f} s" if self.seconds else ""
        return f"ClickHouse {version}: {size / MB:,.0f} MB beside the log's {log.stat().st_size / MB:,.0f}{shipped}"

    @contextmanager
    def multiplied(self, times: int) -> Iterator[Readings]:
        """A reader of a copy with so many times the journeys, at the same times, in a database that is kept.

        Their ids are made anew, so that they take as much room as those of the log. Events are copied once: of the
        readers' figures, only the recount and the visits under way are read from them.
        """
        name = f"{NAME}_{times}"
        self.server.execute(f"CREATE DATABASE IF NOT EXISTS {name}")
        warehouse = open_warehouse(self.server.url(name))
        migrate(warehouse)
        for table in REPLACED:
            done = int(self.server.execute(f"SELECT uniq(version % 64) FROM {table}", name))
            for number in range(done, 1 if table == "events" else times):
                self.server.execute(_copy_of(table, number), name)
        yield Readings(self.readings.log, warehouse)
        warehouse.dispose()

    def merge(self, database: str = NAME) -> float:
        """Merge all parts of each month into one, as the server does by and by. Returns the seconds."""
        began = time.perf_counter()
        parts = "SELECT DISTINCT table, partition_id FROM system.parts WHERE active AND database = currentDatabase()"
        for line in self.server.execute(parts, database).splitlines():
            table, month = line.split("\t")
            if table in REPLACED:
                self.server.execute(f"OPTIMIZE TABLE {table} PARTITION ID '{month}' FINAL", database)
        return time.perf_counter() - began


def _copy_of(table: str, number: int) -> str:
    """A statement that copies a table from the first copy, with other ids."""
    other = {
        "journey_id": f"concat(substring(journey_id, 1, 5), lower(hex(sipHash128(journey_id, {number}))))",
        "continued_from": f"if(continued_from = '', '', lower(hex(sipHash128(continued_from, {number}))))",
        "event_id": f"lower(hex(sipHash128(event_id, {number})))",
        "version": f"intDiv(version, 64) * 64 + {number}",
    }
    names = list(REPLACED[table].all_columns)
    values = ", ".join(other.get(name, name) for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {NAME}.{table} FINAL "
        "SETTINGS max_partitions_per_insert_block = 0, max_threads = 2"
    )


@contextmanager
def copied(log: Database, folder: Path) -> Iterator[Copy]:
    """The whole of `log` on a server with its data in `folder`, which is filled the first time."""
    server = ClickHouse()
    server.data = folder
    try:
        server.start()
        server.execute(f"CREATE DATABASE IF NOT EXISTS {NAME}")
        warehouse = open_warehouse(server.url(NAME))
        migrate(warehouse)
        seconds = _fill(log, warehouse)
        _mark_as_filled(log)
        yield Copy(server, Readings(log, warehouse), seconds)
        warehouse.dispose()
    finally:
        server.remove()


def _fill(log: Database, warehouse: Warehouse) -> float | None:
    """Ship all journeys that are not there, in order of their ids. Returns the seconds, or None if none was missing."""
    last = select(func.max(journeys.c.journey_id))
    with warehouse.snapshot() as there, log.snapshot() as here:
        after = str(there.execute(last).scalar() or "")
        if after == here.execute(last).scalar():
            return None
    began = time.perf_counter()
    done = 0
    while ids := _next(log, after):
        with log.snapshot() as connection:
            ship(connection, warehouse, [Change(journey_id, time.time_ns() // 1000) for journey_id in ids])
        after, done = ids[-1], done + len(ids)
        rate = done / (time.perf_counter() - began)
        print(f"\r{done:,} journeys shipped, {rate:,.0f} a second", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return time.perf_counter() - began


def _mark_as_filled(log: Database) -> None:
    """Have readers read the copy: else they would wait for the feed to deliver all journeys."""
    register(log, [SUBSCRIBER])
    log.write(lambda connection: connection.execute(update(subscribers).values(backfill_after=None)))


def _next(log: Database, after: str) -> Sequence[str]:
    found = select(journeys.c.journey_id).where(journeys.c.journey_id > after).order_by(journeys.c.journey_id)
    with log.snapshot() as connection:
        return list(islice(connection.execute(found.limit(JOURNEYS_AT_ONCE)).scalars(), JOURNEYS_AT_ONCE))
