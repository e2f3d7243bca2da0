"""Opens the log that the settings name."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from wizard.config import Settings
from wizard.events.log import Log
from wizard.keys import keys_of
from wizard.questionnaire.questions import QUESTIONS
from wizard.storage.database import LogError, open_database
from wizard.storage.migrate import cause, migrate, require_current
from wizard.storage.write_check import require_writable

LOG = logging.getLogger("wizard")
RETRY_SECONDS = 1.0


def open_log(settings: Settings, *, writes: bool = True) -> Log:
    """Open the log, and migrate it if it is a SQLite file that can be written. Raises LogError.

    With `writes`, also raises LogError if the log can't be written, so that a server fails at the start and not at the
    first visit. Without, a read-only role, a standby and a read-only file will do.
    """
    path = _sqlite_path(settings)
    read_only = not writes and path is not None and not _can_write(path)
    database = open_database(settings.database_url, settings.durability, read_only=read_only)
    if path and writes and not _can_write(path):
        raise LogError(
            f"WIZARD_DATABASE_URL: given {database.name}, which can't be written; "
            "allowed: a file that this user may write, in a folder that it may write"
        )
    try:
        if path and not read_only:
            migrate(database)
        else:
            require_current(database)
        if writes:
            require_writable(database)
    except LogError:
        database.dispose()
        raise
    return Log(database, tuple(step.name for step in QUESTIONS.steps), lambda: keys_of(settings))


def open_log_when_possible(settings: Settings, stop: threading.Event) -> Log | None:
    """The log, as soon as it can be opened; None if `stop` is set before."""
    while not stop.is_set():
        try:
            return open_log(settings)
        except LogError as error:
            LOG.debug("%s waits for the log: %s", threading.current_thread().name, error)
        stop.wait(RETRY_SECONDS)
    return None


def require_log(settings: Settings) -> None:
    """Raise LogError if the settings name a SQLite file that does not exist."""
    path = _sqlite_path(settings)
    if path and not path.exists():
        raise LogError(
            f"WIZARD_DATABASE_URL: there is no log at {path.absolute()}; run this in the server's folder, or set it as "
            "for the server (`wizard serve` and `wizard migrate` make a log)"
        )


@contextmanager
def opened_log(settings: Settings, *, writes: bool = False) -> Iterator[Log]:
    """Open an existing log for a command, and close it at the end. Raises LogError if there is none, or it fails.

    Makes no SQLite file: a command run in the wrong folder must not report on a new, empty log.
    """
    require_log(settings)
    log = open_log(settings, writes=writes)
    try:
        yield log
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be used ({cause(error)})") from error
    finally:
        log.database.dispose()


def _sqlite_path(settings: Settings) -> Path | None:
    """The path of the SQLite file that the settings name; None for PostgreSQL."""
    url = make_url(settings.database_url)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _can_write(path: Path) -> bool:
    """Whether the folder can be written, and the file too if it exists."""
    return os.access(path.absolute().parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
