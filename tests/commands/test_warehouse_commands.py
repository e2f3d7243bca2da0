"""The commands that have to do with the warehouse, as an operator meets them."""

import json

import pytest
from cli_runner import failing, run
from clickhouse import Warehouses
from factories import fill, visit
from shipping import ship_journeys, ship_log
from sqlalchemy import text

from wizard.config import read_settings
from wizard.events.log import Log
from wizard.serve import require_warehouse
from wizard.storage.schema import VERSION as LOG_VERSION
from wizard.storage.warehouse import WarehouseError, open_warehouse
from wizard.subscribers.registration import register
from wizard.warehouse.migrate import VERSION


def test_a_migration_migrates_both(log: Log, clickhouse: Warehouses, monkeypatch: pytest.MonkeyPatch) -> None:
    log.database.dispose()
    with clickhouse.database() as url:
        monkeypatch.setenv("WIZARD_WAREHOUSE_URL", url)
        with pytest.raises(WarehouseError, match="run: wizard migrate"):
            require_warehouse(read_settings())
        already = f"The log's tables are already at version {LOG_VERSION}.\n"
        assert run("migrate") == f"{already}Made the warehouse's tables, at version {VERSION}.\n"
        assert run("migrate") == f"{already}The warehouse's tables are already at version {VERSION}.\n"
        require_warehouse(read_settings())
        with open_warehouse(url).client() as client:
            client.insert("warehouse_version", [[VERSION + 1, 0]], ["version", "at_ms"])
        with pytest.raises(WarehouseError, match="newer than this wizard's"):
            require_warehouse(read_settings())


def test_the_ledger_of_the_warehouse_shows_each_day_and_names_what_differs(
    log: Log, clickhouse: Warehouses, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(log, ["j-1", "j-2"])
    with clickhouse.warehouse() as warehouse:
        monkeypatch.setenv("WIZARD_WAREHOUSE_URL", clickhouse.url(str(warehouse.url.database)))
        ship_log(log, warehouse)
        *table, _, last = run("ledger", "--warehouse").splitlines()
        assert " ".join(table[0].split()) == (
            "day (UTC) journeys journeys copied journey steps journey steps copied events events copied"
        )
        assert table[1].split() == ["2026-11-01", "1", "1", "2", "2", "9", "9"]
        assert last == "Equal: all journeys without pending changes are in the warehouse as they are in the log."
        assert json.loads(run("ledger", "--warehouse", "--json"))["equal"] is True
        fill(log, ["j-3"])
        with log.database.writer.begin() as connection:
            connection.execute(text("UPDATE journeys SET value = 7 WHERE journey_id = 'j-1'"))
        assert failing(monkeypatch, capsys, "ledger", "--warehouse") == (
            "wizard: the warehouse differs from the log: 1 missing (j-3); 1 different (j-1); "
            "to copy these journeys again, run: wizard ledger --warehouse --repair"
        )
        register(log.database, ["warehouse"])
        run("ledger", "--warehouse", "--repair")
        assert "2 journeys with changes that are not in the warehouse yet." in run("ledger", "--warehouse")
        ship_journeys(log, warehouse, ["j-1", "j-3"])


def test_a_warehouse_that_is_not_set_or_away_is_told(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.append(visit())
    assert failing(monkeypatch, capsys, "ledger", "--warehouse") == (
        "wizard: --warehouse: given without a warehouse; allowed where WIZARD_WAREHOUSE_URL is set"
    )
    monkeypatch.setenv("WIZARD_WAREHOUSE_URL", "clickhousedb://user:secret@127.0.0.1:9/wizard")
    for words in (("ledger", "--warehouse"), ("migrate",)):
        message = failing(monkeypatch, capsys, *words)
        assert message.startswith("wizard: WIZARD_WAREHOUSE_URL: the warehouse ")
        assert message.endswith("(Connection refused)")
    require_warehouse(read_settings())
