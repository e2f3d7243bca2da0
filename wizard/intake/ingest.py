"""Ingests the journals of this machine into the log: those of running processes, and those of ended ones.

One process of a machine does so at a time, in batches, in order. Ingested lines are freed. After a crash in between,
no event counts twice, since the log stores how far each journal was ingested.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from wizard.clock import Clock, system_ms
from wizard.events.log import Log
from wizard.files.private import make_private_folder
from wizard.intake import old_spool
from wizard.intake.batch_meter import NO_METER, BatchMeter
from wizard.intake.ingest_status import Lead, Progress, Status, read_status
from wizard.intake.journal_line import Line, has_gap
from wizard.intake.journal_reader import JournalReader, Position, newest_received
from wizard.intake.log_writer import Item, LogWriter, item_of
from wizard.intake.segments import JOURNAL, claim, journals_in, remove_empty, remove_unfinished, retire
from wizard.storage.migrate import cause
from wizard.tracing import span

LOG = logging.getLogger("wizard.conversions")
FEWEST, MOST = 256, 4096
"""The number of lines in a batch."""

SHORT_SECONDS, LONG_SECONDS = 0.3, 1.0
"""A batch that takes less is followed by a larger one; one that takes more, by a smaller one, for other writers."""
HOUSEKEEPING_SECONDS = 1.0


@dataclass
class Source:
    """A journal that is being read. `stored` is how many of its events are in the log.

    `claimed` is the file of its lock, once its process has ended.
    """

    name: str
    reader: JournalReader
    stored: int | None = None
    claimed: int | None = None


@dataclass
class Ingest:
    """Ingests the journals in `folder` into the `log`, while this process has the lead.

    `is_behind` is whether more events were waiting after the last round. A `meter` counts the batches.
    """

    folder: Path
    log: Log
    clock: Clock
    is_behind: bool = False
    meter: BatchMeter = NO_METER
    _sources: dict[str, Source] = field(default_factory=dict)
    _at_once: int = FEWEST
    _checked: float = float("-inf")

    def __post_init__(self) -> None:
        self._lead = Lead(self.folder)
        self._writer = LogWriter(self.folder, self.log, self.clock)
        self._status = Status()
        self._has_lead = False

    def acquire_lead(self) -> bool:
        """Acquire the lead, if no other process has it. Returns whether this process has it. Raises OSError."""
        had_lead, self._has_lead = self._has_lead, False
        if not had_lead:
            make_private_folder(self.folder)
        if not self._lead.acquire():
            self.release()
            return False
        if not had_lead:
            self._status = read_status(self.folder)
        self._has_lead = True
        return True

    def round(self, deadline: float = float("inf")) -> bool:
        """Ingest one batch of each journal, until the `deadline`. Returns whether there was anything to do.

        Raises the errors of the log at once, and those of an unreadable journal after all others were ingested.
        """
        began_ms = system_ms()
        try:
            done = self._ingest_all(deadline)
        except Exception as error:
            self.meter.count_failure()
            if not self._status.cause:
                LOG.error("the log can't be written: events wait in the journal (%s)", cause(error))  # noqa: TRY400
            self._write_status(cause=cause(error) or type(error).__name__)
            raise
        if self._status.cause:
            LOG.warning("the log can be written again")
        self._write_status(cause="", written_ms=self._status.written_ms if self.is_behind else began_ms)
        return done

    def release(self) -> None:
        """Close all files, and release the lead."""
        for source in list(self._sources.values()):
            self._close_source(source)
        self._lead.close()
        self._has_lead = False
        self._checked = float("-inf")

    # --- journals

    def _ingest_all(self, deadline: float) -> bool:
        paths = {path.name.removeprefix(JOURNAL): path for path in journals_in(self.folder)}
        for name in self._sources.keys() - paths.keys():
            self._close_source(self._sources[name])
        done, self.is_behind, failed = False, False, None
        works: list[Callable[[], bool]] = [self._housekeep]
        works += [partial(self._ingest_journal, name, path) for name, path in paths.items()]
        for work in works:
            if time.monotonic() >= deadline:
                return True
            try:
                done |= work()
            except OSError as error:
                failed = error
        if failed:
            raise failed
        return done

    def _ingest_journal(self, name: str, path: Path) -> bool:
        """Ingest the next lines of the journal at `path`. Returns whether there was anything to do."""
        try:
            return self._ingest_batch(self._sources.get(name) or self._open_source(name, path))
        except FileNotFoundError:  # it was removed a moment ago, or all but the folder
            if name in self._sources:
                self._close_source(self._sources[name])
            if remove_empty(path):
                self.log.remove_journal(name)
            return False

    def _open_source(self, name: str, path: Path) -> Source:
        known = self._status.journals.get(name)
        reader = JournalReader(path, Position(known.segment, known.at) if known else None)
        source = self._sources[name] = Source(name, reader)
        self._check_if_dead(source)
        return source

    def _ingest_batch(self, source: Source) -> bool:
        at_once = self._at_once
        found = source.reader.next(at_once)
        before = source.reader.position
        if not found.lines:
            return self._finish_dead_journal(source)
        if source.stored is None:
            source.stored = self._stored_count(source, found.lines[0])
        lines = [line for line in found.lines if line.received > (source.stored or 0)]
        if not lines and found.until == before:  # only a marker of lost events, which stays until the next line
            return self._finish_dead_journal(source)
        if lines:
            for raw in found.unreadable if has_gap(source.stored, lines) else ():
                self._writer.save_refused(source.name, lines[0].received, "it can't be read", raw)
            waiting = newest_received(source.reader.path, source.reader.position) or 0
            items = [item_of(line) for line in lines]
            source.stored = self._store(source.name, source.stored, items, max(waiting - lines[-1].received, 0))
        source.reader.free(found.until)
        self.is_behind |= len(found.lines) >= at_once or source.claimed is not None
        return bool(lines) or found.until != before

    def _stored_count(self, source: Source, first: Line) -> int:
        """How many events of a journal are in the log.

        While its process runs, ingested events are not lost: if the log has no record of them, the log was replaced.
        """
        known = self.log.ingested_events(source.name)
        progress = self._status.journals.get(source.name)
        if progress and not source.reader.is_dead:
            return max(known or 0, progress.brought_in)
        if known is not None:
            return known
        return 0 if source.reader.begins_at_start else first.received - first.events

    def _finish_dead_journal(self, source: Source) -> bool:
        """If the journal's process has ended: mark it as dead, and remove it once it is read to its end."""
        if source.claimed is None:
            self._check_if_dead(source)
            return source.reader.is_dead
        retire(source.reader.path)
        self._close_source(source)
        self.log.remove_journal(source.name)
        return False

    def _check_if_dead(self, source: Source) -> None:
        source.claimed = claim(source.reader.path)
        source.reader.is_dead = source.claimed is not None

    def _close_source(self, source: Source) -> None:
        source.reader.close()
        if source.claimed is not None:
            os.close(source.claimed)
        del self._sources[source.name]

    # --- the log

    def _store(self, journal: str, stored: int, items: Sequence[Item], waiting: int) -> int:
        began = time.monotonic()
        try:
            with span("ingest batch", events=sum(item.events for item in items), waiting=waiting):
                reached = self._writer.store(journal, stored, items, waiting)
        except Exception:  # the batch may be too large for the database's time limit or its number of locks
            self._at_once = max(FEWEST, self._at_once // 2)
            raise
        took = time.monotonic() - began
        self.meter.count_batch(reached - stored, took)
        if took > LONG_SECONDS:
            self._at_once = max(FEWEST, self._at_once // 2)
        elif took < SHORT_SECONDS and len(items) == self._at_once:
            self._at_once = min(MOST, self._at_once * 2)
        return reached

    # --- housekeeping

    def _housekeep(self) -> bool:
        if time.monotonic() - self._checked < HOUSEKEEPING_SECONDS:
            return False
        self.log.probe()  # notices an outage also without visitors
        remove_unfinished(self.folder)
        for path in self.folder.glob(old_spool.FILES):
            old_spool.ingest(path, self.log, self._writer, self.clock)
        self._checked = time.monotonic()
        return False

    def _progress(self, source: Source) -> Progress:
        written = self._status.journals.get(source.name)
        known = written.brought_in if written and source.stored is None else source.stored
        return Progress(source.reader.position.segment, source.reader.position.at, known or 0)

    def _write_status(self, **changed: object) -> None:
        unseen = self._status.journals.keys() - self._sources.keys()
        progress = {name: self._status.journals[name] for name in unseen if (self.folder / f"{JOURNAL}{name}").exists()}
        progress |= {name: self._progress(source) for name, source in self._sources.items()}
        self._status = replace(self._status, journals=progress, **changed)  # type: ignore[arg-type]
        with suppress(OSError):
            self._lead.write_status(self._status)
