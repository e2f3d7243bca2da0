"""Says how old the newest backup of the log is, and for how long visits are kept."""

from zoneinfo import ZoneInfo

from wizard.dashboard.labels import moment, plural
from wizard.dashboard.overview.context import Upkeep
from wizard.dashboard.phrases import days_in_words
from wizard.maintenance.backup_age import age_in_words


def upkeep_of(upkeep: Upkeep, zone: ZoneInfo, now_ms: int) -> str:
    """Two sentences: on the newest backup, and on the retention."""
    return f"{_backup(upkeep, zone, now_ms)} {_retention(upkeep)}"


def _backup(upkeep: Upkeep, zone: ZoneInfo, now_ms: int) -> str:
    if upkeep.backup_ms is None:
        return "No backup of the log has been recorded."
    made = moment(upkeep.backup_ms, zone)
    day = days_in_words(made.date(), made.date())
    return f"Newest backup of the log: {day}, {made:%H:%M} ({age_in_words(now_ms - upkeep.backup_ms)} ago)."


def _retention(upkeep: Upkeep) -> str:
    if not upkeep.days_kept:
        return "Visits are not deleted after a time."
    return f"Visits are deleted after {upkeep.days_kept:,} {plural(upkeep.days_kept, 'day')}."
