"""The spans that the dashboard is asked for: what an address may say, the period before, and what is refused."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.analytics.date_range import DEFAULT, MOST_DAYS, SPANS, Span, SpanError, named, read_span
from wizard.events.periods import iso

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Kiritimati")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def ms(text: str, zone: str = "UTC") -> int:
    """A local time in milliseconds since the epoch."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def local(at_ms: int | None, zone: str) -> str:
    """A moment as the clocks there show it."""
    return datetime.fromtimestamp((at_ms or 0) / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S")


def read(now: str, zone: str = "Europe/Berlin", **given_: str) -> Span:
    return read_span(given_, ZoneInfo(zone), ms(now, zone))


@pytest.mark.parametrize(
    ("name", "first", "before"),
    [
        ("today", "2026-06-15", "2026-06-14"),
        ("7d", "2026-06-09", "2026-06-02"),
        ("28d", "2026-05-19", "2026-04-21"),
        ("90d", "2026-03-18", "2025-12-18"),
    ],
)
def test_a_named_span_ends_with_today_and_is_compared_with_as_many_days_before_it(
    name: str, first: str, before: str
) -> None:
    zone = "Europe/Berlin"
    span = read("2026-06-15T14:30:05", period=name)
    assert (span.first, span.last) == (date.fromisoformat(first), date(2026, 6, 15))
    assert span.last - span.first == timedelta(days=SPANS[name].days - 1)
    assert local(span.period.since_ms, zone) == f"{first}T00:00:00"
    assert local(span.period.until_ms, zone) == "2026-06-16T00:00:00"
    assert local(span.before.since_ms, zone) == f"{before}T00:00:00"
    assert span.is_open


def test_dates_win_over_a_name_unless_they_are_its_own() -> None:
    now = "2026-06-15T14:30:05"
    assert read(now, period="7d", since="2026-06-09", until="2026-06-15") == read(now, period="7d")
    given = {"since": "2026-06-10", "until": "2026-06-15"}
    for name in ("7d", "forever"):
        assert read(now, period=name, **given) == read(now, **given)


def test_a_span_that_is_not_over_is_compared_until_the_same_time_of_day() -> None:
    span = read("2026-06-15T14:30:05", period="7d")
    assert span.before.until_ms == ms("2026-06-08T14:30:05", "Europe/Berlin") + 1


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026-03-29T03:30:00", 3.5),  # clocks went from 2:00 to 3:00: only 2.5 hours of this day are gone
        ("2026-03-30T03:30:00", 2.5),  # and so many of the day before, though it is 3:30 on both
        ("2026-03-30T02:30:00", 2.5),  # a time that the day before did not have
        ("2026-10-26T03:30:00", 4.5),
    ],
)
def test_the_same_time_of_day_is_the_clocks_whatever_they_did_that_night(now: str, before: float) -> None:
    span = read(now, period="today")
    assert (span.before.until_ms or 0) - (span.before.since_ms or 0) == before * HOUR_MS + 1


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", ["00:00:00", "23:59:59.999"])
def test_a_day_that_has_only_begun_or_is_nearly_over_is_compared_with_as_much_of_another(zone: str, clock: str) -> None:
    span = read(f"2026-06-15T{clock}", zone, period="today")
    assert span.before.since_ms == ms("2026-06-14", zone)
    assert span.before.until_ms == ms(f"2026-06-14T{clock}", zone) + 1
    assert (span.before.since_ms or 0) < (span.before.until_ms or 0) <= (span.period.since_ms or 0)


@pytest.mark.parametrize(
    ("day", "hours", "hours_before"), [("2026-03-29", 23, 24), ("2026-03-30", 24, 23), ("2026-10-25", 25, 24)]
)
def test_a_day_on_which_clocks_change_is_as_long_as_it_is(day: str, hours: int, hours_before: int) -> None:
    span = read("2027-01-01T12:00", since=day, until=day)
    assert (span.period.until_ms or 0) - (span.period.since_ms or 0) == hours * HOUR_MS
    assert (span.before.until_ms or 0) - (span.before.since_ms or 0) == hours_before * HOUR_MS
    assert span.before.until_ms == span.period.since_ms


def test_dates_are_whole_days_the_last_included() -> None:
    span = read("2026-06-15T12:00", since="2026-05-01", until="2026-05-31")
    assert (span.period.since_ms, span.period.until_ms) == (
        ms("2026-05-01", str(BERLIN)),
        ms("2026-06-01", str(BERLIN)),
    )
    assert span.before.since_ms == ms("2026-03-31", str(BERLIN))
    assert (span.first, span.last) == (date(2026, 5, 1), date(2026, 5, 31))
    assert not span.is_open


@pytest.mark.parametrize(
    ("since", "until", "is_open"),
    [
        ("2026-06-15", "2026-06-15", True),
        ("2026-06-01", "2026-06-30", True),
        ("2026-06-01", "2026-06-14", False),
        ("2026-06-16", "2026-06-30", False),
    ],
)
def test_dates_are_open_while_they_hold_now(since: str, until: str, is_open: bool) -> None:
    span = read("2026-06-15T12:00", since=since, until=until)
    assert span.is_open is is_open
    assert (span.before.until_ms == span.period.since_ms) is not is_open


def test_times_are_exact_and_the_last_is_not_included() -> None:
    since, until = "2026-06-10T22:30:00+02:00", "2026-06-12T00:00:00.000Z"
    span = read("2026-06-15T12:00", since=since, until=until)
    assert (span.period.since_ms, span.period.until_ms) == (ms("2026-06-10T20:30"), ms("2026-06-12"))
    assert span.before.until_ms == span.period.since_ms
    assert (span.before.since_ms or 0) == ms("2026-06-10T20:30") - int(27.5 * HOUR_MS)
    assert (span.first, span.last) == (date(2026, 6, 10), date(2026, 6, 12)), "the days that it touches in Berlin"
    assert span.parameters() == [("since", since), ("until", until)]


def test_a_time_that_ends_at_a_midnight_does_not_touch_the_next_day() -> None:
    span = read("2026-06-15T12:00", "UTC", since="2026-06-10T00:00Z", until="2026-06-11T00:00Z")
    assert (span.first, span.last) == (date(2026, 6, 10), date(2026, 6, 10))


def test_a_date_and_a_time_may_stand_together() -> None:
    span = read("2026-06-15T12:00", since="2026-06-10", until="2026-06-10T12:00:00+02:00")
    assert (span.period.since_ms, span.period.until_ms) == (ms("2026-06-09T22:00"), ms("2026-06-10T10:00"))


@pytest.mark.parametrize(
    "given_",
    [{}, {"period": ""}, {"period": " "}, {"since": "", "until": " "}, {"period": DEFAULT}],
    ids=str,
)
def test_without_a_word_it_is_the_last_28_days(given_: Mapping[str, str]) -> None:
    assert read("2026-06-15T12:00", **given_) == read("2026-06-15T12:00", period="28d")


def test_dates_stand_above_a_name_and_spaces_around_them_are_nothing() -> None:
    span = read("2026-06-15T12:00", period="7d", since=" 2026-06-01 ", until="2026-06-02\t")
    assert span.parameters() == [("since", "2026-06-01"), ("until", "2026-06-02")]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"period": "8d"}, "There is no period “8d”: there are Today, 7 days, 28 days, 90 days"),
        ({"since": "2026-06-01"}, "A period needs two dates, and only one was given"),
        ({"until": "2026-06-01"}, "A period needs two dates, and only one was given"),
        (
            {"since": "2026-06-02", "until": "2026-06-01"},
            "The period ends, with “2026-06-01”, before it begins, with “2026-06-02”",
        ),
        (
            {"since": "2026-06-01T00:00Z", "until": "2026-06-01T00:00Z"},
            "The period ends, with “2026-06-01T00:00Z”, before it begins, with “2026-06-01T00:00Z”",
        ),
        *(
            ({name: text, other: "2026-06-01"}, f"“{shown}” can't be read as a date")
            for name, other in (("since", "until"), ("until", "since"))
            for text, shown in (
                ("yesterday", "yesterday"),
                ("2026-02-30", "2026-02-30"),
                ("2026-05-01T12:00", "2026-05-01T12:00"),
                ("١٢٣٤-٠١-٠١", "\u2068١٢٣٤-٠١-٠١\u2069"),
                ("\x00\u202e", ""),
                ("9" * 100, "\u2068" + "9" * 59 + "…\u2069"),
            )
        ),
        (
            {"since": "2016-06-01", "until": "2026-06-10"},
            f"A period of 3,662 days is too long: {MOST_DAYS:,} are the most",
        ),
        (
            {"since": "2000-01-01T00:00Z", "until": "2026-06-01T00:00Z"},
            f"A period of 9,648 days is too long: {MOST_DAYS:,} are the most",
        ),
        (
            {"since": "0001-01-01", "until": "0001-01-01"},
            "“0001-01-01” is too near to where the calendar ends",
        ),
    ],
    ids=str,
)
def test_what_can_not_be_read_is_refused_in_plain_words(given_: Mapping[str, str], message: str) -> None:
    with pytest.raises(SpanError) as refused:
        read("2026-06-15T12:00", **given_)
    assert str(refused.value) == message


def test_ten_years_are_the_most() -> None:
    last = date(2026, 6, 10)
    most = read("2026-06-15T12:00", since=(last - timedelta(days=MOST_DAYS - 1)).isoformat(), until=last.isoformat())
    assert (most.last - most.first).days == MOST_DAYS - 1


EDGES_OF_TIME = (
    "0001-01-01",
    "0001-01-02",
    "0001-01-03T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1969-12-31",
    "9999-12-29",
    "9999-12-30",
    "9999-12-31",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-14:00",
)


@pytest.mark.parametrize("zone", [*ZONES, "America/New_York"])
def test_where_the_calendar_ends_a_span_is_refused_or_can_be_told_with_the_one_before(zone: str) -> None:
    for since in EDGES_OF_TIME:
        for until in EDGES_OF_TIME:
            try:
                span = read("2026-06-15T12:00", zone, since=since, until=until)
            except SpanError:
                continue
            for period in (span.period, span.before):
                assert iso(period.since_ms or 0) < iso(period.until_ms or 0)
                assert local(period.since_ms, zone) < local(period.until_ms, zone)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    now_ms=st.integers(ms("2025-01-01"), ms("2027-12-31")),
    name=st.sampled_from([*SPANS]),
)
def test_a_named_span_holds_now_and_what_is_before_it_is_over_before_it_begins(
    zone: ZoneInfo, now_ms: int, name: str
) -> None:
    span = named(name, zone, now_ms)
    since_ms, until_ms = span.period.since_ms or 0, span.period.until_ms or 0
    assert since_ms <= now_ms < until_ms
    assert (span.before.since_ms or 0) < (span.before.until_ms or 0) <= since_ms
    gone_ms, gone_before_ms = now_ms - since_ms, (span.before.until_ms or 0) - (span.before.since_ms or 0) - 1
    assert abs(gone_ms - gone_before_ms) <= 2 * HOUR_MS, "but for changes of the clocks, both are as long"
    assert read_span(dict(span.parameters()), zone, now_ms) == span


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    since=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    days=st.integers(0, 400),
)
def test_dates_are_read_back_from_an_address(zone: ZoneInfo, since: date, days: int) -> None:
    given_ = {"since": since.isoformat(), "until": (since + timedelta(days=days)).isoformat()}
    span = read_span(given_, zone, ms("2026-06-15"))
    assert (span.first, span.last) == (since, since + timedelta(days=days))
    assert read_span(dict(span.parameters()), zone, ms("2026-06-15")) == span
    assert abs((span.period.until_ms or 0) - (span.period.since_ms or 0) - (days + 1) * DAY_MS) <= HOUR_MS
