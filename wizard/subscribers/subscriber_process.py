"""The process of a server that delivers to all subscribers, each in a thread of its own.

Of all servers, the one that has a subscriber's lease delivers to it. A parent starts the process anew if it ends.
"""

import logging
import logging.config
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from types import FrameType
from typing import Any

from wizard import tracing
from wizard.config import Settings
from wizard.events.open_log import open_log, open_log_when_possible
from wizard.orphaned_workers import end_with
from wizard.storage.leases import new_owner
from wizard.subscribers.delivery_loop import DeliveryLoop
from wizard.subscribers.registration import register
from wizard.subscribers.registry import subscribers_of
from wizard.subscribers.subscriber import Subscriber

LOG = logging.getLogger("wizard.subscribers")
NICENESS = 5
"""How much lower its priority is than the workers', so that it takes no CPU that pages need."""

RETRY_SECONDS = 1.0
LOOK_SECONDS = 0.2
STOP_SECONDS = 1.0
"""How long a delivery that has begun may take when the server stops: it can be repeated."""

Registry = Callable[[Settings], Sequence[Subscriber]]


@contextmanager
def running_subscribers(
    settings: Settings, logging_settings: Mapping[str, Any], registry: Registry = subscribers_of
) -> Iterator[Callable[[], None]]:
    """Register the subscribers that the settings ask for, and deliver to them during the block.

    Yields what tells the process to stop without waiting for it. Without any subscriber, none is started. Raises
    WizardError.
    """
    found = registry(settings)
    if not found:
        yield lambda: None
        return
    _register(settings, found)
    process = get_context("spawn").Process(
        target=_run, args=(settings, logging_settings, registry), name="wizard-subscribers", daemon=True
    )
    process.start()
    try:
        yield process.terminate
    finally:
        process.terminate()
        process.join(STOP_SECONDS + 3 * LOOK_SECONDS)
        if process.is_alive():  # what it has not delivered by now is delivered after the next start
            process.kill()
            process.join()


def _register(settings: Settings, found: Sequence[Subscriber]) -> None:
    log = open_log(settings)
    try:
        for name in register(log.database, [each.name for each in found]):
            LOG.info("subscriber %s is new: all journeys of the log are delivered to it", name)
    finally:
        log.database.dispose()


def _run(settings: Settings, logging_settings: Mapping[str, Any], registry: Registry) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the main process, too, which ends this one last
    logging.config.dictConfig(dict(logging_settings))
    os.nice(NICENESS)
    owner = new_owner()  # of the leases: who is started anew has them at once
    Supervisor(lambda: _deliver(settings, registry, owner)).run()


class Supervisor:
    """Runs `work` in a child process, again whenever it ends, until it is told to stop or its own parent has ended.

    This process has no other threads, so that it may be forked.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._is_stopping = False

    def run(self) -> None:
        """Return once the child has ended after a SIGTERM to this process."""
        signal.signal(signal.SIGTERM, self._stop)
        main = parent_process()
        parent = main.pid if main else None
        while not self._is_stopping:
            child = self._start()
            ended = self._wait(child, parent)
            if not self._is_stopping:
                LOG.error("the process of the subscribers ended (%s), and is started anew", ended)
                time.sleep(RETRY_SECONDS)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _start(self) -> int:
        own = os.getpid()
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            end_with(own)
            self._work()
            code = 0
        except Exception:
            LOG.exception("the process of the subscribers failed")
        finally:
            os._exit(code)

    def _wait(self, child: int, parent: int | None) -> str:
        """Wait for the end of the child, and end it when it is to stop. Returns how it ended."""
        deadline = float("inf")
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            self._is_stopping = self._is_stopping or (parent is not None and os.getppid() != parent)
            now = time.monotonic()
            if self._is_stopping and deadline == float("inf"):
                deadline = now + STOP_SECONDS
                os.kill(child, signal.SIGTERM)
            elif now > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(LOOK_SECONDS)


def _deliver(settings: Settings, registry: Registry, owner: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    tracing.start()
    log = open_log_when_possible(settings, stop)
    if log is None:
        return
    loops = [DeliveryLoop(log.database, subscriber, stop, owner=owner) for subscriber in registry(settings)]
    threads = [threading.Thread(target=loop.run, name=loop.subscriber.name) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tracing.stop()
    log.database.dispose()
