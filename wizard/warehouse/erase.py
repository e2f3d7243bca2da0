"""Erases journeys from the warehouse, also from the files on its disks."""

from collections.abc import Collection

from clickhouse_connect.driver import Client

from wizard.storage.warehouse import Warehouse, WarehouseError
from wizard.warehouse.tables import REPLACED


def erase(warehouse: Warehouse, journey_ids: Collection[str]) -> None:
    """Delete all rows of these journeys, and write the files that they were in anew without them.

    The server removes the old files 10 seconds later. The ids are in a table of their own, which is emptied in the
    same way: a server keeps the text of each DELETE. Raises ClickHouseError, and WarehouseError if the ids were removed
    meanwhile.
    """
    for server in warehouse.servers:
        with warehouse.client(server) as client:
            _erase(client, warehouse, journey_ids)


def _erase(client: Client, warehouse: Warehouse, journey_ids: Collection[str]) -> None:
    erasing = warehouse.own_table("erasing")
    client.command(f"TRUNCATE TABLE {erasing}")
    client.insert(erasing, [list(journey_ids)], ["journey_id"], column_type_names=["String"], column_oriented=True)
    for name in REPLACED:
        own = warehouse.own_table(name)
        client.command(f"DELETE FROM {own} WHERE journey_id IN (SELECT journey_id FROM {erasing})")  # noqa: S608  # our own names
        client.command(f"ALTER TABLE {own} APPLY DELETED MASK")
    left = int(str(client.command(f"SELECT count() FROM {erasing}")))  # noqa: S608
    if left != len(journey_ids):
        raise WarehouseError("two processes erased journeys in the warehouse at the same time; it will be repeated")
    client.command(f"TRUNCATE TABLE {erasing}")
