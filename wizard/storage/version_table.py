"""Finds and reads the table that holds the version of the log's tables.

It is not Alembic's default `alembic_version`, since another application may keep its own in the same database. Logs
made before `wizard_version` was introduced still use `alembic_version`.
"""

import sqlite3
from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

VERSION_TABLE = "wizard_version"
VERSION_TABLE_BEFORE = "alembic_version"
FIRST_TABLES = ("events", "journeys", "journey_steps", "ledger")
"""The tables that every log has, from its first version on."""


def version_table(connection: Connection) -> str:
    """The name of the version table; for a log without tables, the name that it will get."""
    return _name(inspect(connection).has_table)


def read_version(connection: Connection) -> str:
    """The version of the log's tables; an empty text if there are none."""
    name = version_table(connection)
    if not inspect(connection).has_table(name):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {name}")).scalar() or "")  # noqa: S608  # one of two


def read_sqlite_version(connection: sqlite3.Connection) -> str:
    """Like `read_version`, on a connection of the sqlite3 module."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    name = _name(tables.__contains__)
    rows = connection.execute(f"SELECT version_num FROM {name}").fetchall() if name in tables else []  # noqa: S608
    return str(rows[0][0]) if rows else ""


def _name(has_table: Callable[[str], bool]) -> str:
    if has_table(VERSION_TABLE) or not has_table(VERSION_TABLE_BEFORE):
        return VERSION_TABLE
    return VERSION_TABLE_BEFORE if all(has_table(name) for name in FIRST_TABLES) else VERSION_TABLE
