"""Reads what each subscriber of the change feed is owed and has got, and reports where the two differ."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from wizard.events.periods import iso
from wizard.storage.database import Database
from wizard.storage.subscriber_tables import changes_due, pending_changes, subscribers
from wizard.text_table import text_table

HEADINGS = ("subscriber", "due", "delivered", "pending", "dead")


@dataclass(frozen=True, slots=True)
class SubscriberAccount:
    """The changes of journeys that are `due` to a subscriber since it was registered, and what became of them.

    `pending` ones are yet to be delivered, since `oldest_ms` if there are any; `dead` ones were refused. Nothing can be
    delivered since `failing_since_ms`, because of `last_error`; None while it can. `backfilled` is the number of
    journeys that the backfill has noted. Times in milliseconds since the epoch.
    """

    name: str
    due: int
    delivered: int
    pending: int
    dead: int
    oldest_ms: int | None
    last_delivered_ms: int | None
    failing_since_ms: int | None
    last_error: str
    is_backfilling: bool
    backfilled: int

    @property
    def missing(self) -> int:
        """Due changes that are neither delivered nor pending nor dead; below 0, there are more of these than due."""
        return self.due - self.delivered - self.pending - self.dead

    def lag_ms(self, now_ms: int) -> int:
        """How long the oldest pending change has been waiting; 0 where none is."""
        return 0 if self.oldest_ms is None else max(now_ms - self.oldest_ms, 0)

    def problems(self) -> list[str]:
        """A text for each equation that does not hold, with its figures; empty if the account balances."""
        if not self.missing:
            return []
        sums = f"delivered {self.delivered} + pending {self.pending} + dead {self.dead}"
        return [f"subscriber {self.name}: due {self.due} is not {sums} = {self.due - self.missing}"]


def subscriber_accounts(connection: Connection) -> list[SubscriberAccount]:
    """The account of each subscriber, by name, from one snapshot. Raises SQLAlchemyError."""
    rows = connection.execute(select(subscribers).order_by(subscribers.c.name)).all()
    if not rows:
        return []
    own = changes_due.c
    counted = select(own.subscriber, func.sum(own.changes)).group_by(own.subscriber)
    due = {name: int(changes) for name, changes in connection.execute(counted)}
    waiting = {row.subscriber: row for row in connection.execute(_waiting())}
    return [
        SubscriberAccount(
            name=row.name,
            due=due.get(row.name, 0),
            delivered=row.delivered,
            pending=int(found.pending) if (found := waiting.get(row.name)) else 0,
            dead=int(found.dead) if found else 0,
            oldest_ms=found.oldest_ms if found else None,
            last_delivered_ms=row.last_delivered_ms,
            failing_since_ms=row.failing_since_ms,
            last_error=row.last_error,
            is_backfilling=row.backfill_after is not None,
            backfilled=row.backfilled,
        )
        for row in rows
    ]


def read_subscriber_accounts(database: Database) -> list[SubscriberAccount]:
    """Like `subscriber_accounts`, from a snapshot of its own. Raises SQLAlchemyError."""
    with database.snapshot() as connection:
        return subscriber_accounts(connection)


def as_records(accounts: Iterable[SubscriberAccount]) -> list[dict[str, Any]]:
    """The accounts as plain values, for JSON; times in ISO 8601."""
    return [{**_record(asdict(account)), "problems": account.problems()} for account in accounts]


def as_table(accounts: Iterable[SubscriberAccount]) -> str:
    """The accounts as an aligned text table."""
    rows = [(each.name, *(f"{n:,}" for n in (each.due, each.delivered, each.pending, each.dead))) for each in accounts]
    return text_table([HEADINGS, *rows], numbers=True)


def _waiting() -> Select[tuple[str, int, int, int | None]]:
    own = pending_changes.c
    is_dead = own.is_dead == 1
    return select(
        own.subscriber,
        func.sum(case((is_dead, 0), else_=own.notes)).label("pending"),
        func.sum(case((is_dead, own.notes), else_=0)).label("dead"),
        func.min(case((is_dead, None), else_=own.noted_ms)).label("oldest_ms"),
    ).group_by(own.subscriber)


def _record(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_ms"): iso(value) if name.endswith("_ms") and value is not None else value
        for name, value in fields.items()
    }
