"""What each part of the way of an event takes, for docs/scale.md: bytes, and microseconds of CPU, in one run.

    PYTHONPATH=tests/support python bench/scale.py [--visits 20000] [--rounds 3]

The same simulated visits, 500 visitors at a time, go through a journal into a new SQLite log and a new PostgreSQL log,
without a subscriber and with one, and from the log to a ClickHouse. The CPU of a server is that of all its processes.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import clickhouse
from clickhouse_copy import SIZE
from ingest import JOURNAL_BYTES, interleaved, migrated, visits_of
from measure import machine, servers_cpu_seconds, table
from overview_cpu import server_seconds
from postgres import Postgres, running
from shipping import Change
from sqlalchemy import select

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.events.model import Event
from wizard.events.open_log import open_log
from wizard.intake.ingest_process import collect_rarely
from wizard.intake.journal import Journal
from wizard.intake.journal_line import encode_events, encode_line
from wizard.intake.recorder import Recorder
from wizard.storage.database import Database, open_database
from wizard.storage.schema import journeys
from wizard.storage.warehouse import Warehouse
from wizard.subscribers.registration import register
from wizard.warehouse.ship import ship

BATCHES = (1_000, 10_000)
"""How many journeys are shipped at a time."""

SUBSCRIBED = ", with a subscriber"
US = 1e6


@dataclass
class Measured:
    """What one part took in each round: our CPU, that of its server, the time, and what it stores."""

    own: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    bytes: int = 0

    def add(self, work: Callable[[], object], server: Callable[[], float]) -> None:
        """Do the work, and measure it."""
        began, own, other = time.perf_counter(), time.process_time(), server()
        work()
        self.seconds.append(time.perf_counter() - began)
        self.own.append(time.process_time() - own)
        self.server.append(server() - other)

    def row(self, name: str, events: int) -> Sequence[str]:
        """Each for an event, and how many events a second were done."""
        own, server = (f"{min(each) / events * US:.0f}" for each in (self.own, self.server))
        size = f"{self.bytes / events:,.0f}" if self.bytes else ""
        return name, size, own, server, f"{events / min(self.seconds):,.0f}"


def main() -> None:
    """Measure each part in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    collect_rarely()
    requests = interleaved(visits_of(given.visits))
    print(f"{given.visits:,} visits, {len(requests):,} events; {machine()}\n")
    found: dict[str, Measured] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running(durable=True))
        servers = stack.enter_context(clickhouse.running())
        for _ in range(given.rounds):
            ingested(found, folder, cluster, requests)
            for at_once in BATCHES:
                with servers.warehouse() as warehouse:
                    shipped(found, folder, warehouse, at_once)
                    last = found[f"shipping, {at_once:,} journeys at a time"]
                    last.bytes = int(servers.servers[0].execute(SIZE, str(warehouse.url.database)))
    header = ("", "bytes an event", "our CPU, µs an event", "its server's CPU, µs", "events a second")
    print(table(header, [each.row(name, len(requests)) for name, each in found.items()]))


def ingested(found: dict[str, Measured], folder: Path, cluster: Postgres, requests: Sequence[Event]) -> None:
    """Record all in a journal, and bring it into each kind of log, without a subscriber and with one."""
    for kind in ("", SUBSCRIBED):
        path = folder / f"log{kind}.db"
        path.unlink(missing_ok=True)
        _ingest(found, f"SQLite{kind}", f"sqlite:///{path}", requests, no_server)
        found[f"ingest into SQLite{kind}"].bytes = path.stat().st_size
        with cluster.database() as url:
            server = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
            _ingest(found, f"PostgreSQL{kind}", url, requests, lambda server=server: server_seconds(server))
            database = open_database(url)
            with database.snapshot() as connection:
                size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
            database.dispose()
            found[f"ingest into PostgreSQL{kind}"].bytes = int(size)


def _ingest(
    found: dict[str, Measured], name: str, url: str, requests: Sequence[Event], server: Callable[[], float]
) -> None:
    migrated(url)
    database = open_database(url)
    register(database, ["bench"] if SUBSCRIBED in name else [])
    database.dispose()
    log = open_log(read_settings({"WIZARD_DATABASE_URL": url}))
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(log, Path(folder), lambda: Journal(Path(folder), JOURNAL_BYTES), system_ms)
        recording = found.setdefault("recording in the journal", Measured())
        recording.add(lambda: [recorder.record([event]) for event in requests], no_server)
        recording.bytes = sum(len(encode_line(1_000_000, 1, encode_events([event], ()))) for event in requests)
        found.setdefault(f"ingest into {name}", Measured()).add(recorder.ingest, server)
        recorder.close()


def shipped(found: dict[str, Measured], folder: Path, warehouse: Warehouse, at_once: int) -> None:
    """Ship the SQLite log to an empty warehouse, so many journeys at a time."""
    log = open_database(f"sqlite:///{folder / 'log.db'}")
    measured = found.setdefault(f"shipping, {at_once:,} journeys at a time", Measured())
    measured.add(lambda: _ship(log, warehouse, at_once), lambda: servers_cpu_seconds(b"clickhouse_process"))
    log.dispose()


def _ship(log: Database, warehouse: Warehouse, at_once: int) -> None:
    with log.snapshot() as connection:
        ids = list(connection.execute(select(journeys.c.journey_id).order_by(journeys.c.began_ms)).scalars())
    for start in range(0, len(ids), at_once):
        with log.snapshot() as connection:
            ship(connection, warehouse, [Change(each, time.time_ns() // 1000) for each in ids[start : start + at_once]])


def no_server() -> float:
    """The CPU of a log that has no server."""
    return 0.0


if __name__ == "__main__":
    main()
