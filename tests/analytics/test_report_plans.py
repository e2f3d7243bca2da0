"""On SQLite, figures of all journeys come from indexes alone, whichever choice of suspect journeys is made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import NOV_1, sqlite_log
from sqlalchemy import Select

from wizard.analytics import report_queries
from wizard.analytics.local_days import Stretch
from wizard.analytics.report_queries import Split
from wizard.analytics.scope import Scope, Suspects
from wizard.events.log import DAY_MS, Log
from wizard.events.periods import Period

CHOICES: tuple[Suspects, ...] = ("excluded", "included", "only")
PERIODS = (Period(), Period(NOV_1, NOV_1 + 28 * DAY_MS))
BY_DAY = Split("day", (Stretch(10**15, 3_600_000),))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = sqlite_log(tmp_path)
    yield log
    log.database.dispose()


def plan(log: Log, statement: Select[Any]) -> list[str]:
    """How SQLite goes through the log's tables."""
    made = str(statement.compile(log.database.reader, compile_kwargs={"literal_binds": True}))
    with log.database.reader.connect() as connection:
        rows = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}")]
    return [row for row in rows if " journeys" in row or " journey_steps" in row or "TEMP" in row]


@pytest.mark.parametrize("period", PERIODS, ids=["all time", "a period"])
@pytest.mark.parametrize("suspects", CHOICES)
def test_figures_of_all_journeys_are_counted_in_indexes_that_begin_with_the_mark(
    log: Log, suspects: Suspects, period: Period
) -> None:
    scope = Scope(period, suspects)
    for statement, index in (
        (report_queries.suspects(scope), "ix_journeys_funnel"),
        (report_queries.kinds(scope), "ix_journeys_funnel"),
        (report_queries.visitors(scope), "ix_journey_steps_funnel"),
        (report_queries.wanderings(scope), "ix_journey_steps_wanderings"),
        (report_queries.time_at(scope, "who", 5, 10), "ix_journey_steps_times"),
        (report_queries.time_at(scope, "who", 9, 10), "ix_journey_steps_times"),
    ):
        rows = [row for row in plan(log, statement) if "TEMP" not in row]
        assert rows
        for row in rows:
            assert f"USING COVERING INDEX {index} (suspect=?" in row


def test_the_time_at_a_rank_is_read_off_its_index_without_sorting(log: Log) -> None:
    for rank in (5, 9):
        assert not any("TEMP" in row for row in plan(log, report_queries.time_at(Scope(), "who", rank, 10)))


@pytest.mark.parametrize("period", PERIODS, ids=["all time", "a period"])
def test_the_ends_of_a_period_are_looked_up_without_reading_what_is_between(log: Log, period: Period) -> None:
    rows = plan(log, report_queries.bounds(Scope(period)))
    assert len(rows) == 2
    for row in rows:
        assert row.startswith("SEARCH journeys USING COVERING INDEX")


@pytest.mark.parametrize("suspects", CHOICES)
def test_groups_are_read_in_the_order_of_time_and_not_by_the_mark_that_nearly_all_share(
    log: Log, suspects: Suspects
) -> None:
    scope = Scope(PERIODS[1], suspects)
    for statement in (
        report_queries.kinds_by(scope, Split("persona")),
        report_queries.steps_by(scope, Split("persona")),
        report_queries.steps_by(scope, BY_DAY),
    ):
        assert "(began_ms>? AND began_ms<?)" in plan(log, statement)[0]
