"""Copies a SQLite log while it is in use, and looks whether the copy is sound."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from wizard.files.atomic_write import FileError, whole_file
from wizard.storage.database import Database, LogError

PAGES_AT_ONCE = 1000


def page_count(database: Database) -> int:
    """How many pages a copy has, give or take what is written meanwhile."""
    with closing(_reading(database.path)) as reading:
        return int(reading.execute("PRAGMA page_count").fetchone()[0])


def back_up(database: Database, file: Path, tell: Callable[[int], None]) -> None:
    """Copy the log, as it is at this moment, to `file`, which must not be there; it is there only once it is whole.

    `tell` is told how many more pages are copied. Raises LogError and FileError.
    """
    _refuse_existing(file)
    try:
        with whole_file(file) as own:
            _copy(database.path, own, tell)
            _check(own)
            _refuse_existing(file)
    except sqlite3.Error as error:
        raise LogError(f"{database.path}: can't be copied to {file} ({error})") from error


def _refuse_existing(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise FileError(f"{file}: is there already; allowed: a name that nothing has")


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _copy(source: Path, copy: Path, tell: Callable[[int], None]) -> None:
    """Copy page by page, what is in the write-ahead log included.

    The read transaction keeps others' commits from starting the copy anew.
    """
    left = 0

    def on_pages(_: int, now_left: int, total: int) -> None:
        nonlocal left
        tell((left or total) - now_left)
        left = now_left

    with closing(_reading(source)) as reading, closing(sqlite3.connect(copy)) as writing:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master")
        reading.backup(writing, pages=PAGES_AT_ONCE, progress=on_pages)
        writing.execute("PRAGMA journal_mode=DELETE")  # one plain file, until the wizard opens it


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as checking:
            found = [line for (line,) in checking.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:  # too broken even to be looked through
        found = [str(error)]
    if found != ["ok"]:
        raise LogError(f"the copy is not sound, and was removed: {'; '.join(found[:3])}")
