"""Subscribers for tests: one that keeps what it gets in memory, and one that keeps it in a file, for other processes.

Both keep the newest version of each journey, as a warehouse does.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, func, select

from wizard.clock import Clock, system_ms
from wizard.config import Settings
from wizard.events.bulk import among
from wizard.events.feed_ledger import SubscriberAccount, read_subscriber_accounts
from wizard.events.log import Log
from wizard.storage import schema
from wizard.storage.leases import Lease
from wizard.storage.subscriber_tables import pending_changes
from wizard.subscribers.delivery import Delivery
from wizard.subscribers.delivery_loop import lease_of
from wizard.subscribers.registration import register
from wizard.subscribers.subscriber import Change, Subscriber, Unavailable

FILE_VARIABLE = "TEST_SUBSCRIBER_FILE"
"""Where `file_subscribers` keep what they get."""

State = tuple[int, ...] | None
"""What a journey comes to: some columns of its row; None if it is gone."""

COLUMNS = ("began_ms", "last_ms", "viewed", "started", "finished", "clicked", "converted", "tags")


class Refused(Exception):
    """A change that a subscriber refuses."""


def states(log: Connection, journey_ids: Iterable[str]) -> dict[str, State]:
    """The states of these journeys."""
    names = list(journey_ids)
    own = schema.journeys.c
    found = select(own.journey_id, *(own[name] for name in COLUMNS)).where(among(log, own.journey_id, names))
    rows: dict[str, State] = {name: tuple(values) for name, *values in log.execute(found)}
    return {name: rows.get(name) for name in names}


def once(work: Callable[[], object]) -> Callable[[Sequence[Change]], None]:
    """Do the work at the first call."""
    done: list[bool] = []

    def first(_: Sequence[Change]) -> None:
        if not done:
            done.append(True)
            work()

    return first


def log_states(log: Log) -> dict[str, State]:
    """The states of all journeys in the log."""
    with log.database.snapshot() as connection:
        return states(connection, connection.execute(select(schema.journeys.c.journey_id)).scalars().all())


@dataclass
class Recording:
    """Keeps what it gets in `kept`, by journey: the version and the state."""

    name: str = "recording"
    batch_size: int = 100
    pause_seconds: float = 0.0
    refused: set[str] = field(default_factory=set)
    is_down: bool = False
    before: Callable[[Sequence[Change]], None] = lambda _: None
    kept: dict[str, tuple[int, State]] = field(default_factory=dict)
    calls: list[list[Change]] = field(default_factory=list)

    def deliver(self, log: Connection, changes: Sequence[Change]) -> None:
        """Keep them, unless this subscriber is down or refuses one of them."""
        self.before(changes)
        if self.is_down:
            raise Unavailable("it is down")
        if refused := self.refused & {change.journey_id for change in changes}:
            raise Refused(sorted(refused))
        self.calls.append(list(changes))
        found = states(log, [change.journey_id for change in changes])
        for change in changes:
            state = found[change.journey_id]
            assert state is not None or change.is_gone, change
            if change.version > self.kept.get(change.journey_id, (0, None))[0]:
                self.kept[change.journey_id] = (change.version, state)

    @property
    def present(self) -> dict[str, State]:
        """The journeys that are not gone."""
        return {name: state for name, (_, state) in self.kept.items() if state is not None}


@dataclass(frozen=True)
class InFile:
    """Keeps what it gets in a SQLite file, each delivery in one transaction."""

    path: Path
    name: str = "file"
    batch_size: int = 20
    pause_seconds: float = 0.0
    delay_seconds: float = 0.0

    def connect(self) -> sqlite3.Connection:
        """A connection to the file."""
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute("CREATE TABLE IF NOT EXISTS kept (journey_id TEXT PRIMARY KEY, version INTEGER, state TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS calls (pid INTEGER, ms INTEGER, changes INTEGER)")
        return connection

    def deliver(self, log: Connection, changes: Sequence[Change]) -> None:
        """Keep them."""
        found = states(log, [change.journey_id for change in changes])
        time.sleep(self.delay_seconds)
        rows = [(change.journey_id, change.version, repr(found[change.journey_id])) for change in changes]
        with closing(self.connect()) as connection, connection:
            connection.executemany(
                "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (journey_id) DO UPDATE "
                "SET version = excluded.version, state = excluded.state WHERE excluded.version > kept.version",
                rows,
            )
            connection.execute("INSERT INTO calls VALUES (?, ?, ?)", (os.getpid(), system_ms(), len(changes)))

    def present(self) -> dict[str, str]:
        """The states of the journeys that are not gone."""
        with closing(self.connect()) as connection:
            return dict(connection.execute("SELECT journey_id, state FROM kept WHERE state <> 'None'"))

    def pids(self) -> list[int]:
        """The processes that have delivered, in the order of their last delivery."""
        with closing(self.connect()) as connection:
            return [pid for (pid,) in connection.execute("SELECT pid FROM calls GROUP BY pid ORDER BY max(ms)")]


def file_subscribers(_settings: Settings) -> list[Subscriber]:
    """The registry of a server under test: one subscriber that keeps what it gets in a file."""
    return [InFile(Path(os.environ[FILE_VARIABLE]))]


def subscribed(log: Log, subscriber: Subscriber, clock: Clock = system_ms) -> Delivery:
    """Register the subscriber. Returns its delivery, by a process that has taken the lease."""
    register(log.database, [subscriber.name])
    lease = lease_of(log.database, subscriber.name)
    assert lease.acquire()
    return Delivery(log.database, subscriber, lease, clock)


def ready(log: Log, subscriber: Subscriber, clock: Clock = system_ms) -> Delivery:
    """Like `subscribed`, after the backfill of an empty log."""
    delivery = subscribed(log, subscriber, clock)
    deliver_all(delivery)
    return delivery


def lease(log: Log, subscriber: Subscriber) -> Lease:
    """Another process's lease of this subscriber."""
    return lease_of(log.database, subscriber.name)


def deliver_all(delivery: Delivery) -> None:
    """Deliver until nothing can be delivered any more at once."""
    while delivery.round():
        pass


def account(log: Log, name: str = "recording") -> SubscriberAccount:
    """The subscriber's account, which balances."""
    found = {each.name: each for each in read_subscriber_accounts(log.database)}[name]
    assert found.problems() == []
    return found


def pending_rows(log: Log) -> int:
    """How many rows are pending, of all subscribers."""
    with log.database.reader.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(pending_changes)).scalar_one())
