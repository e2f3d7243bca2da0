"""The journal of one process: recording an event is one write to a preallocated file, and never waits for the log.

Recorded events survive the end of the process. With `flush`, they are on the disk on return: threads that arrive during
a flush share the next one.
"""

import logging
import os
import threading
import time
from pathlib import Path

from wizard.errors import WizardError
from wizard.files.private import make_private_folder
from wizard.intake.journal_line import encode_line
from wizard.intake.segment_writer import SegmentWriter
from wizard.intake.segments import reserve, segment_bytes

LOG = logging.getLogger("wizard.journal")
ROOM_BYTES = 4096
"""More than most lines: a full journal has room again once so much fits."""

FLUSH_RETRY_SECONDS = 1.0
"""How long nothing is flushed after that has failed twice, so that requests don't wait for a broken disk."""


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

    `is_full` is whether the last event was lost for lack of space; `is_unsafe`, whether the last flush failed.
    Create it in the process that uses it: a fork would share its lock. Raises JournalError.
    """

    def __init__(self, folder: Path, journal_bytes: int, *, flush: bool = False) -> None:
        self._flush = flush
        self._lock = threading.Lock()
        self._flushing = threading.Lock()  # acquired before the other one
        self._received = 0
        self._flushed = 0
        self._unflushed: list[tuple[int, bytes]] = []
        self._failed: set[int] = set()
        self._is_distrusted = False
        self._retry_at = float("-inf")
        self._is_closed = False
        self.is_full = False
        self.is_unsafe = False
        try:
            self._segments = SegmentWriter(folder, segment_bytes(journal_bytes), journal_bytes)
        except OSError as error:
            raise _no_space_error(folder, journal_bytes, error) from error
        self.name = self._segments.name

    @property
    def path(self) -> Path:
        """The folder of this journal."""
        return self._segments.path

    def append(self, content: bytes, events: int) -> bool:
        """Append `content`, which holds so many `events`. Returns False if that failed.

        Then they are lost for lack of space; or they could not be flushed, and may be lost in a power cut.
        """
        with self._lock:
            self._received += events
            received = self._received
            line = encode_line(received, events, content)
            is_written = not self._is_closed and self._has_room(len(line)) and self._write(line)
            if not is_written:
                self._write_marker()
            elif self._flush:
                self._unflushed.append((received, line))
            if self.is_full is is_written:
                self._set_full(is_full=not is_written)
        if is_written and self._flush:
            return self._flush_until(received)
        return is_written

    def maintain(self) -> None:
        """Preallocate the next segment, restore files that were removed, and notice room and a disk that are back."""
        try:
            with self._lock:
                if self._is_closed:
                    return
                if not self._segments.is_in_place():
                    self._segments.restore()
                if self.is_full and self._segments.has_room(ROOM_BYTES):
                    self._set_full(is_full=False)
            self._segments.allocate_ahead()
            with self._flushing:
                if self.is_unsafe and not self._is_closed:
                    self._flush_all()
        except OSError as error:
            LOG.warning("%s: the next segment can't be made (%s)", self.path.parent, error.strerror)

    def close(self) -> None:
        """Release the lock; waiting events stay in the files. Events appended after this are lost."""
        with self._flushing:
            if self._unflushed:
                self._flush_all()
            with self._lock:
                if not self._is_closed:
                    self._is_closed = True
                    self._segments.close()

    # --- under the lock

    def _has_room(self, line_bytes: int) -> bool:
        """Whether the line fits; begins the next segment if this one is full.

        Lines that wait for a flush are written again to the next segment, so that only one has to be flushed.
        """
        return self._segments.fits(line_bytes) or self._begin_segment(line_bytes)

    def _begin_segment(self, line_bytes: int = 0) -> bool:
        before = self._segments.number
        try:
            if not self._segments.begin_segment([line for _, line in self._unflushed], line_bytes):
                return False
        except OSError as error:
            self._is_distrusted |= self._segments.number != before  # it has begun, without all of these lines
            LOG.error("%s: there is no space for another segment (%s)", self.path, error.strerror)  # noqa: TRY400
            return False
        self._is_distrusted = False
        return True

    def _write(self, line: bytes) -> bool:
        try:
            self._segments.write(line)
        except OSError as error:
            LOG.error("%s: can't be written (%s)", self.path, error.strerror)  # noqa: TRY400
            return False
        return True

    def _write_marker(self) -> None:
        """Write the number of events so far where the next line will be, since some were lost for lack of space."""
        if self._is_closed:
            return
        try:
            self._segments.write_marker(encode_line(self._received, 0, b""))
        except OSError as error:
            LOG.error("%s: can't be written (%s)", self.path, error.strerror)  # noqa: TRY400

    def _set_full(self, *, is_full: bool) -> None:
        self.is_full = is_full
        if is_full:
            LOG.critical("%s: the journal is full: events are lost (WIZARD_JOURNAL_BYTES)", self.path)
        else:
            LOG.warning("%s: the journal has room again", self.path)

    # --- flushing, under its own lock

    def _flush_until(self, received: int) -> bool:
        """Flush what was received by then. Returns whether it is on the disk."""
        with self._flushing:
            if received > self._flushed and received not in self._failed:
                self._flush_all()
            is_flushed = received not in self._failed
            self._failed.discard(received)
            return is_flushed

    def _flush_all(self) -> None:
        """Flush all lines. If that fails, write them to a new segment, and flush that.

        A flush that succeeds after one that failed proves nothing: the system may have dropped what it could not write.
        """
        for _ in range(2 if time.monotonic() >= self._retry_at else 0):
            with self._lock:
                if self._is_distrusted and not self._begin_segment():
                    break
                received, file = self._received, self._segments.duplicate()
            try:
                self._segments.sync(file)
            except OSError as error:
                LOG.error("%s: can't be flushed to the disk (%s)", self.path, error.strerror)  # noqa: TRY400
                self._is_distrusted = True
            else:
                self._set_flushed(received)
                return
            finally:
                os.close(file)
        self._give_up()

    def _set_flushed(self, received: int) -> None:
        with self._lock:
            self._flushed = received
            self._unflushed = [(number, line) for number, line in self._unflushed if number > received]
        if self.is_unsafe:
            self.is_unsafe = False
            LOG.warning("%s: can be flushed to the disk again", self.path)

    def _give_up(self) -> None:
        """Let the waiting requests go on: their events are in the journal, but a power cut may lose them."""
        with self._lock:
            self._failed |= {number for number, _ in self._unflushed}
            self._unflushed = []
        if not self.is_unsafe:
            self.is_unsafe = True
            LOG.critical("%s: can't be flushed: a power cut may lose events (WIZARD_DURABILITY)", self.path)
        if time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + FLUSH_RETRY_SECONDS
