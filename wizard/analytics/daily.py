"""How many journeys began on each day of a span, and how many of them reached each stage."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, Select, Text, column, func, select, values

from wizard.analytics.cube import Cells
from wizard.analytics.date_range import Span
from wizard.analytics.local_days import date_of
from wizard.analytics.report_queries import all_pairs, zero_or_one
from wizard.analytics.scope import is_selected
from wizard.analytics.stages import STAGES, Counts, reached
from wizard.events.periods import midnight_ms
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Day:
    """One day, local, and the journeys that began then."""

    date: str
    counts: Counts


def read_days(connection: Connection, span: Span, zone: ZoneInfo) -> tuple[Day, ...]:
    """Every day of `span`, those without journeys among them; all journeys but the suspect ones.

    The journeys of a day that have the same flags are a stretch of an index, and are counted there: sorting them to
    group them would take many times as long. Raises SQLAlchemyError.
    """
    found: dict[str, Counts] = defaultdict(Counts)
    for row in connection.execute(_stretches(span, zone)):
        if row.journeys:
            found[row.day].add(reached(row), row.journeys)
    return _every_day(found, span)


def days_of(cells: Cells, span: Span) -> tuple[Day, ...]:
    """The same of the journeys in `cells`, which were counted by day."""
    found: dict[str, Counts] = defaultdict(Counts)
    dates = {day_ms: date_of(day_ms) for day_ms, _, _ in cells.by_day}
    stages = {number: reached(each.cell) for number, each in cells.counted.items()}
    for day_ms, number, journeys_ in cells.by_day:
        found[dates[day_ms]].add(stages[number], journeys_)
    return _every_day(found, span)


def _every_day(found: Mapping[str, Counts], span: Span) -> tuple[Day, ...]:
    return tuple(Day(date, found.get(date, Counts())) for date in map(str, _dates(span)))


def _stretches(span: Span, zone: ZoneInfo) -> Select[Any]:
    since_ms, until_ms = span.period.since_ms or 0, span.period.until_ms or 0
    ends = [
        (
            str(day),
            max(since_ms, midnight_ms(day, zone)),
            min(until_ms, midnight_ms(day + timedelta(days=1), zone)),
        )
        for day in _dates(span)
    ]
    columns = (column("name", Text), column("since_ms", BigInteger), column("until_ms", BigInteger))
    day = values(*columns, name="day").data(ends).cte("day")
    either = [zero_or_one(name) for name in STAGES]
    alike = [journeys.c[name] == table.c.flag for name, table in zip(STAGES, either, strict=True)]
    began_ms = journeys.c.began_ms
    inside = [began_ms >= day.c.since_ms, began_ms < day.c.until_ms]
    alike = [*is_selected(journeys, "excluded"), *alike]
    count = select(func.count()).select_from(journeys).where(*alike, *inside).scalar_subquery()
    flags = (table.c.flag.label(name) for name, table in zip(STAGES, either, strict=True))
    return select(day.c.name.label("day"), *flags, count.label("journeys")).select_from(all_pairs(day, *either))


def _dates(span: Span) -> Iterable[date]:
    return (span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1))
