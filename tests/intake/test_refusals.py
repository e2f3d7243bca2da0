"""A log that can't be written now is told from one that will never take an event."""

import sqlite3

import pytest
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wizard.intake.refusals import is_unavailable, may_be_refusal
from wizard.storage.database import LogError


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (OperationalError("INSERT", {}, Exception("the server closed the connection")), True),
        (InterfaceError("", {}, Exception("the connection is closed")), True),
        (ProgrammingError("", {}, Exception("no such table: events")), True),
        (PoolTimeout("QueuePool limit reached"), True),
        (DataError("", {}, Exception("gone meanwhile"), connection_invalidated=True), True),
        (OSError(28, "No space left on device"), True),
        (TimeoutError(), True),
        (LogError("not now"), True),
        (DataError("", {}, Exception("a text may not hold NUL")), False),
        (IntegrityError("", {}, Exception("NOT NULL failed")), False),
        (StatementError("", "", {}, ValueError("no such number")), False),
        (OverflowError("too large for SQLite"), False),
        (KeyError("step"), False),
    ],
    ids=repr,
)
def test_an_event_waits_for_a_log_that_is_gone_and_not_for_one_that_refuses_it(
    error: Exception, *, unavailable: bool
) -> None:
    assert is_unavailable(error) == unavailable


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("an error")
    error.sqlite_errorcode = code
    return error


def postgresql_error(state: str) -> Exception:
    error = Exception("an error")
    error.sqlstate = state  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("error", "may_be"),
    [
        (ProgrammingError("", {}, Exception("cannot adapt type 'dict'")), True),
        (OperationalError("", {}, postgresql_error("54000")), True),
        (ProgrammingError("", {}, postgresql_error("P0001")), True),
        (OperationalError("", {}, sqlite_error(sqlite3.SQLITE_ERROR)), True),
        (ProgrammingError("", {}, Exception("gone meanwhile"), connection_invalidated=True), False),
        *[
            (OperationalError("", {}, postgresql_error(state)), False)
            for state in (
                "08006",
                "25006",
                "28000",
                "40001",
                "40P01",
                "42501",
                "53100",
                "55P03",
                "57014",
                "57P01",
                "58030",
            )
        ],
        *[
            (OperationalError("", {}, sqlite_error(code)), False)
            for code in (
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
                sqlite3.SQLITE_FULL,
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_IOERR,
                sqlite3.SQLITE_IOERR_WRITE,
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_CORRUPT,
                sqlite3.SQLITE_NOTADB,
            )
        ],
        (OperationalError("", {}, Exception("no answer")), False),
        (InterfaceError("", {}, Exception("the connection is closed")), False),
        (PoolTimeout("QueuePool limit reached"), False),
        (OSError(28, "No space left on device"), False),
    ],
    ids=repr,
)
def test_an_outage_is_never_taken_for_a_refusal(error: Exception, *, may_be: bool) -> None:
    assert may_be_refusal(error) == may_be
