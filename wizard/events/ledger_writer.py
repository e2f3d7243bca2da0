"""Adds counts to the ledger."""

import secrets
import threading

from sqlalchemy import Connection

from wizard.events.admission import Tallies
from wizard.events.rows import upsert
from wizard.storage import schema

WORKERS = 64


class LedgerWriter:
    """Adds counts to the ledger of one log, each thread to rows of its own, so that threads rarely wait for a lock."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._thread = threading.local()
        self._upsert = upsert(schema.ledger, is_sqlite=is_sqlite, add="events")

    def add(self, connection: Connection, tallies: Tallies) -> None:
        """Add these counts. Raises SQLAlchemyError."""
        worker = self._worker
        rows = [{**tally._asdict(), "worker": worker, "events": count} for tally, count in sorted(tallies.items())]
        if rows:
            connection.execute(self._upsert, rows)

    @property
    def _worker(self) -> int:
        """This thread's key in the ledger."""
        if not hasattr(self._thread, "worker"):
            self._thread.worker = secrets.randbelow(WORKERS)
        return int(self._thread.worker)
