"""Waits for the log for so long, and no longer: whoever asks is on the other end of a request."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from wizard.events.log import Appended, Log
from wizard.events.model import Event
from wizard.events.projection import JourneyRow
from wizard.storage.database import WAIT_SECONDS, unavailable

PATIENCE_SECONDS = WAIT_SECONDS + 1  # the database's own limits come first, and say what the matter is
T = TypeVar("T")


class PatientLog:
    """What a request needs of a log, within `seconds` each time; beyond, OperationalError is raised."""

    def __init__(self, log: Log, seconds: float = PATIENCE_SECONDS) -> None:
        self._log = log
        self._seconds = seconds

    def append(self, asked: Iterable[Event], implied: Iterable[Event] = ()) -> Appended:
        """See `Log`. An event for which nobody waited any longer may be stored all the same: its id tells."""
        return patiently(lambda: self._log.append(asked, implied), self._seconds)

    def journey(self, journey_id: str) -> JourneyRow | None:
        """See `Log`."""
        return patiently(lambda: self._log.journey(journey_id), self._seconds)

    def is_erased(self, journey_id: str) -> bool:
        """See `Log`."""
        return patiently(lambda: self._log.is_erased(journey_id), self._seconds)


def patiently(work: Callable[[], T], seconds: float) -> T:
    """What `work` comes to; raises what it does, or OperationalError after so many `seconds`.

    A database that takes a connection and then never answers would hold whoever asks for ever.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # it is for whoever waits
            future.set_exception(error)

    threading.Thread(target=run, name="log-patience", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():
            raise
        raise unavailable(f"no answer in {seconds} s") from error
