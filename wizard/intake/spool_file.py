"""A file of fixed size that events wait in: lines of JSON behind a header, each known to be whole by its checksum.

A lock claims it, which the kernel frees when its process dies. Its space is allocated once, so that a full disk can
still take events. Lines are numbered without end, so that what is left of earlier ones is never taken for new ones.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from wizard.intake.spool_line import Line, lines_of, opened, sealed

LOG = logging.getLogger("wizard.spool")
# The header is kept twice, in blocks that are written in turn: a power cut can tear one of them, not both.
BLOCK_BYTES = 4096
START = 2 * BLOCK_BYTES
BATCH_BYTES = 64 * 1024
_sync = getattr(os, "fdatasync", os.fsync)  # macOS has none


def claim(path: Path, size_bytes: int = 0) -> "SpoolFile | None":
    """The file at `path`, if no living process holds it; made, or made longer, where it has less than `size_bytes`.

    Raises OSError.
    """
    file = os.open(path, os.O_RDWR | (os.O_CREAT if size_bytes else 0), 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(file, 0o600)
        _allocate(file, path.parent, size_bytes)
        return SpoolFile(file, path)
    except BlockingIOError:
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise


def holds_events(path: Path) -> bool:
    """Whether events wait in the file at `path`, whoever holds it. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        header = _header(file.fileno())
        data = os.pread(file.fileno(), BATCH_BYTES, header["from"])
    return any(line.content and line.content["line"] >= header["line"] for line in lines_of(data, header["from"]))


def _header(file: int) -> dict[str, int]:
    blocks = (os.pread(file, BLOCK_BYTES, at) for at in (0, BLOCK_BYTES))
    found = [header for header in map(opened, blocks) if header]
    return max(found, key=lambda header: header["writes"], default={"writes": 0, "from": START, "line": 0, "lost": 0})


class SpoolFile:
    """One file, claimed by this process. Its methods may be called by several threads.

    `lost` counts events for which there was no room, or which the log refused, until the ledger has them.
    """

    def __init__(self, file: int, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._file = file
        self._size = os.fstat(file).st_size
        header = _header(file)
        self.lost: int = header["lost"]
        self._writes: int = header["writes"]  # how often the header was written
        self._from: int = header["from"]  # where the oldest line begins
        self._first: int = header["line"]  # lines with a lower number are left from before the last rewinding
        lines = self._recover()
        self._tail = lines[-1].end if lines else self._from
        self.waiting = sum(line.events for line in lines)

    @property
    def is_current(self) -> bool:
        """Whether it is still the one at its path; once removed, it would be gone with this process."""
        if self._file < 0:  # it was closed
            return True
        try:
            found, own = self.path.stat(), os.fstat(self._file)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)

    @property
    def waiting_bytes(self) -> int:
        """How long the lines are that wait, all together."""
        return self._tail - self._from

    def append(self, content: Mapping[str, Any]) -> bool:
        """Write a line that is on the disk on return. Where there is no room, its events are lost, and counted."""
        with self.lock:
            raw = sealed({"line": self._next, **content})
            line = Line(raw, self._tail + len(raw), content)
            if line.end > self._size or not self._put(raw):
                self.lose(line.at_stake)
                LOG.error("%s: no room for an event; lost by now: %d", self.path, self.lost)
                return False
            self._tail = line.end
            self._next += 1
            self.waiting += line.events
            return True

    def batch(self) -> list[Line]:
        """The oldest lines that wait: a good many, or one that is long. Raises OSError."""
        with self.lock:
            size = BATCH_BYTES
            while True:
                data = os.pread(self._file, min(size, self.waiting_bytes), self._from)
                whole = data[: data.rfind(b"\n") + 1]
                if whole or size >= self.waiting_bytes:
                    return list(lines_of(whole or data, self._from))
                size *= 2

    def free(self, lines: Sequence[Line], lost: int = 0) -> None:
        """Let go of these, the oldest lines; so many events are `lost` with them."""
        with self.lock:
            self._from = lines[-1].end
            self.waiting -= sum(line.events for line in lines)
            self.lose(lost)

    def lose(self, events: int) -> None:
        """Count so many more events as lost (less than 0: the ledger has them)."""
        with self.lock:
            self.lost += events
            self._save()

    def rewind(self) -> None:
        """Once no line waits, begin at the start again, and leave nothing of what there was."""
        with self.lock:
            if self.waiting_bytes or self._tail == START:
                return
            before, self._from, self._first = self._from, START, self._next
            # In both blocks: with an old header, a line at the start would be looked for where the last ones were.
            if not (self._save() and self._save()):
                self._from = before
                return
            self._tail, self.waiting = START, 0
            self._put(bytes(before - START))

    def close(self) -> None:
        """Give up the claim; what waits stays."""
        with self.lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _put(self, data: bytes, at: int | None = None) -> bool:
        """Write `data`, at the tail unless told otherwise, and whether it is on the disk."""
        at = self._tail if at is None else at
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(self._file, data[done:], at + done)
            _sync(self._file)
        except OSError:
            LOG.exception("%s: can't be written", self.path)
            with suppress(OSError):  # so that it is not found later, having been counted as lost
                os.pwrite(self._file, b"\0", at)
            return False
        return True

    def _save(self) -> bool:
        header = {"writes": self._writes + 1, "from": self._from, "line": self._first, "lost": self.lost}
        block = sealed(header).rstrip().ljust(BLOCK_BYTES - 1) + b"\n"
        if not self._put(block, self._writes % 2 * BLOCK_BYTES):
            return False
        self._writes += 1
        return True

    def _recover(self) -> list[Line]:
        """The lines that wait. What follows the last whole one was never acknowledged, or is old, and is wiped out."""
        data = os.pread(self._file, max(self._size - self._from, 0), self._from).rstrip(b"\0")
        lines, whole, self._next = list(lines_of(data, self._from)), 0, self._first
        for position, line in enumerate(lines, 1):
            if line.content and line.content["line"] >= self._next:
                whole, self._next = position, line.content["line"] + 1
        end = lines[whole - 1].end if whole else self._from
        self._tail = end
        if end < self._from + len(data):
            self._put(bytes(self._from + len(data) - end))
        return lines[:whole]


def _allocate(file: int, folder: Path, size_bytes: int) -> None:
    """Make sure of the space, for good; where there is too little, none is taken."""
    before = os.fstat(file).st_size
    if before >= size_bytes:
        return
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file, 0, size_bytes)
        else:  # macOS
            os.pwrite(file, bytes(size_bytes - before), before)
        os.fsync(file)
    except OSError:
        os.ftruncate(file, before)
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names of new files in it outlast a power cut. Raises OSError."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
