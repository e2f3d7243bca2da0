"""Statements and conditions that have one form for row stores (SQLite, PostgreSQL) and one for a column store.

Row stores look up what they need in an index, from one value to the next or with a subquery for each row. ClickHouse
refuses such statements, and reads whole columns faster than it looks anything up. All that differs is chosen here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from clickhouse_connect.driver import Client
from sqlalchemy import BigInteger, ColumnElement, Connection, Executable, Select, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import collate
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import truediv
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean

COLUMN_STORE = "clickhousedb"
"""The name of the dialect of ClickHouse."""


def by_store(
    connection: Connection, *, rows: Callable[[], Executable], columns: Callable[[], Executable]
) -> Executable:
    """What makes `rows` on SQLite and PostgreSQL, `columns` on ClickHouse; their columns have the same names."""
    return columns() if is_column_store(connection) else rows()


def is_column_store(connection: Connection) -> bool:
    """Whether a connection is to ClickHouse."""
    return connection.dialect.name == COLUMN_STORE


class ConditionByStore(ColumnElement[bool]):
    """The condition `rows` on SQLite and PostgreSQL, and `columns` on ClickHouse."""

    _traverse_internals = [  # noqa: RUF012  # as SQLAlchemy declares it
        ("rows", InternalTraversal.dp_clauseelement),
        ("columns", InternalTraversal.dp_clauseelement),
    ]
    inherit_cache = True
    type = Boolean()

    def __init__(self, rows: ColumnElement[bool], columns: ColumnElement[bool]) -> None:
        self.rows = rows
        self.columns = columns


class Bytewise(FunctionElement[str]):
    """A text whose order is that of its bytes in UTF-8, whichever order the database has for texts."""

    name = "bytewise"
    inherit_cache = True
    type = Text()


class Quotient(FunctionElement[int]):
    """How often the second of two whole numbers, both at least 0, is contained in the first."""

    name = "quotient"
    inherit_cache = True
    type = BigInteger()


@compiles(Quotient)
def _divided(element: Quotient, compiler: SQLCompiler, **given: Any) -> str:
    number, by = (compiler.process(each.self_group(against=truediv), **given) for each in element.clauses)
    return f"({number} / {by})"


@compiles(Quotient, COLUMN_STORE)
def _divided_whole(element: Quotient, compiler: SQLCompiler, **given: Any) -> str:
    return f"intDiv({compiler.process(element.clauses, **given)})"


@compiles(ConditionByStore)
def _for_rows(element: ConditionByStore, compiler: SQLCompiler, **given: Any) -> str:
    return str(compiler.process(element.rows, **given))


@compiles(ConditionByStore, COLUMN_STORE)
def _for_columns(element: ConditionByStore, compiler: SQLCompiler, **given: Any) -> str:
    return str(compiler.process(element.columns, **given))


@compiles(Bytewise)
def _as_it_is(element: Bytewise, compiler: SQLCompiler, **given: Any) -> str:
    return str(compiler.process(*element.clauses, **given))


@compiles(Bytewise, "postgresql")
def _in_order_of_bytes(element: Bytewise, compiler: SQLCompiler, **given: Any) -> str:
    (text,) = element.clauses
    return str(compiler.process(collate(text, "C"), **given))


@contextmanager
def streamed(
    connection: Connection, statement: Select[Any], rows_at_once: int
) -> Iterator[Iterator[Mapping[Any, Any]]]:
    """The rows of a statement, by column, of which few are in memory at any time. Raises SQLAlchemyError.

    SQLAlchemy would have ClickHouse's client fetch all of them at once.
    """
    if not is_column_store(connection):
        with closing(connection.execute(statement.execution_options(yield_per=rows_at_once))) as found:
            yield iter(found.mappings())
        return
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    client: Client = connection.connection.driver_connection.client  # type: ignore[union-attr]  # its own connection
    with client.query_rows_stream(str(compiled), parameters=compiled.params) as rows:
        names = rows.source.column_names
        yield (dict(zip(names, row, strict=True)) for row in rows)
