"""Finds what servers of older versions have stored while they run beside newer ones.

Whoever stores events counts them in the ledger in the same transaction, in rows of its version's own workers. So the
counts of older versions grow exactly if an older server stores something, and say on which days its events happened.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from wizard.storage import schema
from wizard.storage.log_state import replacing
from wizard.storage.upkeep_tables import older_servers as table

WORKERS = 64
"""How many workers of one version there are in the ledger."""

FIRST_WORKER = int(schema.VERSION) * WORKERS
"""The first worker of this version. Versions before 0012 had the workers from 0 on."""


def stored_by_older(connection: Connection) -> dict[int, int]:
    """How many events older servers have ever stored, by the first millisecond of the events' day (UTC)."""
    own = schema.ledger.c
    found = (
        select(own.day_ms, func.sum(own.events))
        .where(own.worker < FIRST_WORKER, own.outcome == "stored")
        .group_by(own.day_ms)
    )
    return {day_ms: int(events) for day_ms, events in connection.execute(found)}


def remembered(connection: Connection) -> dict[int, int]:
    """What `stored_by_older` was when it was last remembered."""
    return {day_ms: int(events) for day_ms, events in connection.execute(select(table.c.day_ms, table.c.events))}


def remember(connection: Connection, stored: Mapping[int, int]) -> None:
    """Remember what `stored_by_older` was. Its counts only grow, so those of other days stay as they are."""
    if stored:
        rows = [{"day_ms": day_ms, "events": events} for day_ms, events in stored.items()]
        connection.execute(replacing(connection, table), rows)
