"""What happened: events, the journeys they fold to, the log that stores them, and the ledger."""
