"""The points of the trend: days, weeks, months and hours, and those of the period before at the same places."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from wizard.analytics.daily import Day, Hour, hours_between
from wizard.analytics.stages import Counts
from wizard.dashboard.charts import Moment, Point
from wizard.dashboard.charts.trend_points import day_points, hour_points
from wizard.events.periods import midnight_ms, to_ms

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 3, 2)


def ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


LATER = Moment(BERLIN, ms("2040-01-01"))


def days(*started: int, first: date = FIRST) -> list[Day]:
    return [Day(str(first + timedelta(days=place)), Counts(started=count)) for place, count in enumerate(started)]


def href(first: str, last: str) -> str:
    return f"{first}|{last}"


def made(some: Sequence[Day], before: Sequence[Day] = (), at: Moment = LATER) -> list[Point]:
    return day_points(some, before, "started", at, href)


def test_a_day_has_its_title_label_count_and_address_and_the_one_before_at_the_same_place() -> None:
    found = made(days(3, 4), days(1, 2, first=date(2025, 12, 30)))[1]
    assert (found.title, found.label, found.count, found.href) == (
        "Tue 3 Mar 2026",
        "3 Mar",
        4,
        "2026-03-03|2026-03-03",
    )
    assert (found.before, found.before_title) == (2, "Wed 31 Dec 2025")
    assert found.since_ms == ms("2026-03-03")


@pytest.mark.parametrize("count", [1, 2, 7, 28, 120, 121, 366, 731, 732, 3660])
def test_every_day_is_in_exactly_one_point(count: int) -> None:
    found = made(days(*[7] * count), days(*[3] * count, first=FIRST - timedelta(days=count)))
    ends = [tuple(map(date.fromisoformat, (each.href or "").split("|"))) for each in found]
    assert (ends[0][0], ends[-1][1]) == (FIRST, FIRST + timedelta(days=count - 1))
    assert all(other[0] - one[1] == timedelta(days=1) for one, other in pairwise(ends))
    assert sum(each.count or 0 for each in found) == 7 * count
    assert sum(each.before or 0 for each in found) == 3 * count
    assert len(found) <= 122


def test_weeks_and_months_say_when_they_are_not_whole() -> None:
    weeks = made(days(*[1] * 200, first=date(2026, 3, 4)), days(*[2] * 200, first=date(2025, 8, 16)))
    assert (weeks[0].title, weeks[0].note, weeks[0].count) == ("4 to 8 Mar 2026", "in part", 5)
    assert (weeks[1].title, weeks[1].note, weeks[1].count) == ("9 to 15 Mar 2026", "", 7)
    # Aligned by position: of as many days.
    assert (weeks[1].before, weeks[1].before_title) == (14, "21 to 27 Aug 2025")
    assert weeks[1].label == "9 Mar\n2026"
    months = made(days(*[1] * 1000))
    assert (months[1].title, months[1].count, months[1].label) == ("April 2026", 30, "Apr 2026")
    assert months[0].note == "in part"


def test_today_is_so_far_and_later_days_are_yet_to_come() -> None:
    found = made(days(3, 4, 0, 0), days(5, 6, first=date(2026, 2, 26)), Moment(BERLIN, ms("2026-03-03T10:00")))
    assert [(each.count, each.note, each.before) for each in found] == [
        (3, "", 5),
        (4, "so far", 6),
        (None, "", None),
        (None, "", None),
    ]


def test_days_that_are_cut_at_an_exact_time_are_there_in_part() -> None:
    found = day_points(days(1, 2, 3), [], "started", LATER, href, cut=(True, True))
    assert [each.note for each in found] == ["in part", "", "in part"]


def test_points_that_end_after_the_time_from_which_journeys_may_still_convert_are_immature() -> None:
    at = Moment(BERLIN, ms("2026-03-06T12:00"), immature_from_ms=ms("2026-03-04"))
    assert [each.is_immature for each in made(days(1, 1, 1, 1), at=at)] == [False, False, True, True]
    assert not any(each.is_immature for each in made(days(1, 1, 1, 1)))


def hours(day: str, *counts: int) -> list[Hour]:
    first = date.fromisoformat(day)
    ends = hours_between(midnight_ms(first, BERLIN), midnight_ms(first + timedelta(days=1), BERLIN), BERLIN)
    given = [*counts, *[0] * 25]
    return [Hour(since_ms, until_ms, Counts(started=given[place])) for place, (since_ms, until_ms) in enumerate(ends)]


def test_hours_have_their_titles_and_the_one_that_is_not_over_says_so() -> None:
    at = Moment(BERLIN, ms("2026-11-28T02:20"))
    found = hour_points(hours("2026-11-28", 4, 5, 6), hours("2026-11-27", 7, 8, 9)[:3], "started", at, href)
    assert [(each.count, each.note, each.before) for each in found[:4]] == [
        (4, "", 7),
        (5, "", 8),
        (6, "so far", 9),
        (None, "", None),
    ]
    assert (found[1].title, found[1].label) == ("01:00 to 02:00", "01:00")
    assert found[1].before_title == "Fri 27 Nov, 01:00"
    assert found[1].href == "2026-11-28T00:00:00.000Z|2026-11-28T01:00:00.000Z"


def test_the_hour_that_clocks_show_twice_says_how_far_they_are_from_utc() -> None:
    found = hour_points(hours("2026-10-25"), hours("2026-10-24"), "started", LATER, href)
    assert len(found) == 25
    assert [each.title for each in found[1:5]] == [
        "01:00 to 02:00",
        "02:00 to 02:00 (UTC+02:00)",
        "02:00 to 03:00 (UTC+01:00)",
        "03:00 to 04:00",
    ]
    assert found[24].before is None
    assert len(hour_points(hours("2026-03-29"), hours("2026-03-28"), "started", LATER, href)) == 23
