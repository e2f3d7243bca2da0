"""Finds the tags of journeys without reading each: those of one cell with the same tags are looked up once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from wizard.analytics.age import ANY, Age
from wizard.analytics.scope import Suspects, is_selected, unindexed
from wizard.analytics.stages import OF_STARTED
from wizard.events.dimensions import DIMENSIONS, TAG_DIMENSIONS
from wizard.events.periods import Period
from wizard.events.rows import within
from wizard.storage.schema import journeys

MATERIALIZED = "MATERIALIZED"


@dataclass(frozen=True)
class Comparison:
    """The journeys of two periods that are counted, under filters (dimension to value) and a choice of suspects.

    `ages` say until when what happens counts in each, `conditions` what else must hold of a journey of each.
    `are_many` says that there are nearly as many sets of tags as journeys.
    """

    now: Period
    before: Period
    filters: Mapping[str, str] = field(default_factory=dict)
    suspects: Suspects = "excluded"
    are_many: bool = False
    ages: tuple[Age, Age] = (ANY, ANY)
    conditions: tuple[Sequence[ColumnElement[bool]], Sequence[ColumnElement[bool]]] = ((), ())


def matching(period: Period, tag_filters: Mapping[str, str]) -> Subquery:
    """The journeys of `period` with these tags, as far as the index of cells knows them."""
    rows = journeys.c
    inside = within(rows.began_ms, period.since_ms, period.until_ms)
    alike = (
        select(rows.cell, rows.tags, func.min(rows.began_ms).label("began_ms"))
        .where(*inside)
        .group_by(rows.cell, rows.tags)
        .cte("alike")
        .prefix_with(MATERIALIZED)
    )
    found = alike.c
    values = [DIMENSIONS[name].value.label(name) for name in tag_filters]
    known = (
        select(found.cell, found.tags, *values)
        .select_from(alike.outerjoin(journeys, _same(alike)))
        .distinct()
        .cte("known")
        .prefix_with(MATERIALIZED)
    )
    matches = [known.c[name] == value for name, value in tag_filters.items()]
    chosen = select(known.c.cell, known.c.tags).where(*matches).distinct().cte("chosen").prefix_with(MATERIALIZED)
    return (
        select(rows.began_ms, rows.cell, rows.tags, rows.value)
        .select_from(journeys.join(chosen, (rows.cell == chosen.c.cell) & (rows.tags == chosen.c.tags)))
        .where(*inside)
        .subquery("matching")
    )


def tag_sets(comparison: Comparison) -> CTE:
    """The journeys that are selected but for the filters by tags: how many `now` and `before`, their flags and tags.

    There is a row for each cell and set of tags; where there are nearly as many of them as journeys, one for each
    journey, since reading all costs less then than grouping them first.
    """
    if comparison.are_many or any(comparison.conditions):
        return union_all(*_each(comparison)).cte("known").prefix_with(MATERIALIZED)
    found = _alike(comparison)
    late = list(_late(comparison))
    if not late:
        return found
    names = [*TAG_DIMENSIONS, "now", "before", *OF_STARTED]
    return union_all(select(*(found.c[name] for name in names)), *late).cte("of_age").prefix_with(MATERIALIZED)


def _each(comparison: Comparison) -> Iterator[Select[Any]]:
    """A row for each journey of either period."""
    for is_now, (period, age) in enumerate(_periods(comparison)):
        inside = within(journeys.c.began_ms, period.since_ms, period.until_ms)
        held = [*_beside_tags(comparison), *unindexed(comparison.conditions[1 - is_now])]
        columns: list[ColumnElement[Any]] = [*_tag_values(), *_counts(is_now, 1), *_flags(age)]
        yield select(*columns).where(*inside, *held)


def _late(comparison: Comparison) -> Iterator[Select[Any]]:
    """Takes off the journeys in which something came too late to count, and adds what they had reached by then."""
    for is_now, (period, age) in enumerate(_periods(comparison)):
        for by, flags in ((-1, _flags(ANY)), (1, _flags(age))):
            for found in age.late(period, *_tag_values(), *_counts(is_now, by), *flags):
                yield found.where(*_beside_tags(comparison))


def _periods(comparison: Comparison) -> tuple[tuple[Period, Age], tuple[Period, Age]]:
    """The period before, and this one, each with its age."""
    return (comparison.before, comparison.ages[1]), (comparison.now, comparison.ages[0])


def _tag_values() -> list[ColumnElement[str]]:
    return [DIMENSIONS[name].value.label(name) for name in TAG_DIMENSIONS]


def _counts(is_now: int, by: int) -> list[ColumnElement[int]]:
    return [
        cast(literal_column(str(count)), BigInteger).label(name)
        for name, count in (("now", by * is_now), ("before", by * (1 - is_now)))
    ]


def _flags(age: Age) -> list[ColumnElement[int]]:
    return [(age.flag(name) if age.is_limited else journeys.c[name]).label(name) for name in OF_STARTED]


def _alike(comparison: Comparison) -> CTE:
    """A row for each cell and set of tags."""
    rows = journeys.c
    values = _tag_values()
    flags = [rows[name] for name in OF_STARTED]
    is_now = case((rows.began_ms >= (comparison.now.since_ms or 0), 1), else_=0)
    alike = (
        select(
            is_now.label("is_now"),
            rows.cell,
            rows.tags,
            func.count().label("journeys"),
            func.min(rows.began_ms).label("began_ms"),
        )
        .where(*_either(comparison))
        .group_by(literal_column("is_now"), rows.cell, rows.tags)
        .cte("alike")
        .prefix_with(MATERIALIZED)
    )
    found = alike.c
    counts = [
        # ClickHouse has types of many sizes, with and without a sign, and unites no columns of several.
        cast(found.journeys * found.is_now, BigInteger).label("now"),
        cast(found.journeys * (literal_column("1") - found.is_now), BigInteger).label("before"),
    ]
    # Of one millisecond there may be several alike. The condition is on what is joined, and not in `WHERE`: only an
    # outer join has SQLite look up the few in the many, and not the other way around.
    return (
        select(*values, *counts, *flags, found.cell, found.tags)
        .select_from(alike.outerjoin(journeys, and_(_same(alike), *_whole(comparison), *_beside_tags(comparison))))
        .distinct()
        .cte("known")
        .prefix_with(MATERIALIZED)
    )


def _beside_tags(comparison: Comparison) -> list[ColumnElement[bool]]:
    """What holds of the journeys, but for their tags; as texts that no index is searched for."""
    filters = [
        DIMENSIONS[name].value == value for name, value in comparison.filters.items() if name not in TAG_DIMENSIONS
    ]
    return unindexed([*is_selected(journeys, comparison.suspects), *filters])


def _same(alike: CTE) -> ColumnElement[bool]:
    """What holds of the first journey of a cell and set of tags, by the index that counts them."""
    rows, found = journeys.c, alike.c
    return and_(rows.began_ms == found.began_ms, rows.cell == found.cell, rows.tags == found.tags)


def _either(comparison: Comparison) -> list[ColumnElement[bool]]:
    """What holds of the journeys of either period; the first two conditions are for the index."""
    began_ms = journeys.c.began_ms
    periods = [and_(*within(began_ms, each.since_ms, each.until_ms)) for each in (comparison.now, comparison.before)]
    return [*_whole(comparison), or_(*periods)]


def _whole(comparison: Comparison) -> list[ColumnElement[bool]]:
    """What holds of the journeys of both periods, and of those between: without it PostgreSQL reads all there are."""
    return within(journeys.c.began_ms, comparison.before.since_ms, comparison.now.until_ms)
