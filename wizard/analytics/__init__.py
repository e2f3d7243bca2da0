"""Queries over the log: pure functions of a database and a selection, without the web."""
