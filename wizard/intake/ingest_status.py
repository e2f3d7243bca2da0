"""What the process that brings journals in says of itself, in a file beside them, for all processes of the machine.

Whoever holds the lock on that file is the one that does so. The kernel frees it when that process dies.
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
AGAIN = 5


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
    """What was last said; nothing where that can't be read."""
    for _ in range(AGAIN):
        with suppress(OSError, ValueError, KeyError, TypeError):
            line = (folder / FILE).read_bytes().partition(b"\n")[0]
            seal, _, text = line.partition(b" ")
            if int(seal, 16) != zlib.crc32(text):
                continue  # it is being written
            said: dict[str, Any] = json.loads(text)
            said["journals"] = {name: Progress(*progress) for name, progress in said["journals"].items()}
            return Status(**said)
    return Status()


class Lead:
    """The right to bring in the journals of a folder, which one process has at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._file = -1
        self._said = NOTHING

    def taken(self) -> bool:
        """Whether this process has it, or gets it now. Raises OSError."""
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
        self._file, self._said = file, NOTHING
        return True

    def say(self, status: Status) -> None:
        """Tell the other processes; that all is as it was, only twice a second. Raises OSError."""
        is_recent = abs(status.written_ms - self._said.written_ms) < UNCHANGED_MS
        if is_recent and replace(status, written_ms=0) == replace(self._said, written_ms=0):
            return
        self._said = status
        plain = {**asdict(status), "journals": {name: list(asdict(p).values()) for name, p in status.journals.items()}}
        text = json.dumps(plain, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        os.pwrite(self._file, line, 0)

    def close(self) -> None:
        """Let another process have it."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
