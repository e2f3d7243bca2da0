"""Erases journeys from the warehouse, also from the files on its disks.

First their rows are hidden (`mask`), which takes little; then the files that they are in are written anew without them
(`apply_masks`), and the server removes the old files some seconds later.
"""

import time
from collections.abc import Collection

from clickhouse_connect.driver import Client

from wizard.storage.warehouse import Warehouse, WarehouseError
from wizard.warehouse.shipment import Shipment
from wizard.warehouse.tables import REPLACED

WAIT_SECONDS = 30.0
LOOK_SECONDS = 0.1


def mask(warehouse: Warehouse, journey_ids: Collection[str], shipment: Shipment) -> None:
    """Hide all rows of these journeys on every server.

    The ids are in a table, which is emptied afterwards, since a server keeps the text of each DELETE. Raises
    ClickHouseError, and WarehouseError if another process ships meanwhile.
    """
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            _wait_for_inserts(client)
            _mask(client, warehouse, journey_ids, shipment)


def apply_masks(warehouse: Warehouse) -> None:
    """Write the files with hidden rows anew without them, on every server. Raises ClickHouseError."""
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            for name in REPLACED:
                own = warehouse.own_table(name)
                if _has_masks(client, own):
                    client.command(f"ALTER TABLE {own} APPLY DELETED MASK")


def _mask(client: Client, warehouse: Warehouse, journey_ids: Collection[str], shipment: Shipment) -> None:
    erasing = warehouse.own_table("erasing")
    shipment.require()
    client.command(f"TRUNCATE TABLE {erasing}")
    client.insert(erasing, [list(journey_ids)], ["journey_id"], column_type_names=["String"], column_oriented=True)
    for name in REPLACED:
        own = warehouse.own_table(name)
        client.command(f"DELETE FROM {own} WHERE journey_id IN (SELECT journey_id FROM {erasing})")  # noqa: S608  # our own names
    shipment.require()  # else the other may have emptied the table
    client.command(f"TRUNCATE TABLE {erasing}")


def _wait_for_inserts(client: Client) -> None:
    """Wait for what a process that has ended, or lost its lease, is still inserting: it might bring rows back."""
    deadline = time.monotonic() + WAIT_SECONDS
    running = (
        "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase()"
    )
    while int(str(client.command(running))):
        if time.monotonic() > deadline:
            raise WarehouseError(f"rows are being inserted into the warehouse for more than {WAIT_SECONDS:.0f} seconds")
        time.sleep(LOOK_SECONDS)


def _has_masks(client: Client, table: str) -> bool:
    found = client.command(
        "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = {table:String} "
        "AND active AND has_lightweight_delete",
        parameters={"table": table},
    )
    return bool(int(str(found)))
