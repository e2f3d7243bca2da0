"""The spans of time that the dashboard is asked for, and what each is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from wizard.analytics.quoting import quoted
from wizard.errors import WizardError
from wizard.events.log import DAY_MS
from wizard.events.periods import DAY, EPOCH, Period, PeriodError, midnight_ms, read_period, to_ms


class NamedSpan(NamedTuple):
    """So many `days`, the last of which is today, and what pages call them."""

    days: int
    label: str

    @property
    def sentence(self) -> str:
        """What a page says that it shows."""
        return "This is today" if self.days == 1 else f"These are the last {self.days} days"


SPANS: Mapping[str, NamedSpan] = {
    "today": NamedSpan(1, "Today"),
    "7d": NamedSpan(7, "7 days"),
    "28d": NamedSpan(28, "28 days"),
    "90d": NamedSpan(90, "90 days"),
}
"""The spans that have a name, as an address has it."""

DEFAULT = "28d"
"""The span of an address that asks for none."""

MOST_DAYS = 3660


class SpanError(WizardError):
    """A span that can't be read; the message tells a colleague, who reads figures, what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, as the address has it (`name`, or else `since` and `until`), and as it is counted.

    `before` is as long a time before `period`. Where `period` is not over yet, `before` ends at the same time of day,
    so that half a day is not compared with a whole one; `is_open` says so. `first` and `last` are its days.
    `before_as_of_ms` is when `before` was as old as `period` is now: only what had happened by then is compared.
    `too_young` is the end of a span of a certain age, whose journeys are not old enough to be in `period`.
    """

    name: str
    since: str
    until: str
    period: Period
    before: Period
    before_as_of_ms: int
    first: date
    last: date
    is_open: bool
    too_young: Period | None = None

    def parameters(self) -> list[tuple[str, str]]:
        """It as it stands in an address."""
        return [("period", self.name)] if self.name else [("since", self.since), ("until", self.until)]

    def of_age(self, days: int, now_ms: int) -> "Span":
        """It with those journeys alone that began at least so many days before `now_ms`, and as much time before."""
        since_ms, before_ms = self.period.since_ms or 0, self.before.since_ms or 0
        until_ms = max(since_ms, min(self.period.until_ms or 0, now_ms - days * DAY_MS + 1))
        before_until_ms = min(self.before.until_ms or 0, before_ms + until_ms - since_ms)
        too_young = Period(until_ms, self.period.until_ms)
        before = Period(before_ms, before_until_ms)
        return replace(self, period=Period(since_ms, until_ms), before=before, too_young=too_young)


def read_span(given: Mapping[str, str], zone: tzinfo, now_ms: int) -> Span:
    """The span that an address asks for: `period`, or `since` and `until`, each a date or a time. Raises SpanError.

    Dates are days in `zone`, the last one included. Dates win over a period, unless they are that period's own.
    Without any of the three it is DEFAULT.
    """
    since, until, name = (given.get(key, "").strip() for key in ("since", "until", "period"))
    if not (since or until):
        return named(name or DEFAULT, zone, now_ms)
    if name in SPANS and (since, until) == _dates(span := named(name, zone, now_ms)):
        return span  # a form without a script sends the dates that it shows beside the name
    if not (since and until):
        raise SpanError("A period needs two dates, and only one was given")
    period = _read_period(since, until, zone)
    try:
        span = _between(since, until, period, zone, now_ms)
        for at_ms in (span.before.since_ms, span.period.until_ms):
            _local(at_ms or 0, zone)  # who shows it, or links to it, has it as a date
    except OverflowError as error:
        raise SpanError(f"{quoted(since)} is too near to where the calendar ends") from error
    return span


def named(name: str, zone: tzinfo, now_ms: int) -> Span:
    """The span of a `name`, of which the last day is that of `now_ms`. Raises SpanError where there is none."""
    if name not in SPANS:
        raise SpanError(
            f"There is no period {quoted(name)}: there are {', '.join(each.label for each in SPANS.values())}"
        )
    today = _local(now_ms, zone).date()
    return replace(_of_days(today - timedelta(days=SPANS[name].days - 1), today, zone, now_ms), name=name)


def _dates(span: Span) -> tuple[str, str]:
    return str(span.first), str(span.last)


def _read_period(since: str, until: str, zone: tzinfo) -> Period:
    """The period between two dates, or times. Raises SpanError."""
    for text in (since, until):
        try:
            read_period(text, None, zone)
        except PeriodError as error:
            raise SpanError(f"{quoted(text)} can't be read as a date") from error
    try:
        return read_period(since, until, zone)
    except PeriodError as error:
        raise SpanError(f"The period ends, with {quoted(until)}, before it begins, with {quoted(since)}") from error


def _between(since: str, until: str, period: Period, zone: tzinfo, now_ms: int) -> Span:
    """The span of two dates, or times. Raises OverflowError beyond the calendar's ends."""
    if DAY.fullmatch(since) and DAY.fullmatch(until):
        days = _of_days(date.fromisoformat(since), date.fromisoformat(until), zone, now_ms)
        return replace(days, since=since, until=until)
    return _exact(since, until, period, zone, now_ms)


def _of_days(first: date, last: date, zone: tzinfo, now_ms: int) -> Span:
    """The span of whole days, both included."""
    count = (last - first).days + 1
    _refuse_long(count)
    back = timedelta(days=count)
    since_ms, until_ms = midnight_ms(first, zone), midnight_ms(last + timedelta(days=1), zone)
    before = Period(midnight_ms(first - back, zone), since_ms)
    is_open = since_ms <= now_ms < until_ms
    if is_open:
        local = _local(now_ms, zone)
        then_ms = to_ms(datetime.combine(local.date() - back, local.time(), tzinfo=zone))
        before = replace(before, until_ms=then_ms + 1)  # with the millisecond that it is now, so it is never empty
    # Clocks may have changed between the two.
    as_of_ms = (before.until_ms or 0) if is_open else now_ms + 1 - since_ms + (before.since_ms or 0)
    return Span("", "", "", Period(since_ms, until_ms), before, as_of_ms, first, last, is_open)


def _exact(since: str, until: str, period: Period, zone: tzinfo, now_ms: int) -> Span:
    since_ms, until_ms = period.since_ms or 0, period.until_ms or 0
    first, last = _local(since_ms, zone).date(), _local(until_ms - 1, zone).date()
    _refuse_long((last - first).days)
    is_open = since_ms <= now_ms < until_ms
    before_ms = 2 * since_ms - until_ms
    before = Period(before_ms, before_ms + now_ms - since_ms + 1 if is_open else since_ms)
    return Span("", since, until, period, before, now_ms + 1 - since_ms + before_ms, first, last, is_open)


def _refuse_long(days: int) -> None:
    if days > MOST_DAYS:
        raise SpanError(f"A period of {days:,} days is too long: {MOST_DAYS:,} are the most")


def _local(at_ms: int, zone: tzinfo) -> datetime:
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)
