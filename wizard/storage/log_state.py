"""Reads and writes the state of a log: what is known of it as a whole, in the table `log_state`."""

from dataclasses import dataclass

from sqlalchemy import Connection, Insert, Table, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from wizard.storage.upkeep_tables import log_state as table


@dataclass(frozen=True, slots=True)
class LogState:
    """The state of a log. Times are in milliseconds since the epoch; None if it has not happened."""

    made_at: str = ""
    """The version of the tables that this log was made with; empty for a log that was made before 0012."""

    writers_from: str = ""
    """The oldest version whose servers may still write to the tables; empty if only the tables' own may."""

    backup_ms: int | None = None
    """When the newest backup was recorded."""

    retention_ms: int | None = None
    """When all that is older than the retention was last erased."""


def has_state(connection: Connection) -> bool:
    """Whether the log has the table; a log before version 0012 has not."""
    return inspect(connection).has_table(table.name)


def read_state(connection: Connection) -> LogState:
    """The state of a log that has the table. Names that a newer version added are ignored."""
    found = {row.name: row.value for row in connection.execute(select(table))}
    return LogState(
        made_at=found.get("made_at", ""),
        writers_from=found.get("writers_from", ""),
        backup_ms=_whole(found.get("backup_ms")),
        retention_ms=_whole(found.get("retention_ms")),
    )


def _whole(value: str | None) -> int | None:
    return None if value is None else int(value)


def write_state(connection: Connection, **values: str | int) -> None:
    """Write these fields of the state, and leave the others as they are."""
    rows = [{"name": name, "value": str(value)} for name, value in values.items()]
    connection.execute(replacing(connection, table), rows)


def replacing(connection: Connection, into: Table) -> Insert:
    """Insert rows into a table of two columns, or replace the value of those that have the same key."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: sqlite.Insert | postgresql.Insert = dialect.insert(into)
    key, value = into.c
    return statement.on_conflict_do_update(index_elements=[key], set_={value: statement.excluded[value.name]})
