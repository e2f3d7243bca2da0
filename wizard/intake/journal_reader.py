"""Reads a journal from its oldest line on, whoever writes to it, and frees what is in the log."""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.intake.journal_line import Line, opened
from wizard.intake.segments import (
    SPARES,
    is_at,
    number_of,
    segment_path,
    segments_of,
    zero,
)

LOG = logging.getLogger("wizard.journal")
LOOK_BYTES, CHUNK_BYTES = 4 * 1024, 1024 * 1024
"""How much is read at once, and where that is not all; more than the longest line takes."""

TAIL_BYTES = 4 * 1024
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a journal: the number of a segment, and the byte in it."""

    segment: int
    at: int


@dataclass(frozen=True, slots=True)
class Found:
    """The next lines of a journal, until which place they reach, and what between them can't be read."""

    lines: Sequence[Line]
    until: Place
    spoiled: Sequence[bytes] = ()


class JournalReader:
    """Reads the journal in the folder `path`, from `place` on if its end was reached there before.

    Its last line is only what it seems to be once the next one has been written: while its process lives, what can't be
    read at the end is perhaps being written. Of a journal that `is_dead`, it was never acknowledged.
    """

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self.path = path
        self.is_dead = False
        self._folder = -1
        self._file = -1
        self._looked = 0.0
        self._number, self._at, self._size = 0, 0, 0
        self._open(place)

    @property
    def place(self) -> Place:
        """Where the next line is read."""
        return Place(self._number, self._at)

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

    def next(self, most: int) -> Found:
        """The next lines that are there, at `most` so many, or none. Raises OSError."""
        if not is_at(self.path, self._folder) or not is_at(segment_path(self.path, self._number), self._file):
            self._open(None)  # it was removed, and put back
        while True:
            had_next = self._has_next()  # before it is read: nothing is written to it once there is a next one
            found = self._read(most, is_final=had_next or self.is_dead)
            if found.lines or found.spoiled or not had_next:
                return found
            self._leave_segment()

    def free(self, until: Place) -> None:
        """Overwrite what was read up to there. Raises OSError."""
        if until.segment == self._number and until.at > self._at:
            zero(self._file, self._at, until.at)
            self._at = until.at

    # --- segments

    def _open(self, place: Place | None) -> None:
        self.close()
        self._folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        numbers = [number_of(path) for path in segments_of(self.path)]
        if not numbers:
            raise FileNotFoundError(f"{self.path} has no segments")
        self._number = min(numbers)
        self._at = place.at if place and place.segment == self._number else 0
        self._open_segment()
        self._looked = 0.0

    def _open_segment(self) -> None:
        self._file = os.open(segment_path(self.path, self._number), os.O_RDWR)
        self._size = os.fstat(self._file).st_size

    def _has_next(self) -> bool:
        return segment_path(self.path, self._number + 1).exists()

    def _leave_segment(self) -> None:
        """Go on with the next segment; this one is emptied, and kept for a journal to come if none is kept."""
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

    def _read(self, most: int, *, is_final: bool) -> Found:
        """Some of the lines of the next chunk that has any."""
        while True:
            data = self._data(is_final=is_final)
            lines, spoiled, ends = _lines_of(data, most)
            if spoiled and not is_final:  # perhaps written while it was read: what is before a whole line is whole now
                lines, spoiled, ends = _lines_of(os.pread(self._file, ends[-1], self._at), most)
            if lines or not data or not is_final:
                break
            zero(self._file, self._at, self._at + len(data))
            self._at += len(data)  # what a power cut has left of lines; there may be more behind it
        if lines and not lines[-1].events and not is_final and (len(lines) < most or most > 1):
            ends.pop()  # the next line is written over this one: it counts, and is read again
        return Found(lines, Place(self._number, self._at + (ends[-1] if ends else 0)), spoiled)

    def _data(self, *, is_final: bool) -> bytes:
        """What is there, without the zeros around it. Reading goes on where it begins."""
        data = os.pread(self._file, LOOK_BYTES, self._at).rstrip(b"\0")
        if len(data) == LOOK_BYTES:
            data = os.pread(self._file, CHUNK_BYTES, self._at).rstrip(b"\0")
        if data and data[0]:
            return data
        if not data and not is_final and time.monotonic() - self._looked < LOOK_SECONDS:
            return b""
        self._looked = time.monotonic()
        if not self._first_written():
            return b""
        # Again: a line may have been written while it was read, with its second half found first.
        self._at = self._first_written() or self._at
        return os.pread(self._file, CHUNK_BYTES, self._at).rstrip(b"\0")

    def _first_written(self) -> int | None:
        """Where the first byte is that is none of the zeros, from where the next line is read."""
        at = self._at
        while at < self._size:
            data = os.pread(self._file, CHUNK_BYTES, at)
            if rest := data.lstrip(b"\0"):
                return at + len(data) - len(rest)
            at += len(data)
        return None


def newest_taken(path: Path, place: Place) -> int | None:
    """How many events had been taken with a journal's newest line; None where there is none after `place`.

    Raises OSError.
    """
    for segment in reversed(segments_of(path)):
        number = number_of(segment)
        if number < place.segment:
            return None
        with segment.open("rb", buffering=0) as file:
            line = _last_line(file.fileno(), place.at if number == place.segment else 0)
        if line:
            return line.taken
    return None


def _lines_of(data: bytes, most: int) -> tuple[list[Line], list[bytes], list[int]]:
    """The whole lines of `data`, what lies between them and is none, and where each of the whole ones ends."""
    lines: list[Line] = []
    ends: list[int] = []
    spoiled: list[bytes] = []
    since: list[bytes] = []
    at = 0
    *whole, _ = data.split(b"\n")
    for raw in whole:
        at += len(raw) + 1
        if line := opened(raw.rpartition(b"\0")[2]):
            lines.append(line)
            ends.append(at)
            spoiled += since
            since = []
            if len(lines) == most:
                break
        else:
            since.append(raw)
    return lines, spoiled, ends


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
        lines, _, _ = _lines_of(os.pread(file, low - begin, begin), CHUNK_BYTES)
        if lines:
            return lines[-1]
    return None
