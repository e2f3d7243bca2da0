"""Delivers to one subscriber for as long as a process runs and has the lease; waits for it while another has it."""

import logging
import threading
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from wizard.storage.database import Database
from wizard.storage.leases import LEASE_SECONDS, Lease, LeaseLost
from wizard.storage.migrate import cause
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_version
from wizard.subscribers.delivery import AllRefused, Delivery
from wizard.subscribers.subscriber import Subscriber, Unavailable

LOG = logging.getLogger("wizard.subscribers")
IDLE_SECONDS = 0.5
"""How often it looks for changes where there were none."""

FOLLOW_SECONDS = 1.0
"""How often it tries to take the lease."""

RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 60.0


def lease_of(database: Database, name: str, seconds: float = LEASE_SECONDS, owner: str = "") -> Lease:
    """The lease to deliver to this subscriber."""
    return Lease(database, f"subscriber {name}", seconds, owner=owner)


class LeaseTaken(Unavailable):
    """Another process delivers to this subscriber."""


@dataclass
class DeliveryLoop:
    """Runs in the calling thread until `stop` is set. `owner` is a name for the lease, by default one of its own."""

    database: Database
    subscriber: Subscriber
    stop: threading.Event
    lease_seconds: float = LEASE_SECONDS
    owner: str = ""
    _delay: float = field(default=0.0, init=False)

    def run(self) -> None:
        """Deliver until `stop` is set; errors are logged when they begin, and what failed is tried again."""
        lease = lease_of(self.database, self.subscriber.name, self.lease_seconds, self.owner)
        while not self.stop.is_set():
            try:
                if self._is_current():
                    with lease.held() as is_mine:
                        if is_mine:
                            self._deliver(Delivery(self.database, self.subscriber, lease))
            except LeaseLost as error:
                LOG.warning("subscriber %s: %s", self.subscriber.name, error)
            except SQLAlchemyError as error:
                LOG.debug("subscriber %s waits for the log: %s", self.subscriber.name, cause(error))
            self.stop.wait(FOLLOW_SECONDS)

    def run_until_empty(self) -> None:
        """Deliver until nothing is pending and no backfill is under way, or `stop` is set.

        Raises LeaseTaken if another process has the lease for longer than a dead one keeps it, Unavailable where the
        subscriber takes no changes, LeaseLost, and SQLAlchemyError.
        """
        lease = lease_of(self.database, self.subscriber.name, self.lease_seconds, self.owner)
        for _ in range(round(self.lease_seconds / FOLLOW_SECONDS) + 2):
            with lease.held() as is_mine:
                if is_mine:
                    self._deliver_all(Delivery(self.database, self.subscriber, lease))
                    return
            if self.stop.wait(FOLLOW_SECONDS):
                return
        raise LeaseTaken(f"another process delivers to {self.subscriber.name!r}, such as the one of a server")

    def _is_current(self) -> bool:
        """Whether the tables are of this version. On newer ones, a newer server delivers."""
        with self.database.reader.connect() as connection:
            return read_version(connection) == VERSION

    def _deliver(self, delivery: Delivery) -> None:
        while not self.stop.is_set():
            self.stop.wait(self._round(delivery))

    def _round(self, delivery: Delivery) -> float:
        """Deliver a batch. Returns how many seconds to wait before the next. Raises LeaseLost."""
        name = self.subscriber.name
        try:
            more = delivery.round()
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001  # any error: the next round tries again
            if not self._delay:
                LOG.warning("nothing can be delivered to subscriber %s: %s", name, cause(error))
            return self._backed_off()
        if self._delay:
            LOG.warning("changes are delivered to subscriber %s again", name)
        self._delay = 0.0
        return 0.0 if more else max(self.subscriber.pause_seconds, IDLE_SECONDS)

    def _deliver_all(self, delivery: Delivery) -> None:
        while not self.stop.is_set() and not delivery.is_done():
            try:
                more = delivery.round()
            except AllRefused:  # until they are dead
                more = False
            if not more and not delivery.is_done():
                self.stop.wait(IDLE_SECONDS)

    def _backed_off(self) -> float:
        self._delay = min(max(self._delay * 2, RETRY_SECONDS), LONGEST_RETRY_SECONDS)
        return self._delay
