"""Leases: one process at a time does a job, of all servers that use the log. Another takes over when it dies.

A lease lasts some seconds and is renewed meanwhile. On PostgreSQL, times are by the clock of the database's server.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, delete, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from wizard.clock import Clock, system_ms
from wizard.errors import WizardError
from wizard.storage.database import Database
from wizard.storage.migrate import cause
from wizard.storage.subscriber_tables import leases

LOG = logging.getLogger("wizard")
LEASE_SECONDS = 8.0
RENEWALS = 4
"""How often a lease is renewed while it lasts."""


class LeaseLost(WizardError):
    """Another process has taken the lease, because it was not renewed in time."""


def new_owner() -> str:
    """A name for an owner of leases that no other has."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"


class Lease:
    """The lease `name` of one `owner`, as a rule this object alone. It lasts `seconds` after each renewal.

    An owner that has died and one that takes its place may share a name, so that the lease need not end first.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        seconds: float = LEASE_SECONDS,
        clock: Clock = system_ms,
        owner: str = "",
    ) -> None:
        self.name = name
        self.owner = owner or new_owner()
        self._database = database
        self._seconds = seconds
        self._clock = clock

    def acquire(self) -> bool:
        """Take the lease, or renew it. Returns False where another has it. Raises SQLAlchemyError."""
        with self._database.reader.connect() as connection:  # first: a follower should not write each time
            taken = select(leases.c.name).where(leases.c.name == self.name, ~self._is_free())
            if connection.execute(taken).first():
                return False
        return self._database.write(self._take)

    def release(self) -> None:
        """Let others take it at once. Raises SQLAlchemyError."""
        own = delete(leases).where(leases.c.name == self.name, leases.c.owner == self.owner)
        self._database.write(lambda connection: connection.execute(own))

    def require(self, connection: Connection) -> None:
        """Keep others from taking it until the end of this transaction. Raises LeaseLost where one has."""
        own = select(leases.c.owner).where(leases.c.name == self.name).with_for_update()
        if connection.execute(own).scalar() != self.owner:
            raise LeaseLost(f"another process has the lease {self.name!r}")

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Take the lease and renew it during the block. Yields whether it could be taken. Raises SQLAlchemyError.

        Where it can't be renewed, the block goes on: `require` says whether the lease is still this owner's.
        """
        if not self.acquire():
            yield False
            return
        stop = threading.Event()
        renewing = threading.Thread(target=self._renew, args=[stop], name=f"lease-{self.name}", daemon=True)
        renewing.start()
        try:
            yield True
        finally:
            stop.set()
            renewing.join()
            try:
                self.release()
            except SQLAlchemyError as error:  # it ends by itself
                LOG.debug("the lease %s can't be released: %s", self.name, cause(error))

    def _take(self, connection: Connection) -> bool:
        dialect = sqlite if self._database.is_sqlite else postgresql
        until = self._now() + int(self._seconds * 1000)
        given = dialect.insert(leases).values(name=self.name, owner=self.owner, until_ms=until)
        changed = {"owner": given.excluded.owner, "until_ms": given.excluded.until_ms}
        taken = given.on_conflict_do_update(index_elements=["name"], set_=changed, where=self._is_free())
        return connection.execute(taken.returning(leases.c.name)).first() is not None

    def _is_free(self) -> ColumnElement[bool]:
        """Whether the lease is this owner's, or has ended, or is of a time before the clock was set back."""
        now = self._now()
        longest = now + int(2 * self._seconds * 1000)
        return or_(leases.c.owner == self.owner, leases.c.until_ms < now, leases.c.until_ms > longest)

    def _now(self) -> ColumnElement[int]:
        if self._database.is_sqlite:
            return literal(self._clock(), BigInteger)
        return cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger)

    def _renew(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds / RENEWALS):
            try:
                self.acquire()
            except SQLAlchemyError as error:  # the next renewal may succeed
                LOG.debug("the lease %s can't be renewed: %s", self.name, cause(error))
