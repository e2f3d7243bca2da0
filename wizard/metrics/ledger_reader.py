"""Reads the ledger and the state of the log for metrics, at most every few seconds.

It does not wait long for a log that doesn't answer.
"""

import logging
import threading
import time
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from wizard.errors import WizardError
from wizard.events.ledger import Ledger, read_counts
from wizard.events.periods import Period
from wizard.storage.database import Database
from wizard.storage.log_state import LogState, read_state

LOG = logging.getLogger("wizard.metrics")
FRESH_SECONDS = 5.0
WAIT_SECONDS = 2.0


@dataclass
class LedgerReader:
    """Reads the ledger in a thread, of which there is one at a time."""

    database: Database
    fresh_seconds: float = FRESH_SECONDS
    wait_seconds: float = WAIT_SECONDS

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._found: Ledger | None = None
        self._read_at = float("-inf")
        self.state: LogState | None = None
        """The state of the log as of the ledger that `read` returned; None where that is None."""

    def read(self) -> Ledger | None:
        """The ledger as it was at most `fresh_seconds` ago; None where the log can't be read, or not soon enough."""
        with self._lock:
            if time.monotonic() - self._read_at < self.fresh_seconds:
                return self._found
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._read, name="ledger", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(self.wait_seconds)
        return None if thread.is_alive() else self._found

    def _read(self) -> None:
        try:
            found = read_counts(self.database, Period())
            with self.database.reader.connect() as connection:
                self.state = read_state(connection)
            self._found = found
        except (SQLAlchemyError, WizardError, OSError) as error:
            self._found = self.state = None
            LOG.debug("the ledger can't be read: %s", error)
        finally:
            self._read_at = time.monotonic()
