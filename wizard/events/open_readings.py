"""Opens what figures are read from: the log, and the warehouse that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

from wizard.clock import Clock, system_ms
from wizard.config import Settings
from wizard.events.open_log import opened_log
from wizard.storage.database import Database
from wizard.storage.readings import Readings
from wizard.storage.warehouse import open_warehouse


def open_readings(settings: Settings, log: Database, clock: Clock = system_ms) -> Readings:
    """The log, and its warehouse if one is set, which is not connected to yet."""
    warehouse = open_warehouse(settings.warehouse_url) if settings.warehouse_url else None
    return Readings(log, warehouse, clock)


@contextmanager
def opened_readings(settings: Settings) -> Iterator[Readings]:
    """What a command reads figures from, closed at the end. Raises LogError and FiguresUnavailable."""
    with opened_log(settings) as log:
        readings = open_readings(settings, log.database)
        try:
            yield readings
        finally:
            readings.dispose()
