"""What is read of embed pages equals a recount of the raw events, and its states hold in planted cases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from factories import CONTEXT, DATABASES, NOV_1, SOURCES, WAREHOUSES, log_on
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from log_strategies import EMBEDS, PLACES
from reference_embeds import reference_embeds
from reference_overview import ReferenceJourney
from reference_report import trails
from sqlalchemy import delete

from wizard.analytics.embeds import EmbedPage, read_embeds
from wizard.events.attribution import Attribution
from wizard.events.log import DAY_MS, Log
from wizard.events.model import Event, QuestionAnswer, QuestionView, WizardView
from wizard.events.periods import to_ms
from wizard.storage import schema

HOUR_MS = 3_600_000
UTC = ZoneInfo("UTC")
MIDNIGHT = NOV_1 + 28 * DAY_MS
"""Of a Sunday; the 28 days before begin on November 1."""

SITE = "https://example.com"


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


@pytest.fixture(params=DATABASES)
def recounted(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


@pytest.fixture(params=WAREHOUSES)
def copied(request: pytest.FixtureRequest) -> Iterator[Log]:
    found = log_on(request.param, request)
    yield found
    found.database.dispose()


def journey(name: str, at_ms: int, path: str, *, starts: bool = True, origin: str = SITE) -> list[Event]:
    """A visit of an embed page that shows the first question and perhaps answers it."""
    slots = Attribution(embed_origin=origin, embed_path=path)
    at = replace(CONTEXT, journey_id=name, ts_ms=at_ms, attribution=slots)
    shown: list[Event] = [WizardView(at), QuestionView(at, "who")]
    if not starts:
        return shown
    return [*shown, QuestionAnswer(replace(at, ts_ms=at_ms + 1, turn=1, answers={"who": "hobby"}), "who", "hobby", 900)]


def visits_of(path: str, times_ms: Iterable[int], *, starts: bool = True) -> list[Event]:
    named = [(f"{path}-{starts}-{number}", at_ms) for number, at_ms in enumerate(times_ms)]
    return [event for name, at_ms in named for event in journey(name, at_ms, path, starts=starts)]


def by_day(hours: Sequence[float], days: Iterable[int], until_ms: int) -> list[int]:
    """The times at these hours of the days that are so many days before that of MIDNIGHT, until `until_ms`."""
    times = [round(MIDNIGHT - day * DAY_MS + hour * HOUR_MS) for day in days for hour in hours]
    return [at_ms for at_ms in times if at_ms < until_ms]


BUSY = [8 + number / 4 for number in range(48)]
"""Every quarter of an hour from 8:00 until before 20:00."""


def page_of(log: Log, now_ms: int, path: str) -> EmbedPage:
    return next(each for each in read_embeds(log.database, UTC, now_ms).pages if each.page == SITE + path)


# --- agreement


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Event], ZoneInfo, int]:
    """Visits of some pages in the last month, most near the ends of days and of the time of day that it is now."""
    place, day = draw(st.sampled_from(PLACES))
    zone, today = ZoneInfo(place), date.fromisoformat(day) + timedelta(days=draw(st.integers(0, 9)))
    clock = draw(st.sampled_from([time(0), time(0, 30), time(2, 30), time(12, 7), time(23, 59, 59, 999_000)]))
    now_ms = to_ms(datetime.combine(today, clock, tzinfo=zone).replace(fold=draw(st.integers(0, 1))))
    chance = Random(draw(st.integers(0, 2**32)))  # noqa: S311  # it is the example's own
    events: list[Event] = []
    youngest = {embed: chance.choice([0, 0, 0, 1, 5, 9, 12]) for embed in EMBEDS}
    for number in range(draw(st.sampled_from([80, 12, 1]))):
        origin, path = chance.choice(EMBEDS)
        back = chance.choice([0, 1, 2, 6, 7, 8, 14, 21, 27, 28, 29, chance.randrange(30)])
        shift_ms = chance.choice([0, 1, -1, 1_800_000, -1_800_000, chance.randrange(-DAY_MS, DAY_MS)])
        hour = chance.choice([clock, time(0), time(chance.randrange(24), chance.randrange(60))])
        at_ms = to_ms(datetime.combine(today - timedelta(days=max(back, youngest[origin, path])), hour, tzinfo=zone))
        own = journey(f"j-{number}", at_ms + shift_ms, path, starts=chance.random() < 0.5, origin=origin)
        events += own[chance.random() < 0.1 :]  # some without a first view
    return events, zone, now_ms


SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors]


@hypothesis_settings(suppress_health_check=SHARED)
@given(case=cases(), suspects=st.sets(st.integers(0, 80), max_size=5))
def test_figures_equal_a_recount(recounted: Log, case: tuple[list[Event], ZoneInfo, int], suspects: set[int]) -> None:
    assert_recounted(recounted, case, suspects)


@hypothesis_settings(max_examples=4, suppress_health_check=SHARED)
@given(case=cases(), suspects=st.sets(st.integers(0, 80), max_size=5))
def test_figures_equal_a_recount_on_clickhouse(
    copied: Log, case: tuple[list[Event], ZoneInfo, int], suspects: set[int]
) -> None:
    assert_recounted(copied, case, suspects)


def assert_recounted(log: Log, case: tuple[list[Event], ZoneInfo, int], suspects: set[int]) -> None:
    events, zone, now_ms = case
    marked = {f"j-{number}" for number in suspects}
    with log.database.writer.begin() as connection:
        for table in schema.METADATA.sorted_tables:
            connection.execute(delete(table))
    log.append(
        [
            replace(each, context=replace(each.context, suspect="burst" if each.context.journey_id in marked else ""))
            for each in events
        ]
    )
    recount = reference_embeds([ReferenceJourney(trail) for trail in trails(log.read())], zone, now_ms)
    found = read_embeds(log.database, zone, now_ms)
    assert {each.page: plain(each) for each in found.pages} == recount


def plain(each: EmbedPage) -> dict[str, object]:
    names = ("first_ms", "last_ms", "today", "usual", "expected", "last_week", "week_before", "unanswered")
    rates = {name: (rate.count, rate.of) for name in ("starts", "starts_before") if (rate := getattr(each, name))}
    return {**{name: getattr(each, name) for name in names}, **rates}


# --- planted cases


def test_an_embed_that_stops_at_noon_is_broken_once_ten_visits_are_missing(log: Log) -> None:
    noon = MIDNIGHT + 12 * HOUR_MS
    log.append(visits_of("/stops", [*by_day(BUSY, range(1, 29), MIDNIGHT), *by_day(BUSY, [0], noon)]))
    assert page_of(log, noon + 2 * HOUR_MS, "/stops").state == "usual"
    found = page_of(log, noon + 3 * HOUR_MS, "/stops")
    assert (found.state, found.today, found.usual, found.last_ms) == ("broken", 16, 29, noon - 15 * 60_000)
    assert found.expected == 12  # from after 12:00 until 15:00: the half hour of the last visit does not count
    assert page_of(log, noon + 20 * HOUR_MS, "/stops").state == "broken"
    for days in (1, 5, 10, 20):
        assert page_of(log, noon + days * DAY_MS, "/stops").state == "broken"
    assert not [each for each in read_embeds(log.database, UTC, noon + 30 * DAY_MS).pages if each.page]


def test_an_embed_that_is_quiet_every_night_is_not_broken(log: Log) -> None:
    log.append(visits_of("/day", by_day(BUSY, range(-1, 29), MIDNIGHT + 2 * DAY_MS)))
    for half_hours in range(48):
        now_ms = MIDNIGHT + half_hours * 1_800_000
        assert page_of(log, now_ms, "/day").state == "usual"


def test_an_embed_that_is_quiet_every_weekend_is_not_broken_then(log: Log) -> None:
    workdays = [day for day in range(1, 29) if day % 7 not in (0, 1)]  # MIDNIGHT is a Sunday's
    log.append(visits_of("/work", by_day(BUSY, workdays, MIDNIGHT)))
    for hour in range(-24, 32):
        assert page_of(log, MIDNIGHT + hour * HOUR_MS, "/work").state == "usual"
    assert page_of(log, MIDNIGHT + 36 * HOUR_MS, "/work").state == "broken"


def test_an_embed_with_three_visits_a_week_is_never_broken(log: Log) -> None:
    chance = Random(5)  # noqa: S311  # the same each time
    times = [MIDNIGHT - week * 7 * DAY_MS - chance.randrange(7 * DAY_MS) for week in range(4) for _ in range(3)]
    log.append(visits_of("/seldom", times))
    for hours in range(0, 30 * 24, 5):
        assert {each.state for each in read_embeds(log.database, UTC, MIDNIGHT + hours * HOUR_MS).pages} <= {"usual"}


def test_an_embed_that_was_first_seen_in_the_last_seven_days_is_new(log: Log) -> None:
    log.append(visits_of("/new", by_day(BUSY, range(1, 5), MIDNIGHT)))
    log.append(visits_of("/old", by_day(BUSY, range(1, 29), MIDNIGHT)))
    now_ms = MIDNIGHT + HOUR_MS
    assert [each.page for each in read_embeds(log.database, UTC, now_ms).pages] == [SITE + "/new", SITE + "/old"]
    found = page_of(log, now_ms, "/new")
    assert (found.state, found.usual, found.expected) == ("new", None, None)
    assert page_of(log, MIDNIGHT - 4 * DAY_MS + 7 * DAY_MS + 7 * HOUR_MS, "/new").state == "new"
    assert page_of(log, MIDNIGHT - 4 * DAY_MS + 7 * DAY_MS + 8 * HOUR_MS, "/new").state != "new"


def test_an_embed_with_far_fewer_visits_than_ever_by_now_has_fewer(log: Log) -> None:
    log.append(visits_of("/few", [*by_day(BUSY, range(1, 29), MIDNIGHT), *by_day([8, 12.9, 17.9], [0], 10**15)]))
    found = page_of(log, MIDNIGHT + 18 * HOUR_MS, "/few")
    assert (found.state, found.today, found.usual) == ("fewer", 3, 41)
    assert page_of(log, MIDNIGHT + 9 * HOUR_MS, "/few").state == "usual"


def test_a_day_that_is_no_lower_than_another_is_not_fewer(log: Log) -> None:
    days = [day for day in range(1, 29) if day != 14]
    log.append(visits_of("/holiday", [*by_day(BUSY, days, MIDNIGHT), *by_day([8, 13, 17.9], [0, 14], 10**15)]))
    assert page_of(log, MIDNIGHT + 18 * HOUR_MS, "/holiday").state == "usual"


def test_an_embed_whose_visits_no_longer_start_is_not_starting(log: Log) -> None:
    noon = MIDNIGHT + 12 * HOUR_MS
    log.append(visits_of("/stuck", [*by_day(BUSY, range(1, 29), MIDNIGHT), *by_day(BUSY, [0], noon)]))
    log.append(visits_of("/stuck", [noon + number * 900_000 for number in range(24)], starts=False))
    assert page_of(log, noon + HOUR_MS // 2, "/stuck").state == "usual"
    found = page_of(log, noon + 6 * HOUR_MS - 1, "/stuck")
    assert (found.state, found.unanswered, found.today) == ("not_starting", 22, 40)


def test_visits_that_seldom_start_are_no_sign(log: Log) -> None:
    times = by_day(BUSY, range(29), MIDNIGHT + 18 * HOUR_MS)
    log.append(visits_of("/below", times[::20]))
    log.append(visits_of("/below", [at_ms for at_ms in times if at_ms not in times[::20]], starts=False))
    for hour in range(9, 18):
        assert page_of(log, MIDNIGHT + hour * HOUR_MS, "/below").state == "usual"


def test_broken_pages_come_before_new_ones_and_all_others(log: Log) -> None:
    noon = MIDNIGHT + 12 * HOUR_MS
    log.append(visits_of("/usual", by_day([*BUSY, *BUSY], range(29), noon)))
    log.append(visits_of("/broken", by_day(BUSY, range(1, 29), MIDNIGHT)))
    log.append(visits_of("/new", by_day([9, 11], [0, 1], noon)))
    found = [(each.page.removeprefix(SITE), each.state) for each in read_embeds(log.database, UTC, noon).pages]
    assert found == [("/broken", "broken"), ("/new", "new"), ("/usual", "usual")]


def test_by_chance_a_page_is_seldom_broken_or_stuck_or_low(log: Log) -> None:
    """Looked at every hour of three days, pages whose visits come by chance alone raise at most one alarm in 500."""
    chance = Random(11)  # noqa: S311  # the same each time
    rates = {"/a": 6.0, "/b": 30.0, "/c": 90.0}  # visits a day, by chance alone
    for path, rate in rates.items():
        times, at_ms = [], float(MIDNIGHT - 28 * DAY_MS)
        while (at_ms := at_ms + chance.expovariate(rate / DAY_MS)) < MIDNIGHT + 3 * DAY_MS:
            times.append(round(at_ms))
        answered = [at_ms for at_ms in times if chance.random() < 0.6]
        log.append(visits_of(path, answered))
        log.append(visits_of(path, [at_ms for at_ms in times if at_ms not in answered], starts=False))
    states = [
        each.state for hour in range(72) for each in read_embeds(log.database, UTC, MIDNIGHT + hour * HOUR_MS).pages
    ]
    assert len(states) - states.count("usual") <= len(states) / 500
