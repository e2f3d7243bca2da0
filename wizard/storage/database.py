"""Opens the log's database, SQLite or PostgreSQL, with one engine to write and one to read.

A write transaction takes its lock at the start (a SQLite transaction that begins with a read and then writes fails
under load), and gives up after a few seconds, so that visitors never wait for long. Reads may take long.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from wizard.config import Durability
from wizard.errors import WizardError
from wizard.files.private import make_private_folder
from wizard.storage.moment import Moment
from wizard.storage.postgresql import postgresql_engines
from wizard.storage.sqlite_file import FileConnection, SqliteFile, companions

WAIT_SECONDS = 5
OLDEST_SQLITE = (3, 35)
T = TypeVar("T")


class LogError(WizardError):
    """The log can't be used as asked; the message says why, and what to do."""


@dataclass(frozen=True)
class Database:
    """The write and read engines of one database."""

    url: URL
    writer: Engine
    reader: Engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file rather than a PostgreSQL server."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The path of a SQLite database's file."""
        return Path(str(self.url.database))

    @property
    def name(self) -> str:
        """The name to use in messages: the file's path, or the database and its host, without a password."""
        if self.is_sqlite:
            return str(self.path)
        host = self.url.host or self.url.query.get("host") or "this machine"
        return f"{self.url.database} on {host if isinstance(host, str) else ', '.join(host)}"

    def owns(self, path: Path) -> bool:
        """Whether `path` is one of a SQLite database's own files, which must not be overwritten."""
        own = self.path.resolve()
        return self.is_sqlite and path.resolve() in (own, *companions(own))

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` comes to in a transaction of its own; on return it is committed.

        Raises what `work` does, and SQLAlchemyError: on SQLite, where others have written for 5 seconds, too.
        """
        with self.writer.begin() as connection:
            file = connection.connection.driver_connection
            result = work(connection)
        # What went to a file that was removed meanwhile is not in the log.
        if isinstance(file, FileConnection) and not file.is_current:
            raise unavailable(f"{file.path} was removed or replaced just now")
        return result

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection with a consistent snapshot of the log, as of its first statement, while others write.

        Queries may take long, but wait at most 5 seconds for a table lock, such as a migration's: a server has few
        threads, and each waiting query occupies one.
        """
        with self.reader.connect() as connection:
            if not self.is_sqlite:  # every SQLite transaction is a snapshot, and writers don't block readers
                connection.execution_options(isolation_level="REPEATABLE READ")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
                # PostgreSQL takes queries that look values up from one to the next for expensive, and would compile
                # them for seconds before it runs them for milliseconds.
                connection.exec_driver_sql("SET LOCAL jit = off")
            yield connection

    def read(self, work: Callable[[Moment], T]) -> T:
        """What `work` comes to on a snapshot of the log. Raises what `work` does, and SQLAlchemyError."""
        with self.snapshot() as connection:
            return work(Moment(connection, connection))

    def dispose(self) -> None:
        """Close all connections. The next use opens new ones."""
        self.writer.dispose()
        self.reader.dispose()


def unavailable(reason: str) -> OperationalError:
    """An OperationalError for a database that can't be used now, for a `reason` that SQLite does not report."""
    return OperationalError(None, None, sqlite3.OperationalError(reason))


def open_database(
    address: str, durability: Durability = "crash", connections: int = 5, *, read_only: bool = False
) -> Database:
    """The database at the URL `address`. Makes a SQLite file's folder, but does not connect yet.

    `connections` is the size of a PostgreSQL pool. With `read_only`, a SQLite file and its folder are not changed.
    Raises LogError and SettingError.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, durability, read_only=read_only)
    return Database(url, *postgresql_engines(url, connections, WAIT_SECONDS))


def _sqlite(url: URL, durability: Durability, *, read_only: bool) -> Database:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise LogError(f"this Python has SQLite {sqlite3.sqlite_version}; 3.35 or newer is needed, or PostgreSQL")
    path = Path(str(url.database))
    try:
        if not read_only:
            make_private_folder(path.parent)
    except OSError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the folder of {path} can't be made ({error.strerror})") from error
    synchronous = "FULL" if durability == "power-loss" else "NORMAL"
    file = SqliteFile(path, WAIT_SECONDS, synchronous, read_only=read_only)
    writer, reader = (create_engine(url, creator=file.connect) for _ in range(2))
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        _set_up_sqlite(engine, begin)
    return Database(url, writer, reader)


def _set_up_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "checkout")
    def on_checkout(connection: FileConnection, *_: object) -> None:
        if not connection.is_current:  # the file was removed or replaced: connect again
            raise InvalidatePoolError

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
