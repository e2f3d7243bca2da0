"""How SQLite goes through its tables for the last statement of a call."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event

from wizard.events.log import Log


def plan_of(log: Log, call: Callable[[Connection], object]) -> list[str]:
    """The plan of the last statement that `call` runs on a connection to a log on SQLite."""
    statements: list[tuple[str, Any]] = []

    def keep(_connection: object, _cursor: object, statement: str, given: object, *_more: object) -> None:
        statements.append((statement, given))

    with log.database.snapshot() as connection:
        event.listen(connection, "before_cursor_execute", keep)
        call(connection)
        made, given = statements[-1]
        return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", given)]
