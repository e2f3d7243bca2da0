"""Delivers the pending changes of one subscriber, batch by batch."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from wizard.clock import Clock, system_ms
from wizard.storage.database import Database
from wizard.storage.leases import Lease
from wizard.storage.migrate import cause
from wizard.storage.subscriber_tables import subscribers
from wizard.subscribers import pending
from wizard.subscribers.backfill import Backfill
from wizard.subscribers.subscriber import Change, Subscriber, Unavailable
from wizard.tracing import span

LOG = logging.getLogger("wizard.subscribers")
MOST_REFUSED = 20
"""How many changes of one batch are tried alone and refused, before the rest waits for the next one."""

NOT_NOW = (Unavailable, OperationalError, InterfaceError, PoolTimeoutError, OSError)
"""Errors that say nothing of the changes."""


class NotRegistered(Unavailable):
    """The subscriber is not in the log, so that no changes are noted for it."""


class AllRefused(Unavailable):
    """The subscriber refused several changes and took none, so that the cause is rather the subscriber."""


@dataclass
class Outcome:
    """What became of a batch. Changes that are in neither list wait for the next one.

    `refusal` is the error of the last refused change, `failure` one that says nothing of the changes.
    """

    delivered: list[Change] = field(default_factory=list)
    refused: list[Change] = field(default_factory=list)
    refusal: Exception | None = None
    failure: Exception | None = None


class Delivery:
    """Delivers to one subscriber, as the holder of its lease."""

    def __init__(self, database: Database, subscriber: Subscriber, lease: Lease, clock: Clock = system_ms) -> None:
        self._database = database
        self._subscriber = subscriber
        self._lease = lease
        self._clock = clock
        self._backfill = Backfill(database, lease, subscriber.name)
        self._after = ""

    def round(self) -> bool:
        """Note the next journeys of a backfill, and deliver the next batch. Returns whether more can follow at once.

        Takes turns among journeys, by id, so that none waits for long while others change. Raises Unavailable where
        the subscriber takes no changes now, LeaseLost, and SQLAlchemyError where the log can't be read or written.
        """
        more = self._fill()
        size = self._subscriber.batch_size
        with self._database.snapshot() as log:
            changes = pending.waiting_changes(log, self._subscriber.name, self._after, size, self._clock())
            outcome = self._attempt(log, changes) if changes else Outcome()
        is_full = len(changes) == size
        more = more or is_full or bool(self._after)  # the turn begins again with the smallest id
        self._after = changes[-1].journey_id if is_full else ""
        if changes:
            self._settle(outcome)
        return more

    def is_done(self) -> bool:
        """Whether nothing is pending, nor to be noted by a backfill. Raises NotRegistered and SQLAlchemyError."""
        with self._database.snapshot() as connection:
            return self._backfill_after(connection) is None and not pending.is_any_pending(
                connection, self._subscriber.name
            )

    def _fill(self) -> bool:
        """Note about as many journeys as a batch has, if a backfill is under way. Returns whether more follow."""
        with self._database.reader.connect() as connection:
            if self._backfill_after(connection) is None:
                return False
        noted = 0
        while noted < self._subscriber.batch_size:
            step = self._backfill.step()
            if not step:
                LOG.info("subscriber %s: all journeys of the log are noted", self._subscriber.name)
                return False
            noted += step
        return True

    def _backfill_after(self, connection: Connection) -> str | None:
        own = subscribers.c
        row = connection.execute(select(own.backfill_after).where(own.name == self._subscriber.name)).first()
        if row is None:
            raise NotRegistered(f"the log has no subscriber {self._subscriber.name!r}; a server's start adds it")
        return row.backfill_after  # type: ignore[no-any-return]

    def _attempt(self, log: Connection, changes: Sequence[Change]) -> Outcome:
        """Deliver the changes; where some are refused, in halves, down to the one that is refused."""
        outcome = Outcome()
        waiting = [changes]
        while waiting and len(outcome.refused) < MOST_REFUSED:
            part = waiting.pop()
            try:
                with (
                    span("subscriber batch", changes=len(part)),
                    log.begin_nested(),
                ):  # an error in a statement ends the whole transaction on PostgreSQL
                    self._subscriber.deliver(log, part)
            except NOT_NOW as error:
                outcome.failure = error
                break
            except Exception as error:  # noqa: BLE001  # whatever it is, only some changes cause it
                if len(part) == 1:
                    LOG.warning("subscriber %s refused a change: %s", self._subscriber.name, cause(error))
                    outcome.refused += part
                    outcome.refusal = error
                else:
                    middle = len(part) // 2
                    waiting += [part[middle:], part[:middle]]
            else:
                outcome.delivered += part
        return outcome

    def _settle(self, outcome: Outcome) -> None:
        """Store what became of a batch. Raises Unavailable where nothing was delivered."""
        self._database.write(lambda connection: self._store(connection, outcome))
        if outcome.delivered:
            return
        if outcome.failure is not None:
            raise Unavailable(cause(outcome.failure)) from outcome.failure
        if outcome.refusal is not None and len(outcome.refused) > 1:
            raise AllRefused(cause(outcome.refusal)) from outcome.refusal

    def _store(self, connection: Connection, outcome: Outcome) -> None:
        """In an order in which no transaction that notes changes waits for this one while this one waits for it."""
        self._lease.require(connection)
        name, now_ms = self._subscriber.name, self._clock()
        if outcome.refused and (dead := pending.refuse(connection, name, outcome.refused, now_ms)):
            LOG.error("subscriber %s: changes refused for good: %d; see `wizard subscribers`", name, dead)
        if outcome.delivered:
            removed = pending.remove_delivered(connection, name, outcome.delivered)
            newest = max(change.version for change in outcome.delivered)
            pending.record_delivery(connection, name, removed, newest, now_ms)
        elif outcome.failure is not None:
            pending.record_failure(connection, name, cause(outcome.failure), now_ms)
