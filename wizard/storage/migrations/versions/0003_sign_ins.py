"""Who was let in to the dashboard: a row for each link that was made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Nothing else reads it or writes to it."""
    op.create_table(
        "sign_ins",
        sa.Column("link_id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("used_ms", sa.BigInteger),
        sa.Column("last_ms", sa.BigInteger),
        sa.Column("ended_ms", sa.BigInteger),
    )
