"""Checks that the log can be written, with a test row in each table that is rolled back."""

import secrets
from typing import Any, NoReturn

from sqlalchemy import Connection, Table, delete, insert, update
from sqlalchemy.exc import SQLAlchemyError

from wizard.storage import dashboard_tables, schema, studio_tables, subscriber_tables
from wizard.storage.database import Database, LogError
from wizard.storage.migrate import cause

NEVER_CHANGED = (
    schema.events,
    studio_tables.audit_log,
    studio_tables.draft_edits,
    studio_tables.wording_versions,
    studio_tables.wording_languages,
    studio_tables.wording_snapshots,
    studio_tables.wording_changes,
)
DELETED_FROM = (
    schema.journey_steps,
    dashboard_tables.sign_ins,
    dashboard_tables.shared_views,
    schema.journals,
    schema.erasures,
    schema.refused_frames,
    dashboard_tables.notes,
    studio_tables.people,
    subscriber_tables.pending_changes,
    subscriber_tables.changes_due,
    subscriber_tables.leases,
)
"""The tables that a server deletes rows from; only commands delete from the others."""


class _Rollback(Exception):
    """Ends the transaction of the check."""


def require_writable(database: Database) -> None:
    """Raise LogError if a server could not write to this database, such as a standby or as a read-only role."""
    try:
        database.write(_write_test_rows)
    except _Rollback:
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


def _write_test_rows(connection: Connection) -> NoReturn:
    for table in schema.METADATA.sorted_tables:
        row = _test_row(table)
        connection.execute(insert(table).values(row))
        key = {column.name: row[column.name] for column in table.primary_key}
        if table not in NEVER_CHANGED:
            connection.execute(update(table).filter_by(**key).values(key))
        if table in DELETED_FROM:
            connection.execute(delete(table).filter_by(**key))
    raise _Rollback


def _test_row(table: Table) -> dict[str, Any]:
    """A row whose key is unique."""
    name = f"write-check-{secrets.token_hex(8)}"
    needed = (column for column in table.columns if not column.nullable)
    return {column.name: name if column.type.python_type is str else 0 for column in needed}
