"""The state of the log as a whole, and what servers of older versions have stored."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
writers_from = "0010"


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "log_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "older_servers",
        sa.Column("day_ms", sa.BigInteger, primary_key=True),
        sa.Column("events", sa.BigInteger, nullable=False),
    )
