"""Makes the points of the trend from an overview: hours of one day, else days, weeks from Monday, or months."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from wizard.analytics.daily import Day, Hour
from wizard.analytics.overview import Overview
from wizard.analytics.stages import JOURNEYS, STAGES
from wizard.dashboard.charts.trend_model import Marker, Point, Trend, Unit
from wizard.dashboard.labels import METRIC_NAMES, moment
from wizard.dashboard.phrases import length_in_words
from wizard.events.periods import iso, midnight_ms

MOST_DAYS = 120
MOST_DAYS_IN_WEEKS = 731
ONE_DAY = timedelta(days=1)
SO_FAR, IN_PART = "so far", "in part"

Href = Callable[[str, str], str]
"""The address of what lies between two dates, both included, or from one ISO time until before another."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when the chart is made. What began from `immature_from_ms` on may still grow (None: nothing)."""

    zone: ZoneInfo
    now_ms: int
    immature_from_ms: int | None = None

    @property
    def today(self) -> date:
        """The local date."""
        return moment(self.now_ms, self.zone).date()

    def is_immature(self, until_ms: int) -> bool:
        """Whether some of what began before `until_ms` may still grow."""
        return self.immature_from_ms is not None and until_ms > self.immature_from_ms


def trend_of(overview: Overview, figure: str, at: Moment, href: Href, markers: Sequence[Marker] = ()) -> Trend:
    """The trend of `figure`: journeys or a stage; any other, such as a time, is not counted by day: then of started."""
    key = figure if figure in STAGES or figure == JOURNEYS else "started"
    span = overview.selection.span
    name, than = METRIC_NAMES[key], length_in_words(span)
    if overview.hours:
        return Trend(name, "hour", hour_points(overview.hours, overview.hours_before, key, at, href), than, markers)
    cut = ("T" in span.since, "T" in span.until and not span.is_open)
    points = day_points(overview.days, overview.days_before, key, at, href, cut=cut)
    return Trend(name, unit_of(len(overview.days)), points, than, markers)


def unit_of(days: int) -> Unit:
    """The unit that so many days are shown by."""
    return "day" if days <= MOST_DAYS else "week" if days <= MOST_DAYS_IN_WEEKS else "month"


def day_points(  # noqa: PLR0913  # two periods, and how they are shown
    days: Sequence[Day],
    before: Sequence[Day],
    key: str,
    at: Moment,
    href: Href,
    *,
    cut: tuple[bool, bool] = (False, False),
) -> list[Point]:
    """The points of `days`, and of those `before`; both are in order and without gaps, and are aligned by position.

    `cut` says whether the first and the last day are there in part only.
    """
    unit = unit_of(len(days))
    numbered = enumerate(date.fromisoformat(day.date) for day in days)
    points = []
    for _, group in groupby(numbered, lambda each: _start(each[1], unit)):
        places = list(group)
        (begin, first), (end, last) = places[0], places[-1]
        earlier = before[begin : end + 1]
        until_ms = midnight_ms(last + ONE_DAY, at.zone)
        is_cut = (cut[0] and begin == 0) or (cut[1] and end == len(days) - 1)
        is_whole = all(_start(each, unit) == each for each in (first, last + ONE_DAY))
        points.append(
            Point(
                days_title(first, last),
                _date_label(first, unit),
                midnight_ms(first, at.zone),
                None if first > at.today else sum(day.counts[key] for day in days[begin : end + 1]),
                sum(day.counts[key] for day in earlier) if earlier else None,
                days_title(*(date.fromisoformat(earlier[place].date) for place in (0, -1))) if earlier else "",
                SO_FAR if first <= at.today <= last else IN_PART if is_cut or not is_whole else "",
                at.is_immature(until_ms),
                href(str(first), str(last)),
            )
        )
    return points


def hour_points(hours: Sequence[Hour], before: Sequence[Hour], key: str, at: Moment, href: Href) -> list[Point]:
    """The points of the hours of one day, and of those `before`, aligned by position."""
    titles = list(_hour_titles(hours, at.zone))
    points = []
    for place, hour in enumerate(hours):
        earlier = before[place] if place < len(before) else None
        points.append(
            Point(
                titles[place],
                f"{moment(hour.since_ms, at.zone):%H:%M}",
                hour.since_ms,
                None if hour.since_ms > at.now_ms else hour.counts[key],
                earlier.counts[key] if earlier else None,
                _hour_before(moment(earlier.since_ms, at.zone)) if earlier else "",
                SO_FAR if hour.since_ms <= at.now_ms < hour.until_ms else "",
                at.is_immature(hour.until_ms),
                href(iso(hour.since_ms), iso(hour.until_ms)),
            )
        )
    return points


def days_title(first: date, last: date) -> str:
    """Some days, both included: Tue 3 Nov 2026; 2 to 8 Nov 2026; November 2026."""
    if first == last:
        return f"{_day(last)} {last.year}"
    if first.day == 1 and (last + ONE_DAY).day == 1 and first.month == last.month:
        return f"{last:%B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%b}"
    return f"{first.day}{month}{year} to {last.day} {last:%b} {last.year}"


def _hour_before(at: datetime) -> str:
    return f"{_day(at.date())}, {at:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _date_label(first: date, unit: Unit) -> str:
    day = f"{first.day} {first:%b}"
    return {"day": day, "week": f"{day}\n{first.year}"}.get(unit, f"{first:%b} {first.year}")


def _hour_titles(hours: Sequence[Hour], zone: ZoneInfo) -> Iterator[str]:
    """When each hour begins and ends by local clocks; with the offset from UTC where clocks show the hour twice."""
    ends = [(moment(hour.since_ms, zone), moment(hour.until_ms, zone)) for hour in hours]
    titles = [f"{since:%H:%M} to {until:%H:%M}" for since, until in ends]
    shown = Counter(f"{since:%H}" for since, _ in ends)
    for (since, _), title in zip(ends, titles, strict=True):
        yield f"{title} (UTC{since.isoformat()[-6:]})" if shown[f"{since:%H}"] > 1 else title


def _start(day: date, unit: Unit) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day
