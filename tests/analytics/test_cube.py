"""Journeys counted by their cells: once each, in their period and on their day, whatever they are worth."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date as day_of_year
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from factories import DATABASES, NOV_1, fill, log_on, visit
from visits import DAY_MS, Visitor

from wizard.analytics.cube import Cell, Cells, Limits, read_cells
from wizard.analytics.local_days import date_of, stretches
from wizard.analytics.tag_sets import Comparison
from wizard.analytics.tag_values import Wanted, read_tag_values
from wizard.events.attribution import Attribution
from wizard.events.cell import CELL, TAGS
from wizard.events.log import Log
from wizard.events.periods import Period, midnight_ms

ALL = Period(0, 2 * NOV_1)
HOUR_MS = 3_600_000


@pytest.fixture(params=DATABASES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def cells(
    log: Log, period: Period = ALL, zone: str = "", tags: Mapping[str, str] | None = None
) -> Cells:  # it is frozen
    offsets = stretches(ZoneInfo(zone), period.since_ms or 0, period.until_ms or 0) if zone else None
    with log.database.snapshot() as connection:
        return read_cells(connection, period, Limits(tags or {}), offsets)


def test_a_cell_stands_for_the_columns_that_its_number_is_made_of() -> None:
    assert Cell._fields == tuple(name for name in CELL if name not in TAGS)


def test_nothing_has_no_cells(log: Log) -> None:
    assert cells(log) == cells(log, zone="UTC") == Cells({}, [])


def test_journeys_that_are_alike_are_counted_together_with_what_they_are_worth(log: Log) -> None:
    fill(log, ["a", "b", "c"])
    log.append(Visitor("d", now_ms=NOV_1).arrive().events)
    found = list(cells(log).counted.values())
    assert sorted((each.journeys, each.value, each.cell.converted) for each in found) == [(1, 0.0, 0), (3, 60.0, 1)]
    journey = log.journey("a")
    assert journey
    assert Cell(*(getattr(journey, name) for name in Cell._fields)) in [each.cell for each in found]


def test_journeys_of_one_cell_that_begin_together_are_each_counted_once(log: Log) -> None:
    fill(log, [f"j-{number}" for number in range(5)], apart_ms=0)
    for found in (cells(log), cells(log, zone="Europe/Berlin")):
        assert [each.journeys for each in found.counted.values()] == [5]


def test_a_period_has_its_first_millisecond_and_not_its_end(log: Log) -> None:
    fill(log, ["before", "first", "last", "after"], NOV_1 - 1, apart_ms=1)
    assert [each.journeys for each in cells(log, Period(NOV_1, NOV_1 + 2)).counted.values()] == [2]


def test_a_conversion_days_later_is_of_the_period_in_which_the_journey_began(log: Log) -> None:
    visitor = Visitor("a", now_ms=NOV_1).arrive().answer("hobby").answer("avoid").click("cloud")
    visitor.now_ms += 12 * DAY_MS
    log.append(visitor.convert("cloud", 49.5).events)
    (found,) = cells(log, Period(NOV_1, NOV_1 + 1)).counted.values()
    assert (found.journeys, found.value, found.cell.converted) == (1, 49.5, 1)
    assert cells(log, Period(NOV_1 + 1, NOV_1 + 100 * DAY_MS)) == Cells({}, [])


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-11-01", 24),
        ("America/Havana", "2026-11-01", 25),
        ("Africa/Cairo", "2026-04-24", 23),
    ],
)
def test_a_journey_is_of_the_day_that_clocks_showed_when_it_began(log: Log, zone: str, date: str, hours: float) -> None:
    first_ms = midnight_ms(day_of_year.fromisoformat(date), ZoneInfo(zone))
    end_ms = first_ms + round(hours * HOUR_MS)
    for number, at_ms in enumerate([first_ms - 1, first_ms, first_ms + 2 * HOUR_MS, end_ms - 1, end_ms]):
        log.append(Visitor(f"j-{number}", now_ms=at_ms).arrive().events)
    found = cells(log, Period(first_ms - DAY_MS, end_ms + DAY_MS), zone)
    counts: Counter[str] = Counter()
    for each in found.by_day:
        counts[date_of(each.day_ms)] += each.journeys
    assert list(dict(sorted(counts.items())).values()) == [1, 3, 1]
    assert counts[date] == 3


def test_days_are_told_only_where_they_are_asked_for(log: Log) -> None:
    fill(log, ["a", "b"])
    assert cells(log).by_day == []
    assert cells(log).counted == cells(log, zone="UTC").counted
    assert [each.journeys for each in cells(log, zone="UTC").by_day] == [1, 1]


def test_cells_are_narrowed_by_every_filter_together_with_their_days(log: Log) -> None:
    sources, hosts = ("news", "ads", ""), ("example.com", "")
    for source, host in product(sources, hosts):
        log.append(visit(f"{source}-{host}", utm_source=source, referrer_host=host))
    for tags, filters, count in (
        ({}, {}, 6),
        ({"source": "news"}, {}, 2),
        ({"source": ""}, {}, 2),
        ({"referrer": "example.com"}, {}, 3),
        ({"source": "ads", "referrer": ""}, {}, 1),
        ({"source": "ads"}, {"device": "mobile"}, 0),
        ({}, {"persona": "visionary"}, 6),
    ):
        found = cells(log, zone="UTC", tags=tags).of(filters, "excluded")
        assert sum(each.journeys for each in found.counted.values()) == count, filters
        assert sum(each.journeys for each in found.by_day) == count, filters
        assert all(each.cell.has(filters, "excluded") for each in found.counted.values())


@pytest.mark.parametrize("text", ["-", "\u202etxt", "<b>", "'; --", "%", "🧙" * 50])
def test_odd_texts_are_told_as_they_are(log: Log, text: str) -> None:
    log.append(Visitor("a", now_ms=NOV_1, attribution=Attribution(*[text] * 8)).arrive().answer("hobby").events)
    log.append(Visitor("b", now_ms=NOV_1, attribution=Attribution(*[text] * 8)).arrive().events)
    with log.database.snapshot() as connection:
        found = read_tag_values(connection, Comparison(ALL, Period(0, 0)), Wanted())
    page = text + text
    assert {name: [(each.value, each.now["journeys"]) for each in values.groups] for name, values in found.items()} == {
        "source": [(text, 2)],
        "campaign": [(text, 2)],
        "page": [(page, 2)],
        "referrer": [(text, 2)],
    }
    for name in ("source", "page"):
        (cell, *_) = cells(log, tags={name: found[name].groups[0].value}).counted.values()
        assert cell.journeys == 1
