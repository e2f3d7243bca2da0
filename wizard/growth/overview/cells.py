"""Counts journeys by their cells: what is alike in all that the dashboard tells apart is counted once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, func, literal_column, select

from wizard.conversions.cell import CELL
from wizard.conversions.periods import Period
from wizard.conversions.rows import within
from wizard.conversions.schema import journeys
from wizard.growth.days import Stretch
from wizard.growth.selection import value_of
from wizard.growth.statements import local_midnight

ROWS_AT_ONCE = 10_000


class Cell(NamedTuple):
    """What its journeys have in common: flags (0 or 1), edges, the last result and click, and where they came from."""

    viewed: int
    started: int
    finished: int
    clicked: int
    converted: int
    handoff: int
    edges: str
    persona: str
    recommended: str
    declined: str
    clicked_position: str
    utm_source: str
    utm_campaign: str
    referrer_host: str
    embed_origin: str
    embed_path: str
    locale: str
    device: str
    suspect: str

    def has(self, filters: Mapping[str, str]) -> bool:
        """Whether each of `filters`, dimension to value, holds."""
        return all(value_of(self, name) == value for name, value in filters.items())


class Counted(NamedTuple):
    """How many journeys of a cell there are, and what they are worth together."""

    cell: Cell
    journeys: int
    value: float


class OfDay(NamedTuple):
    """How many journeys of the cell with this `number` began on the day whose local midnight is `day_ms`."""

    day_ms: int
    number: int
    journeys: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The journeys of a period: each cell by its number, and how they lie over its days where that was asked for."""

    counted: Mapping[int, Counted]
    by_day: Sequence[OfDay]

    def of(self, filters: Mapping[str, str]) -> "Cells":
        """Those for which `filters`, dimension to value, hold."""
        if not filters:
            return self
        kept = {number: each for number, each in self.counted.items() if each.cell.has(filters)}
        return Cells(kept, [each for each in self.by_day if each.number in kept])


def read_cells(connection: Connection, period: Period, offsets: Sequence[Stretch] | None = None) -> Cells:
    """The journeys of `period`; by day, too, if `offsets` say how far clocks are from UTC then."""
    began_ms, number = journeys.c.began_ms, journeys.c.cell
    inside = within(began_ms, period.since_ms, period.until_ms)
    counted = select(number, func.count().label("journeys"), func.sum(journeys.c.value).label("value"))
    one = counted.add_columns(func.min(began_ms).label("began_ms")).where(*inside).group_by(number).subquery()
    # What a cell stands for is what its first journey has, found by the index that counts them; any other of that
    # millisecond has the same.
    first = one.join(journeys, (began_ms == one.c.began_ms) & (number == one.c.cell))
    columns = [journeys.c[name] for name in CELL]
    found = connection.execute(select(one.c.cell, one.c.journeys, one.c.value, *columns).select_from(first)).all()
    cells = {cell: Counted(Cell(*values), count, value or 0.0) for cell, count, value, *values in found}
    return Cells(cells, [] if offsets is None else _by_day(connection, period, offsets))


def _by_day(connection: Connection, period: Period, offsets: Sequence[Stretch]) -> list[OfDay]:
    began_ms, number = journeys.c.began_ms, journeys.c.cell
    day = local_midnight(began_ms, offsets).label("day")
    counted = (
        select(day, number, func.count())
        .where(*within(began_ms, period.since_ms, period.until_ms))
        .group_by(literal_column("day"), number)
    )
    rows = connection.execute(counted.execution_options(yield_per=ROWS_AT_ONCE)).partitions()
    return [OfDay(*row) for row in chain.from_iterable(rows)]
