"""Reads what each subscriber of the change feed is owed and has got, and reports where the two differ."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from wizard.events.periods import iso
from wizard.storage.database import Database
from wizard.storage.subscriber_tables import DEAD, changes_due, pending_changes, subscribers
from wizard.text_table import text_table

AT_EACH_END = 5000
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

    def failing_ms(self, now_ms: int) -> int:
        """For how long nothing can be delivered; 0 while it can."""
        return 0 if self.failing_since_ms is None else max(now_ms - self.failing_since_ms, 0)

    def problems(self) -> list[str]:
        """A text for each equation that does not hold, with its figures; empty if the account balances."""
        if not self.missing:
            return []
        sums = f"delivered {self.delivered} + pending {self.pending} + dead {self.dead}"
        return [f"subscriber {self.name}: due {self.due} is not {sums} = {self.due - self.missing}"]


def subscriber_accounts(connection: Connection, *, recount: bool = True) -> list[SubscriberAccount]:
    """The account of each subscriber, by name, from one snapshot. Raises SQLAlchemyError.

    Without `recount`, which takes long where many changes are pending, these are what is left of those due, so that
    the account always balances, and the oldest is looked for among those with the smallest and the greatest ids.
    """
    rows = connection.execute(select(subscribers).order_by(subscribers.c.name)).all()
    if not rows:
        return []
    due = _sums(connection, select(changes_due.c.subscriber, func.sum(changes_due.c.changes)))
    own = pending_changes.c
    notes = select(own.subscriber, func.sum(own.notes))
    dead = _sums(connection, notes.where(text(DEAD)))
    counted = _sums(connection, notes.where(own.is_dead == 0)) if recount else None
    return [
        SubscriberAccount(
            name=row.name,
            due=due[row.name],
            delivered=row.delivered,
            pending=(
                counted[row.name] if counted is not None else max(due[row.name] - row.delivered - dead[row.name], 0)
            ),
            dead=dead[row.name],
            oldest_ms=_oldest_ms(connection, row.name, None if recount else AT_EACH_END),
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


def _sums(connection: Connection, found: Select[str, int]) -> Counter[str]:
    """The sums by subscriber; 0 where there is none."""
    by_name = found.group_by(next(iter(found.selected_columns)))
    return Counter({name: int(changes) for name, changes in connection.execute(by_name)})


def _oldest_ms(connection: Connection, name: str, at_each_end: int | None) -> int | None:
    """When the oldest pending change was noted. With `at_each_end`, of so many with the smallest and greatest ids.

    Delivery goes by id, so that the oldest are at the ends of what it has not come to yet.
    """
    own = pending_changes.c
    noted = select(own.noted_ms).where(own.subscriber == name, own.is_dead == 0)
    ends = (noted.order_by(own.journey_id), noted.order_by(own.journey_id.desc())) if at_each_end else (noted,)
    found = [
        connection.execute(select(func.min(end.limit(at_each_end).subquery().c.noted_ms))).scalar() for end in ends
    ]
    return min((ms for ms in found if ms is not None), default=None)


def _record(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_ms"): iso(value) if name.endswith("_ms") and value is not None else value
        for name, value in fields.items()
    }
