"""Adds counts to the ledger."""

import secrets
import threading

from sqlalchemy import Connection

from wizard.events.admission import Tallies
from wizard.events.rows import upsert
from wizard.storage import schema
from wizard.storage.older_servers import FIRST_WORKER, WORKERS

_THREAD = threading.local()


def own_worker() -> int:
    """This thread's number among writers, who count in rows of their own, so that they rarely wait for a lock.

    Each version of the tables has numbers of its own, so that the ledger tells what older servers have stored.
    """
    if not hasattr(_THREAD, "worker"):
        _THREAD.worker = FIRST_WORKER + secrets.randbelow(WORKERS)
    return int(_THREAD.worker)


class LedgerWriter:
    """Adds counts to the ledger of one log."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._upsert = upsert(schema.ledger, is_sqlite=is_sqlite, add="events")

    def add(self, connection: Connection, tallies: Tallies) -> None:
        """Add these counts. Raises SQLAlchemyError."""
        worker = own_worker()
        rows = [{**tally._asdict(), "worker": worker, "events": count} for tally, count in sorted(tallies.items())]
        if rows:
            connection.execute(self._upsert, rows)
