"""Migrates the warehouse's tables to the version that this code needs.

Migrations only add. Each of their statements can be repeated, so that a migration which ended halfway, or which two
processes run at the same time, does no harm.
"""

from collections.abc import Callable, Sequence

from clickhouse_connect.driver import Client

from wizard.clock import system_ms
from wizard.storage.warehouse import UNUSABLE, Warehouse, WarehouseError
from wizard.warehouse.tables import DISTRIBUTED, OWN_TABLES

MOST_OF_ERROR = 300

Statements = Callable[[Warehouse, bool], list[str]]
"""What makes a version: the statements for a server, which has rows of its own or only reads those of the shards."""

VERSIONS = (
    "CREATE TABLE IF NOT EXISTS warehouse_version (version UInt32, at_ms Int64) ENGINE = MergeTree ORDER BY version"
)


def _make_tables(warehouse: Warehouse, is_own: bool) -> list[str]:
    own, all_shards = OWN_TABLES if is_own else {}, DISTRIBUTED if warehouse.cluster else {}
    return [
        *(f"CREATE TABLE IF NOT EXISTS {warehouse.own_table(name)} {rest}" for name, rest in own.items()),
        *(
            f"CREATE TABLE IF NOT EXISTS {name} ({columns}) "
            f"ENGINE = Distributed('{warehouse.cluster}', currentDatabase(), {warehouse.own_table(name)}, {by})"
            for name, (columns, by) in all_shards.items()
        ),
    ]


MIGRATIONS: Sequence[Statements] = (_make_tables,)
"""What makes each version, from 1 on. A new version is added at the end; those before it never change."""

VERSION = len(MIGRATIONS)


def migrate(warehouse: Warehouse) -> tuple[int, int]:
    """Apply the missing migrations on every server. Returns the lowest version before, and the version after.

    Raises WarehouseError.
    """
    before = [_migrate(warehouse, number) for number in range(len(warehouse.addressed))]
    return min(before), VERSION


def require_current(warehouse: Warehouse) -> None:
    """Raise WarehouseError unless every server's tables are at the version that this code needs, or it is away."""
    for url in warehouse.addressed:
        try:
            with warehouse.client(url) as client:
                version = _version(client)
        except UNUSABLE:
            continue
        _refuse_newer(version)
        if version < VERSION:
            raise WarehouseError(
                f"the warehouse's tables on {url.host} are at version {version or 'none'}, not {VERSION}; "
                "run: wizard migrate"
            )


def _migrate(warehouse: Warehouse, number: int) -> int:
    """Migrate one of the addressed servers. Returns its version before."""
    url = warehouse.addressed[number]
    try:
        with warehouse.client(url) as client:
            before = _version(client)
            _refuse_newer(before)
            for version, statements in enumerate(MIGRATIONS[before:], before + 1):
                for statement in statements(warehouse, number < len(warehouse.servers)):
                    client.command(statement)
                client.command(VERSIONS)
                client.insert("warehouse_version", [[version, system_ms()]], ["version", "at_ms"])
            return before
    except UNUSABLE as error:
        raise WarehouseError(
            f"WIZARD_WAREHOUSE_URL: the warehouse on {url.host} can't be migrated ({reason(error)})"
        ) from error


def _version(client: Client) -> int:
    """The version of a server's tables; 0 if there are none."""
    if not int(str(client.command("EXISTS TABLE warehouse_version"))):
        return 0
    return int(str(client.command("SELECT max(version) FROM warehouse_version")))


def _refuse_newer(version: int) -> None:
    if version > VERSION:
        raise WarehouseError(
            f"the warehouse's tables are at version {version}, newer than this wizard's {VERSION}; update it"
        )


def reason(error: BaseException) -> str:
    """Why a warehouse can't be used, in one line: the system's words if there is no connection, else the server's."""
    root = error
    while (cause := root.__cause__ or root.__context__) is not None:
        root = cause
    if isinstance(root, OSError) and root.strerror:
        return root.strerror
    return " ".join(str(getattr(error, "orig", None) or error).split())[:MOST_OF_ERROR]
