"""Checks from inside of the log: whether it can be read and written, its version, its clock, its journals."""

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from wizard import __version__
from wizard.doctor.connection import compared_clocks
from wizard.doctor.finding import Finding, ok, one_line, problem, warning
from wizard.doctor.installation import Installation
from wizard.events.journals import known_journals
from wizard.storage.database import LogError, open_database
from wizard.storage.migrate import cause, require_current
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_version
from wizard.storage.write_check import require_writable

SILENT_SECONDS = 600
"""A journal that was not reported for so long is one of a server that is gone."""

OLDEST_POSTGRESQL = 13


def log(found: Installation) -> Finding:
    """Whether the log is there, and can be written: a row in each table is written, and rolled back."""
    name = "log"
    missing = _missing_file(found)
    if missing:
        return problem(
            name,
            f"There is no log at {missing}.",
            "Run this in the server's folder and with its settings, as its user; or start the server once.",
        )
    database = open_database(found.settings.database_url, found.settings.durability, connections=1)
    try:
        with database.reader.connect() as connection:
            version = read_version(connection)
        if version == VERSION:
            require_writable(database)
    except SQLAlchemyError as error:
        return problem(
            name,
            f"The log can't be opened ({one_line(cause(error))}).",
            "Check that its database runs, that its address in WIZARD_DATABASE_URL is right, and that this user may.",
        )
    except LogError as error:
        return problem(name, one_line(error, 400), "Give the server's user the right to write, and free space.")
    finally:
        database.dispose()
    return ok(name, f"The log can be {'read and written' if version == VERSION else 'read'}: {database.name}.")


def _missing_file(found: Installation) -> Path | None:
    with found.database() as database:
        is_missing = database.is_sqlite and not database.path.exists()
        return database.path.absolute() if is_missing else None


def schema(found: Installation) -> Finding:
    """Whether the log's tables are of the version that this wizard needs."""
    name = "schema"
    if _missing_file(found):
        return warning(name, "There are no tables yet.", "Correct what `log` found.")
    try:
        with found.database() as database, database.reader.connect() as connection:
            version = read_version(connection)
        with found.database() as database:
            require_current(database)
    except SQLAlchemyError as error:
        return warning(name, f"The tables can't be read ({one_line(cause(error))}).", "Correct what `log` found.")
    except LogError as error:
        return problem(name, f"{one_line(error, 400)}.", "Run: wizard migrate, or install the newer version.")
    if version != VERSION:
        return warning(
            name,
            f"The log's tables are at version {version}, newer than this wizard's {VERSION}, which may still use them.",
            "Update the wizard on this server.",
        )
    return ok(name, f"The log's tables are at version {version}, as this wizard needs.")


def versions(found: Installation) -> Finding:
    """The versions of the wizard and of its database."""
    name = "versions"
    try:
        with found.database() as database:
            if database.is_sqlite:
                return ok(name, f"Wizard {__version__}, SQLite {sqlite3.sqlite_version}.")
            with database.reader.connect() as connection:
                number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    except SQLAlchemyError:
        return warning(name, f"Wizard {__version__}; the database's version is unknown.", "Correct what `log` found.")
    version = number // 10_000
    if version < OLDEST_POSTGRESQL:
        return warning(
            name,
            f"Wizard {__version__}, PostgreSQL {version}, which is no longer maintained.",
            f"Upgrade the database to PostgreSQL {OLDEST_POSTGRESQL} or newer.",
        )
    return ok(name, f"Wizard {__version__}, PostgreSQL {version}.")


def log_clock(found: Installation) -> Finding:
    """Whether the clock of the database's server agrees with this machine's."""
    name = "log-clock"
    try:
        with found.database() as database:
            if database.is_sqlite:
                return ok(name, "The log is on this machine, and has its clock.")
            with database.reader.connect() as connection:
                there_s = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
                ahead_s = there_s - found.clock() / 1000
    except SQLAlchemyError:
        return warning(name, "The database's clock can't be read.", "Correct what `log` found.")
    return compared_clocks(name, ahead_s, "the database's server")


def journals(found: Installation) -> Finding:
    """Whether events wait in journals of servers that have not been heard of for ten minutes."""
    name = "journals"
    if _missing_file(found):
        return ok(name, "There is no log yet, and no journal.")
    try:
        with found.database() as database, database.snapshot() as connection:
            known = known_journals(connection)
    except SQLAlchemyError:
        return warning(name, "The journals can't be read.", "Correct what `log` found.")
    lost_ms = found.clock() - SILENT_SECONDS * 1000
    gone = [row for row in known if row.waiting > row.written_off and row.seen_ms < lost_ms]
    if gone:
        waiting = sum(row.waiting - row.written_off for row in gone)
        return warning(
            name,
            f"Events wait in journals that have not been reported for ten minutes: {waiting:,} on {gone[0].machine}.",
            "Start the server there again; if its disk is gone: wizard journals --write-off JOURNAL",
        )
    return ok(name, f"No events wait in journals of servers that are gone (journals: {len(known)}).")
