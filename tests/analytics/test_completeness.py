"""How complete the signups of recent days are: known lags, a simulated log, a recount of the events, and edges."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from dashboard_app import NOW_MS, add_demo, add_rows, opened, selected
from factories import counts_of, sqlite_log
from query_plan import plan_of
from reference_overview import ReferenceJourney
from reference_report import trails
from reference_signups import reference_lags, reference_share
from werkzeug.datastructures import MultiDict

from wizard.analytics.completeness import (
    COMPLETE_MS,
    LEAST_SIGNUPS,
    Completeness,
    Lags,
    completeness_of,
    read_completeness,
    read_lags,
)
from wizard.analytics.daily import Day, read_days
from wizard.analytics.selection import Selection, read_selection
from wizard.events.log import DAY_MS, Log

UTC = ZoneInfo("UTC")
HOUR_MS = 3_600_000


@pytest.fixture
def log(any_database: str) -> Iterator[Log]:
    with opened(any_database) as log:
        yield log


def of(lags: Lags, query: str = "period=28d", days: tuple[Day, ...] | None = None) -> Completeness:
    span = selected(query).span
    dates = [str(span.first + timedelta(days=number)) for number in range((span.last - span.first).days + 1)]
    return completeness_of(lags, days or [Day(each, counts_of(1)) for each in dates], span, UTC, NOW_MS)


def shares(found: Completeness) -> dict[str, float | None]:
    return {day.date: day.share for day in found.days}


def signup(number: int, began_ms: int, lag_ms: int, **more: object) -> dict[str, object]:
    """A row of a journey with a signup so long after it began."""
    times = {"began_ms": began_ms, "clicked_ms": began_ms, "converted_ms": began_ms + lag_ms, "last_ms": began_ms}
    return {"journey_id": f"j-{number}", "started": 1, "clicked": 1, "converted": 1, **times, **more}


def test_a_day_has_the_mean_share_of_all_its_ages() -> None:
    """At noon, journeys of today are up to 12 hours old, of yesterday 12 to 36, and of the day before 36 to 60."""
    found = shares(of(Lags([6 * HOUR_MS] * 25 + [24 * HOUR_MS] * 50 + [48 * HOUR_MS] * 25)))
    assert found["2026-11-28"] == pytest.approx(0.25 / 2)
    assert found["2026-11-27"] == pytest.approx(0.25 + 0.5 / 2)
    assert found["2026-11-26"] == pytest.approx(0.75 + 0.25 / 2)
    assert found["2026-11-25"] == found["2026-11-01"] == 1


def test_the_span_is_weighed_by_those_who_clicked_or_else_by_all() -> None:
    lags = Lags([24 * HOUR_MS] * 50)  # half of yesterday's, none of today's
    query = "since=2026-11-26&until=2026-11-28"
    dates = "2026-11-26", "2026-11-27", "2026-11-28"

    def share(*counts: tuple[int, int]) -> float | None:
        days = [
            Day(day, counts_of(all_, all_, all_, clicked)) for day, (all_, clicked) in zip(dates, counts, strict=True)
        ]
        return of(lags, query, tuple(days)).share

    assert share((10, 1), (10, 2), (100, 1)) == pytest.approx((1 + 2 * 0.5 + 0) / 4)
    assert share((2, 0), (1, 0), (1, 0)) == pytest.approx((2 + 0.5 + 0) / 4)
    assert share((0, 0), (0, 0), (0, 0)) is None


def test_a_day_is_mature_from_95_percent_on() -> None:
    for late, immature in ((5, set()), (6, {"2026-11-26"})):
        found = of(Lags([0] * (100 - late) + [20 * DAY_MS] * late), "since=2026-11-26&until=2026-11-26")
        assert found.immature == immature


def test_too_few_signups_say_nothing_of_recent_days_and_nothing_is_needed_for_old_ones() -> None:
    few = of(Lags([HOUR_MS] * (LEAST_SIGNUPS - 1)), "period=90d")
    assert (few.is_known, few.share, few.immature) == (False, None, frozenset())
    assert (shares(few)["2026-11-28"], shares(few)["2026-10-28"]) == (None, 1.0)
    old = of(Lags([]), "since=2026-09-01&until=2026-09-30")
    assert (old.is_known, old.share) == (True, 1.0)
    assert of(Lags([HOUR_MS] * LEAST_SIGNUPS), "period=90d").is_known


def test_days_to_come_have_no_share_and_make_nothing_unknown() -> None:
    found = of(Lags([HOUR_MS] * 50), "since=2026-11-27&until=2026-11-30")
    assert [day.has_begun for day in found.days] == [True, True, False, False]
    assert (found.is_known, found.days[3].share, found.days[3].is_immature) == (True, None, False)
    assert found.share == pytest.approx((1 + 11 / 12) / 2)


def test_of_a_span_with_exact_times_only_its_part_of_a_day_is_looked_at() -> None:
    query = "since=2026-11-27T10:00:00Z&until=2026-11-27T14:00:00Z"
    assert of(Lags([24 * HOUR_MS] * 50), query).share == pytest.approx(0.5)


@pytest.mark.parametrize(("place", "hours"), [("Europe/Berlin", 25), ("UTC", 24)])
def test_a_day_on_which_clocks_change_is_as_long_as_it_was(place: str, hours: int) -> None:
    zone = ZoneInfo(place)
    now_ms = round(datetime(2026, 10, 26, tzinfo=zone).timestamp() * 1000)
    selection = read_selection(MultiDict({"since": "2026-10-25", "until": "2026-10-25"}), zone, now_ms).selection
    found = completeness_of(Lags([HOUR_MS] * 50), [Day("2026-10-25", counts_of(1))], selection.span, zone, now_ms)
    assert found.share == pytest.approx((hours - 1) / hours)


def test_with_a_window_all_days_are_complete(log: Log) -> None:
    selection = selected("period=28d&window=7d")
    days = [Day("2026-11-28", counts_of(1))]
    with log.database.snapshot() as connection:
        found = read_completeness(connection, selection, days, UTC, NOW_MS)
    assert (found.is_known, found.share, found.immature) == (True, 1.0, frozenset())


def test_lags_are_those_of_journeys_of_known_age_that_are_not_suspect(log: Log) -> None:
    until_ms = NOW_MS - COMPLETE_MS
    since_ms = until_ms - 180 * DAY_MS
    rows = [
        signup(1, until_ms - 1, 0),
        signup(2, since_ms, COMPLETE_MS - 1),
        signup(3, since_ms, COMPLETE_MS),
        signup(4, until_ms, 1),
        signup(5, since_ms - 1, 1),
        signup(6, until_ms - DAY_MS, 1, suspect="burst"),
        {**signup(7, until_ms - DAY_MS, 1), "converted": 0, "converted_ms": None},
    ]
    add_rows(log, rows)
    with log.database.snapshot() as connection:
        lags = read_lags(connection, NOW_MS)
    assert (lags.signups, lags.are_enough) == (2, False)
    assert [lags.share_between(at, at + 1) for at in (1, COMPLETE_MS - 2)] == [0.5, 0.5]


def days_and_completeness(log: Log, selection: Selection, zone: ZoneInfo) -> tuple[tuple[Day, ...], Completeness]:
    with log.database.snapshot() as connection:
        days = read_days(connection, selection, zone)
        return days, read_completeness(connection, selection, days, zone, NOW_MS)


def test_a_recount_of_the_events_finds_the_same_shares(log: Log) -> None:
    zone = ZoneInfo("America/New_York")
    add_demo(log, 4000, days=80)
    journeys = [ReferenceJourney(trail) for trail in trails(log.read())]
    lags = reference_lags(journeys, NOW_MS)
    assert len(lags) > LEAST_SIGNUPS
    selection = read_selection(MultiDict({"period": "28d"}), zone, NOW_MS).selection
    days, found = days_and_completeness(log, selection, zone)
    recounted = {day.date: reference_share(lags, day.date, zone, NOW_MS) for day in days}
    assert shares(found) == pytest.approx(recounted, abs=1e-3)
    clicked = {day.date: day.counts["clicked"] for day in days}
    weighed = sum(recounted[day] * count for day, count in clicked.items()) / sum(clicked.values())
    assert found.share == pytest.approx(weighed, abs=1e-3)
    assert found.immature == {day for day, share in recounted.items() if share < 0.95}
    assert found.immature


def test_a_simulated_log_with_a_known_lag_shows_it_within_chance(log: Log) -> None:
    """Signups come after three days in the mean, exponentially: shares are that law's, and those that have come in."""
    mean_ms, count = 3 * DAY_MS, 12_000
    chance = Random(16)  # noqa: S311
    rows, come, began = [], dict.fromkeys(range(28), 0), dict.fromkeys(range(28), 0)
    for number in range(count):
        began_ms = NOW_MS - chance.randrange(210 * DAY_MS)
        row = signup(number, began_ms, int(chance.expovariate(1 / mean_ms)))
        has_come = row["converted_ms"] < NOW_MS  # type: ignore[operator]
        rows.append(row if has_come else {**row, "converted": 0, "converted_ms": None})
        age = (NOW_MS + 12 * HOUR_MS - began_ms - 1) // DAY_MS
        if age in began:
            began[age] += 1
            come[age] += has_come
    add_rows(log, rows)
    _, found = days_and_completeness(log, selected("period=28d"), UTC)
    read = count * 180 / 210
    for age, day in enumerate(reversed(found.days)):
        oldest, youngest = (24 * age + 12) / 72, max(0, 24 * age - 12) / 72
        expected = 1 - (math.exp(-youngest) - math.exp(-oldest)) / (oldest - youngest)
        spread = math.sqrt(expected * (1 - expected))
        assert day.share is not None
        assert abs(day.share - expected) <= 4 * spread / math.sqrt(read) + 1e-4
        actual = come[age] / began[age]
        assert abs(day.share - actual) <= 4 * spread / math.sqrt(began[age]) + 1 / began[age]
    total = sum(come.values()) / sum(began.values())
    assert found.share == pytest.approx(total, abs=0.03)


def test_sqlite_reads_lags_from_their_index_alone(tmp_path: Path) -> None:
    log = sqlite_log(tmp_path)
    plan = plan_of(log, lambda connection: read_lags(connection, NOW_MS))
    index = "ix_journeys_signups (suspect=? AND began_ms>? AND began_ms<?)"
    assert plan == [f"SEARCH journeys USING COVERING INDEX {index}"]
    log.database.dispose()


def test_of_many_signups_the_newest_are_read(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.analytics.completeness.MOST_SIGNUPS", 2)
    add_rows(log, [signup(age, NOW_MS - age * DAY_MS, age * HOUR_MS) for age in (90, 31, 60, 45)])
    with log.database.snapshot() as connection:
        lags = read_lags(connection, NOW_MS)
    assert lags.signups == 2
    assert [lags.share_between(hours * HOUR_MS, hours * HOUR_MS + 1) for hours in (30, 44, 46)] == [0, 0.5, 1]
