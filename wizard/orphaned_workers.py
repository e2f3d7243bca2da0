"""Stops workers whose main process has ended: they would go on serving, and keep the port occupied."""

import logging
import multiprocessing
import os
import signal
import threading
import time

LOG = logging.getLogger("wizard")
LOOK_SECONDS = 0.5
STOP_SECONDS = 10


def end_with_main_process() -> None:
    """Stop this worker, after its open requests, once its main process has ended. Does nothing outside of workers."""
    main = multiprocessing.parent_process()
    if main is not None and main.pid is not None:
        end_with(main.pid)


def end_with(parent: int) -> None:
    """Stop this process once its parent, the process `parent`, has ended."""
    threading.Thread(target=_watch, args=[parent], name="main-process-watch", daemon=True).start()


def _watch(main: int) -> None:
    while os.getppid() == main:
        time.sleep(LOOK_SECONDS)
    LOG.error("the main process (%d) is gone, so this process stops", main)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)  # a request hangs; what was acknowledged is in the log or in the journal
