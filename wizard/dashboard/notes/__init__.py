"""Notes: what colleagues write about a day, and where it is shown."""
