"""Reads a journal from its oldest line on while its process writes to it, and frees what is in the log."""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.intake.journal_line import Line, decode_line
from wizard.intake.segments import (
    SPARES,
    is_at,
    number_of,
    segment_path,
    segments_of,
    zero,
)

LOG = logging.getLogger("wizard.journal")
PEEK_BYTES, CHUNK_BYTES = 4 * 1024, 1024 * 1024
"""The size of the first read, and of the next if there is more; a chunk is longer than any line."""

TAIL_BYTES = 4 * 1024
SEARCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position in a journal: the number of a segment, and the byte in it."""

    segment: int
    at: int


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The next lines of a journal, the position after them, and what between them is unreadable."""

    lines: Sequence[Line]
    until: Position
    unreadable: Sequence[bytes] = ()


class JournalReader:
    """Reads the journal in the folder `path`, from `position` on if its end was reached there before.

    While its process runs, an unreadable end may be a line that is being written. In a journal that `is_dead`,
    such a line was never acknowledged.
    """

    def __init__(self, path: Path, position: Position | None = None) -> None:
        self.path = path
        self.is_dead = False
        self._folder = -1
        self._file = -1
        self._searched = 0.0
        self._number, self._at, self._size = 0, 0, 0
        self._open(position)

    @property
    def position(self) -> Position:
        """Where the next line is read."""
        return Position(self._number, self._at)

    @property
    def begins_at_start(self) -> bool:
        """Whether nothing of the journal has been freed yet."""
        return self._number == 1 and self._at == 0

    def close(self) -> None:
        """Close the files."""
        for file in (self._file, self._folder):
            if file >= 0:
                os.close(file)
        self._file = self._folder = -1

    def next(self, most: int) -> FoundLines:
        """The next lines, up to `most`; may be empty. Raises OSError."""
        if not is_at(self.path, self._folder) or not is_at(segment_path(self.path, self._number), self._file):
            self._open(None)  # it was removed, and put back
        while True:
            repeated = self._repeated_from()  # before it is read: nothing is written to it once there is a next one
            found = self._read(most, is_final=repeated is not None or self.is_dead)
            if repeated is not None and found.lines:
                found = _without_repeated(found, repeated)
            if found.lines or found.unreadable or not self._has_next() or (repeated is None and not self.is_dead):
                return found
            self._next_segment()

    def free(self, until: Position) -> None:
        """Overwrite what was read up to there. Raises OSError."""
        if until.segment == self._number and until.at > self._at:
            zero(self._file, self._at, until.at)
            self._at = until.at

    # --- segments

    def _open(self, position: Position | None) -> None:
        self.close()
        self._folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        numbers = [number_of(path) for path in segments_of(self.path)]
        if not numbers:
            raise FileNotFoundError(f"{self.path} has no segments")
        self._number = min(numbers)
        self._at = position.at if position and position.segment == self._number else 0
        self._open_segment()
        self._searched = 0.0

    def _open_segment(self) -> None:
        self._file = os.open(segment_path(self.path, self._number), os.O_RDWR)
        self._size = os.fstat(self._file).st_size

    def _has_next(self) -> bool:
        return segment_path(self.path, self._number + 1).exists()

    def _repeated_from(self) -> int | None:
        """How many events came before the next segment's first line; None if there is no such line yet.

        After a flush that failed, a segment begins with the lines of that flush, of which this one may lack some.
        """
        try:
            with segment_path(self.path, self._number + 1).open("rb", buffering=0) as file:
                lines, _, _ = lines_of(os.pread(file.fileno(), CHUNK_BYTES, 0), 1)
        except FileNotFoundError:
            return None
        return lines[0].received - lines[0].events if lines else None

    def _next_segment(self) -> None:
        """Continue with the next segment. This one becomes the spare segment, or is removed if there is one already."""
        path = segment_path(self.path, self._number)
        if any(self.path.parent.glob(SPARES)):
            path.unlink()
        else:
            zero(self._file, self._at, self._size)
            os.fsync(self._file)  # or a power cut would give its lines to the next journal
            path.rename(path.parent.parent / f"spare-{self.path.name}-{self._number}.segment")
        os.close(self._file)
        self._number, self._at = self._number + 1, 0
        self._open_segment()

    # --- lines

    def _read(self, most: int, *, is_final: bool) -> FoundLines:
        """Some of the lines of the next chunk that has any."""
        while True:
            data = self._data(is_final=is_final)
            lines, unreadable, ends = lines_of(data, most)
            if unreadable and not is_final:  # it was written while it was read: by now it is complete
                lines, unreadable, ends = lines_of(os.pread(self._file, ends[-1], self._at), most)
            if lines or not data or not is_final:
                break
            zero(self._file, self._at, self._at + len(data))
            self._at += len(data)  # what a power cut has left of lines; there may be more behind it
        if lines and not lines[-1].events and not is_final and (len(lines) < most or most > 1):
            ends.pop()  # the next line is written over this one: it counts, and is read again
        return FoundLines(lines, Position(self._number, self._at + (ends[-1] if ends else 0)), unreadable)

    def _data(self, *, is_final: bool) -> bytes:
        """What is there, without the zeros around it. Reading goes on where it begins."""
        data = os.pread(self._file, PEEK_BYTES, self._at).rstrip(b"\0")
        if len(data) == PEEK_BYTES:
            data = os.pread(self._file, CHUNK_BYTES, self._at).rstrip(b"\0")
        if data and data[0]:
            return data
        if not data and not is_final and time.monotonic() - self._searched < SEARCH_SECONDS:
            return b""
        self._searched = time.monotonic()
        if not self._first_written():
            return b""
        # Search again: a line may have been written during the first search, which found its second half.
        self._at = self._first_written() or self._at
        return os.pread(self._file, CHUNK_BYTES, self._at).rstrip(b"\0")

    def _first_written(self) -> int | None:
        """The position of the first byte that is not zero, from the current one on; None without any."""
        at = self._at
        while at < self._size:
            data = os.pread(self._file, CHUNK_BYTES, at)
            if rest := data.lstrip(b"\0"):
                return at + len(data) - len(rest)
            at += len(data)
        return None


def _without_repeated(found: FoundLines, before: int) -> FoundLines:
    """Those of the found lines with which no more than `before` events had been received."""
    lines = [line for line in found.lines if line.received <= before]
    return FoundLines(lines, found.until, found.unreadable if lines else ())


def newest_received(path: Path, position: Position) -> int | None:
    """How many events a journal had received with its newest line; None if it has no line after `position`.

    Raises OSError.
    """
    for segment in reversed(segments_of(path)):
        number = number_of(segment)
        if number < position.segment:
            return None
        with segment.open("rb", buffering=0) as file:
            line = _last_line(file.fileno(), position.at if number == position.segment else 0)
        if line:
            return line.received
    return None


def lines_of(data: bytes, most: int) -> tuple[list[Line], list[bytes], list[int]]:
    """The valid lines of `data`, the unreadable ones between them, and where each valid one ends."""
    lines: list[Line] = []
    ends: list[int] = []
    unreadable: list[bytes] = []
    skipped: list[bytes] = []
    at = 0
    *whole, _ = data.split(b"\n")
    for raw in whole:
        at += len(raw) + 1
        if line := decode_line(raw.rpartition(b"\0")[2]):
            lines.append(line)
            ends.append(at)
            unreadable += skipped
            skipped = []
            if len(lines) == most:
                break
        else:
            skipped.append(raw)
    return lines, unreadable, ends


def _last_line(file: int, start: int) -> Line | None:
    """The last whole line of a segment from `start` on, where its lines begin or have begun."""
    low, high = start, os.fstat(file).st_size
    if os.pread(file, 1, start) == b"\0":  # perhaps the reader has freed more since it has said where it is
        ahead = os.pread(file, CHUNK_BYTES, start)
        if written := ahead.lstrip(b"\0"):
            low += len(ahead) - len(written)
    while low < high:  # lines hold no zeros, and zeros follow them
        middle = (low + high) // 2
        if os.pread(file, 1, middle) in (b"\0", b""):
            high = middle
        else:
            low = middle + 1
    for length in (TAIL_BYTES, CHUNK_BYTES):
        begin = max(start, low - length)
        lines, _, _ = lines_of(os.pread(file, low - begin, begin), CHUNK_BYTES)
        if lines:
            return lines[-1]
    return None
