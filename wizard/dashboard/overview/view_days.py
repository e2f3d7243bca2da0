"""The days of the overview as rows of a table."""

from dataclasses import dataclass
from datetime import date

from wizard.analytics.overview import Overview
from wizard.analytics.stages import TREND
from wizard.dashboard.overview.view_links import Links, Number

LINKED_DAYS = 92
"""With more days than this only the day itself is a link: nobody follows five thousand."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day: its date in words, its own overview, and its counts."""

    date: str
    name: str
    href: str | None
    numbers: tuple[Number, ...]


def days_of(overview: Overview, links: Links) -> tuple[DayRow, ...]:
    """The days, the latest first. Of a span with exact times the first and the last day are not whole, so no links."""
    span = overview.selection.span
    are_whole = "T" not in span.since + span.until
    with_links = are_whole and len(overview.days) <= LINKED_DAYS
    rows = []
    for day in reversed(overview.days):
        numbers = tuple(
            links.of_day(day.date, day.counts[stage], ("outcome", stage)) if with_links else Number(day.counts[stage])
            for stage in TREND
        )
        at = date.fromisoformat(day.date)
        rows.append(
            DayRow(
                day.date, f"{at:%a} {at.day} {at:%b}", links.days(day.date, day.date) if are_whole else None, numbers
            )
        )
    return tuple(rows)
