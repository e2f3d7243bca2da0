"""Runs write transactions: directly on PostgreSQL, in batches through a single writer thread on SQLite.

PostgreSQL groups commits itself. SQLite allows one write transaction at a time, and the others retry with growing
pauses: under load, a commit can wait for seconds while nobody writes, and longer on a slow disk.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from wizard.storage.database import WAIT_SECONDS, Database, unavailable
from wizard.storage.sqlite_file import FileConnection, FileId, file_id

IDLE_SECONDS = 10
T = TypeVar("T")
Work = Callable[[Connection], T]


class Writer(Protocol):
    """Runs write transactions."""

    def write(self, work: Work[T]) -> T:
        """Run `work`, commit, and return its result. Raises what `work` raises, and SQLAlchemyError."""


def writer_for(database: Database) -> Writer:
    """The writer for this kind of database. It starts and opens nothing before the first write."""
    return SingleWriter(database.writer, database.path) if database.is_sqlite else DirectWriter(database.writer)


class DirectWriter:
    """Runs each piece of work in its own transaction, in the calling thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Work[T]) -> T:
        """See `Writer`."""
        with self._engine.begin() as connection:
            return work(connection)


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """Queued work, and the future of its result."""

    work: Work[T]
    future: Future[T]


class SingleWriter:
    """One thread that runs all queued work in one transaction, with a savepoint for each piece.

    Processes take turns with a lock on a file beside the database at `path`: the kernel wakes the next process, and
    releases the lock when its holder dies. The thread starts with the first write and ends after 10 idle seconds. It
    is a daemon, so a process can exit at any time without losing a write that has returned.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._lock_file = path.with_name(f"{path.name}-turn")
        self._changed = threading.Condition()
        self._queue: list[Piece[Any]] = []
        self._thread: threading.Thread | None = None

    def write(self, work: Work[T]) -> T:
        """See `Writer`. Work that has not started after 5 seconds is cancelled, and fails as if the file was locked."""
        piece = Piece(work, Future())
        with self._changed:
            self._start()
            self._queue.append(piece)
            self._changed.notify_all()
        try:
            return piece.future.result(WAIT_SECONDS)
        except TimeoutError as error:
            if piece.future.cancel():
                raise unavailable(f"other writes have kept the log busy for {WAIT_SECONDS} s") from error
            return piece.future.result()

    def _start(self) -> None:
        if self._thread and self._thread.is_alive():  # not alive in a forked process
            return
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            raise unavailable(str(error)) from error

    def _run(self) -> None:
        with closing(ProcessLock(self._lock_file)) as lock:
            while self._has_work():
                self._commit(lock)

    def _has_work(self) -> bool:
        with self._changed:
            if not self._changed.wait_for(lambda: self._queue, IDLE_SECONDS):
                self._thread = None
            return bool(self._queue)

    def _take(self) -> list[Piece[Any]]:
        with self._changed:
            queued, self._queue = self._queue, []
        return [piece for piece in queued if piece.future.set_running_or_notify_cancel()]

    def _commit(self, lock: "ProcessLock") -> None:
        """Run all work queued by the start of the transaction, commit, then set the futures."""
        pieces: list[Piece[Any]] = []
        try:
            with lock.held():
                with self._engine.begin() as connection:
                    driver = _driver(connection)
                    pieces = self._take()
                    outcomes = [_run_piece(connection, piece.work, alone=len(pieces) == 1) for piece in pieces]
                if not driver.is_current:  # rows written to a file that was removed meanwhile are not in the log
                    raise unavailable(f"{driver.path} was removed or replaced")  # noqa: TRY301
        except BaseException as error:  # noqa: BLE001  # no caller may be left waiting
            # If the transaction could not begin, all work queued by now fails with it.
            for piece in pieces or self._take():
                piece.future.set_exception(error)
            return
        for piece, outcome in zip(pieces, outcomes, strict=True):
            outcome(piece.future)


def _run_piece(connection: Connection, work: Work[T], *, alone: bool) -> Callable[[Future[T]], None]:
    """Run `work` in a savepoint, rolled back if it fails. Returns a function that sets the outcome on its future.

    Raises what `work` raises if it is `alone` in the transaction, or if SQLite has rolled back the whole transaction,
    as it may when the disk is full.
    """
    if alone:
        result = work(connection)
        return lambda future: future.set_result(result)
    driver = _driver(connection)
    driver.execute("SAVEPOINT piece")  # by the driver: SQLAlchemy's own take a tenth of the time of an append
    try:
        result = work(connection)
    except Exception as error:  # raised again in the thread that called write()
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO piece")
        failure = error
        return lambda future: future.set_exception(failure)
    finally:
        if driver.in_transaction:
            driver.execute("RELEASE piece")
    return lambda future: future.set_result(result)


def _driver(connection: Connection) -> FileConnection:
    found = connection.connection.driver_connection
    assert isinstance(found, FileConnection)  # noqa: S101  # for the types: only SQLite is written this way
    return found


class ProcessLock:
    """A lock between processes on the file at `path`, which is made if absent and reopened if replaced.

    If the file can't be made, `held` does nothing, and only SQLite's own lock remains.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._opened_on: FileId | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it during the block."""
        self._open()
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file. Locks of other processes stay."""
        if self._file is not None:
            os.close(self._file)
        self._file = None

    def _open(self) -> None:
        if self._file is not None and file_id(self._path) == self._opened_on:
            return
        self.close()
        with suppress(OSError):
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            self._opened_on = file_id(self._path)
