"""What an operator does to a log while it is in use: fold it anew, take journeys out. A few hundred at a time."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import func, select, union

from wizard.events.log import Erased, Log
from wizard.storage import schema
from wizard.storage.database import WAIT_SECONDS, Database

JOURNEYS_AT_ONCE = 200
TRIES = 50


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many journeys were folded anew, and how many of them had rows that were not as they should be."""

    journeys: int
    wrong: int


def count_journeys(database: Database, before_ms: int | None = None) -> int:
    """How many journeys have a row, of those that began before `before_ms` if it is given."""
    table = schema.journeys
    found = select(func.count()).select_from(table)
    if before_ms is not None:
        found = found.where(table.c.began_ms < before_ms)
    with database.reader.connect() as connection:
        return int(connection.execute(found).scalar_one())


def rebuild(log: Log, *, keep: bool) -> Iterator[Rebuilt]:
    """Fold every journey anew from its events, and with `keep` put right what is wrong; one result per batch.

    Rows that no event stands behind are wrong, too. Others may write meanwhile: what they add is right already.
    """
    for journey_ids in _batches(log.database):
        began = time.monotonic()
        yield Rebuilt(len(journey_ids), log.refold(journey_ids, keep=keep))
        _let_others_write(log.database, began)


def purge(log: Log, before_ms: int) -> Iterator[Erased]:
    """Erase the journeys that began before `before_ms`; one result per batch."""
    while journey_ids := log.journeys_begun_before(before_ms, JOURNEYS_AT_ONCE):
        began = time.monotonic()
        yield log.erase(journey_ids)
        _let_others_write(log.database, began)


def forget(database: Database) -> None:
    """Have SQLite move what is in its write-ahead log to the file, so that nothing erased is left to read there.

    As long as somebody reads an older state of the log, that has to wait: for a few seconds here, and then for whoever
    writes next. PostgreSQL does so in its own time.
    """
    if not database.is_sqlite:
        return
    # A checkpoint that waited for readers would keep all who write waiting for them, too: so it only tries.
    address = f"{database.path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as connection:
        for _ in range(TRIES):
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not is_busy:
                return
            time.sleep(WAIT_SECONDS / TRIES)


def _batches(database: Database) -> Iterator[Sequence[str]]:
    """The ids of all journeys that any table knows, in their order."""
    last = ""
    while True:
        tables = [schema.events, schema.journeys, schema.journey_steps]
        each = [
            select(table.c.journey_id)
            .where(table.c.journey_id > last)
            .distinct()
            .order_by(table.c.journey_id)
            .limit(JOURNEYS_AT_ONCE)
            .subquery()
            for table in tables
        ]
        found = union(*(select(part.c.journey_id) for part in each)).order_by("journey_id").limit(JOURNEYS_AT_ONCE)
        with database.reader.connect() as connection:
            journey_ids = list(connection.execute(found).scalars())
        if not journey_ids:
            return
        yield journey_ids
        last = journey_ids[-1]


def _let_others_write(database: Database, began: float) -> None:
    """Rest for as long as the batch took where its writing kept everybody else's waiting, as it does on SQLite."""
    if database.is_sqlite:
        time.sleep(time.monotonic() - began)
