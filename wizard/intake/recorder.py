"""Records events: in the log, or in the spool while the log can't be written. A visitor never waits for more.

What never becomes an event (bots, refusals) is counted in memory, and added to the ledger each second.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from wizard.clock import Clock
from wizard.events.log import Appended, Log, Tally, day_of
from wizard.events.model import Event
from wizard.intake.spool import Spool, is_unavailable
from wizard.intake.timeouts import PATIENCE_SECONDS, PatientLog
from wizard.storage.migrate import cause

LOG = logging.getLogger("wizard.conversions")
TEND_SECONDS = 1.0
LOOK_SECONDS = 0.2  # how soon a stop is noticed
ADOPT_ROUNDS = 30  # how often the spools of workers that are gone are looked for

State = Literal["ok", "spooling", "losing"]
"""How the log is: written to; waiting in the spool; or, once that is full, lost."""


class Recorder:
    """One for each process. `open_spool` is called once, when it starts or first needs the spool.

    No visitor waits longer for the log than `patience_seconds`.
    """

    def __init__(
        self,
        log: Log,
        open_spool: Callable[[], Spool],
        clock: Clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.log = log
        self._open_spool = open_spool
        self._clock = clock
        self.patient_log = PatientLog(log, patience_seconds)
        self._spool: Spool | None = None
        self._opening = threading.Lock()
        self._counting = threading.Lock()
        self._tending = threading.Lock()
        self._tallies: Counter[Tally] = Counter()
        self._reachable = True
        self._losing = False
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._rounds = 0

    @property
    def state(self) -> State:
        """How the log is at the moment."""
        if self._reachable:
            return "ok"
        return "losing" if self._losing else "spooling"

    @property
    def waiting(self) -> int:
        """How many events wait in this process's spool."""
        return self._spool.waiting if self._spool else 0

    def is_behind(self) -> bool:
        """Whether the log may lack what was acknowledged, in this process or in another one of this machine."""
        return not self._reachable or self._opened_spool().anything_waits()

    def record(self, asked: Sequence[Event], implied: Sequence[Event] = ()) -> Appended | None:
        """Take down the events `asked` for, and those that they imply; on return they survive the end of the process.

        Nothing is raised: where neither log nor spool takes them, they are counted as lost, and the log line says so.
        """
        if self._reachable:
            try:
                return self.patient_log.append(asked, implied)
            except Exception as error:  # noqa: BLE001  # whatever it is, the visitor is to get the next page
                # What the log will never take, the spool sorts out. Else the log is not asked again until it is back.
                self._reachable = not is_unavailable(error)
                told = "the log can't be written: events go to the spool (%s)"
                LOG.error(told, cause(error))  # noqa: TRY400  # the cause is all there is to tell
        taken = self._opened_spool().write(asked, implied)
        if not taken and not self._losing:
            LOG.critical("the spool is full: events are lost (WIZARD_SPOOL_DIR; %s waiting)", self.waiting)
        self._losing = not taken
        return None

    def count(self, outcome: str, reason: str = "", events: int = 1) -> None:
        """Count `events` that are received and not stored, and what became of them."""
        day_ms = day_of(self._clock())
        with self._counting:
            self._tallies[Tally(day_ms, "received")] += events
            self._tallies[Tally(day_ms, outcome, reason)] += events

    def tend(self) -> None:
        """Bring what waits into the log: events from spools, and counts. What can't be brought in goes on waiting."""
        with self._tending:
            try:
                self._replay()
                self._flush()
            except Exception as error:  # noqa: BLE001  # whatever it is, there is to be a next time
                if self._reachable:
                    LOG.warning("the log can't be written: counts wait in memory (%s)", cause(error))
                self._reachable = False
                return
            if not self._reachable:
                LOG.warning("the log can be written again")
            self._reachable, self._losing = True, False

    def start(self) -> None:
        """Claim the spool, and tend to it each second until the process ends, once more at its very end."""
        self._opened_spool()
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._thread.start()

    def close(self) -> None:
        """Tend one last time, and let go of the log and the spool."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        else:
            self._finish()

    def _run(self) -> None:
        main = threading.main_thread()
        since = 0.0
        # A server ends its workers without a word to us; that the main thread is gone tells.
        while main.is_alive() and not self._stop.wait(LOOK_SECONDS):
            since += LOOK_SECONDS
            if since >= TEND_SECONDS:
                since = 0.0
                self.tend()
        self._finish()

    def _finish(self) -> None:
        self.tend()
        if self._spool:
            self._spool.close()
        self.log.database.dispose()

    def _opened_spool(self) -> Spool:
        with self._opening:
            if self._spool is None:
                self._spool = self._open_spool()
            return self._spool

    def _replay(self) -> None:
        if self._spool:
            brought = self._spool.replay(self.log.append)
            if self._rounds % ADOPT_ROUNDS == 0:
                brought += self._spool.adopt(self.log.append)
            self._rounds += 1
            if brought:
                LOG.warning("brought %s events from the spool into the log", brought)
            if lost := self._spool.lost:
                day_ms = day_of(self._clock())
                self.log.tally({Tally(day_ms, "received"): lost, Tally(day_ms, "lost"): lost})
                self._spool.forget_lost(lost)

    def _flush(self) -> None:
        """Add what was counted in memory to the ledger; it stays there where that fails.

        Where there is nothing to add, this still finds out whether the log can be written.
        """
        with self._counting:
            counted = Counter(self._tallies)
        self.log.tally(counted)
        with self._counting:
            self._tallies.subtract(counted)
            self._tallies = +self._tallies
