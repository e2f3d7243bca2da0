"""Reads figures from the warehouse where one is set, or else from the log.

ClickHouse has no snapshots: a page is read between two shipments, and read anew if one came in between. If shipments
follow each other too closely for that, the next one is asked to wait. Where the warehouse can't be read, or is still
being filled, the log is read in its place.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from sqlalchemy import Connection, func, select, text

from wizard.clock import Clock, system_ms
from wizard.errors import WizardError
from wizard.storage.database import Database
from wizard.storage.moment import Moment, Standing, T
from wizard.storage.subscriber_tables import pending_changes, subscribers
from wizard.storage.warehouse import UNUSABLE, Warehouse

LOG = logging.getLogger("wizard.warehouse")

SUBSCRIBER = "warehouse"
"""The name of the warehouse among the subscribers of the change feed."""

MOST_JOURNEYS = 2_000_000
"""A log with more journeys is not read in place of the warehouse: a page would keep a thread for too long."""

RETRY_MS = 10_000
"""A warehouse that can't be read is tried again after so long: each try may take as long as its timeout."""

FREE_TRIES = 3
MOST_TRIES = 6
"""How often a page is read until no shipment came in between; from the fourth time on, shipments are held back."""

HOLD_MS = 5_000
SETTLE_SECONDS = 3.0
POLL_SECONDS = 0.05


class FiguresUnavailable(WizardError):
    """The warehouse can't be read, since `since_ms`, and the log is too large to be read in its place."""

    def __init__(self, since_ms: int) -> None:
        super().__init__("the warehouse can't be read, and the log is too large to be read in its place")
        self.since_ms = since_ms


class Readings:
    """The log, and the warehouse if there is one."""

    def __init__(self, log: Database, warehouse: Warehouse | None = None, clock: Clock = system_ms) -> None:
        self.log = log
        self.warehouse = warehouse
        self.most_journeys = MOST_JOURNEYS
        self._clock = clock
        self._gone_since_ms: int | None = None
        self._retry_ms = 0

    def read(self, work: Callable[[Moment], T]) -> T:
        """What `work` comes to, all of it as of one moment; it may be called several times.

        What only the log has is as of a moment shortly before. Raises what `work` does, SQLAlchemyError if the log
        can't be read, and FiguresUnavailable.
        """
        if self.warehouse is None:
            return self.log.read(work)
        standing = self._standing()
        if not standing.is_warehouse:
            return self._of_log(work, standing)
        if self._clock() >= self._retry_ms:
            try:
                found = self._of_warehouse(self.warehouse, work, standing)
            except UNUSABLE as error:
                self._miss(error)
            else:
                self._gone_since_ms = None
                return found
        return self._in_place(work)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for one long statement, such as an export: to the warehouse, or to the log if it can't be read.

        Raises SQLAlchemyError.
        """
        if self.warehouse is not None and self._can_read(self.warehouse):
            with self.warehouse.snapshot() as connection:
                yield connection
        else:
            with self.log.snapshot() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the warehouse's connections; the log's are its own."""
        if self.warehouse is not None:
            self.warehouse.dispose()

    def _can_read(self, warehouse: Warehouse) -> bool:
        if not self._standing().is_warehouse:
            return False
        try:
            warehouse.probe()
        except UNUSABLE as error:
            self._miss(error)
            return False
        return True

    def _standing(self) -> Standing:
        """Whether the warehouse has been filled, and how far it is behind. Raises SQLAlchemyError."""
        with self.log.snapshot() as connection:
            own, pending = subscribers.c, pending_changes.c
            row = connection.execute(select(subscribers).where(own.name == SUBSCRIBER)).one_or_none()
            if row is None or row.backfill_after is not None:
                return Standing(is_warehouse=False, filled=row.backfilled if row else 0)
            oldest = select(func.min(pending.noted_ms)).where(pending.subscriber == SUBSCRIBER, pending.is_dead == 0)
            as_of_ms = connection.execute(oldest).scalar_one_or_none()
            return Standing(is_warehouse=True, as_of_ms=as_of_ms, gone_since_ms=row.failing_since_ms)

    def _of_warehouse(self, warehouse: Warehouse, work: Callable[[Moment], T], standing: Standing) -> T:
        with self.log.snapshot() as log, warehouse.snapshot() as figures:
            moment = Moment(figures, log, replace(standing, gone_since_ms=None))
            for number in range(1, MOST_TRIES + 1):
                if number > FREE_TRIES:
                    _hold(warehouse, self._clock() + HOLD_MS)
                before = _settled(figures)
                found = work(moment)
                if _mark(figures) == before:
                    break
            else:
                LOG.warning("a page was read while shipments came in, %d times; its figures may not agree", number)
            return found

    def _in_place(self, work: Callable[[Moment], T]) -> T:
        """Read the log in place of the warehouse, if it is not too large."""
        since_ms = self._gone_since_ms or self._clock()
        failing_ms = self._standing().gone_since_ms
        since_ms = since_ms if failing_ms is None else min(since_ms, failing_ms)
        with self.log.snapshot() as connection:
            if about_journeys(connection) > self.most_journeys:
                raise FiguresUnavailable(since_ms)
        return self._of_log(work, Standing(is_warehouse=False, gone_since_ms=since_ms))

    def _of_log(self, work: Callable[[Moment], T], standing: Standing) -> T:
        return self.log.read(lambda moment: work(replace(moment, standing=standing)))

    def _miss(self, error: Exception) -> None:
        if self._gone_since_ms is None:
            self._gone_since_ms = self._clock()
            # Its first line: the others are the statement, with values of visits.
            LOG.error("the warehouse can't be read (%s)", str(getattr(error, "orig", error)).split("\n", 1)[0][:300])
        self._retry_ms = self._clock() + RETRY_MS


def about_journeys(connection: Connection) -> int:
    """About how many journeys a log has, without counting them."""
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("SELECT max(rowid) FROM journeys").scalar_one() or 0)
    known = "SELECT reltuples FROM pg_class WHERE oid = 'journeys'::regclass"
    return int(connection.exec_driver_sql(known).scalar_one())


def _settled(figures: Connection) -> int:
    """The newest shipment's mark, once it has ended. One that broke off leaves what it is after some seconds."""
    mark, waited = _mark(figures), 0.0
    while mark % 2 == 0 and mark and waited < SETTLE_SECONDS:
        time.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
        if (now := _mark(figures)) != mark:
            mark, waited = now, 0.0
    return mark


def _mark(figures: Connection) -> int:
    return int(figures.execute(text("SELECT max(mark) FROM shipments")).scalar_one())


def _hold(warehouse: Warehouse, until_ms: int) -> None:
    """Ask shipments that are yet to begin to wait until then; a user who may only read can't, and reads on."""
    with suppress(*UNUSABLE), warehouse.client() as client:
        client.insert("holds", [[until_ms]], ["until_ms"], column_type_names=["Int64"])
