"""Erases visits that are older than the retention, and all else whose time has come. It runs once a day."""

import logging
from collections.abc import Callable

from wizard.config import Settings
from wizard.events.admission import DAY_MS
from wizard.events.erasures import KEPT_DAYS as MARKS_KEPT_DAYS
from wizard.events.erasures import Erased
from wizard.events.log import Log
from wizard.events.periods import iso
from wizard.maintenance.expired import delete_expired
from wizard.maintenance.rebuild import purge, truncate_wal
from wizard.storage.log_state import LogState, write_state

LOG = logging.getLogger("wizard")
USUAL_DAYS = 760
"""25 months: what a log that was made since version 0012 keeps, unless WIZARD_RETENTION_DAYS says otherwise."""

EACH_MS = DAY_MS


def days_kept(settings: Settings, state: LogState) -> int:
    """How many days visits are kept in the log with this state; 0 if all are kept."""
    if settings.retention_days is not None:
        return settings.retention_days
    return USUAL_DAYS if state.made_at else 0


def is_due(state: LogState, now_ms: int) -> bool:
    """Whether a day has passed since the retention was last applied, or the clock was set back."""
    return state.retention_ms is None or not 0 <= now_ms - state.retention_ms < EACH_MS


def apply_retention(log: Log, settings: Settings, days: int, now_ms: int, is_stopped: Callable[[], bool]) -> Erased:
    """Erase visits that began more than `days` ago (0: none), and delete what else has expired.

    Ends early once `is_stopped` returns True; then it goes on at the next call. Raises SQLAlchemyError.
    """
    erased = Erased()
    if days:
        before_ms = now_ms - days * DAY_MS
        # A handoff is valid for longer than marks are kept: its journey is marked all the same, for as long as others.
        marked_from_ms = now_ms - max(MARKS_KEPT_DAYS, settings.handoff_days) * DAY_MS
        for batch in purge(log, before_ms, marked_from_ms):
            erased += batch
            if is_stopped():
                return erased
        if erased.journeys:
            truncate_wal(log.database)
            LOG.info(
                "retention: erased %d visits with %d events, which began before %s",
                erased.journeys,
                erased.events,
                iso(before_ms),
            )
    log.database.write(lambda connection: delete_expired(connection, now_ms))
    log.database.write(lambda connection: write_state(connection, retention_ms=now_ms))
    return erased
