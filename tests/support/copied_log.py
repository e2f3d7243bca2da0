"""A log whose figures are read from a copy in a warehouse, as readers do where one is set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from shipping import ship_log
from sqlalchemy import Connection, delete, insert, select

from wizard.events.log import Log
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.by_store import is_column_store
from wizard.storage.database import Database
from wizard.storage.moment import Moment
from wizard.storage.readings import SUBSCRIBER, Readings
from wizard.storage.subscriber_tables import subscribers
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.tables import REPLACED

T = TypeVar("T")


@dataclass(frozen=True)
class CopiedDatabase(Database):
    """A log's database; what is read as of one moment is read from the warehouse, to which all is copied before."""

    readings: Readings
    is_copied: list[bool] = field(default_factory=lambda: [False])

    def write(self, work: Callable[[Connection], T]) -> T:
        """As for any database; the log is copied anew at the next read."""
        self.is_copied[0] = False
        return super().write(work)

    def read(self, work: Callable[[Moment], T]) -> T:
        """As `Readings.read`, and never from the log in place of the warehouse."""

        def read(moment: Moment) -> T:
            assert is_column_store(moment.figures), "the warehouse refused a statement"
            return work(moment)

        self._copy()
        return self.readings.read(read)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to the warehouse."""
        self._copy()
        with self.readings.snapshot() as connection:
            assert is_column_store(connection)
            yield connection

    def dispose(self) -> None:
        """Close all connections."""
        super().dispose()
        self.readings.dispose()

    def _copy(self) -> None:
        with self.reader.connect() as connection:
            is_known = connection.execute(select(subscribers)).first() is not None  # unless all tables were emptied
        if not (self.is_copied[0] and is_known):
            copy_log(Log(self.readings.log, ()), self.readings.warehouse)
            self.is_copied[0] = True


def copied(log: Log, warehouse: Warehouse) -> Log:
    """The log, whose figures are read from this warehouse."""
    own = log.database
    database = CopiedDatabase(own.url, own.writer, own.reader, Readings(own, warehouse))
    return Log(database, tuple(step.name for step in QUESTIONS.steps))


def copy_log(log: Log, warehouse: Warehouse | None) -> None:
    """Make the warehouse's rows those of the log, and have it read from."""
    assert warehouse is not None
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            for name in REPLACED:
                client.command(f"TRUNCATE TABLE {warehouse.own_table(name)}")
    ship_log(log, warehouse)
    register(log)


def register(log: Log, backfill_after: str | None = None, **values: object) -> None:
    """Have the log know the warehouse as a subscriber, to which all was delivered unless `backfill_after` is given."""
    row = {"name": SUBSCRIBER, "version": 1, "backfilled": 0, "delivered": 0, "last_error": ""}
    with log.database.writer.begin() as connection:
        connection.execute(delete(subscribers).where(subscribers.c.name == SUBSCRIBER))
        connection.execute(insert(subscribers).values({**row, "backfill_after": backfill_after, **values}))
