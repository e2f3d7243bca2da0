"""The status of the ingesting process, in a file beside the journals, for all processes of the machine.

The process that holds the lock on that file ingests. The kernel releases the lock when the process ends.
"""

import fcntl
import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from wizard.files.private import FILE_MODE
from wizard.intake.segments import is_at

FILE = "ingest"
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a journal has been read: the segment, the byte in it, and how many of its events are in the log."""

    segment: int
    at: int
    brought_in: int


@dataclass(frozen=True, slots=True)
class Status:
    """Why the log can't be written, or nothing; when it last could, in ms; and how far each journal has been read."""

    cause: str = ""
    written_ms: int = 0
    journals: Mapping[str, Progress] = field(default_factory=dict)


NOTHING = Status()
UNCHANGED_MS = 500


def read_status(folder: Path) -> Status:
    """What was last found; nothing where that can't be read."""
    for _ in range(ATTEMPTS):
        with suppress(OSError, ValueError, KeyError, TypeError):
            line = (folder / FILE).read_bytes().partition(b"\n")[0]
            seal, _, text = line.partition(b" ")
            if int(seal, 16) != zlib.crc32(text):
                continue  # it is being written
            found: dict[str, Any] = json.loads(text)
            found["journals"] = {name: Progress(*progress) for name, progress in found["journals"].items()}
            return Status(**found)
    return Status()


class Lead:
    """The lock on ingesting the journals of a folder, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file = -1
        self._written = NOTHING

    def acquire(self) -> bool:
        """Acquire the lock, if no other process has it. Returns whether this process has it. Raises OSError."""
        if self._file >= 0:
            if is_at(self._path, self._file):
                return True
            self.close()
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file, self._written = file, NOTHING
        return True

    def write_status(self, status: Status) -> None:
        """Write the status; if only the time has changed, at most twice a second. Raises OSError."""
        is_recent = abs(status.written_ms - self._written.written_ms) < UNCHANGED_MS
        if is_recent and replace(status, written_ms=0) == replace(self._written, written_ms=0):
            return
        self._written = status
        plain = {**asdict(status), "journals": {name: list(asdict(p).values()) for name, p in status.journals.items()}}
        text = json.dumps(plain, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        os.pwrite(self._file, line, 0)

    def close(self) -> None:
        """Release the lock."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
