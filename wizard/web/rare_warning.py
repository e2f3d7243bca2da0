"""Limits warnings that every request may cause to one an hour."""

import logging
import threading
import time
from collections import Counter
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


class RareWarnings:
    """Logs with `logger`, at most hourly for each of up to `max_keys` keys; further ones share one, `others`."""

    def __init__(
        self, logger: logging.Logger, max_keys: int, others: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._logger = logger
        self._max_keys = max_keys
        self._others = others
        self.monotonic = monotonic
        self._lock = threading.Lock()
        self._began = -float("inf")
        self._now: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def log(self, key: str, message: str) -> None:
        """Log `message` with the key and how many calls there were for it since its last line, if one is due.

        A line is due for the first call within each hour that begins with a call.
        """
        with self._lock:
            if self.monotonic() - self._began >= WARN_SECONDS:
                self._began, self._before, self._now = self.monotonic(), self._now, Counter()
            if key not in self._now and len(self._now) >= self._max_keys:
                key = self._others
            self._now[key] += 1
            is_due = self._now[key] == 1
            since = max(self._before[key], 1)
        if is_due:
            self._logger.warning(message, key, since)
