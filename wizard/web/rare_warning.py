"""Limits a warning that every request may cause to one an hour."""

import logging
import threading
import time
from collections.abc import Callable

WARN_SECONDS = 3600


class RareWarning:
    """Logs with `logger`, at most hourly."""

    def __init__(self, logger: logging.Logger, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self.monotonic = monotonic
        self._lock = threading.Lock()
        self._last = -float("inf")

    def log(self, message: str, *values: object) -> None:
        """Log `message` with `values`, unless a warning was logged within the hour."""
        with self._lock:
            is_due = self.monotonic() - self._last >= WARN_SECONDS
            if is_due:
                self._last = self.monotonic()
        if is_due:
            self._logger.warning(message, *values)
