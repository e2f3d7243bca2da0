"""Opens the log that the settings name."""

import os
from pathlib import Path

from sqlalchemy import make_url

from wizard.config import Settings
from wizard.conversions.database import Database, LogError, open_database
from wizard.conversions.log import Log
from wizard.conversions.migrate import migrate, require_current
from wizard.conversions.write_check import require_writable
from wizard.questionnaire.questions import QUESTIONS


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
