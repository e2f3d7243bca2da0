"""How many journeys began on each day of a span, or in each hour of a day, and how many of them reached each stage."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    func,
    literal,
    literal_column,
    select,
    text,
)

from wizard.analytics.age import TIME_COLUMNS
from wizard.analytics.date_range import Span
from wizard.analytics.local_days import offset_ms, stretches
from wizard.analytics.report_queries import all_pairs, zero_or_one
from wizard.analytics.scope import is_selected, unindexed
from wizard.analytics.selection import Selection
from wizard.analytics.stages import STAGES, Counts, reached
from wizard.analytics.tag_sets import MATERIALIZED
from wizard.events.periods import EPOCH, midnight_ms
from wizard.storage.by_store import by_store
from wizard.storage.schema import journeys


@dataclass(frozen=True, slots=True)
class Day:
    """One day, local, and the journeys that began then."""

    date: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Hour:
    """From `since_ms` until before `until_ms`, an hour by local clocks or a part of one, and the journeys of then."""

    since_ms: int
    until_ms: int
    counts: Counts


HOUR_MS = 3_600_000


def earlier(span: Span, zone: ZoneInfo) -> Span:
    """The period before that of `span`, with its own days, for `read_days` and `days_of`."""
    since_ms, until_ms = span.before.since_ms or 0, span.before.until_ms or 0
    first, last = (_local_date(ms, zone) for ms in (since_ms, until_ms - 1))
    return replace(span, period=span.before, first=first, last=last)


def _local_date(ms: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone).date()


def read_days(connection: Connection, selection: Selection, zone: ZoneInfo) -> tuple[Day, ...]:
    """Every day of the span of `selection`, those without journeys among them. Raises SQLAlchemyError."""
    found = _read(connection, selection, _days(selection.span, zone))
    return tuple(Day(date, found.get(date, Counts())) for date in map(str, _dates(selection.span)))


def _read_late(connection: Connection, selection: Selection) -> Iterator[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    """When each journey began in which something came too late to count, its stages now, and those that count."""
    own, age = journeys.c, selection.age
    columns = [own.began_ms, *(own[name] for name in STAGES), *(own[name] for name in TIME_COLUMNS)]
    for found in age.late(selection.span.period, *columns):
        for row in connection.execute(found.where(*unindexed(selection.narrowing()))):
            then = SimpleNamespace(viewed=row.viewed, **age.flags_of(row))
            yield row.began_ms, reached(row), reached(then)


def read_hours(connection: Connection, selection: Selection, zone: ZoneInfo) -> tuple[Hour, ...]:
    """Every hour of the period of `selection`, which is a day or less. Raises SQLAlchemyError.

    Hours begin where clocks in `zone` show a whole one, and where clocks are changed: a day has 23, 24 or 25 of them.
    """
    span = selection.span
    ends = list(hours_between(span.period.since_ms or 0, span.period.until_ms or 0, zone))
    found = _read(connection, selection, [(str(since_ms), since_ms, until_ms) for since_ms, until_ms in ends])
    return tuple(Hour(*each, found.get(str(each[0]), Counts())) for each in ends)


def hours_between(since_ms: int, until_ms: int, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """When each local hour from `since_ms` until before `until_ms` begins and ends; the first and last may be cut."""
    changes = [each.until_ms for each in stretches(zone, since_ms, until_ms) if each.until_ms is not None]
    at_ms = since_ms
    while at_ms < until_ms:
        whole_ms = at_ms + HOUR_MS - (at_ms + offset_ms(zone, at_ms)) % HOUR_MS
        end_ms = min([whole_ms, until_ms, *(change for change in changes if change > at_ms)])
        yield at_ms, end_ms
        at_ms = end_ms


_Ends = Sequence[tuple[str, int, int]]
"""The name of each day or hour, when it begins, and when it has ended, in ms."""


def _read(connection: Connection, selection: Selection, ends: _Ends) -> Mapping[str, Counts]:
    """The journeys of `selection` in each of `ends` that has any.

    Where all but the suspect ones are selected, those of a day that have the same flags are a stretch of an index, and
    row stores count them there: sorting them to group them would take many times as long.
    """
    names = {since_ms: name for name, since_ms, until_ms in ends if since_ms < until_ms}
    if not names:  # no day is old enough for the window
        return {}
    is_narrowed = selection.filters or selection.conditions or selection.suspects != "excluded"
    looked_up = _selected(ends, selection) if is_narrowed else _stretches(ends)
    found: dict[str, Counts] = defaultdict(Counts)
    for row in connection.execute(
        by_store(connection, rows=lambda: looked_up, columns=lambda: _grouped(list(names), selection))
    ).all():
        if row.journeys:
            found[names[row.since_ms]].add(reached(row), row.journeys)
    begins = [since_ms for _, since_ms, _ in ends]
    for at_ms, were, are in _read_late(connection, selection):
        counts = found[ends[bisect_right(begins, at_ms) - 1][0]]
        counts.add(were, -1)
        counts.add(are, 1)
    return found


def _days(span: Span, zone: ZoneInfo) -> _Ends:
    since_ms, until_ms = span.period.since_ms or 0, span.period.until_ms or 0
    return [
        (
            str(day),
            max(since_ms, midnight_ms(day, zone)),
            min(until_ms, midnight_ms(day + timedelta(days=1), zone)),
        )
        for day in _dates(span)
    ]


def _table(ends: _Ends) -> CTE:
    """A table of them. Its statement is a text, since SQLAlchemy would compile one with `values()` at each use."""
    numbers = range(len(ends))
    rows = ", ".join(f"(CAST(:since_{each} AS BIGINT), CAST(:until_{each} AS BIGINT))" for each in numbers)
    given = {f"{key}_{each}": ends[each][place] for each in numbers for place, key in enumerate(("since", "until"), 1)}
    found = text(f"SELECT column1 AS since_ms, column2 AS until_ms FROM (VALUES {rows}) AS ends")  # noqa: S608
    columns = (column("since_ms", BigInteger), column("until_ms", BigInteger))
    return found.bindparams(**given).columns(*columns).cte("part")


def _inside(part: CTE) -> ColumnElement[bool]:
    return and_(journeys.c.began_ms >= part.c.since_ms, journeys.c.began_ms < part.c.until_ms)


def _stretches(ends: _Ends) -> Select[Any]:
    """For each of `ends` and each combination of flags, how many journeys there are but the suspect ones.

    Few of the combinations occur, so those are looked up first.
    """
    either = [zero_or_one(name) for name in STAGES]
    flags = [table.c.flag.label(name) for name, table in zip(STAGES, either, strict=True)]
    of_any = [*is_selected(journeys, "excluded"), *(journeys.c[flag.name] == flag.element for flag in flags)]
    whole = [journeys.c.began_ms >= ends[0][1], journeys.c.began_ms < ends[-1][2]]
    # Not EXISTS, for which PostgreSQL would read all journeys of the span instead of looking up one of each kind.
    one = select(literal_column("1")).select_from(journeys).where(*of_any, *whole).limit(1).scalar_subquery()
    kind = select(*flags).select_from(all_pairs(*either)).where(one.is_not(None)).cte("kind").prefix_with(MATERIALIZED)
    part = _table(ends)
    alike = [*is_selected(journeys, "excluded"), *(journeys.c[name] == kind.c[name] for name in STAGES)]
    count = select(func.count()).select_from(journeys).where(*alike, _inside(part)).scalar_subquery()
    return select(part.c.since_ms, *kind.c, count.label("journeys")).select_from(all_pairs(part, kind))


def _selected(ends: _Ends, selection: Selection) -> Select[Any]:
    """The same of the journeys of `selection`, where there are any."""
    part = _table(ends)
    group = [part.c.since_ms, *(journeys.c[name] for name in STAGES)]
    counted = select(*group, func.count().label("journeys")).select_from(part.join(journeys, _inside(part)))
    return counted.where(*selection.where_by_time()).group_by(*group)


def _grouped(begins: Sequence[int], selection: Selection) -> Select[Any]:
    """The same for a column store: each journey is in the last of the days or hours that begin before it."""
    # Shards are sent the list with the type that it has by itself, of numbers without a sign.
    began_ms = func.toUInt64(journeys.c.began_ms)
    since_ms = func.roundDown(began_ms, literal(begins, ARRAY(BigInteger))).label("since_ms")
    flags = [journeys.c[name] for name in STAGES]
    counted = select(since_ms, *flags, func.count().label("journeys"))
    return counted.where(*selection.where_by_time()).group_by(since_ms, *flags)


def _dates(span: Span) -> Iterable[date]:
    return (span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1))
