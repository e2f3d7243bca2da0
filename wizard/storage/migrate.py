"""Migrates the log's tables to the version that this code needs.

Alembic is imported only when there is something to migrate: it takes a quarter of the import time of a server or a
command.
"""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from wizard.files.private import restrict_to_owner
from wizard.storage.database import Database, LogError
from wizard.storage.schema import VERSION
from wizard.storage.sqlite_file import companions
from wizard.storage.version_table import read_version

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATION_LOCK = 0x57495A  # any number, as long as it stays
ENCODING = "UTF8"


def migrate(database: Database) -> tuple[str, str]:
    """Apply the missing migrations, once even if several processes call this at the same time.

    Returns the versions before and after. Raises LogError.
    """
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
    if database.is_sqlite:
        for path in (database.path, *companions(database.path)):
            restrict_to_owner(path)
    return before, VERSION


def require_current(database: Database) -> None:
    """Raise LogError unless the tables are at the version that this code needs."""
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
    """The database's own error message in one line, without the statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _refuse_encoding(connection: Connection) -> None:
    """Raise LogError unless a PostgreSQL database is encoded in UTF-8."""
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
