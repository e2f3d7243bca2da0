"""Spans of time: whole days in a zone, or exact times."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.events.periods import Period, PeriodError, iso, midnight_ms, read_days, read_period

HOUR_MS = 3_600_000
BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("since", "until", "starts", "ends"),
    [
        ("2026-11-01", "2026-11-01", "2026-10-31T23:00:00Z", "2026-11-01T23:00:00Z"),
        ("2026-11-01", "2026-11-30", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
        ("2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # a day of 23 hours
        ("2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # a day of 25 hours
        ("2028-02-28", "2028-02-29", "2028-02-27T23:00:00Z", "2028-02-29T23:00:00Z"),
        ("2026-11-01T09:30:00+05:30", "2026-11-01T09:30:00.250Z", "2026-11-01T04:00:00Z", "2026-11-01T09:30:00.250Z"),
        ("2026-11-01T09:30Z", "2026-11-01", "2026-11-01T09:30:00Z", "2026-11-01T23:00:00Z"),
    ],
)
def test_a_date_is_a_whole_day_in_the_zone_and_a_time_is_exact(since: str, until: str, starts: str, ends: str) -> None:
    assert read_period(since, until, BERLIN) == Period(ms(starts), ms(ends))


def test_an_end_that_is_not_given_is_open() -> None:
    assert read_period(None, None, UTC) == Period(None, None)
    assert read_period("2026-11-01", None, UTC) == Period(ms("2026-11-01T00:00:00Z"), None)
    assert read_days(None, "2026-11-01") == Period(None, ms("2026-11-02T00:00:00Z"))


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-24T01:00:00+03:00"),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1), "2026-11-01T00:00:00-04:00"),  # midnight comes twice
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-31T00:00:00+14:00"),  # the day before was skipped
    ],
)
def test_a_day_begins_at_its_first_moment_whatever_the_clocks_do(zone: str, day: date, begins: str) -> None:
    assert midnight_ms(day, ZoneInfo(zone)) == ms(begins)


@given(
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "UTC"]),
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
)
def test_a_midnight_is_the_first_millisecond_of_its_day(zone: str, day: date) -> None:
    def day_at(ts_ms: int) -> date:
        return datetime.fromtimestamp(ts_ms / 1000, ZoneInfo(zone)).date()

    begins = midnight_ms(day, ZoneInfo(zone))
    assert day_at(begins - 1) < day
    assert day_at(begins) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-1",
        "20261101",
        "2026-W44-7",
        "2026-02-30",
        "2026-11-01T09:30:00",
        "9999-12-31",
        "٢٠٢٦-11-01",
    ],
)
def test_what_is_no_date_and_no_time_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        read_period(None, text, UTC)
    assert str(refused.value) == (
        f"--until: given {text!r}; allowed: a date such as 2026-11-01, "
        "or a time with its offset such as 2026-11-01T09:30:00+01:00 or 2026-11-01T08:30:00Z"
    )


@pytest.mark.parametrize("text", ["2026-11-01T00:00:00Z", "20261101", "today"])
def test_the_ledger_takes_whole_days_alone(text: str) -> None:
    with pytest.raises(PeriodError, match=r"^--since: given .*; allowed: a date such as 2026-11-01 \(the ledger"):
        read_days(text, None)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-02", "2026-11-01"),
        ("2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z"),
        ("2026-11-01T10:00:00+01:00", "2026-11-01T08:59:00Z"),
    ],
)
def test_a_period_that_ends_before_it_begins_is_refused(since: str, until: str) -> None:
    with pytest.raises(PeriodError, match=f"--since: given '{since[:10]}.*not before --until '{until[:10]}"):
        read_period(since, until, UTC)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00.000Z", "2026-11-01T08:30:00.007Z", "2026-12-31T23:59:59.999Z"])
def test_times_are_iso_8601_in_utc_with_milliseconds(text: str) -> None:
    assert iso(ms(text)) == text
