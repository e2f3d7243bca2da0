"""The warehouse as a subscriber of the change feed."""

from collections.abc import Sequence

from clickhouse_connect.driver.exceptions import DataError
from sqlalchemy import Connection

from wizard.storage.warehouse import UNUSABLE, WarehouseError, open_warehouse
from wizard.subscribers.subscriber import Change, Unavailable
from wizard.warehouse.migrate import reason, require_current
from wizard.warehouse.ship import ship


class WarehouseSubscriber:
    """Copies changed journeys to the warehouse at `address`, the value of `WIZARD_WAREHOUSE_URL`."""

    name = "warehouse"
    batch_size = 5_000
    pause_seconds = 2.0
    """ClickHouse takes few large inserts better than many small ones."""

    def __init__(self, address: str) -> None:
        self._warehouse = open_warehouse(address)
        self._is_checked = False

    def deliver(self, log: Connection, changes: Sequence[Change]) -> None:
        """Copy these journeys as they are on `log`. Raises Unavailable where the warehouse can't be written now."""
        try:
            if not self._is_checked:
                require_current(self._warehouse)
            ship(log, self._warehouse, changes, more_follow=len(changes) == self.batch_size)
        except DataError:  # one of the values
            raise
        except (WarehouseError, *UNUSABLE) as error:
            self._is_checked = False  # it may be another server by the next time
            raise Unavailable(reason(error)) from error
        self._is_checked = True
