"""Database access: connections, tables, migrations, and the single writer of a SQLite file."""
