"""Copies a SQLite log while it is in use, and checks the copy's integrity."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from wizard.files.atomic_write import FileError, atomic_write
from wizard.storage.database import Database, LogError

PAGES_AT_ONCE = 1000


def page_count(database: Database) -> int:
    """The number of pages of a SQLite log, for the progress of a copy."""
    with closing(_connect(database.path)) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


def back_up(database: Database, file: Path, on_progress: Callable[[int], None]) -> None:
    """Copy the log, as of this moment, to `file`, which must not exist and appears only when the copy is complete.

    `on_progress` gets the number of pages copied since its last call. Raises LogError and FileError.
    """
    _refuse_existing(file)
    try:
        with atomic_write(file) as part:
            _copy(database.path, part, on_progress)
            _check(part)
            _refuse_existing(file)
    except sqlite3.Error as error:
        raise LogError(f"{database.path}: can't be copied to {file} ({error})") from error


def _refuse_existing(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise FileError(f"{file}: exists already; allowed: a file that does not exist")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _copy(source: Path, copy: Path, on_progress: Callable[[int], None]) -> None:
    """Copy page by page, including the write-ahead log.

    The read transaction prevents a restart of the copy when other processes commit.
    """
    remaining = 0

    def on_pages(_: int, now_remaining: int, total: int) -> None:
        nonlocal remaining
        on_progress((remaining or total) - now_remaining)
        remaining = now_remaining

    with closing(_connect(source)) as original, closing(sqlite3.connect(copy)) as target:
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master")
        original.backup(target, pages=PAGES_AT_ONCE, progress=on_pages)
        target.execute("PRAGMA journal_mode=DELETE")  # a single file, until the wizard opens it


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            found = [line for (line,) in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:  # too damaged to be checked
        found = [str(error)]
    if found != ["ok"]:
        raise LogError(f"removed the copy, which failed the integrity check: {'; '.join(found[:3])}")
