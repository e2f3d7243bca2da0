"""The change feed: subscribers, what is pending for each, and leases."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
writers_from = "0010"


def upgrade() -> None:
    """Add the tables, empty."""
    op.create_table(
        "subscribers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("backfill_after", sa.Text),
        sa.Column("backfilled", sa.BigInteger, nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
        sa.Column("last_delivered_ms", sa.BigInteger),
        sa.Column("failing_since_ms", sa.BigInteger),
        sa.Column("last_error", sa.Text, nullable=False),
    )
    op.create_table(
        "pending_changes",
        sa.Column("subscriber", sa.Text, primary_key=True),
        sa.Column("journey_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("is_gone", sa.SmallInteger, nullable=False),
        sa.Column("notes", sa.Integer, nullable=False),
        sa.Column("noted_ms", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_ms", sa.BigInteger, nullable=False),
        sa.Column("is_dead", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_pending_changes_dead",
        "pending_changes",
        ["subscriber"],
        sqlite_where=sa.text("is_dead = 1"),
        postgresql_where=sa.text("is_dead = 1"),
    )
    op.create_table(
        "changes_due",
        sa.Column("subscriber", sa.Text, primary_key=True),
        sa.Column("worker", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
