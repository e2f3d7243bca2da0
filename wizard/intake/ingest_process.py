"""The process of a server that ingests journals, so that its workers only answer requests.

If it has ended, one of the workers ingests instead.
"""

import logging
import logging.config
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from wizard.clock import system_ms
from wizard.config import Settings
from wizard.events.open_log import open_log
from wizard.intake.batch_meter import NO_METER, BatchMeter
from wizard.intake.ingest import Ingest
from wizard.intake.ingest_loop import IngestLoop
from wizard.orphaned_workers import end_with_main_process

STOP_SECONDS = 10


OpenMeter = Callable[[Settings], BatchMeter]


def no_meter(_settings: Settings) -> BatchMeter:
    """What counts no batches."""
    return NO_METER


@contextmanager
def running_ingest_process(
    settings: Settings, logging_settings: Mapping[str, Any], open_meter: OpenMeter = no_meter
) -> Iterator[None]:
    """Run the ingest process during the block. There, `open_meter` makes what counts its batches."""
    process = get_context("spawn").Process(
        target=_run, args=(settings, logging_settings, open_meter), name="wizard-ingest", daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():  # what it has not brought in by now waits for the next start
            process.kill()
            process.join()


def _run(settings: Settings, logging_settings: Mapping[str, Any], open_meter: OpenMeter) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the main process, too, which ends this one last
    logging.config.dictConfig(dict(logging_settings))
    end_with_main_process()
    log = open_log(settings)
    loop = IngestLoop(Ingest(settings.spool_dir, log, system_ms, meter=open_meter(settings)))
    loop.run(stop, 0, lambda: None)
    loop.ingest(keep_lead=False)
    log.database.dispose()
