"""Connects to the file of a SQLite log, which may be removed or replaced while a server uses it.

SQLite goes on with the file that it has opened, whatever its name now leads to. So each use of a connection compares
the two, and one that was opened on a file that is no longer there is given up.
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

AGAIN_SECONDS = 0.02
COMPANIONS = ("wal", "shm", "journal", "turn")
"""What SQLite, and whoever writes, keeps beside the file."""

FileId = tuple[int, int]
"""The device and the number by which the system knows a file."""


def companions(path: Path) -> Sequence[Path]:
    """The files that may be beside the log at `path`."""
    return [path.with_name(f"{path.name}-{kind}") for kind in COMPANIONS]


def file_id(path: Path) -> FileId | None:
    """What `path` leads to; None where that is nothing that can be looked at."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


class FileConnection(sqlite3.Connection):
    """A connection that knows which file it was opened on."""

    path = Path()
    opened_on: FileId | None = None

    @property
    def is_current(self) -> bool:
        """Whether the file is still the one at its path."""
        return file_id(self.path) == self.opened_on

    def require_current(self) -> None:
        """Raise an error where it is not."""
        if not self.is_current:
            raise sqlite3.OperationalError(f"{self.path} was removed or replaced just now")

    def close(self) -> None:
        """Close it, unless its file is no longer there: then keep it open, unused, until the process ends.

        The last connection to close removes the write-ahead log by its name, which may be the new file's by now.
        """
        if self.is_current:
            super().close()
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))  # or it would be closed with its last reference


class SqliteFile:
    """The file at `path`: made, for this user alone, by the first connection if it is not there; never by a later one.

    `synchronous` is SQLite's own setting; `read_only` changes nothing on the disk.
    """

    def __init__(self, path: Path, wait_seconds: float, synchronous: str, *, read_only: bool) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._synchronous = synchronous
        self._read_only = read_only
        self._known: FileId | None = None
        self._known_wal: FileId | None = None

    def connect(self) -> FileConnection:
        """A new connection. Raises sqlite3.Error, also where the file was removed, or replaced by one of no use."""
        found = self._found()
        connection = sqlite3.connect(
            self._address(),
            uri=True,
            timeout=self._wait_seconds,
            isolation_level=None,  # we begin transactions ourselves
            check_same_thread=False,
            factory=FileConnection,
        )
        connection.path, connection.opened_on = self._path, found
        try:
            if self._known not in (None, found):
                self._refuse_unfit(connection)
            self._prepare(connection)
            connection.require_current()
        except BaseException:
            connection.close()
            raise
        self._known, self._known_wal = found, file_id(companions(self._path)[0])
        return connection

    def _found(self) -> FileId | None:
        if self._known is None and not self._read_only:
            with suppress(FileExistsError, OSError):  # what else is wrong, SQLite says
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
        """Whether nobody writes to the file, and SQLite can't write beside it, as it would to read it otherwise."""
        wal, shm, *_ = companions(self._path)
        in_use = wal.exists() and shm.exists()
        return not in_use and not _holds(wal) and not os.access(self._path.absolute().parent, os.W_OK)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if not self._read_only:
            self._write_ahead(connection)
            connection.execute(f"PRAGMA synchronous={self._synchronous}")

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Have the file written ahead of. Where another does so for the first time now, SQLite would not wait."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(AGAIN_SECONDS)
            else:
                return

    def _refuse_unfit(self, connection: sqlite3.Connection) -> None:
        """Raise an error where the file that has replaced the known one holds no log that this version works with."""
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


def _holds(path: Path) -> bool:
    """Whether the file is there, and not empty."""
    with suppress(OSError):
        return path.stat().st_size > 0
    return False
