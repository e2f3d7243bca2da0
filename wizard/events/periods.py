"""Reads periods of time from texts: whole days in a time zone, or exact ISO 8601 times."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from wizard.errors import WizardError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ALLOWED_DAY = "a date such as 2026-11-01"
ALLOWED_TIME = "a time with its offset such as 2026-11-01T09:30:00+01:00 or 2026-11-01T08:30:00Z"


class PeriodError(WizardError):
    """A period that can't be parsed. The message names the option, what was given and what is allowed."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_ms` until before `until_ms`, in milliseconds since the epoch. None leaves that end open."""

    since_ms: int | None = None
    until_ms: int | None = None


def read_period(
    since: str | None, until: str | None, zone: tzinfo, names: tuple[str, str] = ("--since", "--until")
) -> Period:
    """The period from `since` until `until`, each a date or a time with its UTC offset.

    A date is a whole day in `zone`, and the day `until` is included. A time is exact, and the period ends before it.
    `names` are the options' names in error messages. Raises PeriodError.
    """
    return _period(since, until, zone, names, exact=True)


def read_days(since: str | None, until: str | None) -> Period:
    """The period of whole days (UTC) from the date `since` to the date `until`, both included. Raises PeriodError."""
    return _period(since, until, UTC, ("--since", "--until"), exact=False)


def midnight_ms(day: date, zone: tzinfo) -> int:
    """The start of `day` in `zone`, in milliseconds since the epoch.

    If clocks skip midnight, this is the moment of the skip; if they show it twice, the first. (Both follow from
    `fold=0`, checked for every zone and every day from 2000 to 2037.)
    """
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=zone))


def to_ms(moment: datetime) -> int:
    """`moment`, a datetime with a time zone, in milliseconds since the epoch."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def iso(ts_ms: int) -> str:
    """`ts_ms`, in milliseconds since the epoch, as ISO 8601 in UTC: 2026-11-01T08:30:00.000Z."""
    return (EPOCH + timedelta(milliseconds=ts_ms)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _period(since: str | None, until: str | None, zone: tzinfo, names: tuple[str, str], *, exact: bool) -> Period:
    since_ms = None if since is None else _moment(names[0], since, zone, exact=exact, days=0)
    until_ms = None if until is None else _moment(names[1], until, zone, exact=exact, days=1)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise PeriodError(
            f"{names[0]}: given {since!r}, which is not before {names[1]} {until!r}; allowed: an earlier one"
        )
    return Period(since_ms, until_ms)


def _moment(option: str, text: str, zone: tzinfo, *, exact: bool, days: int) -> int:
    """The moment of `text` in milliseconds since the epoch; for a date, the midnight `days` after its start."""
    allowed = f"{ALLOWED_DAY}, or {ALLOWED_TIME}" if exact else f"{ALLOWED_DAY} (the ledger's days are UTC)"
    refused = PeriodError(f"{option}: given {text!r}; allowed: {allowed}")
    is_day = DAY.fullmatch(text)
    if not is_day and not exact:
        raise refused
    try:
        if is_day:
            return midnight_ms(date.fromisoformat(text) + timedelta(days=days), zone)
        return to_ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError, TypeError) as error:  # a TypeError is a time without its offset
        raise refused from error
