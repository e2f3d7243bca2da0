"""Journeys by the hour of a local day, on each database, and the days of the period before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from factories import SOURCES, log_on, visit
from visits import Visitor
from werkzeug.datastructures import MultiDict

from wizard.analytics.daily import HOUR_MS, Hour, earlier, hours_between, read_days, read_hours
from wizard.analytics.date_range import Span, read_span
from wizard.analytics.overview import read_overview
from wizard.analytics.selection import Selection, read_selection
from wizard.events.log import Log
from wizard.events.periods import midnight_ms, to_ms
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.storage.database import Database

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


def ms(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold))


def clock(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, zone):%H:%M}"


def span_of(day: str, now: str = "2027-01-01", zone: ZoneInfo = BERLIN) -> Span:
    return read_span({"since": day, "until": day}, zone, ms(now, zone))


def hours_of(database: Database, selection: Selection, zone: ZoneInfo = BERLIN) -> tuple[Hour, ...]:
    with database.reader.connect() as connection:
        return read_hours(connection, selection, zone)


@pytest.mark.parametrize(
    ("zone", "day", "clocks"),
    [
        ("Europe/Berlin", "2026-03-28", [f"{hour:02}:00" for hour in range(24)]),
        ("Europe/Berlin", "2026-03-29", [f"{hour:02}:00" for hour in range(24) if hour != 2]),
        ("Europe/Berlin", "2026-10-25", [f"{hour:02}:00" for hour in (0, 1, 2, *range(2, 24))]),
        ("Asia/Kathmandu", "2026-10-25", [f"{hour:02}:00" for hour in range(24)]),
        # Clocks go forward and back by half an hour.
        ("Australia/Lord_Howe", "2026-10-04", ["00:00", "01:00", "02:30", *(f"{hour:02}:00" for hour in range(3, 24))]),
        ("Australia/Lord_Howe", "2026-04-05", ["00:00", "01:00", "01:30", *(f"{hour:02}:00" for hour in range(2, 24))]),
        # At midnight itself.
        ("America/Santiago", "2026-09-06", [f"{hour:02}:00" for hour in range(1, 24)]),
    ],
)
def test_a_day_has_the_hours_that_its_clocks_show(zone: str, day: str, clocks: list[str]) -> None:
    there, first = ZoneInfo(zone), date.fromisoformat(day)
    ends = midnight_ms(first, there), midnight_ms(first + timedelta(days=1), there)
    found = list(hours_between(*ends, there))
    assert [clock(since_ms, there) for since_ms, _ in found] == clocks
    assert (found[0][0], found[-1][1]) == ends
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(0 < until_ms - since_ms <= HOUR_MS for since_ms, until_ms in found)


def test_a_period_that_begins_or_ends_within_an_hour_has_parts_of_hours() -> None:
    found = list(hours_between(ms("2026-11-01T09:20"), ms("2026-11-01T11:10"), BERLIN))
    clocks = [(clock(since_ms, BERLIN), clock(until_ms, BERLIN)) for since_ms, until_ms in found]
    assert clocks == [("09:20", "10:00"), ("10:00", "11:00"), ("11:00", "11:10")]


def test_journeys_are_counted_in_the_hour_when_they_began(log: Log) -> None:
    began = {
        "the-day-before": ms("2026-10-24T23:59:59.999"),
        "first": ms("2026-10-25T00:00"),
        "summer": ms("2026-10-25T02:30"),
        "winter": ms("2026-10-25T02:30", fold=1),
        "last": ms("2026-10-25T23:59:59.999"),
        "the-day-after": ms("2026-10-26T00:00"),
    }
    for name, at_ms in began.items():
        log.append(visit(name, at_ms, utm_source="mail" if name == "winter" else "web"))
    selection = Selection(span_of("2026-10-25"))
    hours = hours_of(log.database, selection)
    assert len(hours) == 25
    assert {place: each.counts["finished"] for place, each in enumerate(hours) if each.counts} == {
        0: 1,
        2: 1,
        3: 1,
        24: 1,
    }
    mail = hours_of(log.database, selection.also(source="mail"))
    assert [each.counts["journeys"] for each in mail] == [int(place == 3) for place in range(25)]
    assert hours_of(log.database, selection.also(("outcome", "converted"))) == hours
    included = Selection(selection.span, suspects="included")
    assert hours_of(log.database, included) == hours


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-11-01", 24),
        ("America/Havana", "2026-11-01", 25),
        ("Africa/Cairo", "2026-04-24", 23),
    ],
)
def test_a_journey_is_of_the_day_that_clocks_showed_when_it_began(log: Log, zone: str, day: str, hours: float) -> None:
    first = date.fromisoformat(day)
    first_ms = midnight_ms(first, ZoneInfo(zone))
    end_ms = first_ms + round(hours * HOUR_MS)
    for number, at_ms in enumerate([first_ms - 1, first_ms, first_ms + 2 * HOUR_MS, end_ms - 1, end_ms]):
        log.append(visit(f"j-{number}", at_ms, utm_source="mail"))
    ends = {"since": str(first - timedelta(days=1)), "until": str(first + timedelta(days=1))}
    span = read_span(ends, ZoneInfo(zone), ms("2027-01-01"))
    for selection in (Selection(span), Selection(span, {"source": "mail"})):
        with log.database.reader.connect() as connection:
            found = read_days(connection, selection, ZoneInfo(zone))
        assert [(each.counts["journeys"]) for each in found] == [1, 3, 1]
        assert found[1].date == day


def test_what_came_too_late_to_count_is_left_out_of_its_day(log: Log) -> None:
    began_ms = ms("2026-11-02T10:30")
    visitor = Visitor("late", now_ms=began_ms).arrive().answer("hobby").answer("avoid").click("cloud")
    visitor.now_ms += 3 * 24 * HOUR_MS
    log.append(visitor.convert("cloud", 49.5).events)
    for name, converted in (("1d", 0), ("7d", 1)):
        given = {"since": "2026-11-02", "until": "2026-11-02", "window": name}
        selection = read_selection(MultiDict(given), BERLIN, ms("2027-01-01")).selection
        with log.database.reader.connect() as connection:
            (found,) = read_days(connection, selection, BERLIN)
        assert (found.counts["clicked"], found.counts["converted"]) == (1, converted)
        hours = hours_of(log.database, selection)
        assert [each.counts["converted"] for each in hours] == [converted * (hour == 10) for hour in range(24)]


def test_a_span_without_a_day_that_is_old_enough_for_the_window_has_no_visits(log: Log) -> None:
    log.append(visit("young", ms("2026-11-02T10:30"), utm_source="mail"))
    given = {"since": "2026-11-02", "until": "2026-11-03", "window": "30d"}
    for more in ({}, {"source": "mail"}):
        selection = read_selection(MultiDict(given | more), BERLIN, ms("2026-11-05")).selection
        before = replace(selection.before, span=earlier(selection.span, BERLIN))
        with log.database.reader.connect() as connection:
            assert not any(
                day.counts["viewed"] for each in (selection, before) for day in read_days(connection, each, BERLIN)
            )


def test_the_overview_has_the_days_or_hours_of_the_period_before_and_its_steps(log: Log) -> None:
    for name, at in (("now", "2026-11-03T09:30"), ("before", "2026-11-02T10:30"), ("too-late", "2026-11-02T18:00")):
        log.append(visit(name, ms(at), utm_source="mail"))
    for filters in ({}, {"source": "mail"}):
        selection = Selection(span_of("2026-11-03", now="2026-11-03T12:00"), filters)
        found = read_overview(log.database, selection, BERLIN, QUESTIONS, STRATEGY)
        assert [each.counts["started"] for each in found.hours] == [int(hour == 9) for hour in range(24)]
        # Until the same time of day, with the millisecond that it is now.
        assert [each.counts["started"] for each in found.hours_before] == [int(hour == 10) for hour in range(13)]
        assert [(each.date, each.counts["started"]) for each in found.days_before] == [("2026-11-02", 1)]
        assert [(each.step, each.reached) for each in found.before.steps] == [("who", 1), ("hosting", 1)]
        week = Selection(read_span({"since": "2026-10-31", "until": "2026-11-03"}, BERLIN, ms("2027-01-01")), filters)
        found = read_overview(log.database, week, BERLIN, QUESTIONS, STRATEGY)
        assert (found.hours, found.hours_before) == ((), ())
        assert [each.date for each in found.days_before] == ["2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30"]


def test_the_period_before_has_its_own_days() -> None:
    span = earlier(span_of("2026-11-03", now="2026-11-03T12:00"), BERLIN)
    assert (span.first, span.last) == (date(2026, 11, 2), date(2026, 11, 2))
    assert span.period.until_ms == ms("2026-11-02T12:00") + 1
