"""Brings the tables of the log to what this version of the wizard works with.

Alembic is imported only where there is something to migrate: to a server that starts, and to a command, it is a quarter
of all that they import.
"""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from wizard.files.private import close_to_others
from wizard.storage.database import Database, LogError
from wizard.storage.schema import VERSION
from wizard.storage.sqlite_file import companions
from wizard.storage.version_table import read_version

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATION_LOCK = 0x57495A  # any number, as long as it stays
ENCODING = "UTF8"


def migrate(database: Database) -> tuple[str, str]:
    """Apply what is missing, once however many ask at once. The versions before and after; raises LogError."""
    try:
        with database.reader.begin() as connection:  # without the writer's time limit: a migration may take long
            if database.is_sqlite:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            _refuse_encoding(connection)
            before = read_version(connection)
            if before != VERSION:
                _refuse_newer(before)
                _upgrade(connection)
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be migrated ({cause(error)})") from error
    if database.is_sqlite:  # and it is a log of ours
        for path in (database.path, *companions(database.path)):
            close_to_others(path)
    return before, VERSION


def require_current(database: Database) -> None:
    """Raise LogError where the tables are not those that this code works with."""
    try:
        with database.reader.connect() as connection:
            _refuse_encoding(connection)
            version = read_version(connection)
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be opened ({cause(error)})") from error
    if version != VERSION:
        _refuse_newer(version)
        raise LogError(f"the log's tables are at version {version or 'none'}, not {VERSION}; run: wizard migrate")


def cause(error: Exception) -> str:
    """What the database said, in one line, without the statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _refuse_encoding(connection: Connection) -> None:
    """Raise LogError where the database can't hold every text that visitors bring."""
    if connection.dialect.name == "sqlite":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != ENCODING:
        raise LogError(
            f"WIZARD_DATABASE_URL: given a database whose encoding is {encoding}; allowed: {ENCODING} "
            "(CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
        )


def _refuse_newer(version: str) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version and version not in known:
        raise LogError(f"the log's tables are at version {version}, newer than this wizard's {VERSION}; update it")


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("wizard.storage") / "migrations"))
    return config
