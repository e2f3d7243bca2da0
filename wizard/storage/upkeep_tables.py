"""The tables of what the wizard knows of the log as a whole: its state, and what servers of older versions stored."""

from sqlalchemy import BigInteger, Column, Table, Text

from wizard.storage.dashboard_tables import METADATA

log_state = Table(
    "log_state",
    METADATA,
    # One row for each field of `LogState` that is known.
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

older_servers = Table(
    "older_servers",
    METADATA,
    # The first millisecond of the day, UTC, of the events' own times, as in the ledger.
    Column("day_ms", BigInteger, primary_key=True),
    Column("events", BigInteger, nullable=False),
)
