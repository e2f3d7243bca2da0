"""Marks the beginning and the end of each shipment in the warehouse.

Readers see from the marks whether something was written while they read. Of two processes that ship at the same time,
since one was stopped for so long that it lost its lease, the older one sees the newer one's mark, and gives up.
"""

import time
from types import TracebackType
from typing import Self

from clickhouse_connect.driver import Client

from wizard.clock import system_ms
from wizard.storage.warehouse import WarehouseError

PER_MS = 2000
"""Marks grow with the time, so that no two processes are likely to choose the same."""

MOST_HELD_SECONDS = 10.0
"""How long a shipment waits for readers at most, however many there are."""

POLL_SECONDS = 0.1


class Shipment:
    """A shipment: its mark is `2n` while it runs, and then `2n + 1`, but only if it ended without an error."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.mark = 0

    def __enter__(self) -> Self:
        """Begin it, once no reader asks it to wait. Raises ClickHouseError."""
        self._wait_for_readers()
        last = last_mark(self._client)
        self.mark = max(last - last % 2 + 2, system_ms() * PER_MS)
        self._write(self.mark)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, unless it failed: what it has written is half of something until it is repeated."""
        if error is None:
            self.require()
            self._write(self.mark + 1)

    def require(self) -> None:
        """Raise WarehouseError if another shipment has begun since."""
        if last_mark(self._client) != self.mark:
            raise WarehouseError("another process ships to the warehouse, so this one stops")

    def _wait_for_readers(self) -> None:
        deadline = time.monotonic() + MOST_HELD_SECONDS
        while _held_until_ms(self._client) > system_ms() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _write(self, mark: int) -> None:
        row = [[mark, system_ms()]]
        self._client.insert("shipments", row, ["mark", "at_ms"], column_type_names=["UInt64", "Int64"])


def last_mark(client: Client) -> int:
    """The newest mark; 0 before the first shipment."""
    return int(str(client.command("SELECT max(mark) FROM shipments")))


def _held_until_ms(client: Client) -> int:
    return int(str(client.command("SELECT max(until_ms) FROM holds")))
