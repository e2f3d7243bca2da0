"""What a visit takes, as the first question tells it: the time is the log's own median, read in the background."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from wizard.analytics.typical_time import read_typical_ms
from wizard.clock import Clock
from wizard.errors import WizardError
from wizard.events.log import DAY_MS, Log

LOG = logging.getLogger("wizard.visitor")
READ_EVERY_SECONDS = 3600.0
RECENT_DAYS = 90
STEP_MS = 10_000
MINUTE_MS = 60_000
LONGEST_MS = 90_000
"""Above this, no time is shown."""


class Effort(NamedTuple):
    """The key of the text that says what a visit takes, and the seconds to fill into it."""

    key: str = "question.effort"
    seconds: int = 0


UNTIMED = Effort()


def effort_of(median_ms: int | None) -> Effort:
    """What to say of a median: tens of seconds, rounded up, or about a minute, so that few pages are prepared."""
    if median_ms is None or median_ms > LONGEST_MS:
        return UNTIMED
    tens_ms = max(1, -(-median_ms // STEP_MS)) * STEP_MS
    if tens_ms >= MINUTE_MS:
        return Effort("question.effort_minute")
    return Effort("question.effort_seconds", tens_ms // 1000)


class TypicalEffort:
    """Reads the median of `log` every hour, in a thread. Until it has, and while the log is down, no time is shown."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self.current = UNTIMED
        self._log = log
        self._clock = clock

    def start(self, wait: Callable[[float], object] = time.sleep) -> threading.Thread:
        """Read now and every hour, in the thread that is returned. True from `wait`, which waits between, ends it."""

        def run() -> None:
            self.read()
            while not wait(READ_EVERY_SECONDS):
                self.read()

        thread = threading.Thread(target=run, name="typical-effort", daemon=True)
        thread.start()
        return thread

    def read(self) -> None:
        """Read the log once. Raises nothing: without the log, no time is shown."""
        try:
            with self._log.database.snapshot() as connection:
                median_ms = read_typical_ms(connection, self._clock() - RECENT_DAYS * DAY_MS)
            self.current = effort_of(median_ms)
        except (SQLAlchemyError, WizardError, OSError) as error:
            self.current = UNTIMED
            LOG.debug("the typical time of a visit can't be read: %s", error)
