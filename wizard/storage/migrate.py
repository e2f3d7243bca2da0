"""Migrates the log's tables to the version that this code needs.

Alembic is imported only when there is something to migrate: it takes a quarter of the import time of a server or a
command.
"""

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from wizard.files.private import restrict_to_owner
from wizard.storage import older_servers
from wizard.storage.compatibility import is_newer, require_compatible
from wizard.storage.database import Database, LogError
from wizard.storage.log_state import write_state
from wizard.storage.schema import VERSION
from wizard.storage.sqlite_file import companions
from wizard.storage.version_table import read_version

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATION_LOCK = 0x57495A  # any number, as long as it stays
ENCODING = "UTF8"


def migrate(database: Database) -> tuple[str, str]:
    """Apply the missing migrations, once even if several processes call this at the same time.

    Returns the versions before and after. Tables of a newer version that this wizard may use stay as they are.
    Raises LogError.
    """
    try:
        with database.reader.begin() as connection:  # without the writer's time limit: a migration may take long
            if database.is_sqlite:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            _refuse_encoding(connection)
            before = after = read_version(connection)
            require_compatible(connection, before)
            if before != VERSION and not is_newer(before):
                _upgrade(connection, before)
                after = VERSION
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be migrated ({cause(error)})") from error
    if database.is_sqlite:
        for path in (database.path, *companions(database.path)):
            restrict_to_owner(path)
    return before, after


def require_current(database: Database) -> None:
    """Raise LogError unless the tables are at the version that this code needs, or at a newer one that it may use."""
    try:
        with database.reader.connect() as connection:
            _refuse_encoding(connection)
            version = read_version(connection)
            require_compatible(connection, version)
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be opened ({cause(error)})") from error
    if version != VERSION and not is_newer(version):
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


def _upgrade(connection: Connection, before: str) -> None:
    """Apply the migrations since the version `before`, and write which servers may go on.

    What older servers have stored is counted first: what they store from now on is found by that.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    stored = older_servers.stored_by_older(connection) if before else {}
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    writers_from = max(getattr(script.module, "writers_from", script.revision) for script in scripts)
    write_state(connection, writers_from=writers_from, **({} if before else {"made_at": VERSION}))
    older_servers.remember(connection, stored)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("wizard.storage") / "migrations"))
    return config
