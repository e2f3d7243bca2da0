"""Measures recording and ingest: CPU of `Recorder.record`, and events a second from the journal into the log.

    PYTHONPATH=tests/support python bench/ingest.py [--visits 1000] [--rounds 3] [--folder artifacts/bench]

Beside the ingest: a bare `executemany` of the same rows into the same table with its indexes, by the database's own
driver, in batches of the size with which the ingest begins. The ingest also decodes lines, looks for duplicates,
computes the rows of journeys, and keeps the ledger. Both take turns, in new databases, in one run. The script starts
its own PostgreSQL, which flushes its commits.
"""

# A script that prints what it measured.
# ruff: noqa: INP001, T201, S608

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
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
from wizard.events.record import to_record
from wizard.intake.ingest import FEWEST
from wizard.intake.journal import Journal
from wizard.intake.recorder import Recorder
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import open_database
from wizard.storage.migrate import migrate
from wizard.storage.schema import events

JOURNAL_BYTES = 1 << 30
NAMES = tuple(events.c.keys())

Rows = Sequence[Sequence[Any]]


def main() -> None:
    """Measure both, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path("artifacts/bench"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}, SQLite {sqlite3.sqlite_version}\n")
    visits = list(Demo(QUESTIONS, STRATEGY, 1).visits(given.visits, 30, system_ms()))
    requests = list({event.event_id: event for visit in visits for event in visit}.values())
    rows = [tuple(map(to_record(event).get, NAMES)) for event in requests]
    with tempfile.TemporaryDirectory(dir=given.folder) as folder, running(durable=True) as cluster:
        measures = Measures(Path(folder).resolve(), cluster, requests, rows)
        found = [
            ("SQLite", measures.turns(given.rounds, measures.sqlite_ingest, measures.sqlite_bare)),
            ("PostgreSQL", measures.turns(given.rounds, measures.postgresql_ingest, measures.postgresql_bare)),
        ]
    print(f"Recorder.record: {min(measures.record_seconds) / len(requests) * 1e6:.0f} µs of CPU for an event\n")
    header = ("events a second", "ingest", "bare executemany", "ratio")
    print(
        table(
            header,
            [
                (name, f"{len(rows) / own:,.0f}", f"{len(rows) / bare:,.0f}", f"{bare / own:.2f}")
                for name, (own, bare) in found
            ],
        )
    )


class Measures:
    """Measures with databases in `folder` and in `cluster`; each event of `requests` is one request's."""

    def __init__(self, folder: Path, cluster: Postgres, requests: Sequence[Event], rows: Rows) -> None:
        self._folder = folder
        self._cluster = cluster
        self._requests = requests
        self._rows = rows
        self._number = 0
        self.record_seconds: list[float] = []

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
        for event in self._requests:
            recorder.record([event])
        self.record_seconds.append(time.process_time() - began)
        started = time.perf_counter()
        assert recorder.ingest()  # noqa: S101
        seconds = time.perf_counter() - started
        assert log.count() == len(self._rows)  # noqa: S101
        recorder.close()
        return seconds

    def _new_path(self) -> Path:
        self._number += 1
        return self._folder / f"{self._number}"


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
