"""Recounts the warehouse, and compares it with the log: day by day, and where they differ, journey by journey.

Both change while this reads. A journey counts as different only if it still is when it is looked at again, and no
change of it is pending for the warehouse.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, func, select

from wizard.events.bulk import among
from wizard.events.periods import Period, iso
from wizard.events.rows import within
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.storage.subscriber_tables import pending_changes
from wizard.storage.warehouse import Warehouse
from wizard.warehouse.tables import DAY_MS, REPLACED

SUBSCRIBER = "warehouse"
LOOKS = 3
PAUSE_SECONDS = 1.0
IDS_AT_ONCE = 500
HASH = 1_000_003
"""Long numbers that say which journeys are alike are added up by their remainder."""

SUMMED: Mapping[str, Sequence[str]] = {
    "journeys": ("viewed", "started", "finished", "clicked", "converted", "handoff", "elapsed_ms", "value", "cell"),
    "journey_steps": ("viewed", "answered", "elapsed_ms", "errors", "changes", "went_back", "prefilled"),
    "events": ("turn", "elapsed_ms", "value", "gpc"),
}
"""The columns of each table whose sums are compared for each day."""

Figures = tuple[int | float, ...]
"""How many rows a day has, and the sums of their columns."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The number of rows of each table on one day (UTC), in the log and in the warehouse."""

    date: str
    log: Mapping[str, int]
    warehouse: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All days with rows, how many journeys have changes pending, and the ids of those that differ without any."""

    days: Sequence[Day]
    pending: int
    missing: Sequence[str]
    extra: Sequence[str]
    different: Sequence[str]

    @property
    def wrong(self) -> Sequence[str]:
        """All ids of journeys that are not in the warehouse as they are in the log."""
        return (*self.missing, *self.extra, *self.different)


def compare(database: Database, warehouse: Warehouse, period: Period) -> Comparison:
    """Compare a period of whole days (UTC). Raises SQLAlchemyError."""
    with database.snapshot() as log, warehouse.snapshot() as copy:
        mine, its = ({name: _figures(each, name, period) for name in REPLACED} for each in (log, copy))
        days = sorted({day for figures in (mine, its) for table in figures.values() for day in table})
        suspects: set[str] = set()
        for day in days:
            if any(mine[name].get(day) != its[name].get(day) for name in REPLACED):
                suspects |= _suspects(log, copy, day)
    confirmed = _confirmed(database, warehouse, suspects)
    with database.snapshot() as log:
        own = pending_changes.c
        pending = log.execute(select(func.count()).where(own.subscriber == SUBSCRIBER)).scalar_one()
    found = [Day(iso(day)[:10], *(_counts(figures, day) for figures in (mine, its))) for day in days]
    return Comparison(found, int(pending), *(sorted(confirmed[kind]) for kind in ("missing", "extra", "different")))


def _counts(figures: Mapping[str, Mapping[int, Figures]], day: int) -> dict[str, int]:
    return {name: int(table.get(day, (0,))[0]) for name, table in figures.items()}


def _figures(connection: Connection, name: str, period: Period) -> dict[int, Figures]:
    """The figures of each day of the period, by its first millisecond."""
    table, when = _table(name)
    day = (when - when % DAY_MS).label("day_ms")
    sums = (func.sum(_summed(table.c[column])) for column in SUMMED[name])
    found = select(day, func.count(), *sums).where(*within(when, period.since_ms, period.until_ms)).group_by(day)
    return {int(row[0]): tuple(_plain(value) for value in row[1:]) for row in connection.execute(found)}


def _table(name: str) -> tuple[Table, Column[Any]]:
    table = schema.METADATA.tables[name]
    return table, table.c[REPLACED[name].when]


def _summed(column: Column[Any]) -> ColumnElement[Any]:
    return column % HASH if column.name == "cell" else column


def _plain(value: Any) -> int | float:
    """A sum as it is on every database: PostgreSQL has decimals, and sums of floats depend on their order."""
    return round(value, 2) if isinstance(value, float) else int(value or 0)


def _suspects(log: Connection, copy: Connection, day: int) -> set[str]:
    """The journeys with rows of a day that are not the same in both."""
    found: set[str] = set()
    for name in REPLACED:
        table, when = _table(name)
        statement = select(table).where(when >= day, when < day + DAY_MS)
        rows = [{tuple(row) for row in connection.execute(statement)} for connection in (log, copy)]
        found |= {row[0] for row in rows[0] ^ rows[1]}
    return found


def _confirmed(database: Database, warehouse: Warehouse, suspects: Collection[str]) -> dict[str, list[str]]:
    """What is wrong with those journeys that still are wrong after several looks."""
    wrong = dict.fromkeys(sorted(suspects), "")
    for look in range(LOOKS if suspects else 0):
        if look and wrong:
            time.sleep(PAUSE_SECONDS)
        wrong = {
            name: kind
            for some in _slices(list(wrong), IDS_AT_ONCE)
            for name, kind in _differences(database, warehouse, some).items()
        }
    found: dict[str, list[str]] = {"missing": [], "extra": [], "different": []}
    for name, kind in wrong.items():
        found[kind].append(name)
    return found


def _differences(database: Database, warehouse: Warehouse, ids: Sequence[str]) -> dict[str, str]:
    """Which of these journeys differ and have no change pending, and how."""
    with warehouse.snapshot() as copy:  # before the log: what is written meanwhile is pending there, or seen
        its = _rows(copy, ids)
    with database.snapshot() as log:
        mine = _rows(log, ids)
        own = pending_changes.c
        pending = select(own.journey_id).where(own.subscriber == SUBSCRIBER, among(log, own.journey_id, ids))
        waiting = set(log.execute(pending).scalars())
    return {
        name: "missing" if not its[name] else "different" if mine[name] else "extra"
        for name in ids
        if name not in waiting and mine[name] != its[name]
    }


def _rows(connection: Connection, ids: Sequence[str]) -> dict[str, set[Row]]:
    """All rows of these journeys, each with the name of its table."""
    found: dict[str, set[Row]] = {name: set() for name in ids}
    for name in REPLACED:
        table, _ = _table(name)
        chosen = table.c.journey_id.in_(ids)
        for row in connection.execute(select(table).where(chosen)):
            found[row[0]].add((name, *row))
    return found


def _slices(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
