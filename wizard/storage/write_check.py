"""Proves that the log can be written: by writing a row to each table that a server writes, and undoing it."""

import secrets
from typing import Any, NoReturn

from sqlalchemy import Connection, Table, delete, insert, update
from sqlalchemy.exc import SQLAlchemyError

from wizard.storage import schema
from wizard.storage.database import Database, LogError
from wizard.storage.migrate import cause
from wizard.storage.single_writer import writing

NEVER_CHANGED = (schema.events,)
DELETED_FROM = (schema.journey_steps, schema.sign_ins)
"""What a server takes rows out of; from the others, only commands do."""


class _Undo(Exception):
    """Ends a transaction of which nothing is to stay."""


def require_writable(database: Database) -> None:
    """Raise LogError where a server could not write its rows: to a standby, say, or as a role that may only read."""
    try:
        writing(database).write(_write_and_undo)
    except _Undo:
        return
    except SQLAlchemyError as error:
        allowed = (
            "a file that this user may write, in a folder that it may write"
            if database.is_sqlite
            else "a primary server, and a role that may SELECT, INSERT, UPDATE and DELETE"
        )
        raise LogError(
            f"WIZARD_DATABASE_URL: given {database.name}, which can't be written ({cause(error)}); allowed: {allowed}"
        ) from error


def _write_and_undo(connection: Connection) -> NoReturn:
    for table in schema.METADATA.sorted_tables:
        key = next(iter(table.primary_key.columns))
        row = _row(table)
        connection.execute(insert(table).values(row))
        ours = [column == row[column.name] for column in table.primary_key.columns]
        if table not in NEVER_CHANGED:
            connection.execute(update(table).where(*ours).values({key.name: row[key.name]}))
        if table in DELETED_FROM:
            connection.execute(delete(table).where(*ours))
    raise _Undo


def _row(table: Table) -> dict[str, Any]:
    """A row that no other is like."""
    name = f"write-check-{secrets.token_hex(8)}"
    needed = (column for column in table.columns if not column.nullable)
    return {column.name: name if column.type.python_type is str else 0 for column in needed}
