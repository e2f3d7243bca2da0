"""Measures recording and ingest: CPU of `Recorder.record`, and events a second from the journal into the log.

    PYTHONPATH=tests/support python bench/ingest.py [--visits 1000] [--rounds 3] [--events 0] [--folder artifacts/bench]

Visits come one after the other, or interleaved, as they do where many visitors are there at the same time. Beside the
ingest: a bare `executemany` of the same rows into the same table with its indexes, by the database's own driver, in
batches of the size with which the ingest begins. The ingest also decodes lines, looks for duplicates, computes the
rows of journeys, and keeps the ledger. All take turns, in new databases, in one run. The script starts its own
PostgreSQL, which flushes its commits. With `--events`, it also measures how long after a burst of so many events all
of them are in the log.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201, S608

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from measure import best_of, machine, table
from postgres import Postgres, running

from wizard.clock import system_ms
from wizard.config import read_settings
from wizard.demo.visits import Demo
from wizard.events.model import Event
from wizard.events.open_log import open_log
from wizard.events.record import to_row
from wizard.intake.ingest import FEWEST
from wizard.intake.ingest_process import collect_rarely
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import events

JOURNAL_BYTES = 2 << 30
AT_ONCE = 500
"""How many visitors are there at the same time, where visits are interleaved."""
PER_VISIT = 5.5
NAMES = tuple(events.c.keys())

Rows = Sequence[Sequence[Any]]


def main() -> None:
    """Measure both, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}, SQLite {sqlite3.sqlite_version}\n")
    collect_rarely()
    visits = visits_of(given.visits)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, running(durable=True) as cluster:
        found = []
        for order, requests in (("one after the other", in_order(visits)), ("interleaved", interleaved(visits))):
            measures = Measures(Path(folder).resolve(), cluster, requests)
            for name, ingest, bare in (
                ("SQLite", measures.sqlite_ingest, measures.sqlite_bare),
                ("PostgreSQL", measures.postgresql_ingest, measures.postgresql_bare),
            ):
                measures.cpu_seconds.clear()
                own, other = measures.turns(given.rounds, ingest, bare)
                cpu_us = min(measures.cpu_seconds) / len(requests) * 1e6
                rates = (len(requests) / own, len(requests) / other)
                found.append(
                    (f"{name}, {order}", *(f"{rate:,.0f}" for rate in rates), f"{other / own:.2f}", f"{cpu_us:.0f}")
                )
        print(f"Recorder.record: {min(measures.record_seconds) / len(requests) * 1e6:.0f} µs of CPU for an event\n")
        print(
            table(("events a second", "ingest", "bare executemany", "ratio", "CPU of the ingest, µs an event"), found)
        )
        if given.events:
            burst = Measures(Path(folder).resolve(), cluster, interleaved(visits_of(round(given.events / PER_VISIT))))
            for name, ingest in (("SQLite", burst.sqlite_ingest), ("PostgreSQL", burst.postgresql_ingest)):
                seconds = ingest()
                print(f"\n{name}: {len(burst.requests):,} events were in the log after {seconds:.0f} s", flush=True)


def visits_of(number: int) -> Sequence[Sequence[Event]]:
    """So many visits, each with its events once."""
    found = Demo(QUESTIONS, STRATEGY, 1).visits(number, 30, system_ms())
    return [list({event.event_id: event for event in visit}.values()) for visit in found]


def in_order(visits: Sequence[Sequence[Event]]) -> Sequence[Event]:
    """The events of one visit after those of another."""
    return [event for visit in visits for event in visit]


def interleaved(visits: Sequence[Sequence[Event]]) -> Sequence[Event]:
    """The events of many visits at a time, each visit's in their order."""
    chance = random.Random(1)  # noqa: S311  # an order, and no secret
    waiting, found = iter(visits), []
    there = [iter(visit) for visit in islice(waiting, AT_ONCE)]
    while there:
        place = chance.randrange(len(there))
        if event := next(there[place], None):
            found.append(event)
        elif visit := next(waiting, None):
            there[place] = iter(visit)
        else:
            there.pop(place)
    return found


class Measures:
    """Measures with databases in `folder` and in `cluster`; each event of `requests` is one request's."""

    def __init__(self, folder: Path, cluster: Postgres, requests: Sequence[Event]) -> None:
        self.requests = requests
        self._folder = folder
        self._cluster = cluster
        self.record_seconds: list[float] = []
        self.cpu_seconds: list[float] = []

    @cached_property
    def _rows(self) -> Rows:
        return [to_row(event) for event in self.requests]

    def turns(self, rounds: int, ingest: Callable[[], float], bare: Callable[[], float]) -> tuple[float, float]:
        """The shortest time of each in seconds, without what it prepares."""
        times: dict[str, list[float]] = {"ingest": [], "bare": []}
        best_of(
            rounds, {"ingest": lambda: times["ingest"].append(ingest()), "bare": lambda: times["bare"].append(bare())}
        )
        return min(times["ingest"]), min(times["bare"])

    def sqlite_ingest(self) -> float:
        """Seconds to ingest all into a new SQLite log."""
        return self._ingest(f"sqlite:///{self._new_path()}")

    def sqlite_bare(self) -> float:
        """Seconds to insert the rows into the table `events` of a new SQLite log."""
        path = self._new_path()
        migrated(f"sqlite:///{path}")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=NORMAL")
            statement = f"INSERT INTO events ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))})"
            return insert_all(partial(connection.executemany, statement), connection.execute, self._rows)

    def postgresql_ingest(self) -> float:
        """Seconds to ingest all into a new PostgreSQL log."""
        with self._cluster.database() as url:
            return self._ingest(url)

    def postgresql_bare(self) -> float:
        """Seconds to insert the rows into the table `events` of a new PostgreSQL log."""
        with self._cluster.database() as url:
            address = url.replace("+psycopg", "")
            with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
                statement = f"INSERT INTO events ({', '.join(NAMES)}) VALUES ({', '.join(['%s'] * len(NAMES))})"
                return insert_all(partial(cursor.executemany, statement.encode()), cursor.execute, self._rows)

    def _ingest(self, url: str) -> float:
        migrated(url)
        log = open_log(read_settings({"WIZARD_DATABASE_URL": url}))
        journals = self._new_path()
        recorder = Recorder(log, journals, lambda: Journal(journals, JOURNAL_BYTES), system_ms)
        began = time.process_time()
        for event in self.requests:
            recorder.record([event])
        self.record_seconds.append(time.process_time() - began)
        started, began = time.perf_counter(), time.process_time()
        assert recorder.ingest()  # noqa: S101
        seconds = time.perf_counter() - started
        self.cpu_seconds.append(time.process_time() - began)
        assert log.count() == len(self.requests)  # noqa: S101
        recorder.close()
        return seconds

    def _new_path(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder)) / "log"


def migrated(url: str) -> None:
    """Create the tables of the log at `url`, if there are none."""
    database = open_database(url)
    migrate(database)
    database.dispose()


def insert_all(many: Callable[[Rows], Any], execute: Callable[[str], Any], rows: Rows) -> float:
    """Insert the rows, a transaction for each batch. Returns the seconds."""
    began = time.perf_counter()
    for start in range(0, len(rows), FEWEST):
        execute("BEGIN")
        many(rows[start : start + FEWEST])
        execute("COMMIT")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
