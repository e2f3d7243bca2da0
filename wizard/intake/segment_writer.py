"""Writes lines to the segments of one journal. Not for several threads: `Journal` has the lock."""

import logging
import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from wizard.files.private import make_private_folder
from wizard.intake.journal_line import MARKER_BYTES
from wizard.intake.segments import (
    JOURNAL,
    add_spare,
    allocate,
    is_at,
    make_claimed_folder,
    segment_path,
    segments_of,
    spares,
    sync_folder,
    take_spare,
)

LOG = logging.getLogger("wizard.journal")
AHEAD = 0.25
"""How full a segment is when the next one is made."""

_sync = getattr(os, "fdatasync", os.fsync)  # macOS has none


class SegmentWriter:
    """Writes to a new journal in `folder`, in segments of `segment_bytes`, of up to `journal_bytes` in all.

    Raises OSError.
    """

    def __init__(self, folder: Path, segment_bytes: int, journal_bytes: int) -> None:
        self._folder = folder
        self._size = segment_bytes
        self._limit_bytes = journal_bytes
        self._is_new = True
        self.name = secrets.token_hex(8)
        self._begin()

    @property
    def path(self) -> Path:
        """The folder of the journal."""
        return self._folder / f"{JOURNAL}{self.name}"

    def fits(self, line_bytes: int) -> bool:
        """Whether a line fits into the current segment, with a marker after it."""
        return self.tail + line_bytes + MARKER_BYTES <= self._size

    def has_room(self, line_bytes: int) -> bool:
        """Whether a line fits into this segment or a further one."""
        return self.fits(line_bytes) or self.may_grow()

    def write(self, line: bytes) -> None:
        """Write a line after the others. Raises OSError."""
        self._write_at_tail(line)
        self.tail += len(line)

    def write_marker(self, marker: bytes) -> None:
        """Write a marker, which the next line is written over. Raises OSError."""
        self._write_at_tail(marker)

    def begin_segment(self, lines: Sequence[bytes], line_bytes: int = 0) -> bool:
        """Begin the next segment with these lines, if there is room, also for a line of `line_bytes` more.

        Raises OSError if there is no space on the disk.
        """
        if sum(map(len, lines)) + line_bytes + MARKER_BYTES > self._size or not self.may_grow():
            return False
        before = self._file
        self._open_segment(self.path, self.number + 1)
        os.close(before)
        for line in lines:
            self.write(line)
        return True

    def may_grow(self) -> bool:
        """Whether the journal may have another segment."""
        return (len(segments_of(self.path)) + 1) * self._size <= self._limit_bytes

    def allocate_ahead(self) -> None:
        """Preallocate the next segment, if this one is filling up. Raises OSError."""
        if self.tail > AHEAD * self._size and not any(spares(self._folder, self._size)) and self.may_grow():
            add_spare(self._folder, self._size)

    def duplicate(self) -> int:
        """The current segment, opened once more, for `sync`."""
        return os.dup(self._file)

    def sync(self, file: int) -> None:
        """Flush a segment to the disk, and its name in the folder if it is new. Raises OSError."""
        if self._is_new:
            self._is_new = False  # before: another thread may begin a segment meanwhile
            try:
                sync_folder(self.path)
            except OSError:
                self._is_new = True
                raise
        _sync(file)

    def close(self) -> None:
        """Close the files, which releases the lock of the journal."""
        os.close(self._file)
        os.close(self._claim)

    def _begin(self) -> None:
        """Create the journal with a first segment, and give it its name once it is complete."""
        make_private_folder(self._folder)
        made, self._claim = make_claimed_folder(self._folder, self.name)
        try:
            self._open_segment(made, 1)
            made.rename(self.path)
            sync_folder(self._folder)
        except BaseException:
            for path in segments_of(made):
                path.unlink()
            with suppress(OSError):
                made.rmdir()
            os.close(self._claim)
            raise

    def _open_segment(self, folder: Path, number: int) -> None:
        """Make a spare segment the one of that number. After an error, there is none of that number.

        A reader takes a segment for complete once there is a next one, so nothing may be written to it then.
        """
        path = segment_path(folder, number)
        while not take_spare(self._folder, self._size, path):
            add_spare(self._folder, self._size)  # not in the journal: a reader would take this segment for complete
        try:
            file = os.open(path, os.O_RDWR)
        except BaseException:
            path.unlink()
            raise
        self._file, self.number, self.tail, self._is_new = file, number, 0, True

    def _write_at_tail(self, data: bytes) -> None:
        done = 0
        while done < len(data):
            done += os.pwrite(self._file, data[done:], self.tail + done)

    # --- removed files

    def is_in_place(self) -> bool:
        """Whether the folder and the current segment are where they were created."""
        current = ((self.path, self._claim), (segment_path(self.path, self.number), self._file))
        return all(is_at(path, file) for path, file in current)

    def restore(self) -> None:
        """Recreate the journal's folder and its current segment from the files that are still open. Raises OSError."""
        make_private_folder(self._folder)
        made, claimed = make_claimed_folder(self._folder, f"{self.name}-{time.monotonic_ns()}")
        copy = segment_path(made, self.number)
        file = -1
        try:
            allocate(copy, self._size)
            file = os.open(copy, os.O_RDWR)
            os.pwrite(file, os.pread(self._file, self.tail + MARKER_BYTES, 0), 0)
            os.fsync(file)
            if self.path.is_dir():  # only the segment was removed
                for path in segments_of(self.path):
                    if path.name != copy.name:
                        path.rename(made / path.name)
                for path in segments_of(self.path):
                    path.unlink()
                self.path.rmdir()
            made.rename(self.path)
        except BaseException:
            for opened in (claimed, file):
                if opened >= 0:
                    os.close(opened)
            with suppress(OSError):
                if copy.exists():
                    copy.unlink()
                made.rmdir()
            raise
        self.close()
        self._file, self._claim = file, claimed
        LOG.error("%s: was removed; it is restored with its waiting events", self.path)
