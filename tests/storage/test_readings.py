"""Figures are read from the warehouse as of one moment, or else from the log; and it is known which, and since when."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clickhouse import Warehouses
from copied_log import copy_log, register
from factories import NOV_1, fill, sqlite_log
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from wizard.events.log import Log
from wizard.storage import readings as module
from wizard.storage.by_store import is_column_store, streamed
from wizard.storage.moment import Moment, Standing
from wizard.storage.readings import FREE_TRIES, MOST_TRIES, RETRY_MS, FiguresUnavailable, Readings
from wizard.storage.schema import journeys
from wizard.storage.subscriber_tables import pending_changes
from wizard.storage.warehouse import Warehouse, open_warehouse
from wizard.warehouse.shipment import Shipment

NAMES = [f"j-{number}" for number in range(7)]
NOWHERE = "clickhousedb://127.0.0.1:9/none"


class Clock:
    """A clock that tests move."""

    now_ms = NOV_1

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = sqlite_log(tmp_path)
    fill(log, NAMES)
    yield log
    log.database.dispose()


@pytest.fixture
def shared(clickhouse: Warehouses, log: Log) -> Warehouse:
    """A warehouse that has all of the log."""
    warehouse = clickhouse.shared()
    copy_log(log, warehouse)
    return warehouse


def counted(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(journeys)).scalar_one())


def read(readings: Readings) -> tuple[int, Standing | None]:
    return readings.read(lambda moment: (counted(moment.figures), moment.standing))


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def mark(warehouse: Warehouse, number: int) -> None:
    with warehouse.client() as client:
        client.insert("shipments", [[number, NOV_1]], ["mark", "at_ms"], column_type_names=["UInt64", "Int64"])


def last_mark(warehouse: Warehouse) -> int:
    with warehouse.client() as client:
        return int(str(client.command("SELECT max(mark) FROM shipments")))


def test_without_a_warehouse_the_log_is_read_and_nothing_is_said(log: Log) -> None:
    assert read(Readings(log.database)) == (7, None)


def test_a_warehouse_that_has_everything_is_read(log: Log, shared: Warehouse, clock: Clock) -> None:
    assert read(Readings(log.database, shared, clock)) == (7, Standing(is_warehouse=True))
    with Readings(log.database, shared, clock).snapshot() as connection:
        assert is_column_store(connection)
        with streamed(connection, select(journeys).order_by(journeys.c.journey_id), 2) as rows:
            assert [row["journey_id"] for row in rows] == NAMES


def test_the_oldest_change_that_it_does_not_have_says_how_old_its_figures_are(
    log: Log, shared: Warehouse, clock: Clock
) -> None:
    row = {"subscriber": "warehouse", "version": 1, "is_gone": 0, "notes": 1, "attempts": 0, "retry_ms": 0}
    with log.database.writer.begin() as connection:
        for name, noted_ms, is_dead in (("j-1", NOV_1 - 70_000, 0), ("j-2", NOV_1, 0), ("j-3", 1, 1)):
            connection.execute(
                insert(pending_changes).values({**row, "journey_id": name, "noted_ms": noted_ms, "is_dead": is_dead})
            )
    assert read(Readings(log.database, shared, clock)) == (7, Standing(is_warehouse=True, as_of_ms=NOV_1 - 70_000))


def test_while_it_is_being_filled_the_log_is_read_however_large(log: Log, shared: Warehouse, clock: Clock) -> None:
    register(log, backfill_after="j-3", backfilled=4)
    readings = Readings(log.database, shared, clock)
    readings.most_journeys = 1
    found, standing = readings.read(lambda moment: (is_column_store(moment.figures), moment.standing))
    assert (found, standing) == (False, Standing(is_warehouse=False, filled=4))
    with readings.snapshot() as connection:
        assert not is_column_store(connection)


def test_one_that_is_gone_is_replaced_by_the_log_which_is_said_with_since_when(log: Log, clock: Clock) -> None:
    register(log)
    readings = Readings(log.database, open_warehouse(NOWHERE), clock)
    gone = Standing(is_warehouse=False, gone_since_ms=NOV_1)
    assert read(readings) == (7, gone)
    clock.now_ms += RETRY_MS
    assert read(readings) == (7, gone)
    with readings.snapshot() as connection:
        assert counted(connection) == 7
    register(log, failing_since_ms=NOV_1 - 3_600_000)
    assert read(readings) == (7, Standing(is_warehouse=False, gone_since_ms=NOV_1 - 3_600_000))


def test_one_that_is_gone_is_not_asked_again_at_once(
    log: Log, shared: Warehouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = Readings(log.database, open_warehouse(NOWHERE), clock)
    read(readings)
    monkeypatch.setattr(readings, "warehouse", shared)
    clock.now_ms += RETRY_MS - 1
    assert read(readings)[1] == Standing(is_warehouse=False, gone_since_ms=NOV_1)
    clock.now_ms += 1
    assert read(readings)[1] == Standing(is_warehouse=True)


def test_a_log_that_is_too_large_is_not_read_in_its_place(log: Log, clock: Clock) -> None:
    register(log)
    readings = Readings(log.database, open_warehouse(NOWHERE), clock)
    readings.most_journeys = 6
    with pytest.raises(FiguresUnavailable) as raised:
        read(readings)
    assert raised.value.since_ms == NOV_1


def test_a_page_is_read_anew_if_a_shipment_came_in_meanwhile(log: Log, shared: Warehouse, clock: Clock) -> None:
    times = []

    def work(moment: Moment) -> int:
        found = counted(moment.figures)
        times.append(found)
        if len(times) == 1:
            mark(shared, last_mark(shared) + 2)
        return found

    assert Readings(log.database, shared, clock).read(work) == 7
    assert times == [7, 7]


def test_shipments_are_held_back_if_they_keep_coming(
    log: Log, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process ships all the time: the page is of one moment all the same, and the process goes on after it."""
    monkeypatch.setattr(module, "HOLD_MS", 2_000)
    copy_log(log, warehouse)
    stop, shipped = threading.Event(), []

    def ship() -> None:
        with warehouse.client() as client:
            while not stop.is_set():
                with Shipment(client) as shipment:
                    shipped.append(shipment.mark)

    def work(moment: Moment) -> list[int]:
        before = last_mark(warehouse)
        if len(tries) < FREE_TRIES:
            wait_until(lambda: last_mark(warehouse) > before + 1)
        tries.append(before)
        return [before, last_mark(warehouse), counted(moment.figures)]

    tries: list[int] = []
    shipping = threading.Thread(target=ship)
    shipping.start()
    try:
        before, after, journeys = Readings(log.database, warehouse).read(work)
        assert (before, journeys) == (after, 7)
        assert FREE_TRIES < len(tries) <= MOST_TRIES
        done = len(shipped)
        wait_until(lambda: len(shipped) > done)
    finally:
        stop.set()
        shipping.join()


def test_a_shipment_that_broke_off_does_not_stop_readers(
    log: Log, shared: Warehouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0.2)
    mark(shared, last_mark(shared) + 1)
    assert read(Readings(log.database, shared, clock)) == (7, Standing(is_warehouse=True))
    mark(shared, last_mark(shared) + 1)


def test_an_error_of_the_log_is_raised(log: Log, shared: Warehouse, clock: Clock) -> None:
    readings = Readings(log.database, shared, clock)
    with log.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TABLE subscribers")
    with pytest.raises(SQLAlchemyError):
        read(readings)
