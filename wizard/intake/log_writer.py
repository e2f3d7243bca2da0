"""Writes lines of a journal to the log. What the database refuses for good is saved to a file, and counts as lost."""

import logging
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.clock import Clock
from wizard.events.admission import LOST, Tally, day_of
from wizard.events.batch import Batch, Record
from wizard.events.log import Log
from wizard.intake.journal_line import Line, decode_content, encode_line
from wizard.intake.refusals import FILE, is_unavailable, may_be_refusal, write_refused
from wizard.storage.database import LogError
from wizard.storage.write_check import require_writable

LOG = logging.getLogger("wizard.conversions")


@dataclass(frozen=True, slots=True)
class Item:
    """A line as it was written, and the record in it; None where it can't be read."""

    raw: bytes
    received: int
    events: int
    record: Record | None


@dataclass
class LogWriter:
    """Stores lines of journals in the `log`, and saves those that it refuses in `folder`."""

    folder: Path
    log: Log
    clock: Clock
    _saved: set[tuple[str, int]] = field(default_factory=set)

    def store(self, journal: str, stored: int, items: Sequence[Item], waiting: int) -> int:
        """Store these. Returns how many of the journal's events are in the log then. Refused ones count as lost.

        If the log refuses them, each half is tried by itself, down to the line that is refused.
        """
        try:
            records = [_readable(item) for item in items]
            return self._ingest(journal, stored, records, waiting)
        except Exception as error:
            if not self._is_refusal(error):
                raise
            if len(items) == 1:
                return self._refuse(journal, stored, items[0], waiting, error)
        half = len(items) // 2
        for some in (items[:half], items[half:]):
            stored = self.store(journal, stored, some, waiting)
        return stored

    def _ingest(self, journal: str, stored: int, records: Sequence[Record], waiting: int) -> int:
        return self.log.ingest(Batch(journal, platform.node(), stored, records, waiting, self.clock()))

    def _is_refusal(self, error: Exception) -> bool:
        """Whether the log refuses these events, rather than that it can't be written: then it takes other rows."""
        if not is_unavailable(error):
            return True
        if not may_be_refusal(error):
            return False
        try:
            require_writable(self.log.database)
        except LogError:
            return False
        return True

    def _refuse(self, journal: str, stored: int, item: Item, waiting: int, error: Exception) -> int:
        path = self.save_refused(journal, item.received, f"{type(error).__name__}: {error}", item.raw)
        kinds = ", ".join(event.name for event in item.record.asked) if item.record else "an unreadable line"
        message = "the log refused events (%s: %s, no. %d of the journal %s); lost: %d, saved in %s"
        # Not the error's message, which may have their values: it is in the file.
        LOG.error(message, type(error).__name__, kinds or "counts", item.received, journal, item.events, path)
        lost = Record(item.received, item.events, tally=Tally(day_of(self.clock()), LOST))
        return self._ingest(journal, stored, [lost], waiting)

    def save_refused(self, journal: str, received: int, reason: str, raw: bytes) -> Path:
        """Write a refused line to the file of refused lines, once. Returns its path."""
        path = self.folder / FILE
        if (journal, received) not in self._saved:
            path = write_refused(self.folder, reason, raw)
            self._saved.add((journal, received))
        return path


def item_of(line: Line) -> Item:
    """A line of a journal, decoded."""
    raw = encode_line(line.received, line.events, line.content).rstrip()
    try:
        content = decode_content(line.content)
    except (LookupError, TypeError, ValueError):
        return Item(raw, line.received, line.events, None)
    record = Record(line.received, line.events, content.asked, content.implied, content.tally, content.site)
    return Item(raw, line.received, line.events, record)


def _readable(item: Item) -> Record:
    if item.record is None:
        raise ValueError("it can't be read")
    return item.record
