"""Read-only links to a view of the overview: made and listed by colleagues, opened by anybody who has the link."""
