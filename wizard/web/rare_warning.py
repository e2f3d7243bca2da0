"""Logs a warning once, and again only after a while: for what each of many requests may cause."""

import logging
import threading
import time
from collections.abc import Callable

WARN_SECONDS = 3600


class RareWarning:
    """Logs through `logger` at most hourly. `clock` gives seconds."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self.clock = clock
        self._lock = threading.Lock()
        self._last = -float("inf")

    def log(self, message: str, *values: object) -> None:
        """Log `message` with `values`, unless a warning was logged within the hour."""
        with self._lock:
            is_due = self.clock() - self._last >= WARN_SECONDS
            if is_due:
                self._last = self.clock()
        if is_due:
            self._logger.warning(message, *values)
