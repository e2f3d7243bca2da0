"""A log that can't be written now is told from one that will never take an event."""

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

from wizard.intake.refusals import is_unavailable
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
