"""Counts by key within a time window, in this process's memory.

Replaces the memory storage of `limits`, whose thread looks at every key a hundred times a second: with 10,000
addresses, that took more time than the requests.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from limits.storage import Storage

FIXED_WINDOW = "wizard-memory"


class SlidingWindow:
    """Admits each key up to `limit` times within any `seconds`. `clock` gives seconds."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def hit(self, key: str) -> bool:
        """Count `key`, unless it is over the limit; whether it is admitted."""
        with self._lock:
            now = self._clock()
            begins = now - self._seconds
            self._drop(begins)
            times = self._times.setdefault(key, deque())
            while times and times[0] <= begins:
                times.popleft()
            if len(times) >= self._limit:
                return False
            times.append(now)
            self._times.move_to_end(key)
            return True

    def _drop(self, begins: float) -> None:
        """Remove the keys last admitted before `begins`. They are the first ones, as each moves to the end."""
        while self._times and next(iter(self._times.values()))[-1] <= begins:
            self._times.popitem(last=False)


class FixedWindows(Storage):
    """A storage for `limits`: counts within windows of one length, which begin with the first hit of a key."""

    STORAGE_SCHEME = [FIXED_WINDOW]  # noqa: RUF012  # `limits` declares it so

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False, **_: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __iter__(self) -> Iterator[str]:
        return iter(self._windows)

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of the storage: it has none."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add `amount` to the count of `key`, in a window of `expiry` seconds; the new count."""
        with self._lock:
            now = time.time()
            self._drop(now)
            count, ends = self._windows.get(key, (0, now + expiry))
            self._windows[key] = (count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        """The count of `key` in its window."""
        with self._lock:
            self._drop(time.time())
            return self._windows.get(key, (0, 0.0))[0]

    def get_expiry(self, key: str) -> float:
        """When the window of `key` ends, as `time.time` counts."""
        with self._lock:
            return self._windows.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Whether it works."""
        return True

    def reset(self) -> int:
        """Remove all keys; their number."""
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
            return count

    def clear(self, key: str) -> None:
        """Remove `key`."""
        with self._lock:
            self._windows.pop(key, None)

    def _drop(self, now: float) -> None:
        """Remove the windows that are over. They are the first ones, in the order in which they began."""
        while self._windows and next(iter(self._windows.values()))[1] <= now:
            self._windows.popitem(last=False)
