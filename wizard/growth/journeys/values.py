"""The values that the list of journeys can be filtered by: those that the journeys of its span have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from wizard.conversions.database import Database
from wizard.conversions.periods import Period
from wizard.growth.overview.cells import read_cells
from wizard.growth.selection import DIMENSIONS, value_of

KEPT_MS = 60_000
MOST = 100

Values = Mapping[str, Sequence[str]]
"""Dimension to values, the most frequent first; an empty one is not known."""


def read_values(database: Database, period: Period, now_ms: int) -> Values:
    """At most 100 values of each dimension. Whoever leafs through the list gets those of the first page for a minute.

    Raises SQLAlchemyError.
    """
    return _read(database, period, now_ms // KEPT_MS)


@lru_cache(maxsize=32)
def _read(database: Database, period: Period, _minute: int) -> Values:
    found: dict[str, Counter[str]] = {name: Counter() for name in DIMENSIONS}
    with database.snapshot() as connection:
        cells = read_cells(connection, period)
    for cell, journeys, _ in cells.counted.values():
        for name, counts in found.items():
            counts[value_of(cell, name)] += journeys
    return {name: [value for value, _ in counts.most_common(MOST)] for name, counts in found.items()}
