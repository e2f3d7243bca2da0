"""Journeys are copied to the warehouse as they are in the log, however often and in whatever order."""

from pathlib import Path

import pytest
from factories import NOV_1, fill, sqlite_log, visit
from shipping import Change, assert_equal, ship_journeys, ship_log

from wizard.events.log import DAY_MS, Log
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.ship import Shipped, ship


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return sqlite_log(tmp_path)


def test_all_rows_of_a_log_are_copied(log: Log, any_warehouse: Warehouse) -> None:
    fill(log, [f"j-{number}" for number in range(30)])
    ship_log(log, any_warehouse)
    assert_equal(log, any_warehouse)


def test_a_journey_that_is_copied_twice_is_there_once(log: Log, any_warehouse: Warehouse) -> None:
    fill(log, ["j-1"])
    ship_journeys(log, any_warehouse, ["j-1"])
    ship_journeys(log, any_warehouse, ["j-1"])
    assert_equal(log, any_warehouse)


def test_an_older_version_that_arrives_late_changes_nothing(log: Log, any_warehouse: Warehouse) -> None:
    first, *others = visit("j-1")
    log.append([first])
    with log.database.snapshot() as before:
        before.exec_driver_sql("SELECT count(*) FROM events").scalar()
        log.append(others)
        ship_journeys(log, any_warehouse, ["j-1"], version=2)
        ship(before, any_warehouse, [Change("j-1", 1)])
    assert_equal(log, any_warehouse)


def test_a_late_event_of_an_earlier_day_moves_the_journey(log: Log, any_warehouse: Warehouse) -> None:
    """The day is in the key, so that the row of the day before would stay."""
    early, late = visit("j-1", NOV_1)[:1], visit("j-1", NOV_1 + 40 * DAY_MS)[1:]
    log.append(late)
    ship_journeys(log, any_warehouse, ["j-1"])
    assert_equal(log, any_warehouse)
    log.append(early)
    ship_journeys(log, any_warehouse, ["j-1"])
    assert_equal(log, any_warehouse)


def test_an_erased_journey_is_gone_and_can_come_back(log: Log, any_warehouse: Warehouse) -> None:
    fill(log, ["demo-1", "j-2"])
    ship_log(log, any_warehouse)
    log.erase(["demo-1"])
    with log.database.snapshot() as connection:
        assert ship(connection, any_warehouse, [Change("demo-1", 5, is_gone=True)]) == Shipped(0, 1, 0)
    assert_equal(log, any_warehouse)
    log.append(visit("demo-1")[:2])
    ship_journeys(log, any_warehouse, ["demo-1"])
    assert_equal(log, any_warehouse)
