"""How far each server's journal has been brought in, and which journeys were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "journals",
        sa.Column("journal", sa.Text, primary_key=True),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("brought_in", sa.BigInteger, nullable=False),
        sa.Column("waiting", sa.BigInteger, nullable=False),
        sa.Column("written_off", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("erased_ms", sa.BigInteger, nullable=False),
    )
