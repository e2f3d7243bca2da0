"""The conversion log: what happened, written once, and a ledger that proves it."""
