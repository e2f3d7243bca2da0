"""Distinguishes an unavailable database from one that refuses an event for good, and saves refused lines."""

import json
import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError

from wizard.errors import WizardError
from wizard.files.private import FILE_MODE
from wizard.intake.segments import sync_folder

FILE = "refused.jsonl"
UNAVAILABLE_CLASSES = frozenset({"08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE: connections, transactions, roles, databases, conflicts, resources, locks, shutdowns, disks."""

UNAVAILABLE_STATES = frozenset({"42501"})
"""A missing privilege."""

SQLITE_REFUSALS = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}
)


def is_unavailable(error: BaseException) -> bool:
    """Whether `error` means that the database is unavailable, rather than that it refuses this event.

    An event is at fault where the database finds fault with a value, and where the error is not the database's at all.
    """
    if isinstance(error, (DataError, IntegrityError)):
        return error.connection_invalidated
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, DBAPIError) or getattr(error, "orig", None) is None
    return isinstance(error, (OSError, MemoryError, WizardError))


def may_be_refusal(error: BaseException) -> bool:
    """Whether an `error` that seems to be the database's own may still be about the event.

    As where a value is of a type that it can't take, or longer than an index allows. Only another event shows that.
    """
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return state not in UNAVAILABLE_STATES and state[:2] not in UNAVAILABLE_CLASSES
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_REFUSALS
    return not isinstance(error, (OperationalError, InterfaceError))


def write_refused(folder: Path, reason: str, line: bytes) -> Path:
    """Append a refused line, with the reason, to the file of refused lines. Returns its path. Raises OSError."""
    path = folder / FILE
    record = {"reason": reason, "line": line.decode("utf-8", "backslashreplace")}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, FILE_MODE), "ab") as file:
        file.write(json.dumps(record).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return path
