"""Erased journeys: their number, and marks (keyed hashes), so that their waiting events are not stored."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from wizard.events.admission import DAY_MS
from wizard.storage import schema

PURPOSE = "wizard.erasures.1"
KEPT_DAYS = 400
"""Longer than any journal waits, or any page stays open."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many journeys and events were erased."""

    journeys: int = 0
    events: int = 0

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(self.journeys + other.journeys, self.events + other.events)


def no_keys() -> Sequence[str]:
    """For a log whose erased journeys are marked without a key."""
    return ("",)


def mark(journey_id: str, key: str) -> str:
    """The mark of a journey."""
    return hmac.new(key.encode(), f"{PURPOSE}\0{journey_id}".encode(), hashlib.sha256).hexdigest()[:32]


def add_marks(connection: Connection, journey_ids: Iterable[str], keys: Sequence[str], now_ms: int) -> None:
    """Mark these journeys as erased, and delete marks older than `KEPT_DAYS`."""
    table = schema.erasures
    connection.execute(delete(table).where(table.c.erased_ms < now_ms - KEPT_DAYS * DAY_MS))
    missing = set(journey_ids) - erased_among(connection, journey_ids, keys)
    if missing:
        rows = [{"mark": mark(name, keys[0]), "erased_ms": now_ms} for name in sorted(missing)]
        connection.execute(table.insert(), rows)


def erased_among(connection: Connection, journey_ids: Iterable[str], keys: Sequence[str]) -> set[str]:
    """Those of the journeys that were erased, marked with any of the keys."""
    names = {mark(name, key): name for name in journey_ids for key in keys}
    table = schema.erasures
    found = connection.execute(select(table.c.mark).where(table.c.mark.in_(names))).scalars()
    return {names[each] for each in found}


def any_marks(connection: Connection) -> bool:
    """Whether any journey is marked."""
    return connection.execute(select(schema.erasures.c.mark).limit(1)).first() is not None
