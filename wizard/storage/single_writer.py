"""How work reaches the database: as it comes on PostgreSQL, through one writer that commits what has queued on SQLite.

PostgreSQL groups commits itself. SQLite lets one transaction write at a time, and the others ask again and again, ever
more rarely: under load a commit waits for seconds while nobody writes, and the more so the longer a disk takes.
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


class Writing(Protocol):
    """A way to write."""

    def write(self, work: Work[T]) -> T:
        """What `work` comes to; on return it is committed. Raises what `work` does, and SQLAlchemyError."""


def writing(database: Database) -> Writing:
    """The way that suits the database. Nothing is started or opened before the first write."""
    return OneWriter(database.writer, database.path) if database.is_sqlite else Direct(database.writer)


class Direct:
    """Each piece of work in a transaction of its own, in the thread that asks for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Work[T]) -> T:
        """See `Writing`."""
        with self._engine.begin() as connection:
            return work(connection)


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """Work that waits for its transaction, and what becomes of it."""

    work: Work[T]
    future: Future[T]


class OneWriter:
    """One thread that runs whatever has queued in one transaction, each piece so that it can fail alone.

    Processes take turns by a lock on a file beside the database at `path`: whoever waits for it is woken, and the
    kernel frees it when its holder dies. The thread starts with the first write, and ends when there was none for a
    while; it keeps no process from ending, which loses nothing: what was acknowledged has been committed.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._turn = path.with_name(f"{path.name}-turn")
        self._changed = threading.Condition()
        self._queue: list[Piece[Any]] = []
        self._thread: threading.Thread | None = None

    def write(self, work: Work[T]) -> T:
        """See `Writing`. Work whose turn has not come after 5 seconds is taken back, and fails as if locked out."""
        piece = Piece(work, Future())
        with self._changed:
            self._start()
            self._queue.append(piece)
            self._changed.notify_all()
        try:
            return piece.future.result(WAIT_SECONDS)
        except TimeoutError as error:
            if piece.future.cancel():
                raise unavailable(f"the turn to write has not come in {WAIT_SECONDS} s") from error
            return piece.future.result()

    def _start(self) -> None:
        if self._thread and self._thread.is_alive():  # it is not, in a process that was forked
            return
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            raise unavailable(str(error)) from error

    def _run(self) -> None:
        with closing(Turns(self._turn)) as turns:
            while self._has_work():
                self._commit(turns)

    def _has_work(self) -> bool:
        with self._changed:
            if not self._changed.wait_for(lambda: self._queue, IDLE_SECONDS):
                self._thread = None
            return bool(self._queue)

    def _take(self) -> list[Piece[Any]]:
        with self._changed:
            queued, self._queue = self._queue, []
        return [piece for piece in queued if piece.future.set_running_or_notify_cancel()]

    def _commit(self, turns: "Turns") -> None:
        """One transaction for all that has queued by the time that it has begun. Nobody is told before the commit."""
        taken: list[Piece[Any]] = []
        try:
            with turns.taken():
                with self._engine.begin() as connection:
                    own = _driver(connection)
                    taken = self._take()
                    outcomes = [_run_piece(connection, piece.work, alone=len(taken) == 1) for piece in taken]
                if not own.is_current:  # what went to a file that was removed meanwhile is not in the log
                    raise unavailable(f"{own.path} was removed or replaced just now")  # noqa: TRY301
        except BaseException as error:  # noqa: BLE001  # whatever it is, nobody may be left waiting
            # Where it could not begin, those who have queued by now have waited for the same database.
            for piece in taken or self._take():
                piece.future.set_exception(error)
            return
        for piece, outcome in zip(taken, outcomes, strict=True):
            outcome(piece.future)


def _run_piece(connection: Connection, work: Work[T], *, alone: bool) -> Callable[[Future[T]], None]:
    """Run `work`, and say how to tell its outcome; what it did is undone if it fails.

    Raises what `work` does where it is `alone`, or where SQLite has undone the whole transaction with it, as it may
    when the disk is full.
    """
    database = _driver(connection)
    if alone:
        result = work(connection)
        return lambda future: future.set_result(result)
    database.execute("SAVEPOINT piece")  # by the driver: SQLAlchemy's own take a tenth of the time of an append
    try:
        result = work(connection)
    except Exception as error:  # it is for whoever asked
        if not database.in_transaction:
            raise
        database.execute("ROLLBACK TO piece")
        failure = error
        return lambda future: future.set_exception(failure)
    finally:
        if database.in_transaction:
            database.execute("RELEASE piece")
    return lambda future: future.set_result(result)


def _driver(connection: Connection) -> FileConnection:
    found = connection.connection.driver_connection
    assert isinstance(found, FileConnection)  # noqa: S101  # for the types: no other database comes here
    return found


class Turns:
    """Lets processes take turns by a lock on the file at `path`.

    Where there can be no such file, SQLite's own lock has to do. One that was removed or replaced is opened anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._opened_on: FileId | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and keep it for as long as the block takes."""
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
        """Close the file, which ends no turn of others."""
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
