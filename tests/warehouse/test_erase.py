"""What is erased is gone from the warehouse's disks, too."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from clickhouse import ClickHouse, Warehouses
from factories import CONTEXT, fill, sqlite_log, visit
from shipping import Change, assert_equal, ship_journeys, ship_log

from wizard.events.attribution import Attribution
from wizard.events.log import Log
from wizard.storage.warehouse import Warehouse, WarehouseError
from wizard.warehouse.erase import mask
from wizard.warehouse.ship import Shipped, ship
from wizard.warehouse.shipment import Shipment
from wizard.warehouse.tables import REPLACED

ERASED, KEPT = "journey-of-one-who-objects", "journey-of-another"
OWN_VALUE = "a-campaign-that-only-they-saw"
WAIT_SECONDS = 45


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = sqlite_log(tmp_path)
    yield made
    made.database.dispose()


def test_an_erased_visit_is_in_no_file_of_the_server_and_the_shards(
    log: Log, clickhouse: Warehouses, clickhouse_shards: Warehouses
) -> None:
    """Its id and its values. The columns are stored as they are, since compressed files can't be searched."""
    fill(log, [KEPT, *(f"j-{number}" for number in range(200))], apart_ms=1000)
    own = replace(CONTEXT.attribution or Attribution(), utm_campaign=OWN_VALUE)
    log.append([replace(event, context=replace(event.context, attribution=own)) for event in visit(ERASED)])
    servers = [*clickhouse.servers, *clickhouse_shards.servers]
    with ExitStack() as stack:
        made = [stack.enter_context(each.warehouse()) for each in (clickhouse, clickhouse_shards)]
        for each in made:
            _store_uncompressed(each)
            ship_log(log, each)
        for wanted in (ERASED, OWN_VALUE, KEPT):
            assert len(_files_with(servers, wanted)) >= 2, f"{wanted} must be found, or the test proves nothing"
        log.erase([ERASED])
        for each in made:
            with log.database.snapshot() as connection:
                assert ship(connection, each, [Change(ERASED, time.time_ns() // 1000, is_gone=True)]).erased == 1
            assert_equal(log, each)
        deadline = time.monotonic() + WAIT_SECONDS
        while found := [*_files_with(servers, ERASED), *_files_with(servers, OWN_VALUE)]:
            assert time.monotonic() < deadline, found
            time.sleep(0.5)
        assert _files_with(servers, KEPT)


def test_many_are_hidden_first_and_removed_from_the_files_at_the_end(log: Log, any_warehouse: Warehouse) -> None:
    names = [f"j-{number}" for number in range(20)]
    fill(log, names)
    ship_log(log, any_warehouse)
    log.erase(names[:10])
    with log.database.snapshot() as connection:
        gone = [Change(name, 10**17, is_gone=True) for name in names[:10]]
        assert ship(connection, any_warehouse, gone[:5], more_follow=True) == Shipped(0, 5, 0)
        assert _masked(any_warehouse)
        assert ship(connection, any_warehouse, gone[5:]) == Shipped(0, 5, 0)
    assert not _masked(any_warehouse)
    assert_equal(log, any_warehouse)


def test_what_was_hidden_before_a_crash_is_removed_by_the_next_shipment(log: Log, any_warehouse: Warehouse) -> None:
    fill(log, ["j-1", "j-2"])
    ship_log(log, any_warehouse)
    with any_warehouse.client() as client, Shipment(client) as shipment:
        mask(any_warehouse, ["j-1"], shipment)
    assert _masked(any_warehouse)
    ship_journeys(log, any_warehouse, ["j-2"])
    assert not _masked(any_warehouse)


def test_a_process_that_lost_its_lease_can_not_bring_an_erased_visit_back(log: Log, any_warehouse: Warehouse) -> None:
    fill(log, ["j-1", "j-2"])
    with any_warehouse.client() as client:
        older = Shipment(client).__enter__()
        log.erase(["j-1"])
        with log.database.snapshot() as connection:
            ship(connection, any_warehouse, [Change("j-1", 10**17, is_gone=True), Change("j-2", 10**17)])
        with pytest.raises(WarehouseError, match="another process"):
            older.require()
    assert_equal(log, any_warehouse)


def _masked(warehouse: Warehouse) -> int:
    """How many files have rows that are only hidden."""
    found = 0
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            statement = (
                "SELECT count() FROM system.parts "
                "WHERE database = currentDatabase() AND active AND has_lightweight_delete"
            )
            found += int(str(client.command(statement)))
    return found


def _store_uncompressed(warehouse: Warehouse) -> None:
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            for name, definition in REPLACED.items():
                own = warehouse.own_table(name)
                columns = definition.all_columns.items()
                plain = ", ".join(f"MODIFY COLUMN {column} {kind} CODEC(NONE)" for column, kind in columns)
                client.command(f"ALTER TABLE {own} {plain}")
                client.command(f"ALTER TABLE {own} MODIFY SETTING compress_primary_key = 0, compress_marks = 0")


def _files_with(servers: list[ClickHouse], text: str) -> list[Path]:
    found = []
    for server in servers:
        for path in server.folder.rglob("*"):
            try:
                if path.is_file() and text.encode() in path.read_bytes():
                    found.append(path)
            except FileNotFoundError:  # removed meanwhile
                continue
    return found
