"""Migrations only add, can be repeated, and never run on a newer warehouse."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from clickhouse import Warehouses

from wizard.storage.warehouse import Warehouse, WarehouseError, open_warehouse
from wizard.warehouse.migrate import VERSION, migrate, require_current


@pytest.fixture(params=["server", "shards"])
def servers(request: pytest.FixtureRequest) -> Warehouses:
    found: Warehouses = request.getfixturevalue("clickhouse_shards" if request.param == "shards" else "clickhouse")
    return found


def test_tables_are_made_once(servers: Warehouses) -> None:
    with servers.database() as url:
        made = open_warehouse(url)
        assert migrate(made) == (0, VERSION)
        assert migrate(made) == (VERSION, VERSION)
        require_current(made)


def test_two_processes_may_migrate_at_once(servers: Warehouses) -> None:
    with servers.database() as url, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(open_warehouse(url)), range(4)))
        require_current(open_warehouse(url))


def test_a_migration_that_ended_halfway_is_completed(servers: Warehouses) -> None:
    with servers.database() as url:
        made = open_warehouse(url)
        migrate(made)
        database = str(made.url.database)
        servers.servers[-1].execute(f"DROP TABLE {made.own_table('events')} SYNC", database)
        servers.servers[-1].execute("TRUNCATE TABLE warehouse_version", database)
        with pytest.raises(WarehouseError, match="at version none, not 1; run: wizard migrate"):
            require_current(made)
        assert migrate(made) == (0, VERSION)
        require_current(made)
        assert "events" in servers.servers[-1].execute("SHOW TABLES", database)


def test_a_newer_warehouse_is_refused(any_warehouse: Warehouse) -> None:
    with any_warehouse.client() as client:
        client.insert("warehouse_version", [[VERSION + 1, 0]], ["version", "at_ms"])
    for check in (migrate, require_current):
        with pytest.raises(WarehouseError, match=f"at version {VERSION + 1}, newer than this wizard's {VERSION}"):
            check(any_warehouse)


def test_a_warehouse_without_tables_is_refused(clickhouse: Warehouses) -> None:
    with clickhouse.database() as url, pytest.raises(WarehouseError, match="run: wizard migrate"):
        require_current(open_warehouse(url))


def test_a_warehouse_that_is_away_can_not_be_migrated_but_does_not_stop_a_start() -> None:
    away = open_warehouse("clickhousedb://user:secret@127.0.0.1:9/wizard")
    require_current(away)
    with pytest.raises(WarehouseError, match=r"WIZARD_WAREHOUSE_URL: .* on 127\.0\.0\.1 can't be migrated") as e:
        migrate(away)
    assert "secret" not in str(e.value)


def test_a_database_that_does_not_exist_is_named(clickhouse: Warehouses) -> None:
    with pytest.raises(WarehouseError, match="nowhere"):
        migrate(open_warehouse(clickhouse.url("nowhere")))


def test_a_server_apart_from_the_shards_gets_the_tables_that_read_them(
    clickhouse_shards: Warehouses,
) -> None:
    one, two = clickhouse_shards.servers
    with clickhouse_shards.database() as url:
        name = url.partition("?")[0].rpartition("/")[2]
        shards = f"cluster=wizard&shard=127.0.0.1:{two.http_port}"
        made = open_warehouse(f"{one.url(name)}?{shards}")
        migrate(made)
        assert "journeys\n" in one.execute("SHOW TABLES", name)
        assert "journeys_shard" not in one.execute("SHOW TABLES", name)
        assert "journeys_shard" in two.execute("SHOW TABLES", name)
