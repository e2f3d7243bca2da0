"""Notes which journeys change, for each subscriber, in the transaction that changes them.

A row of `pending_changes` stands for all changes of one journey that a subscriber is yet to get. It is removed when
the subscriber has got them, so that no change is skipped, whenever its transaction commits.
"""

import json
from collections.abc import Collection

from sqlalchemy import Connection, text

from wizard.clock import system_ms
from wizard.events.ledger_writer import own_worker
from wizard.events.rows import FEED_LOCK


def note(connection: Connection, journey_ids: Collection[str], *, is_gone: bool, only: str = "") -> None:
    """Note that these journeys change in this transaction, or are gone, for all subscribers or `only` for one.

    The caller holds the locks of the journeys and of the feed (`lock_journeys`), so that versions grow in the order of
    the changes, and a transaction that has not seen a new subscriber ends before its backfill begins. Where there is no
    subscriber, nothing is written. Raises SQLAlchemyError.
    """
    if not journey_ids:
        return
    names = sorted(journey_ids)
    if connection.dialect.name == "sqlite":
        _note_on_sqlite(connection, names, is_gone=is_gone, only=only)
        return
    values = {"names": names, "gone": int(is_gone), "now_ms": system_ms(), "worker": own_worker(), "only": only}
    connection.execute(_NOTE, values)


def lock_feed(connection: Connection) -> None:
    """Wait until no other transaction notes changes, and keep others from it until the end of this one."""
    if connection.dialect.name != "sqlite":  # where only one transaction writes at a time
        connection.execute(_ALONE)


def _note_on_sqlite(connection: Connection, names: list[str], *, is_gone: bool, only: str) -> None:
    now_ms = system_ms()
    versions = connection.exec_driver_sql(_NEW_VERSIONS, (now_ms * 1000, only)).all()
    if not versions:
        return
    given, worker = json.dumps(names), own_worker()
    for name, version in versions:
        connection.exec_driver_sql(_NOTE_ON_SQLITE, (name, version, int(is_gone), now_ms, given))
        connection.exec_driver_sql(_COUNT_ON_SQLITE, (name, worker, len(names)))


_COLUMNS = "subscriber, journey_id, version, is_gone, notes, noted_ms, attempts, retry_ms, is_dead"
_IN_PLACE = (
    "ON CONFLICT (subscriber, journey_id) DO UPDATE SET notes = pending_changes.notes + 1, attempts = 0, retry_ms = 0, "
    # A journey that was erased and begun again is to be removed first.
    "is_dead = 0, is_gone = CASE WHEN pending_changes.is_gone = 1 THEN 1 ELSE excluded.is_gone END"
)
_ADDED = "ON CONFLICT (subscriber, worker) DO UPDATE SET changes = changes_due.changes + excluded.changes"

_NEW_VERSIONS = "UPDATE subscribers SET version = max(version + 1, ?) WHERE ? IN ('', name) RETURNING name, version"
_NOTE_ON_SQLITE = (
    f"INSERT INTO pending_changes ({_COLUMNS}) SELECT ?, value, ?, ?, 1, ?, 0, 0, 0 FROM json_each(?) WHERE true "  # noqa: S608  # our own names
    f"{_IN_PLACE}, version = excluded.version"
)
_COUNT_ON_SQLITE = f"INSERT INTO changes_due (subscriber, worker, changes) VALUES (?, ?, ?) {_ADDED}"  # noqa: S608

_ALONE = text(f"SELECT pg_advisory_xact_lock({FEED_LOCK})")
# By the database's clock, so that a log that was restored from a backup gives no version twice; and greater than the
# one before, should that clock be set back. In the order of the ids, so that no two transactions wait for each other.
_NOTE = text(
    f"WITH noted AS (INSERT INTO pending_changes ({_COLUMNS}) "  # noqa: S608
    "SELECT s.name, j.journey_id, greatest(v.now_us, s.version + 1), :gone, 1, :now_ms, 0, 0, 0 "
    "FROM subscribers s CROSS JOIN unnest(CAST(:names AS text[])) WITH ORDINALITY AS j (journey_id, place) "
    "CROSS JOIN (SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now_us) v "
    "WHERE :only IN ('', s.name) ORDER BY s.name, j.place "
    f"{_IN_PLACE}, version = greatest(excluded.version, pending_changes.version + 1) RETURNING subscriber) "
    "INSERT INTO changes_due (subscriber, worker, changes) "
    f"SELECT subscriber, :worker, count(*) FROM noted GROUP BY subscriber ORDER BY subscriber {_ADDED}"
)
