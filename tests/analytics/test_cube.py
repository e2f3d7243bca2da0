"""Journeys counted by their cells: once each, in their period and on their day, whatever they are worth."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from factories import NOV_1, SOURCES, fill, log_on, visit
from visits import DAY_MS, Visitor

from wizard.analytics.age import Age
from wizard.analytics.cube import Cell, Cells, Limits, read_cells
from wizard.analytics.tag_sets import Comparison
from wizard.analytics.tag_values import Wanted, read_tag_values
from wizard.events.attribution import Attribution
from wizard.events.cell import CELL, TAGS
from wizard.events.log import Log
from wizard.events.periods import Period

ALL = Period(0, 2 * NOV_1)
HOUR_MS = 3_600_000


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def cells(log: Log, period: Period = ALL, tags: Mapping[str, str] | None = None) -> Cells:
    with log.database.snapshot() as connection:
        return read_cells(connection, period, Limits(tags or {}))


def test_a_cell_stands_for_the_columns_that_its_number_is_made_of() -> None:
    assert Cell._fields == tuple(name for name in CELL if name not in TAGS)


def test_nothing_has_no_cells(log: Log) -> None:
    assert cells(log) == Cells({})


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
    found = cells(log)
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
    assert cells(log, Period(NOV_1 + 1, NOV_1 + 100 * DAY_MS)) == Cells({})


def test_a_cell_that_no_journey_had_reached_in_time_is_left_out(log: Log) -> None:
    visitor = Visitor("late", now_ms=NOV_1).arrive().answer("hobby").answer("avoid").click("cloud")
    visitor.now_ms += 3 * DAY_MS
    log.append(visitor.convert("cloud", 49.5).events)
    period = Period(NOV_1, NOV_1 + DAY_MS)
    with log.database.reader.connect() as connection:
        found = read_cells(connection, period, Limits(age=Age(window_days=1)))
    assert [(each.cell.converted, each.journeys) for each in found.counted.values()] == [(0, 1)]


def test_cells_are_narrowed_by_every_filter(log: Log) -> None:
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
        found = cells(log, tags=tags).of(filters, "excluded")
        assert sum(each.journeys for each in found.counted.values()) == count, filters
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
