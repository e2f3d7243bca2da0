"""The versions of the log's tables, for Alembic."""
