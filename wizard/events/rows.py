"""Queries and statements for rows of the log's tables, on SQLite and PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite

from wizard.events.bulk import among, write_rows
from wizard.events.model import Event
from wizard.events.projection import Folded, JourneyRow, StepRow
from wizard.events.record import stored
from wizard.storage import schema

JOURNEY_TABLES = (schema.journey_steps, schema.journeys)
"""The tables that follow from the events."""

Row = JourneyRow | StepRow


@cache
def upsert(table: Table, *, is_sqlite: bool, add: str | None = None) -> Insert:
    """Insert a row, or update the one with the same key: the column `add` is increased, others are replaced."""
    dialect = sqlite if is_sqlite else postgresql
    statement: sqlite.Insert | postgresql.Insert = dialect.insert(table)
    keys = [column.name for column in table.primary_key]
    values: dict[str, ColumnElement[Any]] = {
        column.name: statement.excluded[column.name] for column in table.c if column.name not in keys
    }
    if add:
        values[add] = table.c[add] + statement.excluded[add]
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


@cache
def insert_if_absent(table: Table, *, is_sqlite: bool) -> Insert:
    """Insert a row, unless there is one with the same key."""
    dialect = sqlite if is_sqlite else postgresql
    return dialect.insert(table).on_conflict_do_nothing()  # type: ignore[no-any-return]


def stored_ids(connection: Connection, journey_ids: Sequence[str]) -> dict[str, set[str]]:
    """The ids of the stored events of each journey, read from the primary key's index."""
    found: dict[str, set[str]] = {name: set() for name in journey_ids}
    own = schema.events.c
    ids = select(own.journey_id, own.event_id).where(among(connection, own.journey_id, journey_ids))
    for name, event_id in connection.execute(ids).all():
        found[name].add(event_id)
    return found


def stored_events(connection: Connection, journey_ids: Sequence[str]) -> dict[str, dict[str, Event]]:
    """The stored events of each journey, by their stored ids."""
    events: dict[str, dict[str, Event]] = {name: {} for name in journey_ids}
    found = select(schema.events).where(among(connection, schema.events.c.journey_id, journey_ids))
    for row in connection.execute(found).all():
        record = dict(zip(_EVENT_NAMES, row, strict=True))
        events[record["journey_id"]][record["event_id"]] = stored(record)
    return events


def stored_rows(connection: Connection, journey_ids: Sequence[str]) -> dict[str, set[Row]]:
    """The rows of each journey in `journeys` and `journey_steps`, correct or not."""
    rows: dict[str, set[Row]] = {name: set() for name in journey_ids}
    for table, kind in ((schema.journeys, JourneyRow), (schema.journey_steps, StepRow)):
        found = select(table).where(among(connection, table.c.journey_id, journey_ids))
        for row in connection.execute(found).mappings():
            rows[row["journey_id"]].add(kind(**row))
    return rows


def stored_steps(connection: Connection, journey_ids: Sequence[str]) -> dict[str, set[StepRow]]:
    """The rows of each journey in `journey_steps`."""
    rows: dict[str, set[StepRow]] = {name: set() for name in journey_ids}
    if journey_ids:
        own = schema.journey_steps.c
        columns = (own[field.name] for field in fields(StepRow))
        for row in connection.execute(select(*columns).where(among(connection, own.journey_id, journey_ids))).all():
            rows[row[0]].add(StepRow(*row))
    return rows


def rows_of(folded: Folded | None) -> set[JourneyRow | StepRow]:
    """The rows that follow from a journey's events; none if it has no events."""
    return {folded.journey, *folded.steps} if folded else set()


def within(when: ColumnElement[int], since_ms: int | None, until_ms: int | None) -> list[ColumnElement[bool]]:
    """The conditions that `when` is from `since_ms` until before `until_ms`. None leaves that end open."""
    found = []
    if since_ms is not None:
        found.append(when >= since_ms)
    if until_ms is not None:
        found.append(when < until_ms)
    return found


def replace_rows(connection: Connection, before: Mapping[str, Collection[StepRow]], after: Iterable[Folded]) -> None:
    """Write the rows `after`, but not steps that are as `before` in their journey, and delete steps that are gone."""
    journeys: list[JourneyRow] = []
    steps: list[StepRow] = []
    for folded in after:
        own = folded.journey.journey_id
        old = before.get(own, ())
        journeys.append(folded.journey)
        steps += [row for row in folded.steps if row not in old]
        gone = {row.step for row in old} - {row.step for row in folded.steps}
        if gone:
            table = schema.journey_steps
            connection.execute(delete(table).where(table.c.journey_id == own, table.c.step.in_(gone)))
    write_rows(connection, schema.journeys, list(map(_JOURNEY_VALUES, journeys)), replace=True)
    write_rows(connection, schema.journey_steps, list(map(_STEP_VALUES, steps)), replace=True)


def lock_journeys(connection: Connection, journey_ids: Sequence[str]) -> None:
    """Lock these journeys until the end of the transaction, always in the same order, and before them the change feed.

    The lock of the change feed is shared by all who lock journeys: while it is held, no subscriber is added or removed.
    Does nothing on SQLite, which allows only one write transaction at a time.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_JOURNEY_LOCKS, {"names": list(journey_ids)})


FEED_LOCK = 0x57495B
"""Any number, as long as it stays."""

_JOURNEY_LOCKS = text(
    f"SELECT pg_advisory_xact_lock_shared({FEED_LOCK}), pg_advisory_xact_lock(hashtextextended(name, 0)) "  # noqa: S608  # our own number
    "FROM unnest(CAST(:names AS text[])) name"
)

_EVENT_NAMES = tuple(schema.events.c.keys())
_JOURNEY_VALUES = attrgetter(*schema.journeys.c.keys())
_STEP_VALUES = attrgetter(*schema.journey_steps.c.keys())
