"""The path of the page that showed the wizard, beside its origin; not known of whatever was there before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. A server that is still of the version before may go on writing without it."""
    for table in ("events", "journeys"):
        op.add_column(table, sa.Column("embed_path", sa.Text, nullable=False, server_default=""))
