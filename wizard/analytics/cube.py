"""Counts journeys by their cells: what is alike in all that the dashboard tells apart is counted once."""

from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, FromClause, case, distinct, func, literal_column, select

from wizard.analytics.local_days import Stretch
from wizard.analytics.report_queries import local_midnight
from wizard.analytics.scope import Suspects
from wizard.analytics.tag_sets import matching
from wizard.events.cell import UNTAGGED
from wizard.events.dimensions import DIMENSIONS
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.schema import journeys

ROWS_AT_ONCE = 10_000
SETS_COST = 3
"""To look up a set of tags takes about as long as reading so many journeys one after the other."""

SAMPLED = 64
"""Of so many sets of tags one is counted, since counting all of them would take as long as grouping by them."""


def _columns() -> Any:
    return namedtuple("Cell", UNTAGGED)  # noqa: PYI024  # its fields follow from declarations


class Cell(_columns()):  # type: ignore[misc]  # as above
    """What its journeys have in common: a field for each column of `UNTAGGED`.

    Those that differ in their tags alone are one cell here: the database counts and filters by those.
    """

    __slots__ = ()

    def has(self, filters: Mapping[str, str], suspects: Suspects) -> bool:
        """Whether it is selected, and each of `filters`, dimension to value, holds."""
        is_selected = suspects == "included" or bool(self.suspect) == (suspects == "only")
        return is_selected and all(DIMENSIONS[name].value_of(self) == value for name, value in filters.items())


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
    """The journeys of a period: each cell by its number, and how they lie over its days where that was asked for.

    `tag_sets` is about how many combinations of cell and tags there are.
    """

    counted: Mapping[int, Counted]
    by_day: Sequence[OfDay]
    tag_sets: int = 0

    def of(self, filters: Mapping[str, str], suspects: Suspects) -> "Cells":
        """Those that are selected, and for which `filters` hold: dimension to value, without those of tags."""
        kept = {number: each for number, each in self.counted.items() if each.cell.has(filters, suspects)}
        return Cells(kept, [each for each in self.by_day if each.number in kept], self.tag_sets)

    def count_by(self, value_of: Callable[[Cell], str]) -> dict[str, int]:
        """How many journeys there are of each value that their cells have, such as a dimension's."""
        found: Counter[str] = Counter()
        for cell, journeys_, _ in self.counted.values():
            found[value_of(cell)] += journeys_
        return found


def read_cells(
    connection: Connection,
    period: Period,
    tag_filters: Mapping[str, str] | None = None,
    offsets: Sequence[Stretch] | None = None,
) -> Cells:
    """The journeys of `period` whose tags are those of `tag_filters`, dimension to value.

    By day, too, if `offsets` say how far clocks are from UTC then.
    """
    source = matching(period, tag_filters) if tag_filters else journeys
    rows, inside = source.c, within(source.c.began_ms, period.since_ms, period.until_ms)
    sampled = case((rows.tags % SAMPLED == 1, rows.tags))
    one = (
        select(
            rows.cell,
            func.count().label("journeys"),
            func.sum(rows.value).label("value"),
            func.count(distinct(sampled)).label("sampled"),
            func.min(rows.began_ms).label("began_ms"),
        )
        .where(*inside)
        .group_by(rows.cell)
        .subquery()
    )
    # What a cell stands for is what its first journey has, found by the index that counts them; any other of that
    # millisecond has the same, but for the tags that are not in its cell.
    own = journeys.c
    first = one.join(journeys, (own.began_ms == one.c.began_ms) & (own.cell == one.c.cell))
    columns = [own[name] for name in UNTAGGED]
    found = select(one.c.cell, one.c.journeys, one.c.value, one.c.sampled, *columns).select_from(first)
    counted, numbers, sampled_sets = _merged(connection.execute(found))
    by_day = [] if offsets is None else _by_day(connection, source, period, offsets)
    days = [each._replace(number=numbers[each.number]) for each in by_day]
    return Cells(counted, days, len(numbers) + SAMPLED * sampled_sets)


def _merged(rows: Iterable[Any]) -> tuple[dict[int, Counted], dict[int, int], int]:
    """The cells without tags, each under the number of one of its own; which that is, for each; and sets sampled."""
    counted: dict[int, Counted] = {}
    numbers: dict[int, int] = {}
    known: dict[Cell, int] = {}
    sampled_sets = 0
    for number, journeys_, value, sampled, *values in rows:
        if number in numbers:
            continue
        cell = Cell(*values)
        numbers[number] = known.setdefault(cell, number)
        before = counted.get(numbers[number], Counted(cell, 0, 0.0))
        counted[numbers[number]] = Counted(cell, before.journeys + journeys_, before.value + (value or 0.0))
        sampled_sets += sampled
    return counted, numbers, sampled_sets


def are_many_tags(*found: Cells) -> bool:
    """Whether there are so many sets of tags that reading every journey costs less than looking up each set."""
    journeys_ = sum(each.journeys for cells in found for each in cells.counted.values())
    return SETS_COST * sum(cells.tag_sets for cells in found) > journeys_


def _by_day(connection: Connection, source: FromClause, period: Period, offsets: Sequence[Stretch]) -> list[OfDay]:
    began_ms, number = source.c.began_ms, source.c.cell
    day = local_midnight(began_ms, offsets).label("day")
    counted = (
        select(day, number, func.count())
        .where(*within(began_ms, period.since_ms, period.until_ms))
        .group_by(literal_column("day"), number)
    )
    rows = connection.execute(counted.execution_options(yield_per=ROWS_AT_ONCE)).partitions()
    return [OfDay(*row) for row in chain.from_iterable(rows)]
