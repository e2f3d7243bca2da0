"""How many journeys began on each day of a span, and how far they came."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, Select, Text, column, func, select, values

from wizard.analytics.cube import Cells
from wizard.analytics.date_range import Span
from wizard.analytics.local_days import date_of
from wizard.analytics.report_queries import all_pairs, zero_or_one
from wizard.analytics.scope import is_selected
from wizard.analytics.stages import STAGES
from wizard.events.periods import midnight_ms
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Day:
    """One day, local: how many journeys began then, and how far those came; the last three are of the started."""

    date: str
    viewed: int = 0
    started: int = 0
    finished: int = 0
    clicked: int = 0
    converted: int = 0


ON_DAYS = tuple(STAGES[each.name] for each in fields(Day)[1:])


def read_days(connection: Connection, span: Span, zone: ZoneInfo) -> tuple[Day, ...]:
    """Every day of `span`, those on which nobody came among them; all journeys but the suspect ones.

    The journeys of a day that came equally far are a stretch of an index, and are counted there: sorting them to group
    them would take many times as long. Raises SQLAlchemyError.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(ON_DAYS))
    for row in connection.execute(_stretches(span, zone)):
        if row.journeys:
            _add(found[row.day], _reached(row), row.journeys)
    return tuple(Day(name, *found.get(name, ())) for name in _dates(span))


def days_of(cells: Cells, span: Span) -> tuple[Day, ...]:
    """The same of the journeys in `cells`, which were counted by day."""
    flags = {number: _reached(each.cell) for number, each in cells.counted.items()}
    found: dict[int, list[int]] = defaultdict(lambda: [0] * len(ON_DAYS))
    for day_ms, number, count in cells.by_day:
        _add(found[day_ms], flags[number], count)
    named = {date_of(day_ms): counts for day_ms, counts in found.items()}
    return tuple(Day(name, *named.get(name, ())) for name in _dates(span))


def _stretches(span: Span, zone: ZoneInfo) -> Select[Any]:
    since_ms, until_ms = span.period.since_ms or 0, span.period.until_ms or 0
    ends = [
        (
            str(day),
            max(since_ms, midnight_ms(day, zone)),
            min(until_ms, midnight_ms(day + timedelta(days=1), zone)),
        )
        for day in _every(span)
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


def _add(counts: list[int], places: Iterable[int], count: int) -> None:
    for place in places:
        counts[place] += count


def _reached(row: Any) -> tuple[int, ...]:
    """The places of the stages that a row, or its cell, is counted in."""
    return tuple(place for place, stage in enumerate(ON_DAYS) if stage.holds(row))


def _every(span: Span) -> Iterable[date]:
    return (span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1))


def _dates(span: Span) -> Iterable[str]:
    return map(str, _every(span))
