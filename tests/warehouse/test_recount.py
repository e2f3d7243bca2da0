"""The recount finds every difference between log and warehouse, and takes no pending change for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import NOV_1, fill, log_on, visit
from shipping import Change, ship_journeys, ship_log
from sqlalchemy import text

from wizard.events.log import DAY_MS, Log
from wizard.events.model import Conversion
from wizard.events.periods import Period
from wizard.storage.warehouse import Warehouse
from wizard.subscribers.registration import register
from wizard.warehouse import recount
from wizard.warehouse.recount import Day, compare
from wizard.warehouse.repair import repair
from wizard.warehouse.ship import ship

ALL = Period()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "PAUSE_SECONDS", 0.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:  # noqa: ARG001  # where SQLite's file is
    made = log_on(request.param, request)
    fill(made, ["j-1", "j-2", "j-3"])
    yield made
    made.database.dispose()


def test_equal_ones_have_the_same_numbers_of_each_day(log: Log, any_warehouse: Warehouse) -> None:
    ship_log(log, any_warehouse)
    found = compare(log.database, any_warehouse, ALL)
    assert found.wrong == ()
    own = {"journeys": 1, "journey_steps": 2, "events": 9}
    assert found.days == [Day(date, own, own) for date in ("2026-11-01", "2026-11-02", "2026-11-03")]
    assert compare(log.database, any_warehouse, Period(NOV_1, NOV_1 + DAY_MS)).days == found.days[:1]


def test_what_is_missing_extra_or_different_is_named(log: Log, warehouse: Warehouse) -> None:
    ship_journeys(log, warehouse, ["j-1"])
    fill(log, ["extra", "changed"])
    ship_journeys(log, warehouse, ["extra", "changed", "j-2"])
    log.erase(["extra"])
    log.append([Conversion(visit("changed")[-1].context, "private_cloud", 1.0)])
    found = compare(log.database, warehouse, ALL)
    assert (found.missing, found.extra, found.different) == (["j-3"], ["extra"], ["changed"])


def test_a_value_that_no_sum_shows_is_found_where_its_cell_differs(log: Log, warehouse: Warehouse) -> None:
    ship_log(log, warehouse)
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE journeys SET persona = 'x', cell = cell + 1 WHERE journey_id = 'j-2'"))
    assert compare(log.database, warehouse, ALL).different == ["j-2"]


def test_a_pending_change_is_no_difference(log: Log, warehouse: Warehouse) -> None:
    ship_log(log, warehouse)
    register(log.database, ["warehouse"])
    log.append(visit("new"))
    log.erase(["j-1"])
    found = compare(log.database, warehouse, ALL)
    assert found.wrong == ()
    assert found.pending == 2


def test_a_repair_has_what_differs_copied_again(log: Log, warehouse: Warehouse) -> None:
    ship_journeys(log, warehouse, ["j-1", "j-2"])
    log.erase(["j-1"])
    assert not repair(log.database, ["j-1", "j-3"]), "nobody would copy them"
    register(log.database, ["warehouse"])
    assert repair(log.database, compare(log.database, warehouse, ALL).wrong)
    with log.database.snapshot() as connection:
        rows = connection.execute(text("SELECT journey_id, version, is_gone FROM pending_changes ORDER BY 1")).all()
        assert [(row[0], row[2]) for row in rows] == [("j-1", 1), ("j-3", 0)]
        ship(connection, warehouse, [Change(row[0], row[1], bool(row[2])) for row in rows])
    assert compare(log.database, warehouse, ALL).wrong == ()
