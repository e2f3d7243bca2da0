"""Connects to a SQLite log, and detects that its file was removed or replaced while in use.

SQLite keeps using the file that it has opened, even when the path now names another. So each checkout of a connection
compares the two, and discards connections to a file that is gone.
"""

import ctypes
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from wizard.files.private import create_private_file
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_sqlite_version

RETRY_SECONDS = 0.02
COMPANIONS = ("wal", "shm", "journal")
"""The suffixes of the files that SQLite keeps beside the database file."""

FileId = tuple[int, int]
"""Device and inode number."""


def companions(path: Path) -> Sequence[Path]:
    """The files that may exist beside the log at `path`: WAL, shared memory, journal."""
    return [path.with_name(f"{path.name}-{kind}") for kind in COMPANIONS]


def file_id(path: Path) -> FileId | None:
    """The device and inode of the file at `path`; None if there is none, or it can't be accessed."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


class FileConnection(sqlite3.Connection):
    """A connection that remembers which file it was opened on."""

    path = Path()
    opened_on: FileId | None = None

    @property
    def is_current(self) -> bool:
        """Whether the file is still the one at its path."""
        return file_id(self.path) == self.opened_on

    def require_current(self) -> None:
        """Raise sqlite3.OperationalError if it is not."""
        if not self.is_current:
            raise sqlite3.OperationalError(f"{self.path} was removed or replaced")

    def close(self) -> None:
        """Close it. If its file was removed or replaced, keep it open until the process ends.

        The last connection to close deletes the write-ahead log by name, which may now belong to the new file.
        """
        if self.is_current:
            super().close()
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))  # or garbage collection would close it


class SqliteFile:
    """Opens connections to the file at `path`. The first makes it, readable by this user only, if it is absent.

    `wait_seconds` is SQLite's busy timeout, `synchronous` its PRAGMA. With `read_only`, nothing is written to disk.
    """

    def __init__(self, path: Path, wait_seconds: float, synchronous: str, *, read_only: bool) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._synchronous = synchronous
        self._read_only = read_only
        self._known: FileId | None = None
        self._known_wal: FileId | None = None

    def connect(self) -> FileConnection:
        """A new connection. Raises sqlite3.Error, also if the file was removed or replaced by an unusable one."""
        found = self._found()
        connection = sqlite3.connect(
            self._address(),
            uri=True,
            timeout=self._wait_seconds,
            isolation_level=None,  # SQLAlchemy's "begin" event begins transactions
            check_same_thread=False,
            factory=FileConnection,
        )
        connection.path, connection.opened_on = self._path, found
        try:
            if self._known not in (None, found):
                self._refuse_replacement(connection)
            self._prepare(connection)
            connection.require_current()
        except BaseException:
            connection.close()
            raise
        self._known, self._known_wal = found, file_id(companions(self._path)[0])
        return connection

    def _found(self) -> FileId | None:
        if self._known is None and not self._read_only:
            with suppress(OSError):  # it exists, or SQLite reports what is wrong
                create_private_file(self._path)
        found = file_id(self._path)
        if self._known and not found:
            raise sqlite3.OperationalError(
                f"{self._path} was removed; put it back, put a backup in its place, or make a new log: wizard migrate"
            )
        return found

    def _address(self) -> str:
        address = f"{self._path.absolute().as_uri()}?mode={'ro' if self._read_only else 'rw'}"
        return f"{address}&immutable=1" if self._read_only and self._is_at_rest() else address

    def _is_at_rest(self) -> bool:
        """Whether no process has the file open, and its folder is read-only, so that SQLite can't make a WAL there."""
        wal, shm, *_ = companions(self._path)
        in_use = wal.exists() and shm.exists()
        return not in_use and not _has_content(wal) and not os.access(self._path.absolute().parent, os.W_OK)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if not self._read_only:
            self._use_wal(connection)
            connection.execute(f"PRAGMA synchronous={self._synchronous}")

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to write-ahead logging. Retries while another process does: SQLite's busy timeout does not apply."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return

    def _refuse_replacement(self, connection: sqlite3.Connection) -> None:
        """Raise an error if the file that replaced the known one is not a log that this version can use."""
        wal = companions(self._path)[0]
        if self._known_wal and file_id(wal) == self._known_wal:
            raise sqlite3.OperationalError(
                f"{self._path} was replaced, and {wal.name} is still the earlier file's; move that away"
            )
        version = read_sqlite_version(connection)
        if version != VERSION:
            raise sqlite3.OperationalError(
                f"{self._path} was replaced by a file whose tables are at version {version or 'none'}, not {VERSION}; "
                "put another in its place, or run: wizard migrate"
            )


def _has_content(path: Path) -> bool:
    """Whether the file exists and is not empty."""
    with suppress(OSError):
        return path.stat().st_size > 0
    return False
