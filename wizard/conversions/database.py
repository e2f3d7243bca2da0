"""Opens the database of the log: SQLite, which needs no server, or PostgreSQL.

Two engines: what is written waits its turn at once (a SQLite transaction that begins by reading and goes on to write
fails under load), and gives up after a few seconds, so that a visitor never waits for long. What is read may take long.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from wizard.config import Durability
from wizard.conversions.postgresql import postgresql_engines
from wizard.errors import WizardError

WAIT_SECONDS = 5
AGAIN_SECONDS = 0.02
OLDEST_SQLITE = (3, 35)


class LogError(WizardError):
    """The log can't be used as asked; the message says why, and what to do."""


@dataclass(frozen=True)
class Database:
    """The engines of one database."""

    url: URL
    writer: Engine
    reader: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of ours, and not a server's."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(str(self.url.database))

    def owns(self, path: Path) -> bool:
        """Whether `path` leads to one of a SQLite database's own files, which must not be replaced."""
        own, given = self.path.resolve(), path.resolve()
        return self.is_sqlite and given.parent == own.parent and given.name in (own.name, *_companions(own.name))

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to which the log stands still, as it is at its first statement, while others write.

        What is read may take long, but it waits no longer than 5 seconds for whoever has locked a table, as a migration
        does: several may wait for this on a server's few threads.
        """
        with self.reader.connect() as connection:
            if not self.is_sqlite:  # there, every transaction is one, and nobody locks out who reads
                connection.execution_options(isolation_level="REPEATABLE READ")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
            yield connection

    def dispose(self) -> None:
        """Close every connection; the next use opens new ones."""
        self.writer.dispose()
        self.reader.dispose()


def _companions(name: str) -> Sequence[str]:
    """What SQLite, and whoever writes, keeps beside the file `name`."""
    return [f"{name}-{kind}" for kind in ("wal", "shm", "journal", "turn")]


def unavailable(reason: str) -> OperationalError:
    """The error of a database that can't be used now, for a reason that it does not know itself."""
    return OperationalError(None, None, sqlite3.OperationalError(reason))


def open_database(address: str, durability: Durability = "crash", connections: int = 5) -> Database:
    """The database at `address`; nothing is connected to yet, though a SQLite file's folder is made."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, durability)
    return Database(url, *postgresql_engines(url, connections, WAIT_SECONDS))


def _sqlite(url: URL, durability: Durability) -> Database:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise LogError(f"this Python has SQLite {sqlite3.sqlite_version}; 3.35 or newer is needed, or PostgreSQL")
    try:
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the folder of {url.database} can't be made ({error.strerror})") from error
    synchronous = "FULL" if durability == "power-loss" else "NORMAL"
    writer, reader = (create_engine(url, connect_args={"timeout": WAIT_SECONDS}) for _ in range(2))
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        _set_up_sqlite(engine, begin, synchronous)
    return Database(url, writer, reader)


def _set_up_sqlite(engine: Engine, begin: str, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous={synchronous}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have the file written ahead of. Where another does so for the first time just now, SQLite would not wait."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(AGAIN_SECONDS)
        else:
            return
