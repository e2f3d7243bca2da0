"""Counts journeys by the values of their tags in the database, of which only those that can be shown are fetched."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from wizard.analytics.breakdown import Group
from wizard.analytics.stages import JOURNEYS, OF_STARTED, Counts
from wizard.analytics.tag_sets import MATERIALIZED, Comparison, tag_sets
from wizard.events.dimensions import TAG_DIMENSIONS
from wizard.storage.by_store import Bytewise, ConditionByStore, is_column_store

WHEN = ("now", "before")
COUNTED = (JOURNEYS, *OF_STARTED)
"""What is counted of each value: its groups have no other stages."""

OFFERED = 100
"""The values of a dimension that are offered to filter by."""

FOUND = 1000
"""The most values that are fetched because they contain a text."""


@dataclass(frozen=True)
class Wanted:
    """Which values are fetched where there are too many: `at_most` of each order that the page may show.

    Those are the most journeys, the most of `sort`, and the largest change of `metric`. With `by`, so many are fetched
    of that dimension alone, and of the others as many as selects offer; with `find`, also as many of its values that
    contain that text, in whichever case of ASCII letters.
    """

    sort: str = JOURNEYS
    metric: str = "finished"
    at_most: int = 1000
    by: str = ""
    find: str = ""

    def most_of(self, dimension: str) -> int:
        """How many values of a dimension are fetched in each order."""
        return self.at_most if self.by in ("", dimension) else min(self.at_most, OFFERED)


class Values(NamedTuple):
    """The groups of a dimension that were fetched; how many values there are in all, and how many of them `now`."""

    groups: tuple[Group, ...] = ()
    every: int = 0
    every_now: int = 0


def read_tag_values(connection: Connection, comparison: Comparison, wanted: Wanted) -> dict[str, Values]:
    """The values of each of `TAG_DIMENSIONS`, with the counts of their journeys, under the filters by all others."""
    if is_column_store(connection):  # it reads the few columns of all journeys faster than it looks sets up
        comparison = replace(comparison, are_many=True)
    groups: dict[str, list[Group]] = defaultdict(list)
    every: dict[str, tuple[int, int]] = {}
    for dimension, value, *counts in connection.execute(_statement(comparison, wanted)):
        numbers = [int(count or 0) for count in counts]
        if value is None:
            every[dimension] = (numbers[0], numbers[1])
        else:
            now, before = (dict(zip(COUNTED, each, strict=True)) for each in (numbers[::2], numbers[1::2]))
            groups[dimension].append(Group(value, Counts(now), Counts(before)))
    return {name: Values(tuple(groups[name]), *every[name]) for name in TAG_DIMENSIONS}


def _statement(comparison: Comparison, wanted: Wanted) -> CompoundSelect[Any]:
    alike = _alike(comparison)
    filters = {name: value for name, value in comparison.filters.items() if name in TAG_DIMENSIONS}
    parts: list[Select[Any]] = []
    for name in TAG_DIMENSIONS:
        parts += _parts(*_counted(alike, name, filters), name, wanted)
    return union_all(*parts)


def _alike(comparison: Comparison) -> CTE:
    """The sums of all journeys with the same tags. There are few, as a rule: each dimension is grouped from these."""
    sets = tag_sets(comparison)
    tags = [sets.c[name] for name in TAG_DIMENSIONS]
    sums = [func.sum(_times(sets, name, when)).label(f"{name}_{when}") for name in COUNTED for when in WHEN]
    # Where the journeys of a set are not selected, its values are not known.
    found = select(*tags, func.max(sets.c.started).label("is_started"), *sums).where(tags[0].is_not(None))
    return found.group_by(*tags).cte("alike_in_tags").prefix_with(MATERIALIZED)


def _counted(alike: CTE, dimension: str, filters: Mapping[str, str]) -> tuple[CTE, CTE]:
    """How many journeys of each value there are under the filters by other tags; and how far the started ones got."""
    others = [alike.c[name] == value for name, value in filters.items() if name != dimension]
    value = alike.c[dimension].label("value")
    names = [f"{name}_{when}" for name in COUNTED for when in WHEN]
    sums = [func.sum(alike.c[name]).label(name) for name in names]
    grouped = select(value, func.max(alike.c.is_started).label("is_started"), *sums).where(*others).group_by(value)
    found = grouped.cte(dimension).prefix_with(MATERIALIZED)
    every, started = (
        select(found.c.value, *(found.c[name] for name in some)) for some in (names[: len(WHEN)], names[len(WHEN) :])
    )
    return every.cte(f"{dimension}_every"), started.where(found.c.is_started == 1).cte(f"{dimension}_started")


def _times(table: CTE, name: str, when: str) -> ColumnElement[int]:
    """So many journeys, if they have the flag `name` and, but for all of them, have started."""
    count = table.c[when]
    if name == JOURNEYS:
        return count
    return count * table.c.started if name == "started" else count * table.c.started * table.c[name]


def _parts(every: CTE, started: CTE, dimension: str, wanted: Wanted) -> Iterator[Select[Any]]:
    """The rows of a dimension: a summary, and its values."""
    name = literal(dimension).label("dimension")
    counts = [column for column in (*every.c, *started.c) if column.name != "value"]
    nothing = [literal(0) for _ in counts[2:]]
    summary = [func.count(), func.sum(case((every.c.journeys_now > 0, 1), else_=0)), *nothing]
    yield select(name, null().label("value"), *summary).select_from(every)
    shown = select(union(*_lists(every, started, dimension, wanted)).subquery().c.value)
    both = every.outerjoin(started, every.c.value == started.c.value)
    yield select(name, every.c.value, *counts).select_from(both).where(every.c.value.in_(shown))


def _lists(every: CTE, started: CTE, dimension: str, wanted: Wanted) -> Iterator[Select[Any]]:
    """The values that come first in each order, and those that are looked for."""
    moved = every if wanted.metric == JOURNEYS else started
    change = func.abs(moved.c[f"{wanted.metric}_now"] - moved.c[f"{wanted.metric}_before"])
    orders: list[tuple[CTE, ColumnElement[int]]] = [(every, every.c.journeys_now), (moved, change)]
    if wanted.sort in OF_STARTED:
        orders.append((started, started.c[f"{wanted.sort}_now"]))
    for table, amount in orders:
        first = select(table.c.value).order_by(amount.desc(), Bytewise(table.c.value))
        yield select(first.limit(wanted.most_of(dimension)).subquery().c.value)
    if wanted.find and wanted.by == dimension:
        value = every.c.value
        found = (
            select(value).where(_contains(value, wanted.find)).order_by(every.c.journeys_now.desc(), Bytewise(value))
        )
        yield select(found.limit(FOUND).subquery().c.value)


def _contains(value: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a value contains a text, in whichever case of ASCII letters."""
    texts = (text, text.lower())
    return ConditionByStore(
        rows=or_(
            *(each.contains(own, autoescape=True) for each, own in zip((value, func.lower(value)), texts, strict=True))
        ),
        columns=or_(*(func.positionCaseInsensitive(value, each) > 0 for each in texts)),
    )
