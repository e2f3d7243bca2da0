"""Distinguishes an unavailable database from one that refuses an event for good, and saves refused lines."""

import json
import os
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from wizard.errors import WizardError
from wizard.files.private import FILE_MODE
from wizard.intake.segments import sync_folder

FILE = "refused.jsonl"


def is_unavailable(error: BaseException) -> bool:
    """Whether `error` means that the database is unavailable, rather than that it refuses this event.

    An event is at fault where the database finds fault with a value, and where the error is not the database's at all.
    """
    if isinstance(error, (DataError, IntegrityError)):
        return error.connection_invalidated
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, DBAPIError) or getattr(error, "orig", None) is None
    return isinstance(error, (OSError, MemoryError, WizardError))


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
