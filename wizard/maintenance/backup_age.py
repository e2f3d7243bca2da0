"""Records backups, and says how old the newest one is."""

from wizard.events.admission import DAY_MS
from wizard.events.periods import iso
from wizard.storage.database import Database
from wizard.storage.log_state import LogState, has_state, write_state

OLD_DAYS = 7
"""From how many days on the newest backup counts as old."""

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
UNITS = ((2 * DAY_MS, DAY_MS, "days"), (2 * HOUR_MS, HOUR_MS, "hours"), (2 * MINUTE_MS, MINUTE_MS, "minutes"))
"""From which age on it is given in which unit."""


def record_backup(database: Database, now_ms: int) -> bool:
    """Record that a backup was made. Returns False if the log's tables are too old for that. Raises SQLAlchemyError."""
    with database.reader.connect() as connection:
        if not has_state(connection):
            return False
    database.write(lambda connection: write_state(connection, backup_ms=now_ms))
    return True


def is_old(state: LogState, now_ms: int) -> bool:
    """Whether no backup was recorded, or the newest one is older than OLD_DAYS."""
    return state.backup_ms is None or now_ms - state.backup_ms > OLD_DAYS * DAY_MS


def backup_in_words(state: LogState, now_ms: int) -> str:
    """When the newest backup was made, in UTC, and how long ago that is."""
    if state.backup_ms is None:
        return "No backup has been recorded"
    return f"The newest backup was made {age_in_words(now_ms - state.backup_ms)} ago ({iso(state.backup_ms)})"


def age_in_words(age_ms: int) -> str:
    """An age as a number of days, hours or minutes."""
    for from_ms, unit_ms, unit in UNITS:
        if age_ms >= from_ms:
            return f"{age_ms // unit_ms} {unit}"
    return "a minute"
