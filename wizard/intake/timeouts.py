"""Runs log calls of requests with a timeout."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from wizard.events.log import Appended, Log
from wizard.events.model import Event
from wizard.events.projection import JourneyRow
from wizard.storage.database import WAIT_SECONDS, unavailable

TIMEOUT_SECONDS = WAIT_SECONDS + 1  # the database's own timeouts end first, with a more precise error
T = TypeVar("T")


class TimedLog:
    """The calls of a log that requests wait for, each with a timeout of `seconds`; then raises OperationalError."""

    def __init__(self, log: Log, seconds: float = TIMEOUT_SECONDS) -> None:
        self._log = log
        self._seconds = seconds

    def append(self, asked: Iterable[Event], implied: Iterable[Event] = ()) -> Appended:
        """See `Log`. After a timeout, the event may still be stored; its id makes a second attempt a duplicate."""
        return with_timeout(lambda: self._log.append(asked, implied), self._seconds)

    def journey(self, journey_id: str) -> JourneyRow | None:
        """See `Log`."""
        return with_timeout(lambda: self._log.journey(journey_id), self._seconds)

    def is_erased(self, journey_id: str) -> bool:
        """See `Log`."""
        return with_timeout(lambda: self._log.is_erased(journey_id), self._seconds)


def with_timeout(work: Callable[[], T], seconds: float) -> T:
    """The result of `work`. Raises its errors, or OperationalError after so many `seconds`.

    A database that accepts a connection and then never answers would block the caller forever.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised in the waiting thread
            future.set_exception(error)

    threading.Thread(target=run, name="log-timeout", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():
            raise
        raise unavailable(f"no answer in {seconds} s") from error
