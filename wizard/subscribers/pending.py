"""The pending changes of a subscriber: reads them, and removes those that were delivered, in one transaction each."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, case, select, text, update

from wizard.events.rows import lock_journeys
from wizard.storage.subscriber_tables import pending_changes, subscribers
from wizard.subscribers.subscriber import Change

RETRY_MS = (1_000, 10_000)
"""When a change that was refused is tried again, after the first time and the second. After a third, it is dead."""

MAX_ERROR = 500


def waiting_changes(connection: Connection, name: str, after: str, at_most: int, now_ms: int) -> list[Change]:
    """Up to `at_most` changes that can be delivered now, by id, of journeys with a greater id than `after`."""
    own = pending_changes.c
    found = (
        select(own.journey_id, own.version, own.is_gone)
        .where(own.subscriber == name, own.journey_id > after, own.is_dead == 0, own.retry_ms <= now_ms)
        .order_by(own.journey_id)
        .limit(at_most)
    )
    return [Change(journey_id, version, bool(is_gone)) for journey_id, version, is_gone in connection.execute(found)]


def is_any_pending(connection: Connection, name: str) -> bool:
    """Whether any change is yet to be delivered, now or later."""
    own = pending_changes.c
    found = select(own.journey_id).where(own.subscriber == name, own.is_dead == 0).limit(1)
    return connection.execute(found).first() is not None


def remove_delivered(connection: Connection, name: str, changes: Sequence[Change]) -> int:
    """Remove these changes, but not those of journeys that have changed since.

    Returns how many were removed, each counted as often as it was noted.
    """
    if not changes:
        return 0
    if connection.dialect.name == "sqlite":
        # The ids of erased journeys should not stay in the file.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        given = json.dumps([(change.journey_id, change.version) for change in changes])
        removed = connection.exec_driver_sql(_REMOVE_ON_SQLITE, (name, given)).scalars()
    else:
        values = {
            "name": name,
            "journeys": [change.journey_id for change in changes],
            "versions": [change.version for change in changes],
        }
        removed = connection.execute(_REMOVE, values).scalars()
    return sum(removed)


def refuse(connection: Connection, name: str, changes: Iterable[Change], now_ms: int) -> int:
    """Note that these changes were refused. Returns how many are dead now."""
    own = pending_changes.c
    versions = {change.journey_id: change.version for change in changes}
    lock_journeys(connection, sorted(versions))  # as all do that change several pending rows
    dead = 0
    for journey_id in sorted(versions):
        this = (own.subscriber == name, own.journey_id == journey_id, own.version == versions[journey_id])
        attempts = connection.execute(select(own.attempts).where(*this)).scalar()
        if attempts is None:  # it has changed since
            continue
        is_dead = attempts >= len(RETRY_MS)
        retry_ms = 0 if is_dead else now_ms + RETRY_MS[attempts]
        changed = update(pending_changes).where(*this)
        connection.execute(changed.values(attempts=attempts + 1, retry_ms=retry_ms, is_dead=int(is_dead)))
        dead += is_dead
    return dead


def record_delivery(connection: Connection, name: str, changes: int, version: int, now_ms: int) -> None:
    """Count delivered changes, the newest of which has this `version`; the subscriber takes changes again."""
    own = subscribers.c
    newest = case((own.version < version, version), else_=own.version)
    delivered = {"delivered": own.delivered + changes, "version": newest, "last_delivered_ms": now_ms}
    taking = {"failing_since_ms": None, "last_error": ""}
    connection.execute(update(subscribers).where(own.name == name).values(**delivered, **taking))


def record_failure(connection: Connection, name: str, error: str, now_ms: int) -> None:
    """Note since when, and why, nothing can be delivered."""
    own = subscribers.c
    since = case((own.failing_since_ms.is_(None), now_ms), else_=own.failing_since_ms)
    failing = {"failing_since_ms": since, "last_error": error[:MAX_ERROR]}
    connection.execute(update(subscribers).where(own.name == name).values(**failing))


_REMOVE_ON_SQLITE = (
    "DELETE FROM pending_changes WHERE subscriber = ? AND (journey_id, version) IN "
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) RETURNING notes"
)
# Rows that a transaction is about to change stay, so that neither waits for the other.
_REMOVE = text(
    "WITH given AS (SELECT * FROM unnest(CAST(:journeys AS text[]), CAST(:versions AS bigint[])) AS g (id, version)), "
    "free AS MATERIALIZED (SELECT p.subscriber, p.journey_id FROM pending_changes p JOIN given g "
    "ON p.journey_id = g.id AND p.version = g.version WHERE p.subscriber = :name FOR UPDATE OF p SKIP LOCKED) "
    "DELETE FROM pending_changes p USING free WHERE p.subscriber = free.subscriber AND p.journey_id = free.journey_id "
    "RETURNING p.notes"
)
