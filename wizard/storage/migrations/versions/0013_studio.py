"""Roles and the audit log, drafts of the texts and their published versions."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
writers_from = "0010"


def upgrade() -> None:
    """Add the tables, empty, and the role of sign-ins. Servers of the version before sign in viewers."""
    op.add_column("sign_ins", sa.Column("role", sa.Text, nullable=False, server_default="viewer"))
    op.add_column("sign_ins", sa.Column("method", sa.Text, nullable=False, server_default="link"))
    op.add_column("sign_ins", sa.Column("subject", sa.Text))
    op.add_column("sign_ins", sa.Column("made_by", sa.Text, nullable=False, server_default=""))
    _add_access()
    _add_drafts()
    _add_versions()


def _add_access() -> None:
    op.create_table(
        "people",
        sa.Column("email", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_log",
        sa.Column("entry_id", sa.Text, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_log_at_ms", "audit_log", ["at_ms", "entry_id"])


def _add_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("draft_id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("published_number", sa.Integer),
    )
    op.create_table(
        "draft_changes",
        sa.Column("draft_id", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("base_text", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("is_changed", sa.SmallInteger, nullable=False),
        sa.Column("source_hash", sa.Text),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "draft_edits",
        sa.Column("edit_id", sa.Text, primary_key=True),
        sa.Column("draft_id", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("is_applied", sa.SmallInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
    )
    op.create_index("ix_draft_edits_key", "draft_edits", ["draft_id", "locale", "key", "at_ms", "edit_id"])


def _add_versions() -> None:
    op.create_table(
        "wording_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("from_number", sa.Integer, nullable=False),
        sa.Column("restored_number", sa.Integer),
        sa.Column("files_version", sa.Text, nullable=False),
        sa.Column("draft_id", sa.Text),
    )
    op.create_index("ix_wording_versions_at_ms", "wording_versions", ["at_ms"])
    op.create_table(
        "wording_languages",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "wording_snapshots",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "wording_changes",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("who", sa.Text, nullable=False),
    )
    op.create_index("ix_wording_changes_key", "wording_changes", ["key", "locale", "number"])
