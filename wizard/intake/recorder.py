"""Records events: each is in this process's journal before the visitor gets the next page, and in the log soon after.

Requests that become no event (bots, refused ones) are counted in the same way.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from wizard.clock import Clock, system_ms
from wizard.events.admission import Tally, day_of
from wizard.events.log import Log
from wizard.events.model import Event
from wizard.intake.batch_meter import NO_METER, BatchMeter
from wizard.intake.ingest import Ingest
from wizard.intake.ingest_loop import IngestLoop
from wizard.intake.ingest_status import read_status
from wizard.intake.journal import Journal
from wizard.intake.journal_line import encode_count, encode_events
from wizard.intake.journal_reader import Position, newest_received
from wizard.intake.segments import JOURNAL, journals_in
from wizard.intake.timeouts import TimedLog

LOG = logging.getLogger("wizard.conversions")
LEAD_AFTER_SECONDS = 3.0
"""When a worker may ingest journals itself: by then, the ingest process has started."""
LATE_MS = 3000
FINISH_SECONDS = 8.0
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.005, 0.05

State = Literal["ok", "spooling", "losing"]
"""How the log is: up to date; or events wait in the journal; or, if that is full or can't be flushed, they are lost."""


class Recorder:
    """One for each process. `open_journal` is called once, when it starts or records the first event.

    `timed_log` is the log for requests that have to wait for it, with a time limit.
    """

    def __init__(self, log: Log, folder: Path, open_journal: Callable[[], Journal], clock: Clock) -> None:
        self.log = log
        self._folder = folder
        self._open_journal = open_journal
        self._clock = clock
        self._batches = Ingest(folder, log, clock)
        self._loop = IngestLoop(self._batches)
        self.timed_log = TimedLog(log)
        self._began_ms = system_ms()
        self._journal: Journal | None = None
        self._opening = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def record(self, asked: Sequence[Event], implied: Sequence[Event] = ()) -> bool:
        """Record the events `asked` for, and those that they imply. Returns whether that succeeded.

        Then they survive the end of the process, and with WIZARD_DURABILITY=power-loss that of the machine. Else they
        are lost for lack of space, or may be lost in a power cut, since the disk can't be flushed.
        """
        return not asked or self._own_journal().append(encode_events(asked, implied), len(asked))

    def count(self, outcome: str, reason: str = "", events: int = 1, site: str | None = None) -> None:
        """Count `events` that are received and not stored, and what became of them; for a refused frame, its `site`."""
        self._own_journal().append(encode_count(Tally(day_of(self._clock()), outcome, reason), site), events)

    @property
    def state(self) -> State:
        """How the log is at the moment."""
        if self._journal and (self._journal.is_full or self._journal.is_unsafe):
            return "losing"
        status = read_status(self._folder)
        is_late = system_ms() - max(status.written_ms, self._began_ms) > LATE_MS and self.waiting > 0
        return "spooling" if status.cause or is_late else "ok"

    @property
    def waiting(self) -> int:
        """How many events wait in the journals of this machine."""
        return sum(newest - brought_in for _, newest, brought_in in self._journals())

    def is_behind(self) -> bool:
        """Whether events have waited for more than a moment."""
        return self.state != "ok"

    def catch_up(self, seconds: float) -> bool:
        """Wait until all events that this machine has recorded by now are in the log; False if that takes longer."""
        deadline = time.monotonic() + seconds
        wanted = {name: newest for name, newest, _ in self._journals()}
        pause = LOOK_SECONDS
        while wanted:
            if self._thread is None:
                self.ingest()
            there = {name: brought_in for name, _, brought_in in self._journals()}
            wanted = {name: newest for name, newest in wanted.items() if name in there and there[name] < newest}
            if wanted and time.monotonic() > deadline:
                return False
            if wanted:
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_LOOK_SECONDS)
        return True

    def ingest(self) -> bool:
        """Ingest all waiting events, in this thread; False if that isn't possible now."""
        return self._loop.ingest(keep_lead=self._thread is not None)

    def start(self, lead_after_seconds: float = 0, meter: BatchMeter = NO_METER) -> None:
        """Create the journal, and ingest journals until the process ends. A `meter` counts the batches.

        Not before `lead_after_seconds`, so that the ingest process can acquire the lead first.
        """
        self._batches.meter = meter
        self._own_journal()
        self._thread = threading.Thread(target=self._run, args=[lead_after_seconds], name="ingest")
        self._thread.start()

    def close(self) -> None:
        """Ingest this process's journal, and close the journal and the log."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        else:
            self._finish()

    # --- in the background

    def _run(self, lead_after_seconds: float) -> None:
        self._loop.run(self._stop, lead_after_seconds, self._own_journal().maintain)
        self._finish()

    def _finish(self) -> None:
        """Wait until this process's journal is in the log, unless that can't be written at the moment."""
        if self._journal:
            self._journal.close()
            deadline = time.monotonic() + FINISH_SECONDS
            while self._journal.path.exists() and (left := deadline - time.monotonic()) > 0:
                if not self._loop.ingest(keep_lead=True, seconds=left) and read_status(self._folder).cause:
                    break
                time.sleep(LOOK_SECONDS)
        self._loop.release()
        self.log.database.dispose()

    def _own_journal(self) -> Journal:
        if self._journal is None:
            with self._opening:
                if self._journal is None:
                    self._journal = self._open_journal()
        return self._journal

    def _journals(self) -> Iterator[tuple[str, int, int]]:
        """Of each journal of this machine: its name, how many events it has received, and how many are in the log."""
        known = read_status(self._folder).journals
        for path in journals_in(self._folder):
            name = path.name.removeprefix(JOURNAL)
            progress = known.get(name)
            try:
                newest = newest_received(path, Position(progress.segment, progress.at) if progress else Position(0, 0))
            except OSError:  # it was removed a moment ago
                continue
            brought_in = progress.brought_in if progress else 0
            yield name, max(newest or 0, brought_in), brought_in
