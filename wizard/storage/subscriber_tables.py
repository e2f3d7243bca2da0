"""The tables of the change feed: the subscribers, what is pending for each, and the leases of processes."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text, text

from wizard.storage.dashboard_tables import METADATA

DEAD = "is_dead = 1"
"""What an index is limited to. A statement that is to use it must say it in these very words."""

subscribers = Table(
    "subscribers",
    METADATA,
    Column("name", Text, primary_key=True),
    # The newest version: on SQLite of all noted changes, on PostgreSQL of those delivered.
    Column("version", BigInteger, nullable=False),
    # Backfill: journeys with a greater id are yet to be noted. NULL once all are.
    Column("backfill_after", Text),
    # How many journeys the backfill has noted.
    Column("backfilled", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    Column("last_delivered_ms", BigInteger),
    # Since when nothing can be delivered, and why. NULL while it can.
    Column("failing_since_ms", BigInteger),
    Column("last_error", Text, nullable=False),
)

pending_changes = Table(
    "pending_changes",
    METADATA,
    Column("subscriber", Text, primary_key=True),
    Column("journey_id", Text, primary_key=True),
    # Greater than any version that this journey had before, in microseconds since the epoch.
    Column("version", BigInteger, nullable=False),
    Column("is_gone", SmallInteger, nullable=False),
    # How many changes the row stands for: those of one journey are delivered together.
    Column("notes", Integer, nullable=False),
    # When the first of these was noted.
    Column("noted_ms", BigInteger, nullable=False),
    # How often the subscriber has refused it, and when to try again.
    Column("attempts", Integer, nullable=False),
    Column("retry_ms", BigInteger, nullable=False),
    # Refused too often: only a new change or a command makes it pending again.
    Column("is_dead", SmallInteger, nullable=False),
    Index("ix_pending_changes_dead", "subscriber", sqlite_where=text(DEAD), postgresql_where=text(DEAD)),
    sqlite_with_rowid=False,
)

changes_due = Table(
    "changes_due",
    METADATA,
    Column("subscriber", Text, primary_key=True),
    # Writers count in rows of their own, so that they don't queue for one.
    Column("worker", Integer, primary_key=True),
    Column("changes", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
