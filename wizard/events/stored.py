"""Reads events and journeys as they are stored, from the log or from the warehouse."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from wizard.events.model import Event
from wizard.events.projection import JourneyRow, ordered_by_turn
from wizard.events.rows import stored_events, within
from wizard.storage.schema import events, journeys


def in_order(since_ms: int | None = None, until_ms: int | None = None) -> Select[Any]:
    """The rows of events from `since_ms` until before `until_ms`, ordered by time and id."""
    own = events.c
    return select(events).where(*within(own.ts_ms, since_ms, until_ms)).order_by(own.ts_ms, own.event_id)


def count_events(connection: Connection, since_ms: int | None = None, until_ms: int | None = None) -> int:
    """How many events there are from `since_ms` until before `until_ms`. Raises SQLAlchemyError."""
    found = select(func.count()).select_from(events).where(*within(events.c.ts_ms, since_ms, until_ms))
    return int(connection.execute(found).scalar_one())


def trail_of(connection: Connection, journey_id: str) -> list[Event]:
    """The events of one journey, by turn; empty if there is none. Raises SQLAlchemyError."""
    return ordered_by_turn(stored_events(connection, [journey_id])[journey_id].values())


def journey_of(connection: Connection, journey_id: str) -> JourneyRow | None:
    """The row of one journey in `journeys`, or None. Raises SQLAlchemyError."""
    row = connection.execute(select(journeys).where(journeys.c.journey_id == journey_id)).mappings().one_or_none()
    return JourneyRow(**row) if row else None
