"""Puts days together where there are too many to tell apart: into weeks from Monday on, or months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from wizard.growth.overview.days import Day

METRICS = ("viewed", "started", "finished", "clicked", "converted")
MOST_DAYS = 120
MOST_WEEKS_DAYS = 731


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some days in a row, from `first` to `last`, and how many of each of METRICS there were on them together.

    It is not `whole` where it is a week or a month of which some days are not there.
    """

    first: date
    last: date
    counts: tuple[int, ...]
    whole: bool = True

    @property
    def name(self) -> str:
        """Its days as they are read: Tue 3 Nov 2026; 2 to 8 Nov 2026; November 2026."""
        first, last = self.first, self.last
        if first == last:
            return f"{last:%a} {last.day} {last:%b %Y}"
        if first.day == 1 and (last + timedelta(days=1)).day == 1 and first.month == last.month:
            return f"{last:%B %Y}"
        year = "" if first.year == last.year else f" {first:%Y}"
        month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%b}"
        return f"{first.day}{month}{year} to {last.day} {last:%b %Y}"


def unit_of(days: int) -> str:
    """What so many days are shown by: `day`, `week` or `month`."""
    return "day" if days <= MOST_DAYS else "week" if days <= MOST_WEEKS_DAYS else "month"


def in_buckets(days: Sequence[Day]) -> list[Bucket]:
    """The days as they are shown, none left out; they are in order, and without gaps."""
    unit = unit_of(len(days))
    dated = [(date.fromisoformat(day.date), day) for day in days]
    groups = (list(some) for _, some in groupby(dated, lambda each: _start(each[0], unit)))
    return [_bucket(some, unit) for some in groups]


def _bucket(some: list[tuple[date, Day]], unit: str) -> Bucket:
    first, last = some[0][0], some[-1][0]
    counts = tuple(sum(getattr(day, metric) for _, day in some) for metric in METRICS)
    whole = first == _start(first, unit) and _start(last, unit) != _start(last + timedelta(days=1), unit)
    return Bucket(first, last, counts, whole)


def _start(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day
