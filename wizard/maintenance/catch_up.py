"""Rebuilds the visits that servers of older versions store while they run beside this one, and notes them as changed.

An older server computes rows without what newer versions added, and notes no changes for subscribers.
wizard/storage/older_servers.py finds the days of what it stored; the rows of these days are rebuilt here.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial

from sqlalchemy import Connection, select

from wizard.events.change_feed import note
from wizard.events.log import DAY_MS, Log
from wizard.events.rows import lock_journeys
from wizard.maintenance.rebuild import JOURNEYS_AT_ONCE, let_others_write
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.storage.older_servers import remember, remembered, stored_by_older

QUIET_SECONDS = 60.0
"""How long older servers have stored nothing before their visits are rebuilt, so that this is done once."""

LONGEST_SECONDS = 3600.0
"""How long that is put off while they go on."""


class CatchUp:
    """Catches up with what older servers store in one log. `clock` returns seconds that never go back."""

    def __init__(self, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._last: dict[int, int] = {}
        self._changed = self._began = clock()

    def is_due(self) -> bool:
        """Whether older servers have stored something, and pause, or have gone on for long. Raises SQLAlchemyError."""
        with self._log.database.snapshot() as connection:
            stored, before = stored_by_older(connection), remembered(connection)
        now = self._clock()
        if stored == before:
            self._began = now
        if stored != self._last:
            self._last, self._changed = stored, now
        return stored != before and (now - self._changed >= QUIET_SECONDS or now - self._began >= LONGEST_SECONDS)

    def run(self, is_stopped: Callable[[], bool] = lambda: False) -> int:
        """Rebuild and note the visits of all days on which older servers have stored events since the last time.

        Returns the number of visits. Ends early once `is_stopped` returns True, and begins again at the next call.
        Raises SQLAlchemyError.
        """
        database = self._log.database
        with database.snapshot() as connection:
            stored, before = stored_by_older(connection), remembered(connection)
        done = 0
        for day_ms in sorted(day_ms for day_ms, events in stored.items() if events != before.get(day_ms, 0)):
            with closing(_journeys_of(database, day_ms)) as batches:
                for names in batches:
                    began = time.monotonic()
                    self._log.rebuild(names, write=True)
                    done += database.write(partial(_note, names=names))
                    let_others_write(database, began)
                    if is_stopped():
                        return done
        # Whatever they stored since the beginning is found the next time.
        database.write(lambda connection: remember(connection, stored))
        self._began = self._clock()
        return done


def _journeys_of(database: Database, day_ms: int) -> Generator[Sequence[str], None, None]:
    """The ids of the journeys with an event on that day (UTC), in batches."""
    own = schema.events.c
    found = select(own.journey_id).where(own.ts_ms >= day_ms, own.ts_ms < day_ms + DAY_MS).distinct()
    with database.snapshot() as connection:
        streaming = connection.execution_options(yield_per=JOURNEYS_AT_ONCE)
        with streaming.execute(found) as rows:  # also closed if the caller stops early
            yield from rows.scalars().partitions()


def _note(connection: Connection, names: Sequence[str]) -> int:
    """Note those of the journeys that are still there, and return how many these are."""
    lock_journeys(connection, sorted(names))  # in the order of all that lock several
    own = schema.journeys.c.journey_id
    there = list(connection.execute(select(own).where(own.in_(names))).scalars())
    note(connection, there, is_gone=False)
    return len(there)
