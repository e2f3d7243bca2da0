"""What `wizard doctor` finds of the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from clickhouse import Warehouses
from server import free_port

from wizard.config import read_settings
from wizard.doctor.finding import Finding
from wizard.doctor.installation import Installation
from wizard.doctor.warehouse import warehouse as check
from wizard.storage.warehouse import Warehouse, open_warehouse
from wizard.warehouse.migrate import VERSION, migrate


def checked(url: str = "") -> Finding:
    environ = {"WIZARD_WAREHOUSE_URL": url}
    return check(Installation(read_settings(environ), environ))


def test_without_a_warehouse_nothing_is_to_be_done() -> None:
    assert checked().found == "Figures are read from the log."


@pytest.fixture(params=["clickhouse", "clickhouse_shards"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without tables, on one server and on two shards in turn."""
    servers: Warehouses = request.getfixturevalue(request.param)
    with servers.database() as made:
        yield made


def test_a_warehouse_is_ok_once_each_server_has_the_tables_of_this_version(url: str) -> None:
    finding = checked(url)
    assert (finding.result, finding.advice.startswith("Run: wizard migrate")) == ("problem", True), finding
    with closing_warehouse(url) as opened:
        migrate(opened)
        servers = len(opened.addressed)
    finding = checked(url)
    assert finding.result == "ok", finding
    assert finding.found.endswith(f"servers: {servers}).")


def test_tables_of_a_newer_version_are_found(url: str) -> None:
    with closing_warehouse(url) as opened:
        migrate(opened)
        with opened.client(opened.addressed[-1]) as client:
            client.insert("warehouse_version", [[VERSION + 1, 0]], ["version", "at_ms"])
    finding = checked(url)
    assert (finding.result, "newer than this wizard's" in finding.found) == ("problem", True), finding


@contextmanager
def closing_warehouse(url: str) -> Iterator[Warehouse]:
    opened = open_warehouse(url)
    yield opened
    opened.dispose()


def test_a_warehouse_that_does_not_answer_is_named_without_its_password() -> None:
    port = free_port()
    finding = checked(f"clickhousedb://wizard:hunter2-hunter2@127.0.0.1:{port}/wizard")
    assert (finding.result, f"127.0.0.1:{port}" in finding.found) == ("problem", True), finding
    assert "hunter2" not in repr(finding)
