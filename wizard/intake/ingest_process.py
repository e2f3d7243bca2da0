"""The process of a server that ingests journals, so that its workers only answer requests.

If it has ended, one of the workers ingests instead.
"""

import gc
import logging.config
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from wizard import tracing
from wizard.clock import system_ms
from wizard.config import Settings
from wizard.events.log import Log
from wizard.events.open_log import open_log_when_possible
from wizard.intake.batch_meter import NO_METER, BatchMeter
from wizard.intake.ingest import Ingest
from wizard.intake.ingest_loop import IngestLoop
from wizard.orphaned_workers import end_with_main_process

NICENESS = 5
"""How much lower its priority is than the workers', so that it takes no CPU that pages need."""

FINISH_SECONDS = 2.0
"""How long it ingests what is left after the workers have ended, which have waited for their own events until then."""

BESIDE_SECONDS = 0.5
"""How much longer what is done beside it may take: it can be done again."""

STOP_SECONDS = FINISH_SECONDS + 6
"""When it is killed: a batch that has begun may wait for the log for 5 seconds."""

COLLECT_AFTER = 50_000


OpenMeter = Callable[[Settings], BatchMeter]
Beside = Callable[[Settings, Log, threading.Event], None]
"""What else the process does, in a thread, until the event is set."""


def no_meter(_settings: Settings) -> BatchMeter:
    """What counts no batches."""
    return NO_METER


def nothing_else(_settings: Settings, _log: Log, _stop: threading.Event) -> None:
    """Do nothing else."""


@contextmanager
def running_ingest_process(
    settings: Settings,
    logging_settings: Mapping[str, Any],
    open_meter: OpenMeter = no_meter,
    beside: Beside = nothing_else,
) -> Iterator[None]:
    """Run the ingest process during the block. There, `open_meter` makes what counts its batches."""
    args = (settings, logging_settings, open_meter, beside)
    process = get_context("spawn").Process(target=_run, args=args, name="wizard-ingest", daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():  # what it has not brought in by now waits for the next start
            process.kill()
            process.join()


def collect_rarely() -> None:
    """Have Python look for reference cycles less often: a batch makes many objects that last until it is stored.

    Looking through them again and again took a fifth of an ingest's time.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _run(settings: Settings, logging_settings: Mapping[str, Any], open_meter: OpenMeter, beside: Beside) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the main process, too, which ends this one last
    logging.config.dictConfig(dict(logging_settings))
    os.nice(NICENESS)
    end_with_main_process()
    tracing.start()
    log = open_log_when_possible(settings, stop)  # a worker ingests meanwhile, and logs why
    if log is None:
        return
    collect_rarely()
    other = threading.Thread(target=beside, args=(settings, log, stop), name="wizard-upkeep", daemon=True)
    other.start()
    loop = IngestLoop(Ingest(settings.spool_dir, log, system_ms, meter=open_meter(settings)))
    loop.run(stop, 0, lambda: None)
    loop.ingest(keep_lead=False, seconds=FINISH_SECONDS)
    other.join(BESIDE_SECONDS)
    log.database.dispose()
    tracing.stop()
