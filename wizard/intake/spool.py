"""Where events wait while the log can't be written: a file for each worker, on a disk of this machine.

What was taken is on the disk, survives the end of the process, and is handed to the log when that is back, in the order
in which it came. The log knows each event by its id, so that handing one over twice does no harm.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from wizard.errors import WizardError
from wizard.events.model import Event
from wizard.events.record import from_record, to_record
from wizard.files.private import make_private_folder
from wizard.intake.spool_file import SpoolFile, claim, holds_events, sync_folder
from wizard.intake.spool_line import Line

LOG = logging.getLogger("wizard.spool")
SIZE_BYTES = 16 * 1024 * 1024
REMAINDER_BYTES = 16 * 1024
REFUSED = "refused.jsonl"

Append = Callable[[Sequence[Event], Sequence[Event]], object]


class SpoolError(WizardError):
    """There is no place for events to wait; the message says why."""


def is_unavailable(error: BaseException) -> bool:
    """Whether `error` says that the log can't be written now, rather than that it won't have this event.

    An event is at fault where the database finds fault with a value, and where the error is not the database's at all.
    """
    if isinstance(error, (DataError, IntegrityError)):
        return error.connection_invalidated
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, DBAPIError) or getattr(error, "orig", None) is None
    return isinstance(error, (OSError, MemoryError, WizardError))


class Spool:
    """A file of this worker's own in `folder`, and the way to the log for what waits in it.

    To be made in the process that uses it: a fork would share its claim.
    """

    def __init__(self, folder: Path, size_bytes: int = SIZE_BYTES) -> None:
        self._folder = folder
        self._size_bytes = size_bytes
        self._replaying = threading.Lock()
        self._moving = threading.Lock()
        try:
            self._file = self._claim()
        except OSError as error:
            raise SpoolError(
                f"WIZARD_SPOOL_DIR: given {str(folder)!r}, where no file of {size_bytes} bytes can be kept "
                f"({error.strerror}); allowed: a folder on a disk of this machine, with room for one for each worker"
            ) from error

    @property
    def waiting(self) -> int:
        """How many events wait in this worker's file."""
        return self._file.waiting

    @property
    def lost(self) -> int:
        """How many events were lost, and not taken over by the ledger yet."""
        return self._file.lost

    def anything_waits(self) -> bool:
        """Whether events wait in any worker's file. Raises OSError."""
        return any(holds_events(path) for path in self._folder.glob("spool-*.jsonl"))

    def write(self, asked: Sequence[Event], implied: Sequence[Event] = ()) -> bool:
        """Keep these, together; on return they are on the disk. False where they could not be, and `asked` are lost.

        Only these count: an implied event has most often been asked for before, by its own page.
        """
        records = {"asked": [to_record(event) for event in asked], "implied": [to_record(event) for event in implied]}
        while True:
            self._leave_removed_file()
            file = self._file
            taken = file.append(records)
            if not taken or file is self._file:  # else it was removed, and left, meanwhile
                return taken

    def replay(self, append: Append) -> int:
        """Hand what waits to `append`, oldest first, and let go of what it took; how many events those were.

        What was written together is handed over together, with what came before and after it. Others may write
        meanwhile, but for a moment at the end. Whatever `append` raises, if it says that the log is unavailable, is
        raised, and leaves the rest waiting; an event that the log refuses goes to `refused.jsonl`, and counts as lost.
        Nothing is done where somebody else is at it.
        """
        if not self._replaying.acquire(blocking=False):
            return 0
        try:
            self._leave_removed_file()
            return self._empty(self._file, append)
        finally:
            self._replaying.release()

    def adopt(self, append: Append) -> int:
        """Replay the files of workers that are gone, and take over what they lost; how many events were handed over.

        Each is left behind empty, for a worker to come. Raises what `replay` does.
        """
        handed = 0
        for path in sorted(self._folder.glob("spool-*.jsonl")):
            try:
                file = claim(path)
            except OSError:
                LOG.exception("%s: can't be looked into", path)
                continue
            if file:
                with closing(file):
                    handed += self._adopt(file, append)
        return handed

    def forget_lost(self, count: int) -> None:
        """The ledger has so many of the lost events now."""
        self._file.lose(-count)

    def close(self) -> None:
        """Leave the file, and what waits in it, to the next worker. What is written after this is lost."""
        self._file.close()

    def _claim(self) -> SpoolFile:
        """The first file of the folder that no other worker has. Raises OSError."""
        make_private_folder(self._folder)
        claims = (claim(self._folder / f"spool-{number}.jsonl", self._size_bytes) for number in count())
        return next(file for file in claims if file)

    def _leave_removed_file(self) -> None:
        """Where the file, or its folder, was removed, take what waits in it along to a new one.

        The file before is not closed: a replay may be at it, and does no harm.
        """
        with self._moving:
            before = self._file
            if before.is_current:
                return
            try:
                file = self._claim()
            except OSError:
                LOG.exception("%s: was removed, and no other file can be had", before.path)
                return
            with before.lock:
                moved = before.waiting
                while before.waiting_bytes:
                    lines = before.batch()
                    for line in lines:
                        if line.content:
                            file.append({name: line.content[name] for name in ("asked", "implied")})
                    before.free(lines, lost=sum(line.at_stake for line in lines if not line.content))
                file.lose(before.lost)
                self._file = file
            LOG.error("%s: was removed; what waited in it (%d) is in %s now", before.path, moved, file.path)

    def _adopt(self, file: SpoolFile, append: Append) -> int:
        try:
            return self._empty(file, append)
        finally:
            if file.lost:
                self._file.lose(file.lost)
                file.lose(-file.lost)

    def _empty(self, file: SpoolFile, append: Append) -> int:
        handed, has_worked = 0, False
        while True:
            with file.lock:
                # A small remainder is handed over while writers wait, or there might never be an end. But they never
                # wait for a log that has not just been seen to work.
                if not file.waiting_bytes or (has_worked and file.waiting_bytes <= REMAINDER_BYTES):
                    while file.waiting_bytes:
                        handed += self._hand_over(file, append)
                    file.rewind()
                    return handed
            handed += self._hand_over(file, append)
            has_worked = True

    def _hand_over(self, file: SpoolFile, append: Append) -> int:
        """Some of the oldest lines in one call of `append`, or in one each where there is something wrong with them."""
        lines = file.batch()
        try:
            append(*_joined(lines))
        except Exception as error:
            if is_unavailable(error):
                raise
            return sum(self._hand_over_one(file, append, line) for line in lines)
        file.free(lines)
        return sum(line.events for line in lines)

    def _hand_over_one(self, file: SpoolFile, append: Append, line: Line) -> int:
        try:
            append(*_joined([line]))
        except Exception as error:
            if is_unavailable(error):
                raise
            self._refuse(line, error)
            file.free([line], lost=line.at_stake)
            return 0
        file.free([line])
        return line.events

    def _refuse(self, line: Line, error: Exception) -> None:
        """Keep, for somebody to look at, what the log will never take. Raises OSError."""
        path = self._folder / REFUSED
        record = {"reason": f"{type(error).__name__}: {error}", "line": line.raw.decode("utf-8", "backslashreplace")}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
            file.write(json.dumps(record).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)
        LOG.error("the log refused events (%s); lost: %d, kept in %s", type(error).__name__, line.at_stake, path)


def _joined(lines: Sequence[Line]) -> tuple[list[Event], list[Event]]:
    """The events of these lines, those asked for and those implied, as if each line had been appended by itself.

    An implied event which an earlier line asked for is there by then, and counts as nothing. Raises what reading does.
    """
    asked: list[Event] = []
    implied: list[Event] = []
    known: set[str] = set()
    for line in lines:
        if line.content is None:
            raise ValueError("it can't be read")
        follows = [from_record(record) for record in line.content["implied"]]
        implied += [event for event in follows if event.event_id not in known]
        new = [from_record(record) for record in line.content["asked"]]
        asked += new
        known |= {event.event_id for event in new}
    return asked, implied
