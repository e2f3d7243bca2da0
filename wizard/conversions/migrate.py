"""Brings the tables of the log to what this version of the wizard works with."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from wizard.conversions.database import Database, LogError

MIGRATION_LOCK = 0x57495A  # any number, as long as it stays


def newest() -> str:
    """The schema version that this code works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def migrate(database: Database) -> tuple[str, str]:
    """Apply what is missing, once however many ask at once. The versions before and after; raises LogError."""
    try:
        with database.reader.begin() as connection:  # without the writer's time limit: a migration may take long
            if database.is_sqlite:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            before = _version(connection)
            _refuse_newer(before)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return before, newest()
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be migrated ({cause(error)})") from error


def require_current(database: Database) -> None:
    """Raise LogError where the tables are not those that this code works with."""
    try:
        with database.reader.connect() as connection:
            version = _version(connection)
    except SQLAlchemyError as error:
        raise LogError(f"WIZARD_DATABASE_URL: the log can't be opened ({cause(error)})") from error
    _refuse_newer(version)
    if version != newest():
        raise LogError(f"the log's tables are at version {version or 'none'}, not {newest()}; run: wizard migrate")


def cause(error: Exception) -> str:
    """What the database said, in one line, without the statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _refuse_newer(version: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version and version not in known:
        raise LogError(f"the log's tables are at version {version}, newer than this wizard's {newest()}; update it")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("wizard.conversions") / "migrations"))
    return config
