"""Does what a log needs from time to time, in one process of all servers: the retention, and catching up."""

import logging
import threading

from wizard.clock import Clock, system_ms
from wizard.config import Settings
from wizard.events.log import Log
from wizard.maintenance.catch_up import CatchUp
from wizard.maintenance.retention import apply_retention, days_kept, is_due
from wizard.storage.leases import Lease
from wizard.storage.log_state import LogState, read_state
from wizard.storage.migrate import cause
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_version

LOG = logging.getLogger("wizard")
LEASE = "upkeep"
FIRST_SECONDS, EACH_SECONDS = 5.0, 60.0


def keep_up(settings: Settings, log: Log, stop: threading.Event) -> None:
    """Look each minute whether there is something to do, and do it, until `stop` is set."""
    upkeep = Upkeep(settings, log, stop)
    seconds = FIRST_SECONDS
    is_failing = False
    while not stop.wait(seconds):
        seconds = EACH_SECONDS
        try:
            upkeep.round()
            is_failing = False
        except Exception as error:  # noqa: BLE001  # any error: the next round tries again
            LOG.log(logging.DEBUG if is_failing else logging.WARNING, "the log's upkeep failed: %s", cause(error))
            is_failing = True


class Upkeep:
    """The upkeep of one log, by one process."""

    def __init__(self, settings: Settings, log: Log, stop: threading.Event, clock: Clock = system_ms) -> None:
        self._settings = settings
        self._log = log
        self._stop = stop
        self._clock = clock
        self._catch_up = CatchUp(log)

    def round(self) -> None:
        """Do what is due, unless another process does it. Raises SQLAlchemyError.

        Tables of a newer version are left to the servers of that version.
        """
        state = self._state()
        if state is None or not (self._catch_up.is_due() or is_due(state, self._clock())):
            return
        with Lease(self._log.database, LEASE).held() as is_mine:
            state = self._state()
            if not is_mine or state is None:
                return
            if self._catch_up.is_due():
                visits = self._catch_up.run(self._stop.is_set)
                LOG.info("rebuilt %d visits that a server of an older version stored", visits)
            now_ms = self._clock()
            if is_due(state, now_ms):
                days = days_kept(self._settings, state)
                apply_retention(self._log, self._settings, days, now_ms, self._stop.is_set)

    def _state(self) -> LogState | None:
        """The state of the log; None if its tables are not at this version."""
        with self._log.database.reader.connect() as connection:
            return read_state(connection) if read_version(connection) == VERSION else None
