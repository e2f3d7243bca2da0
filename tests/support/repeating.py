"""Does something again and again in a thread, at random times."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Repeating:
    """Calls `work`, each time after a random number of seconds from `least` to `most`, until it is stopped."""

    def __init__(self, work: Callable[[], object], least: float, most: float) -> None:
        self.times = 0
        self._work = work
        self._least, self._most = least, most
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Return when the last call has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(random.uniform(self._least, self._most)):  # noqa: S311
            self._work()
            self.times += 1


@contextmanager
def repeating(work: Callable[[], object], least: float, most: float) -> Iterator[Repeating]:
    """Call `work` at random times during the block."""
    made = Repeating(work, least, most)
    try:
        yield made
    finally:
        made.stop()
