"""Counts journeys by their cells: what is alike in all that the dashboard tells apart is counted once."""

from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, distinct, func, select

from wizard.analytics.age import ANY, TIME_COLUMNS, Age
from wizard.analytics.scope import Suspects, unindexed
from wizard.analytics.tag_sets import matching
from wizard.events.cell import UNTAGGED
from wizard.events.dimensions import DIMENSIONS
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.by_store import is_column_store
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
        if suspects != "included" and bool(self.suspect) != (suspects == "only"):
            return False
        return not filters or all(DIMENSIONS[name].value_of(self) == value for name, value in filters.items())


class Counted(NamedTuple):
    """How many journeys of a cell there are, and what they are worth together."""

    cell: Cell
    journeys: int
    value: float


@dataclass(frozen=True, slots=True)
class Cells:
    """The journeys of a period: each cell by its number. `tag_sets` is about how many cells with tags there are."""

    counted: Mapping[int, Counted]
    tag_sets: int = 0

    def of(self, filters: Mapping[str, str], suspects: Suspects) -> "Cells":
        """Those that are selected, and for which `filters` hold: dimension to value, without those of tags."""
        if not filters and suspects == "included":
            return self
        kept = {number: each for number, each in self.counted.items() if each.cell.has(filters, suspects)}
        return Cells(kept, self.tag_sets)

    def count_by(self, value_of: Callable[[Cell], str]) -> dict[str, int]:
        """How many journeys there are of each value that their cells have, such as a dimension's."""
        found: Counter[str] = Counter()
        for cell, journeys_, _ in self.counted.values():
            found[value_of(cell)] += journeys_
        return found


@dataclass(frozen=True)
class Limits:
    """Which journeys are counted, by their tags (dimension to value) and by `conditions`, and what counts in them."""

    tags: Mapping[str, str] = field(default_factory=dict)
    conditions: Sequence[ColumnElement[bool]] = ()
    age: Age = ANY

    @property
    def held(self) -> list[ColumnElement[bool]]:
        """What must hold of a row of `journeys`, in one expression that no index is searched for."""
        return unindexed([*self.conditions, *(DIMENSIONS[name].value == tag for name, tag in self.tags.items())])


NO_LIMITS = Limits()


def read_cells(connection: Connection, period: Period, limits: Limits = NO_LIMITS) -> Cells:
    """The journeys of `period` within `limits`."""
    source = _source(period, limits, looks_up=not is_column_store(connection))
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
    # PostgreSQL would read the whole table, but for the period.
    own = journeys.c
    alike = and_(own.began_ms == one.c.began_ms, own.cell == one.c.cell)
    first = one.join(journeys, and_(alike, *within(own.began_ms, period.since_ms, period.until_ms)))
    columns = [own[name] for name in UNTAGGED]
    found = select(one.c.cell, one.c.journeys, one.c.value, one.c.sampled, *columns).select_from(first)
    counted, numbers, sampled_sets = _merged(connection.execute(found).all())
    _set_back(counted, _late(connection, period, limits), limits.age)
    return Cells(counted, len(numbers) + SAMPLED * sampled_sets)


def _source(period: Period, limits: Limits, *, looks_up: bool) -> FromClause:
    """Where the journeys are read from: the index of cells, unless their rows have to be looked at.

    Without `looks_up`, for a column store, the rows are looked at where only some of them count.
    """
    if not limits.conditions and not limits.tags:
        return journeys
    if not limits.conditions and looks_up:
        return matching(period, limits.tags)
    own = journeys.c
    inside = within(own.began_ms, period.since_ms, period.until_ms)
    return select(own.began_ms, own.cell, own.tags, own.value).where(*inside, *limits.held).subquery("held")


def _late(connection: Connection, period: Period, limits: Limits) -> Iterator[Any]:
    """The journeys in which something came too late to count."""
    own = journeys.c
    names = ("began_ms", "value", *TIME_COLUMNS, *UNTAGGED)
    for found in limits.age.late(period, *(own[name] for name in names)):
        yield from connection.execute(found.where(*limits.held))


def _set_back(counted: dict[int, Counted], late: Iterable[Any], age: Age) -> None:
    """Count these journeys in the cells of what they had reached when they were so old."""
    numbers = {each.cell: number for number, each in counted.items()}
    for row in late:
        whole = Cell(*(getattr(row, name) for name in UNTAGGED))
        flags = age.flags_of(row)
        then = whole._replace(**flags, clicked_position=whole.clicked_position if flags["clicked"] else "")
        if then == whole:
            continue
        for cell, by, value in ((whole, -1, row.value), (then, 1, row.value if flags["converted"] else 0.0)):
            number = numbers.setdefault(cell, -len(numbers) - 1)
            before = counted.get(number, Counted(cell, 0, 0.0))
            counted[number] = Counted(cell, before.journeys + by, before.value + by * (value or 0.0))
            if not counted[number].journeys:
                del counted[number]


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
