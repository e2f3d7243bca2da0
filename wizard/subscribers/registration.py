"""Adds subscribers to the change feed and removes them; asks for a backfill, and for dead changes to be tried again."""

import time
from collections.abc import Iterable
from functools import partial

from sqlalchemy import Connection, delete, insert, select, update

from wizard.errors import WizardError
from wizard.events.bulk import among
from wizard.events.change_feed import lock_feed
from wizard.events.rows import lock_journeys
from wizard.storage.database import Database
from wizard.storage.subscriber_tables import changes_due, pending_changes, subscribers

ROWS_AT_ONCE = 500


class SubscriberUnknown(WizardError):
    """No subscriber of this name is in the log; the message says which there are."""


def known_subscribers(database: Database) -> list[str]:
    """The names of all subscribers in the log, sorted. Raises SQLAlchemyError."""
    with database.reader.connect() as connection:
        return sorted(connection.execute(select(subscribers.c.name)).scalars())


def register(database: Database, names: Iterable[str]) -> list[str]:
    """Add those that are not in the log yet, with a backfill to be done. Returns their names. Raises SQLAlchemyError.

    All changes from then on are noted for them.
    """
    known = set(known_subscribers(database))  # without the lock: at most starts there is nothing to add
    missing = sorted(set(names) - known)
    return [name for name in missing if database.write(partial(_add, name=name))]


def remove(database: Database, name: str) -> None:
    """Remove a subscriber with all that is pending for it. Raises SubscriberUnknown and SQLAlchemyError.

    If this is interrupted, `register` removes the rest.
    """
    _require(database, name)
    database.write(partial(_remove, name=name))
    while database.write(partial(_remove_some, name=name)):
        _let_others_write(database)


def restart_backfill(database: Database, name: str) -> None:
    """Have all journeys of the log noted anew for a subscriber. Raises SubscriberUnknown and SQLAlchemyError."""
    _require(database, name)
    again = update(subscribers).where(subscribers.c.name == name).values(backfill_after="", backfilled=0)
    database.write(lambda connection: connection.execute(again))


def retry_dead(database: Database, name: str) -> int:
    """Make dead changes pending again. Returns their number. Raises SubscriberUnknown and SQLAlchemyError."""
    _require(database, name)
    retried = 0
    while found := database.write(partial(_retry_some, name=name)):
        retried += found
        _let_others_write(database)
    return retried


def _require(database: Database, name: str) -> None:
    known = known_subscribers(database)
    if name not in known:
        allowed = f"allowed: {', '.join(known)}" if known else "the log has no subscribers"
        raise SubscriberUnknown(f"NAME: given {name!r}; {allowed}")


def _add(connection: Connection, name: str) -> bool:
    lock_feed(connection)
    if connection.execute(select(subscribers.c.name).where(subscribers.c.name == name)).first():
        return False  # another server has added it meanwhile
    connection.execute(delete(pending_changes).where(pending_changes.c.subscriber == name))
    connection.execute(delete(changes_due).where(changes_due.c.subscriber == name))
    row = {"version": 0, "backfill_after": "", "backfilled": 0, "delivered": 0, "last_error": ""}
    connection.execute(insert(subscribers).values(name=name, **row))
    return True


def _remove(connection: Connection, name: str) -> None:
    lock_feed(connection)
    connection.execute(delete(subscribers).where(subscribers.c.name == name))
    connection.execute(delete(changes_due).where(changes_due.c.subscriber == name))


def _remove_some(connection: Connection, name: str) -> int:
    own = pending_changes.c
    some = list(connection.execute(select(own.journey_id).where(own.subscriber == name).limit(ROWS_AT_ONCE)).scalars())
    connection.execute(delete(pending_changes).where(own.subscriber == name, among(connection, own.journey_id, some)))
    return len(some)


def _retry_some(connection: Connection, name: str) -> int:
    own = pending_changes.c
    dead = (own.subscriber == name, own.is_dead == 1)
    some = sorted(connection.execute(select(own.journey_id).where(*dead).limit(ROWS_AT_ONCE)).scalars())
    lock_journeys(connection, some)  # as all do that change several pending rows
    found = select(own.notes).where(*dead, among(connection, own.journey_id, some))
    notes = int(sum(connection.execute(found).scalars()))
    again = update(pending_changes).where(*dead, among(connection, own.journey_id, some))
    connection.execute(again.values(is_dead=0, attempts=0, retry_ms=0))
    return notes


def _let_others_write(database: Database) -> None:
    if database.is_sqlite:
        time.sleep(0.01)
