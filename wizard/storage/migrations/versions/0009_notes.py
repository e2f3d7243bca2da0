"""Notes of colleagues, and the index that finds when each version was first seen."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty, and the index."""
    op.create_table(
        "notes",
        sa.Column("note_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_ms", sa.BigInteger),
        sa.Column("removed_by", sa.Text, nullable=False),
        sa.Column("removed_ms", sa.BigInteger),
    )
    op.create_index("ix_notes_day", "notes", ["day"])
    op.create_index(
        "ix_journeys_versions", "journeys", ["suspect", "flow_version", "locale", "wording_version", "began_ms"]
    )
