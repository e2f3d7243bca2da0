"""Rebuilds the journey tables and purges journeys, in batches, while the log is in use."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import func, select, union

from wizard.events.erasures import Erased
from wizard.events.log import Log
from wizard.storage import schema
from wizard.storage.database import WAIT_SECONDS, Database

JOURNEYS_AT_ONCE = 200
CHECKPOINT_TRIES = 50


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many journeys were rebuilt or compared, and how many of them had wrong rows."""

    journeys: int
    wrong: int


def count_journeys(database: Database, before_ms: int | None = None) -> int:
    """The number of rows in `journeys`; with `before_ms`, of journeys that began before it."""
    table = schema.journeys
    found = select(func.count()).select_from(table)
    if before_ms is not None:
        found = found.where(table.c.began_ms < before_ms)
    with database.reader.connect() as connection:
        return int(connection.execute(found).scalar_one())


def rebuild(log: Log, *, write: bool) -> Iterator[Rebuilt]:
    """Compare the journey tables with the events, and with `write` correct them. Yields a result per batch.

    Rows without events are wrong, too. Other processes may write at the same time.
    """
    for journey_ids in _batches(log.database):
        began = time.monotonic()
        yield Rebuilt(len(journey_ids), log.rebuild(journey_ids, write=write))
        let_others_write(log.database, began)


def purge(log: Log, before_ms: int, marked_from_ms: int = 0) -> Iterator[Erased]:
    """Erase the journeys that began before `before_ms`. Yields a result per batch.

    `Log.erase` says what `marked_from_ms` does.
    """
    while journey_ids := log.journeys_begun_before(before_ms, JOURNEYS_AT_ONCE):
        began = time.monotonic()
        yield log.erase(journey_ids, marked_from_ms=marked_from_ms)
        let_others_write(log.database, began)


def truncate_wal(database: Database) -> None:
    """Checkpoint and truncate SQLite's write-ahead log, so that erased rows can't be read from it.

    Gives up after 5 seconds if readers hold an older snapshot; the next writer checkpoints then. Does nothing on
    PostgreSQL.
    """
    if not database.is_sqlite:
        return
    # No busy timeout: a checkpoint that waits for readers would block all writers.
    address = f"{database.path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as connection:
        for _ in range(CHECKPOINT_TRIES):
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not is_busy:
                return
            time.sleep(WAIT_SECONDS / CHECKPOINT_TRIES)


def _batches(database: Database) -> Iterator[Sequence[str]]:
    """The ids of all journeys in any table, sorted, in batches."""
    last = ""
    while True:
        parts = [
            select(table.c.journey_id)
            .where(table.c.journey_id > last)
            .distinct()
            .order_by(table.c.journey_id)
            .limit(JOURNEYS_AT_ONCE)
            .subquery()
            for table in (schema.events, schema.journeys, schema.journey_steps)
        ]
        found = union(*(select(part.c.journey_id) for part in parts)).order_by("journey_id").limit(JOURNEYS_AT_ONCE)
        with database.reader.connect() as connection:
            journey_ids = list(connection.execute(found).scalars())
        if not journey_ids:
            return
        yield journey_ids
        last = journey_ids[-1]


def let_others_write(database: Database, began: float) -> None:
    """On SQLite, pause for as long as the batch took, since it blocked all other writers."""
    if database.is_sqlite:
        time.sleep(time.monotonic() - began)
