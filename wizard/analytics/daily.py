"""How many journeys began on each day of a span, and how far they came."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, Select, Text, column, func, select, values

from wizard.analytics.cube import Cell, Cells
from wizard.analytics.date_range import Span
from wizard.analytics.local_days import date_of
from wizard.analytics.report_queries import FLAGS, KINDS, all_pairs, zero_or_one
from wizard.analytics.scope import is_selected
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


def read_days(connection: Connection, span: Span, zone: ZoneInfo) -> tuple[Day, ...]:
    """Every day of `span`, those on which nobody came among them; all journeys but the suspect ones.

    The journeys of a day that came equally far are a stretch of an index, and are counted there: sorting them to group
    them would take many times as long. Raises SQLAlchemyError.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(FLAGS))
    for name, viewed, started, *came_to, _, count in connection.execute(_stretches(span, zone)):
        _add(found[name], (viewed, started, *(flag * started for flag in came_to)), count)
    return tuple(Day(name, *found.get(name, ())) for name in _dates(span))


def days_of(cells: Cells, span: Span) -> tuple[Day, ...]:
    """The same of the journeys in `cells`, which were counted by day."""
    flags = {number: _flags(each.cell) for number, each in cells.counted.items()}
    found: dict[int, list[int]] = defaultdict(lambda: [0] * len(FLAGS))
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
    either = [zero_or_one(name) for name in KINDS]
    alike = [journeys.c[name] == table.c.flag for name, table in zip(KINDS, either, strict=True)]
    began_ms = journeys.c.began_ms
    inside = [began_ms >= day.c.since_ms, began_ms < day.c.until_ms]
    alike = [*is_selected(journeys, "excluded"), *alike]
    count = select(func.count()).select_from(journeys).where(*alike, *inside).scalar_subquery()
    return select(day.c.name, *(table.c.flag for table in either), count).select_from(all_pairs(day, *either))


def _add(counts: list[int], flags: Iterable[int], count: int) -> None:
    for place, flag in enumerate(flags):
        if flag:
            counts[place] += count


def _flags(cell: Cell) -> tuple[int, ...]:
    started = cell.started
    return cell.viewed, started, started * cell.finished, started * cell.clicked, started * cell.converted


def _every(span: Span) -> Iterable[date]:
    return (span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1))


def _dates(span: Span) -> Iterable[str]:
    return map(str, _every(span))
