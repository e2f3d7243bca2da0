"""Events appended a second, beside a floor: the same rows inserted with nothing but sqlite3, in the same run.

    python bench/append.py [--visits 1000] [--folder artifacts/bench] [--postgresql URL-OF-AN-EMPTY-DATABASE]

"One at a time" is how visitors write: each event in a transaction of its own, by one thread or by four. The log also
folds each journey anew and keeps the ledger in that transaction; the floor does neither.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201

import argparse
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from measure import machine, table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from wizard.config import read_settings
from wizard.demo.load import VISITS_AT_ONCE
from wizard.demo.visits import Demo
from wizard.events.model import Event
from wizard.events.open_log import open_log
from wizard.events.record import to_record
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import events

THREADS = 4
SYNCHRONOUS = {"crash": "NORMAL", "power-loss": "FULL"}

Append = Callable[[list[Event]], Any]


def main() -> None:
    """Measure each kind of log in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    parser.add_argument("--postgresql", metavar="URL")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}, SQLite {sqlite3.sqlite_version}\n")
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for durability, synchronous in SYNCHRONOUS.items():
            floor = Floor(Path(folder) / f"floor-{durability}.db", synchronous)
            rows.append((f"floor: sqlite3, {durability}", *measured(floor.append, given.visits)))
            address = f"sqlite:///{Path(folder).resolve()}/{durability}.db"
            rows.append((f"SQLite, {durability}", *of_log(address, durability, given.visits)))
    if given.postgresql:
        rows.append(("PostgreSQL", *of_log(given.postgresql, "crash", given.visits)))
    print(table(("events a second", "one at a time", f"{THREADS} threads", f"{VISITS_AT_ONCE} visits at a time"), rows))


def of_log(address: str, durability: str, visits: int) -> list[str]:
    """The figures of a log at `address`, which is to be empty."""
    migrate(open_database(address))
    log = open_log(read_settings({"WIZARD_DATABASE_URL": address, "WIZARD_DURABILITY": durability}))
    try:
        return measured(log.append, visits)
    finally:
        log.database.dispose()


def measured(append: Append, visits: int) -> list[str]:
    """Events a second, each way of writing them with visits of its own."""
    ways = (one_at_a_time, from_threads, in_batches)
    return [f"{way(append, made(seed, visits)):,.0f}" for seed, way in enumerate(ways)]


def made(seed: int, visits: int) -> list[list[Event]]:
    """Visits, their ids worked out beforehand."""
    found = list(Demo(QUESTIONS, STRATEGY, seed).visits(visits, 30, int(time.time() * 1000)))
    for visit in found:
        for event in visit:
            assert event.event_id  # noqa: S101  # worked out here, and kept
    return found


def one_at_a_time(append: Append, visits: Sequence[list[Event]]) -> float:
    """One writer, one event in each transaction."""
    return rate(visits, lambda: [append([event]) for visit in visits for event in visit])


def from_threads(append: Append, visits: Sequence[list[Event]]) -> float:
    """Several writers, each with whole visits of its own, one event in each transaction."""

    def run() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda visit: [append([event]) for event in visit], visits))

    return rate(visits, run)


def in_batches(append: Append, visits: Sequence[list[Event]]) -> float:
    """Many visits in each transaction, as demo data is stored."""

    def run() -> None:
        ahead = iter(visits)
        while some := list(islice(ahead, VISITS_AT_ONCE)):
            append([event for visit in some for event in visit])

    return rate(visits, run)


def rate(visits: Iterable[list[Event]], run: Callable[[], object]) -> float:
    """How many events a second `run` wrote."""
    began = time.perf_counter()
    run()
    return sum(map(len, visits)) / (time.perf_counter() - began)


class Floor:
    """The events' table and nothing else, written to as fast as Python's own sqlite3 can while keeping ids unique."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self._path, self._synchronous = path, synchronous
        self._own = threading.local()
        connection = self._connection()
        connection.execute(str(CreateTable(events).compile(dialect=sqlite.dialect())))
        for index in events.indexes:
            connection.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))

    def append(self, told: list[Event]) -> None:
        """Insert the events in one transaction."""
        names = events.c.keys()
        records = [to_record(event) for event in told]
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"INSERT OR IGNORE INTO events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608
            [[record.get(name) for name in names] for record in records],
        )
        connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        if not hasattr(self._own, "connection"):
            self._own.connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            self._own.connection.execute("PRAGMA journal_mode=WAL")
            self._own.connection.execute(f"PRAGMA synchronous={self._synchronous}")
        made: sqlite3.Connection = self._own.connection
        return made


if __name__ == "__main__":
    main()
