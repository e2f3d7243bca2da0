"""Reads and writes many rows at once, without SQLAlchemy's work for each row: that was half of the time of an ingest.

SQLite gets a list of rows, PostgreSQL a JSON text with all of them, in one round trip.
"""

from collections.abc import Collection, Sequence
from functools import cache
from json import JSONEncoder
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Text, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from wizard.storage.by_store import is_column_store

_encoded = JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def among(connection: Connection, column: ColumnElement[str], names: Collection[str]) -> ColumnElement[bool]:
    """The condition that `column` is one of the `names`, which are one parameter however many there are."""
    if connection.dialect.name == "sqlite":
        return column.in_(select(func.json_each(_encoded(list(names))).table_valued("value").c.value))
    if is_column_store(connection):
        return column.in_(names)
    return column == any_(cast(list(names), ARRAY(Text)))


def write_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, replace: bool = False) -> None:
    """Insert the rows, whose values are in the order of the table's columns; with `replace`, in place of their like.

    Raises SQLAlchemyError.
    """
    if not rows:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    statement = _statement(table, is_sqlite=is_sqlite, replace=replace)
    if is_sqlite:
        connection.exec_driver_sql(statement, list(rows))
    else:
        names = table.c.keys()
        connection.exec_driver_sql(statement, (_encoded([dict(zip(names, row, strict=True)) for row in rows]),))


@cache
def _statement(table: Table, *, is_sqlite: bool, replace: bool) -> str:
    names = table.c.keys()
    keys = [column.name for column in table.primary_key]
    columns = ", ".join(names)
    given = (
        f"VALUES ({', '.join('?' * len(names))})"
        if is_sqlite
        else f"SELECT {columns} FROM json_populate_recordset(CAST(NULL AS {table.name}), CAST(%s AS json))"  # noqa: S608  # our own names
    )
    statement = f"INSERT INTO {table.name} ({columns}) {given}"
    if replace:
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
        statement += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
    return statement
