"""Releases are the first times at which versions were seen, and their returns; found in the index alone."""

from collections.abc import Iterable, Iterator

import pytest
from dashboard_app import add_rows
from factories import NOV_1, SOURCES, log_on
from sqlalchemy import update

from wizard.analytics import releases
from wizard.analytics.releases import MOST_DAYS, Release, read_releases
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import Period
from wizard.storage.database import open_database
from wizard.storage.schema import journeys

HOUR_MS = 3_600_000
NOVEMBER = Period(NOV_1, NOV_1 + 30 * DAY_MS)


@pytest.fixture(params=SOURCES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = log_on(request.param, request)
    yield log
    log.database.dispose()


def add(log: Log, days: Iterable[float], flow: str = "q1", wording: str = "w1", **more: str) -> None:
    """Add a journey at each of these times, in days since November 1; `more` are other columns."""
    own = {"flow_version": flow, "wording_version": wording, "locale": "en", "suspect": ""} | more
    add_rows(log, [{"journey_id": f"{'-'.join(own.values())}-{day}", "began_ms": at(day), **own} for day in days])


def found(log: Log, period: Period = NOVEMBER) -> list[Release]:
    with log.database.snapshot() as connection:
        return list(read_releases(connection, period))


def at(day: float) -> int:
    return NOV_1 + round(day * DAY_MS)


def every(first: float, last: float, step: float = 0.25) -> list[float]:
    """Times from `first` until before `last`."""
    return [first + number * step for number in range(int((last - first) / step))]


def test_an_empty_log_and_one_with_a_single_version_have_no_release(log: Log) -> None:
    assert found(log) == []
    add(log, every(0, 9))
    assert found(log) == []


def test_a_new_version_is_a_release_when_it_is_first_seen_and_the_first_one_is_none(log: Log) -> None:
    add(log, every(0, 9))
    add(log, every(9, 12), flow="q2")
    add(log, every(12, 15), flow="q2", wording="w2")
    assert found(log) == [
        Release("version", "q2", "q1", at(9)),
        Release("wording", "w2", "w1", at(12)),
    ]


def test_a_release_before_or_after_the_period_is_not_of_it(log: Log) -> None:
    add(log, every(0, 9))
    add(log, every(9, 12), flow="q2")
    for period, count in ((Period(at(0), at(9)), 0), (Period(at(9), at(9) + 1), 1), (Period(at(9) + 1, at(30)), 0)):
        assert len(found(log, period)) == count


def test_a_wording_is_released_in_all_languages_at_once_and_a_language_seen_later_is_no_release(log: Log) -> None:
    add(log, every(0, 10))
    add(log, every(4, 6), locale="de")
    add(log, every(6, 10), wording="w2", locale="de")
    add(log, every(7, 10), wording="w2")
    add(log, every(9, 10), wording="w2", locale="ja")
    assert found(log) == [Release("wording", "w2", "w1", at(6))]


def test_a_wording_that_returns_in_another_language_is_a_rollback_too(log: Log) -> None:
    add(log, every(0, 5))
    add(log, every(5, 7), wording="w2", locale="de")
    add(log, every(7, 9), locale="de")
    assert [(each.version, each.returns) for each in found(log)] == [("w2", False), ("w1", True)]


def test_suspect_visits_release_nothing(log: Log) -> None:
    add(log, every(0, 9))
    add(log, every(3, 6), flow="q2", suspect="burst")
    assert found(log) == []
    log.database.write(lambda connection: connection.execute(update(journeys).values(suspect="")))
    assert [each.version for each in found(log)] == ["q2"]


def test_a_rollback_is_a_release_again(log: Log) -> None:
    add(log, every(0, 5))
    add(log, every(5, 7), flow="q2")
    add(log, every(7, 20))
    assert found(log) == [
        Release("version", "q2", "q1", at(5)),
        Release("version", "q1", "q2", at(7), returns=True),
    ]


def test_a_rollback_whose_version_was_last_seen_before_the_period_is_one_too(log: Log) -> None:
    add(log, every(0, 2))
    add(log, every(2, 15), flow="q2")
    add(log, every(15, 20))
    assert found(log, Period(at(10), at(20))) == [Release("version", "q1", "q2", at(15), returns=True)]


def test_versions_side_by_side_and_a_rollback_within_a_day_return_from_nowhere(log: Log) -> None:
    add(log, every(0, 20))
    add(log, every(5, 20), flow="q2")
    add(log, [10.3, 10.6], flow="q3")
    assert [(each.version, each.returns) for each in found(log)] == [("q2", False), ("q3", False)]


def test_a_pause_without_visits_is_no_return(log: Log) -> None:
    add(log, [0, 1, 8, 9, 16, 24])
    add(log, [28], flow="q2")
    assert found(log) == [Release("version", "q2", "q1", at(28))]


def test_a_version_of_the_questionnaire_does_not_return_because_its_wording_does(log: Log) -> None:
    add(log, every(0, 5))
    add(log, every(5, 7), wording="w2")
    add(log, every(7, 9))
    assert [(each.kind, each.version) for each in found(log)] == [("wording", "w2"), ("wording", "w1")]


def test_what_was_seen_on_the_first_day_of_the_log_is_no_release(log: Log) -> None:
    add(log, every(0, 9))
    add(log, every(0.9, 9), flow="q2")
    add(log, every(1.1, 9), flow="q3")
    assert [each.version for each in found(log)] == ["q3"]


def test_in_a_long_period_only_first_times_are_releases(log: Log) -> None:
    add(log, every(0, 5))
    add(log, every(5, 7), flow="q2")
    add(log, every(7, 9))
    add(log, every(9, 11), flow="q2", wording="w2")
    long = Period(NOV_1, NOV_1 + (MOST_DAYS + 1) * DAY_MS)
    assert [(each.version, each.returns) for each in found(log, long)] == [("q2", False), ("w2", False)]
    assert len(found(log)) == 4


def test_postgresql_compiles_nothing_before_it_reads(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    with database.snapshot() as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"
    database.dispose()


def test_releases_are_looked_up_in_their_index(request: pytest.FixtureRequest) -> None:
    log = log_on("sqlite", request)
    for statement in (releases.first_seen(), releases.seen_in(NOVEMBER)):
        made = str(statement.compile(log.database.reader, compile_kwargs={"literal_binds": True}))
        with log.database.reader.connect() as connection:
            steps = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}")]
        rows = [step for step in steps if " journeys" in step]
        assert rows
        assert all("USING COVERING INDEX ix_journeys_versions (suspect=?" in row for row in rows)
    log.database.dispose()
