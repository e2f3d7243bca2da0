"""Opens the log that the settings name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from wizard.config import Settings
from wizard.events.log import Log
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import Database, LogError, open_database
from wizard.storage.migrate import cause, migrate, require_current
from wizard.storage.write_check import require_writable


def open_log(settings: Settings) -> Log:
    """The log, to be written; on SQLite its tables are made as this version works with them. Raises LogError.

    So it does where nothing can be written: a server would find out when the first visitor comes.
    """
    database = open_database(settings.database_url, settings.durability)
    try:
        if database.is_sqlite:
            _refuse_read_only_file(database)
            migrate(database)
        else:
            require_current(database)
        require_writable(database)
    except LogError:
        database.dispose()
        raise
    return _log(database)


def open_log_to_read(settings: Settings) -> Log:
    """The log, to be read only: by a role that may not write, on a standby, or on a medium that can't be written.

    Where it can, an older SQLite log is migrated. Raises LogError.
    """
    url = make_url(settings.database_url)
    path = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    read_only = path is not None and not _can_write(path)
    database = open_database(settings.database_url, settings.durability, read_only=read_only)
    try:
        if database.is_sqlite and not read_only:
            migrate(database)
        else:
            require_current(database)
    except LogError:
        database.dispose()
        raise
    return _log(database)


def require_log(settings: Settings) -> None:
    """Raise LogError where the settings name a SQLite log that nobody has made yet."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise LogError(
            f"WIZARD_DATABASE_URL: there is no log at {Path(str(url.database)).absolute()}; run this in the server's "
            "folder, or set it as for the server (`wizard serve` and `wizard migrate` make a log)"
        )


@contextmanager
def opened_log(settings: Settings, *, writes: bool = False) -> Iterator[Log]:
    """The log that is there, closed at the end; only to be read, unless the command `writes`.

    Raises LogError where there is none, or the database fails.
    A command that reads makes no SQLite log: called in the wrong folder, it would find an empty one and say so.
    """
    require_log(settings)
    log = open_log(settings) if writes else open_log_to_read(settings)
    try:
        yield log
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be used ({cause(error)})") from error
    finally:
        log.database.dispose()


def _log(database: Database) -> Log:
    return Log(database, tuple(step.name for step in QUESTIONS.steps))


def _refuse_read_only_file(database: Database) -> None:
    if not _can_write(database.path):
        raise LogError(
            f"WIZARD_DATABASE_URL: given {database.name}, which can't be written; "
            "allowed: a file that this user may write, in a folder that it may write"
        )


def _can_write(path: Path) -> bool:
    """Whether the file, if it is there, and its folder can be written."""
    return os.access(path.absolute().parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
