"""Ingests journals for as long as a process runs: in a thread of each worker, and in a process of its own.

The one that has the lead ingests; the others try to acquire the lead.
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
"""How often a process tries to acquire the lead, and checks whether it is to stop."""
PAUSE = 0.1
"""The pause after a batch, as a share of its duration, in which others can write."""

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 2.0


class IngestLoop:
    """Runs `ingest` in the calling thread, in one thread at a time."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._lock = threading.Lock()
        self._delay = 0.0

    def run(self, stop: threading.Event, lead_after_seconds: float, each_second: Callable[[], None]) -> None:
        """Ingest waiting events until `stop` is set, or the main thread has ended.

        The lead is not acquired before `lead_after_seconds`, so that the ingest process, which starts at the same time,
        gets it.
        """
        main = threading.main_thread()
        began = looked = time.monotonic()
        # A server ends its workers without notice: only the main thread's end shows it.
        while main.is_alive():
            now = time.monotonic()
            if stop.wait(FOLLOW_SECONDS if now - began < lead_after_seconds else self._round()):
                return
            if now - looked >= 1:
                looked = now
                each_second()

    def ingest(self, *, keep_lead: bool, seconds: float = float("inf")) -> bool:
        """Ingest all waiting events, for so many `seconds`.

        Returns False if that takes longer, another process has the lead, or the log can't be written.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            try:
                if not self._ingest.acquire_lead():
                    return False
                while self._ingest.round(deadline):
                    if time.monotonic() >= deadline:
                        return False
            except Exception as error:  # noqa: BLE001  # any error: the next call tries again
                LOG.debug("the journals can't be ingested: %s", cause(error))
                return False
            finally:
                if not keep_lead:
                    self._ingest.release()
            return True

    def release(self) -> None:
        """Release the lead."""
        with self._lock:
            self._ingest.release()

    def _round(self) -> float:
        """Ingest a batch of each journal. Returns how many seconds to wait before the next."""
        with self._lock:
            try:
                if not self._ingest.acquire_lead():
                    return FOLLOW_SECONDS
                began = time.monotonic()
                self._ingest.round()
            except Exception:  # noqa: BLE001  # logged by `Ingest` when it began
                self._delay = min(max(self._delay * 2, RETRY_SECONDS), LONGEST_RETRY_SECONDS)
                return self._delay
        self._delay = 0.0
        if self._ingest.is_behind:
            return (time.monotonic() - began) * PAUSE
        return ROUND_SECONDS
