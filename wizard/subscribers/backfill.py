"""Notes all journeys that are in the log already for a new subscriber, in batches, while the log is in use."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from wizard.events.bulk import among
from wizard.events.change_feed import note
from wizard.events.rows import lock_journeys
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.storage.leases import Lease
from wizard.storage.subscriber_tables import subscribers

JOURNEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Backfill:
    """The backfill of one subscriber, by the holder of its lease. It resumes where it was interrupted."""

    database: Database
    lease: Lease
    name: str

    def step(self) -> int:
        """Note the next batch of journeys. Returns their number; 0 once all are noted.

        Raises LeaseLost and SQLAlchemyError.
        """
        began = time.monotonic()
        noted = self.database.write(self._note)
        if noted and self.database.is_sqlite:  # others could not write meanwhile
            time.sleep(time.monotonic() - began)
        return noted

    def _note(self, connection: Connection) -> int:
        self.lease.require(connection)
        own = schema.journeys.c.journey_id
        cursor = select(subscribers.c.backfill_after).where(subscribers.c.name == self.name)
        after = connection.execute(cursor).scalar()
        if after is None:
            return 0
        found = connection.execute(select(own).where(own > after).order_by(own).limit(JOURNEYS_AT_ONCE))
        names = list(found.scalars())
        lock_journeys(connection, sorted(names))
        # Those that were not erased before they were locked.
        note(
            connection,
            connection.execute(select(own).where(among(connection, own, names))).scalars().all(),
            is_gone=False,
            only=self.name,
        )
        progress = {
            "backfill_after": names[-1] if names else None,
            "backfilled": subscribers.c.backfilled + len(names),
        }
        # Unless a command has asked for it afresh meanwhile.
        this = (subscribers.c.name == self.name, subscribers.c.backfill_after == after)
        connection.execute(update(subscribers).where(*this).values(progress))
        return len(names)
