"""How often sites that may not embed the wizard loaded it in a frame."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "refused_frames",
        sa.Column("day_ms", sa.BigInteger, primary_key=True),
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("frames", sa.BigInteger, nullable=False),
    )
