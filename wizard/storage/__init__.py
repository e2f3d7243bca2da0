"""The database: connections, tables, migrations, and the one writer of a SQLite file."""
