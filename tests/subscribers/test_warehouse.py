"""The warehouse gets every change, and has what the log has after anything was cut off in the middle."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path

import pytest
from clickhouse import ClickHouse, Warehouses
from factories import NOV_1, address, fill, log_on, visit
from loaded_server import wait_until
from postgres import family
from repeating import repeating
from resetting_proxy import resetting_proxy
from shipping import assert_equal
from sqlalchemy import text
from subscribing import account, deliver_all, ready
from support import ENVIRON

from wizard.config import Settings, read_settings
from wizard.events.log import DAY_MS, Log
from wizard.storage.warehouse import Warehouse, open_warehouse
from wizard.subscribers.delivery import Delivery
from wizard.subscribers.registry import subscribers_of
from wizard.subscribers.subscriber import Change, Unavailable
from wizard.subscribers.subscriber_process import running_subscribers
from wizard.subscribers.warehouse import WarehouseSubscriber
from wizard.warehouse.migrate import VERSION, migrate
from wizard.web.logs import LOGGING

AT_ONCE = 25
STEPS = 16
TRIES = 200


@pytest.fixture(params=["server", "shards"])
def servers(request: pytest.FixtureRequest) -> Warehouses:
    found: Warehouses = request.getfixturevalue("clickhouse_shards" if request.param == "shards" else "clickhouse")
    return found


@pytest.fixture
def made(servers: Warehouses) -> Iterator[Warehouse]:
    with servers.warehouse() as warehouse:
        yield warehouse


def subscriber_to(warehouse: Warehouse, servers: Warehouses) -> WarehouseSubscriber:
    found = WarehouseSubscriber(url_of(servers, warehouse))
    found.batch_size = AT_ONCE
    return found


def live(log: Log, number: int) -> None:
    """What may happen to a log: visits, in pieces and late, and erasures."""
    journey_id, began_ms = f"demo-{number % 15}", NOV_1 + (number % 7) * DAY_MS
    events = visit(journey_id, began_ms)
    random.Random(number).shuffle(events)  # noqa: S311
    log.append(events[: 1 + number % len(events)])
    if number % 3 == 0:
        log.append(visit(journey_id, began_ms - 2 * DAY_MS)[:2])
    if number % 8 == 0:
        log.erase([f"demo-{(number * 7) % 15}", f"before-{number}", "demo-unknown"])


def deliver_at_last(delivering: Delivery, meanwhile: Callable[[int, int], None]) -> None:
    """Deliver until it has failed, and all is done even so; `meanwhile` gets the number of each try and of failures."""
    failures = 0
    for number in range(TRIES):
        meanwhile(number, failures)
        try:
            delivering.round()
            if failures and delivering.is_done():
                return
        except Unavailable:
            failures += 1
            time.sleep(0.05)
    raise AssertionError(f"it has failed {failures} times, and is never done")


@pytest.mark.parametrize(("database", "name"), [("sqlite", "clickhouse"), ("postgresql", "clickhouse_shards")])
def test_each_change_arrives_and_so_does_what_was_there_before(
    database: str, name: str, request: pytest.FixtureRequest
) -> None:
    log, servers = log_on(database, request), request.getfixturevalue(name)
    fill(log, [f"before-{number}" for number in range(30)])
    with servers.warehouse() as warehouse:
        delivering = ready(log, subscriber_to(warehouse, servers))
        for number in range(STEPS * 2):
            live(log, number)
            if number % 12 == 11:
                delivering.round()
        deliver_all(delivering)
        assert_equal(log, warehouse)
    assert account(log, "warehouse").pending == 0
    log.database.dispose()


def test_the_settings_turn_it_on() -> None:
    assert subscribers_of(read_settings(ENVIRON)) == []
    [found] = subscribers_of(read_settings({**ENVIRON, "WIZARD_WAREHOUSE_URL": "clickhousedb://127.0.0.1:9/wizard"}))
    assert (found.name, found.batch_size) == ("warehouse", 5000)


def test_a_warehouse_that_is_away_is_told_without_its_password(log: Log) -> None:
    delivering = ready(log, WarehouseSubscriber("clickhousedb://user:secret@127.0.0.1:9/wizard"))
    log.append(visit())
    with pytest.raises(Unavailable) as error:
        delivering.round()
    assert "secret" not in str(error.value)
    assert account(log, "warehouse").pending


def test_a_warehouse_without_tables_and_a_newer_one_get_nothing(log: Log, clickhouse: Warehouses) -> None:
    with clickhouse.database() as url:
        delivering = ready(log, WarehouseSubscriber(url))
        log.append(visit())
        with pytest.raises(Unavailable, match="run: wizard migrate"):
            delivering.round()
        warehouse = open_warehouse(url)
        migrate(warehouse)
        deliver_all(delivering)
        assert_equal(log, warehouse)
        with warehouse.client() as client:
            client.insert("warehouse_version", [[VERSION + 1, 0]], ["version", "at_ms"])
        with log.database.snapshot() as connection, pytest.raises(Unavailable, match="newer than this wizard's"):
            WarehouseSubscriber(url).deliver(connection, [Change("j-1", 1, is_gone=False)])


def test_a_change_with_a_value_that_does_not_fit_is_refused_and_the_others_arrive(
    log: Log, clickhouse: Warehouses
) -> None:
    with clickhouse.warehouse() as warehouse:
        refuse_one(log, warehouse, ready(log, subscriber_to(warehouse, clickhouse)))


def refuse_one(log: Log, warehouse: Warehouse, delivering: Delivery) -> None:
    fill(log, ["j-1", "j-2", "j-3"])
    with log.database.writer.begin() as connection:
        connection.execute(text("UPDATE journeys SET viewed = 70000 WHERE journey_id = 'j-2'"))
    delivering.round()
    with warehouse.snapshot() as connection:
        found = connection.execute(text("SELECT journey_id FROM journeys ORDER BY journey_id")).scalars().all()
    assert found == ["j-1", "j-3"]
    assert account(log, "warehouse").pending


def test_servers_that_crash_in_the_middle_of_shipments(log: Log, servers: Warehouses, made: Warehouse) -> None:
    delivering = ready(log, subscriber_to(made, servers))
    fill(log, [f"before-{number}" for number in range(60)])
    with repeating(lambda: crash(random.choice(servers.servers)), 0.05, 0.5) as crashes:  # noqa: S311

        def meanwhile(number: int, failures: int) -> None:
            if number < STEPS or not failures:
                live(log, number)
            else:
                crashes.stop()

        deliver_at_last(delivering, meanwhile)
    assert crashes.times
    assert_equal(log, made)


def test_connections_that_are_reset_in_the_middle_of_an_insert(log: Log, clickhouse: Warehouses) -> None:
    server = clickhouse.servers[0]
    with clickhouse.warehouse() as warehouse, resetting_proxy(server.http_port) as proxy:
        subscriber = WarehouseSubscriber(f"clickhousedb://127.0.0.1:{proxy.port}/{warehouse.url.database}")
        subscriber.batch_size = AT_ONCE
        delivering = ready(log, subscriber)
        fill(log, [f"before-{number}" for number in range(60)])

        def meanwhile(number: int, _: int) -> None:
            if number < 8:
                live(log, number)
            proxy.reset_after(random.Random(number).randrange(20_000) if number < 4 else None)  # noqa: S311

        deliver_at_last(delivering, meanwhile)
        assert proxy.resets
        server.wait()
        assert_equal(log, warehouse)


def test_a_server_that_freezes_delays_and_loses_nothing(log: Log, clickhouse: Warehouses) -> None:
    with clickhouse.warehouse() as warehouse:
        delivering = ready(log, subscriber_to(warehouse, clickhouse))
        fill(log, ["j-1", "j-2"])
        clickhouse.servers[0].freeze()
        thaw = threading.Timer(1.0, clickhouse.servers[0].thaw)
        thaw.start()
        deliver_all(delivering)
        thaw.join()
        assert_equal(log, warehouse)


def test_a_shard_that_is_away_delays_both_and_loses_nothing(log: Log, clickhouse_shards: Warehouses) -> None:
    with clickhouse_shards.warehouse() as warehouse:
        delivering = ready(log, subscriber_to(warehouse, clickhouse_shards))
        fill(log, [f"j-{number}" for number in range(40)])
        second = clickhouse_shards.servers[1]
        second.stop()
        with pytest.raises(Unavailable):
            delivering.round()
        log.append(visit("later"))
        second.start()
        deliver_all(delivering)
        assert_equal(log, warehouse)


def test_the_shipper_and_the_server_are_killed_while_visits_go_on(
    log: Log, clickhouse_shards: Warehouses, tmp_path: Path
) -> None:
    with clickhouse_shards.warehouse() as warehouse:
        kill_both(log, clickhouse_shards, warehouse, of(log, url_of(clickhouse_shards, warehouse), tmp_path))


def kill_both(log: Log, servers: Warehouses, made: Warehouse, settings: Settings) -> None:
    fill(log, [f"before-{number}" for number in range(60)])
    with running_subscribers(settings, LOGGING):
        wait_until(lambda: account(log, "warehouse").delivered > 0, "it delivers")
        for number in range(STEPS):
            live(log, number)
            time.sleep(0.05)
            if number % 10 == 5:
                for child in children():
                    os.kill(child, signal.SIGKILL)
            if number == 12:
                crash(servers.servers[0])
        wait_until(lambda: account(log, "warehouse").pending == 0, "all is delivered")
    for server in servers.servers:
        server.wait()
    assert_equal(log, made)


def of(log: Log, url: str, folder: Path) -> Settings:
    spool = str(folder / "spool")
    return read_settings(
        {**ENVIRON, "WIZARD_DATABASE_URL": address(log), "WIZARD_WAREHOUSE_URL": url, "WIZARD_SPOOL_DIR": spool}
    )


def crash(server: ClickHouse) -> None:
    """End it in the middle of what it does, and wait until it is there again."""
    server.crash()
    server.wait()


def children() -> Iterator[int]:
    """The processes that deliver."""
    for each in active_children():
        if each.name == "wizard-subscribers":
            with suppress(FileNotFoundError):
                yield from family(each.pid or 0)[1:]


def url_of(servers: Warehouses, warehouse: Warehouse) -> str:
    """The value of `WIZARD_WAREHOUSE_URL`."""
    return servers.url(str(warehouse.url.database))
