"""The journal of one process: recording an event is one write to a preallocated file, and never waits for the log.

Recorded events survive the end of the process. With `flush`, they are on the disk on return: threads that arrive during
a flush share the next one.
"""

import logging
import os
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.private import make_private_folder
from wizard.intake.journal_line import MARKER_BYTES, encode_line
from wizard.intake.segments import (
    JOURNAL,
    add_spare,
    allocate,
    is_at,
    make_claimed_folder,
    reserve,
    segment_bytes,
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


class JournalError(WizardError):
    """A journal can't be created; the message says why."""


def require_room(folder: Path, journals: int, journal_bytes: int) -> None:
    """Preallocate segments for so many journals in `folder`. Raises JournalError."""
    try:
        make_private_folder(folder)
        reserve(folder, journals, segment_bytes(journal_bytes))
    except OSError as error:
        raise _no_space_error(folder, journal_bytes, error) from error


def _no_space_error(folder: Path, journal_bytes: int, error: OSError) -> JournalError:
    return JournalError(
        f"WIZARD_SPOOL_DIR: given {str(folder)!r}, where no file of {segment_bytes(journal_bytes)} bytes can be kept "
        f"({error.strerror}); allowed: a folder on a disk of this machine, with room for one for each worker"
    )


class Journal:
    """A journal in `folder` that takes up to `journal_bytes`. Its methods may be called by several threads.

    Create it in the process that uses it: a fork would share its lock. Raises JournalError.
    """

    def __init__(self, folder: Path, journal_bytes: int, *, flush: bool = False) -> None:
        self._folder = folder
        self._limit_bytes = journal_bytes
        self._size = segment_bytes(journal_bytes)
        self._flush = flush
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._flushed = 0
        self._received = 0
        self._is_closed = False
        self.is_full = False
        self.name = secrets.token_hex(8)
        try:
            self._begin()
        except OSError as error:
            raise _no_space_error(folder, journal_bytes, error) from error

    @property
    def path(self) -> Path:
        """The folder of this journal."""
        return self._folder / f"{JOURNAL}{self.name}"

    def append(self, content: bytes, events: int) -> bool:
        """Append `content`, which holds so many `events`. Returns False if there is no space, and they are lost."""
        with self._lock:
            self._received += events
            received = self._received
            line = encode_line(received, events, content)
            is_written = not self._is_closed and self._has_room(len(line)) and self._write(line)
            if is_written:
                self._tail += len(line)
            else:
                self._write_marker()
            if self.is_full is is_written:
                self._set_full(is_full=not is_written)
        if is_written and self._flush:
            self._flush_until(received)
        return is_written

    def maintain(self) -> None:
        """Preallocate the next segment, and restore files that were removed."""
        try:
            if not self._is_in_place():
                self._restore()
            if self._tail > AHEAD * self._size and not any(spares(self._folder, self._size)) and self._may_grow():
                add_spare(self._folder, self._size)
        except OSError as error:
            LOG.warning("%s: the next segment can't be made (%s)", self._folder, error.strerror)

    def close(self) -> None:
        """Release the lock; waiting events stay in the files. Events appended after this are lost."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._file)
                os.close(self._claim)

    # --- under the lock

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
        path = segment_path(folder, number)
        while not take_spare(self._folder, self._size, path):
            add_spare(self._folder, self._size)  # beside it: once there is a next segment, the one before is complete
        file = os.open(path, os.O_RDWR)
        if self._flush:
            sync_folder(folder)
        self._file, self._number, self._tail = file, number, 0

    def _has_room(self, line_bytes: int) -> bool:
        """Whether the line fits, with a marker after it; opens the next segment if this one is full."""
        if self._tail + line_bytes + MARKER_BYTES <= self._size:
            return True
        if line_bytes + MARKER_BYTES > self._size or not self._may_grow():
            return False
        before = self._file
        try:
            if self._flush:
                _sync(before)
            self._open_segment(self.path, self._number + 1)
        except OSError as error:
            LOG.error("%s: there is no space for another segment (%s)", self.path, error.strerror)  # noqa: TRY400
            return False
        os.close(before)
        return True

    def _may_grow(self) -> bool:
        return (len(segments_of(self.path)) + 1) * self._size <= self._limit_bytes

    def _write(self, line: bytes) -> bool:
        try:
            done = 0
            while done < len(line):
                done += os.pwrite(self._file, line[done:], self._tail + done)
        except OSError as error:
            LOG.error("%s: can't be written (%s)", self.path, error.strerror)  # noqa: TRY400
            return False
        return True

    def _write_marker(self) -> None:
        """Write the number of events so far where the next line will be, since some were lost for lack of space."""
        if not self._is_closed:
            self._write(encode_line(self._received, 0, b""))

    def _set_full(self, *, is_full: bool) -> None:
        self.is_full = is_full
        if is_full:
            LOG.critical("%s: the journal is full: events are lost (WIZARD_JOURNAL_BYTES)", self.path)
        else:
            LOG.warning("%s: the journal has room again", self.path)

    # --- flushing

    def _flush_until(self, received: int) -> None:
        with self._flushing:
            if self._flushed >= received:
                return
            with self._lock:
                reached = self._received
                file = None if self._is_closed else os.dup(self._file)  # a full segment was flushed when it was left
            if file is None:
                return
            try:
                _sync(file)
                self._flushed = reached
            except OSError as error:
                LOG.error("%s: can't be flushed to the disk (%s)", self.path, error.strerror)  # noqa: TRY400
            finally:
                os.close(file)

    # --- removed files

    def _is_in_place(self) -> bool:
        with self._lock:
            if self._is_closed:
                return True
            current = ((self.path, self._claim), (segment_path(self.path, self._number), self._file))
            return all(is_at(path, file) for path, file in current)

    def _restore(self) -> None:
        """Recreate the journal's folder and its current segment from the files that are still open."""
        make_private_folder(self._folder)
        with self._lock:
            made, claimed = make_claimed_folder(self._folder, f"{self.name}-{time.monotonic_ns()}")
            copy = segment_path(made, self._number)
            try:
                allocate(copy, self._size)
                file = os.open(copy, os.O_RDWR)
            except BaseException:
                os.close(claimed)
                made.rmdir()
                raise
            data = os.pread(self._file, self._tail + MARKER_BYTES, 0)
            os.pwrite(file, data, 0)
            os.fsync(file)
            if self.path.is_dir():  # only the segment was removed
                for path in segments_of(self.path):
                    if path.name != copy.name:
                        path.rename(made / path.name)
                for path in segments_of(self.path):
                    path.unlink()
                self.path.rmdir()
            made.rename(self.path)
            os.close(self._file)
            os.close(self._claim)
            self._file, self._claim = file, claimed
        LOG.error("%s: was removed; it is restored with its waiting events", self.path)
