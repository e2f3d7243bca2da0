"""The warehouse's tables, and the copying of journeys from the log to it."""
