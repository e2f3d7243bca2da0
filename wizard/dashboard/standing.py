"""Says where the figures of a page come from, where that needs saying."""

from zoneinfo import ZoneInfo

from wizard.dashboard.labels import moment
from wizard.storage.moment import Standing

LATE_MS = 60_000
"""A warehouse that is behind by less than this needs no notice: journeys are copied every few seconds."""

DAY_MS = 86_400_000


def notice_of(standing: Standing | None, now_ms: int, zone: ZoneInfo, this_is: str = "This page is") -> str:
    """A line for the top of a page; empty if figures are up to date, or no warehouse is set."""
    if standing is None:
        return ""
    if standing.gone_since_ms is not None:
        since = time_of(standing.gone_since_ms, now_ms, zone)
        return f"The warehouse has been out of reach since {since}. {this_is} read from the log, which takes longer."
    if not standing.is_warehouse:
        copied = f"{standing.filled:,} visits copied so far" if standing.filled else "no visits copied yet"
        return f"The warehouse is being filled ({copied}). Until it is full, figures are read from the log."
    if standing.as_of_ms is not None and now_ms - standing.as_of_ms >= LATE_MS:
        minutes = (now_ms - standing.as_of_ms) // 60_000
        behind = f"{minutes:,} {'minute' if minutes == 1 else 'minutes'}"
        return f"Figures as of {time_of(standing.as_of_ms, now_ms, zone)}: the warehouse is {behind} behind the log."
    return ""


def time_of(at_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """A time of day, with the date if it is a day or more ago."""
    at = moment(at_ms, zone)
    return f"{at:%H:%M}" if now_ms - at_ms < DAY_MS else f"{at.day} {at:%b %Y, %H:%M}"
