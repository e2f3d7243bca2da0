"""Brings journals into the log for as long as a process runs: in a thread of each worker, and in a process of its own.

Whichever has the lead does so; the others see to it that somebody has.
"""

import logging
import threading
import time
from collections.abc import Callable

from wizard.intake.ingest import Ingest
from wizard.storage.migrate import cause

LOG = logging.getLogger("wizard.conversions")
ROUND_SECONDS = 0.02
FOLLOW_SECONDS = 0.2
"""How soon a process takes the lead when the one that had it is gone, and how soon a stop is noticed."""
PAUSE = 0.1
"""For which part of a batch's time others may write before the next one."""

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 2.0


class IngestLoop:
    """Runs `ingest`, in whichever thread calls; in one at a time."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._lock = threading.Lock()
        self._delay = 0.0

    def run(self, stop: threading.Event, lead_after_seconds: float, each_second: Callable[[], None]) -> None:
        """Bring in what waits until `stop` is set, or the main thread has ended.

        The lead is not taken before so many seconds, so that another process can have it that starts at the same time.
        """
        main = threading.main_thread()
        began = looked = time.monotonic()
        # A server ends its workers without a word to us; that the main thread is gone tells.
        while main.is_alive():
            now = time.monotonic()
            if stop.wait(FOLLOW_SECONDS if now - began < lead_after_seconds else self._round()):
                return
            if now - looked >= 1:
                looked = now
                each_second()

    def bring_in(self, *, keep_lead: bool) -> bool:
        """Bring in everything that waits; False if another process has the lead, or the log can't be written."""
        with self._lock:
            try:
                if not self._ingest.leads():
                    return False
                while self._ingest.round():
                    pass
            except Exception as error:  # noqa: BLE001  # whatever it is, there is to be a next time
                LOG.debug("the journals can't be brought in: %s", cause(error))
                return False
            finally:
                if not keep_lead:
                    self._ingest.let_go()
            return True

    def let_go(self) -> None:
        """Let another process have the lead."""
        with self._lock:
            self._ingest.let_go()

    def _round(self) -> float:
        """Bring in a batch of each journal; for how many seconds to wait then."""
        with self._lock:
            try:
                if not self._ingest.leads():
                    return FOLLOW_SECONDS
                began = time.monotonic()
                self._ingest.round()
            except Exception:  # noqa: BLE001  # it was told when it began
                self._delay = min(max(self._delay * 2, RETRY_SECONDS), LONGEST_RETRY_SECONDS)
                return self._delay
        self._delay = 0.0
        if self._ingest.is_behind:
            return (time.monotonic() - began) * PAUSE
        return ROUND_SECONDS
