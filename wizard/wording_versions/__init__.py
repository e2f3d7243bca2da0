"""Published versions of the texts, kept in the log's database, and served by every server."""
