"""Sums days into the buckets that the trend shows: days, weeks from Monday, or months."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from wizard.analytics.daily import Day
from wizard.analytics.stages import TREND

MOST_DAYS = 120
MOST_DAYS_IN_WEEKS = 731
ONE_DAY = timedelta(days=1)

MOST_LABELS = 6
LABEL_STEPS = {"day": 7, "week": 4, "month": 12}
"""Labels that are further apart than every second bucket are a multiple of so many buckets apart."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The days from `first` to `last`, and the count of each stage of TREND on them.

    `note` says whether not all of its days are counted: "so far" or "in part".
    """

    first: date
    last: date
    counts: tuple[int, ...]
    note: str = ""

    @property
    def title(self) -> str:
        """Its days and its note: Tue 3 Nov 2026, so far; 2 to 8 Nov 2026; November 2026."""
        return f"{self._days}, {self.note}" if self.note else self._days

    @property
    def _days(self) -> str:
        first, last = self.first, self.last
        if first == last:
            return f"{last:%a} {last.day} {last:%b %Y}"
        if first.day == 1 and (last + ONE_DAY).day == 1 and first.month == last.month:
            return f"{last:%B %Y}"
        year = "" if first.year == last.year else f" {first:%Y}"
        month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%b}"
        return f"{first.day}{month}{year} to {last.day} {last:%b %Y}"


def unit_of(days: int) -> str:
    """The unit that so many days are shown by: `day`, `week` or `month`."""
    return "day" if days <= MOST_DAYS else "week" if days <= MOST_DAYS_IN_WEEKS else "month"


def to_buckets(days: Sequence[Day], *, open_last: bool = False) -> list[Bucket]:
    """The buckets of `days`, which are in order and without gaps; with `open_last`, the last one is still running."""
    unit = unit_of(len(days))
    groups = [list(group) for _, group in groupby(days, lambda day: _start(date.fromisoformat(day.date), unit))]
    return [_bucket(group, unit, is_open=open_last and group is groups[-1]) for group in groups]


def date_labels(buckets: Sequence[Bucket], unit: str) -> Iterator[tuple[int, str]]:
    """The labels of the date axis, each with its bucket's place: a few at even distances, back from the last one."""
    step = math.ceil(len(buckets) / MOST_LABELS)
    if step > 2:  # noqa: PLR2004  # as LABEL_STEPS says
        step = math.ceil(step / LABEL_STEPS[unit]) * LABEL_STEPS[unit]
    for place in range(len(buckets) - 1, -1, -step):
        first = buckets[place].first
        yield (
            place,
            {"day": f"{first.day} {first:%b}", "week": f"{first.day} {first:%b %Y}"}.get(unit, f"{first:%b %Y}"),
        )


def _bucket(days: Sequence[Day], unit: str, *, is_open: bool) -> Bucket:
    first, last = date.fromisoformat(days[0].date), date.fromisoformat(days[-1].date)
    counts = tuple(sum(day.counts[stage] for day in days) for stage in TREND)
    is_whole = all(_start(day, unit) == day for day in (first, last + ONE_DAY))
    return Bucket(first, last, counts, "so far" if is_open else "" if is_whole else "in part")


def _start(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day
