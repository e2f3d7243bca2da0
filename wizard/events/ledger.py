"""Reads the ledger, recounts the stored events, and reports where the two differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import BigInteger, Connection, func, literal, select

from wizard.events.feed_ledger import SubscriberAccount, as_records, subscriber_accounts
from wizard.events.journals import waiting_by_day
from wizard.events.log import DAY_MS, day_of
from wizard.events.periods import Period, iso
from wizard.events.rows import within
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.text_table import text_table

DETAILED_DAYS = 3


@dataclass(frozen=True, slots=True)
class Account:
    """The events of one or more days (UTC): the ledger's counts by outcome, and how many are `present` in the log.

    `waiting` is how many were in journals at the last report of each; they are part of `received`.
    """

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    bot: int = 0
    rejected: int = 0
    erased: int = 0
    lost: int = 0
    waiting: int = 0
    present: int = 0

    @property
    def unaccounted(self) -> int:
        """Received events without an outcome; below 0, there are more outcomes than received events."""
        return self.received - self.stored - self.duplicate - self.bot - self.rejected - self.waiting

    @property
    def missing(self) -> int:
        """Stored events that are neither present nor erased; below 0, more events are present than were stored."""
        return self.stored - self.present - self.erased

    def problems(self) -> list[str]:
        """A text for each equation that does not hold, with its figures; empty if the account balances."""
        found = []
        if self.unaccounted:
            accounted = self.received - self.unaccounted
            waiting = f" + waiting {self.waiting}" if self.waiting else ""
            found.append(
                f"received {self.received} is not stored {self.stored} + duplicate {self.duplicate} "
                f"+ bot {self.bot} + rejected {self.rejected}{waiting} = {accounted}"
            )
        if self.missing:
            kept = self.stored - self.missing
            found.append(f"stored {self.stored} is not present {self.present} + erased {self.erased} = {kept}")
        if self.lost:
            found.append(f"lost {self.lost}")
        return found


COLUMNS = tuple(field.name for field in fields(Account))


@dataclass(frozen=True, slots=True)
class Ledger:
    """An account for each day with events, by date, in order; and the rejected events of all days by reason.

    `subscribers` are the accounts of the change feed's subscribers, whatever the period.
    """

    days: Mapping[str, Account]
    reasons: Mapping[str, int]
    subscribers: Sequence[SubscriberAccount] = ()

    @property
    def total(self) -> Account:
        """The sum of all days."""
        return Account(*(sum(getattr(day, name) for day in self.days.values()) for name in COLUMNS))

    def problems(self) -> Mapping[str, Sequence[str]]:
        """The problems of each day that has some, by date. Differences of two days never cancel each other out."""
        found = {date: account.problems() for date, account in self.days.items()}
        return {date: problems for date, problems in found.items() if problems}

    def subscriber_problems(self) -> list[str]:
        """A text for each subscriber whose account does not balance."""
        return [problem for each in self.subscribers for problem in each.problems()]


def read_ledger(database: Database, period: Period) -> Ledger:
    """The ledger and the recount of a period of whole days (UTC), from one snapshot. Raises SQLAlchemyError.

    What is pending for subscribers is counted, too.
    """
    with database.snapshot() as connection:
        return replace(account_for(connection, period), subscribers=subscriber_accounts(connection))


def read_counts(database: Database, period: Period) -> Ledger:
    """Like `read_ledger`, without the recount, which takes long on a large log: `present` is 0."""
    with database.snapshot() as connection:
        return account_for(connection, period, recount=False)


def account_for(connection: Connection, period: Period, *, recount: bool = True) -> Ledger:
    """Like `read_ledger`, on a connection that already has a snapshot; without `recount`, `present` is 0."""
    tallies = _tallies(connection, period)
    present = _present(connection, period) if recount else {}
    outcomes: dict[int, dict[str, int]] = {day_ms: {"present": count} for day_ms, count in present.items()}
    for day_ms, count in waiting_by_day(connection, period):
        for name in ("received", "waiting"):
            outcomes.setdefault(day_ms, {})[name] = count
    reasons: dict[str, int] = {}
    for (day_ms, outcome, reason), count in tallies.items():
        day = outcomes.setdefault(day_ms, {})
        if outcome in COLUMNS:  # an outcome of a newer version counts as unaccounted for
            day[outcome] = day.get(outcome, 0) + count
        if outcome == "rejected":
            reasons[reason] = reasons.get(reason, 0) + count
    return Ledger(
        {iso(day_ms)[:10]: Account(**outcomes[day_ms]) for day_ms in sorted(outcomes)},
        dict(sorted(reasons.items())),
        subscriber_accounts(connection, recount=False),
    )


def as_record(ledger: Ledger) -> dict[str, Any]:
    """The ledger as plain values, for JSON."""
    problems = ledger.problems()
    return {
        "balanced": not problems and not ledger.subscriber_problems(),
        "total": asdict(ledger.total),
        "rejected_by_reason": dict(ledger.reasons),
        "days": [
            {"day": date, **asdict(account), "problems": problems.get(date, [])}
            for date, account in ledger.days.items()
        ],
        "subscribers": as_records(ledger.subscribers),
    }


def as_table(ledger: Ledger) -> str:
    """The ledger as an aligned text table."""
    if not ledger.days:
        return "No events in the ledger or in the log for this period."
    rows = [("day (UTC)", *COLUMNS), *_cells(ledger.days)]
    if len(ledger.days) > 1:
        rows += _cells({"total": ledger.total})
    table = text_table(rows, numbers=True)
    if not ledger.reasons:
        return table
    return f"{table}\n\nrejected: {', '.join(f'{reason} {count:,}' for reason, count in ledger.reasons.items())}"


def as_error(problems: Mapping[str, Sequence[str]]) -> str:
    """The problems in one line: the first days with their figures, the others by date."""
    detailed = [f"{date}: {' and '.join(each)}" for date, each in list(problems.items())[:DETAILED_DAYS]]
    others = list(problems)[DETAILED_DAYS:]
    more = f"; and on {len(others)} more: {', '.join(others)}" if others else ""
    return f"the ledger does not balance: {'; '.join(detailed)}{more}"


def _cells(accounts: Mapping[str, Account]) -> Iterable[tuple[str, ...]]:
    return [(name, *(f"{getattr(each, column):,}" for column in COLUMNS)) for name, each in accounts.items()]


def _tallies(connection: Connection, period: Period) -> dict[tuple[int, str, str], int]:
    table = schema.ledger
    day = table.c.day_ms
    under = (day, table.c.outcome, table.c.reason)
    found = (
        select(*under, func.sum(table.c.events)).where(*within(day, period.since_ms, period.until_ms)).group_by(*under)
    )
    return {(day_ms, outcome, reason): int(count) for day_ms, outcome, reason, count in connection.execute(found)}


def _present(connection: Connection, period: Period) -> dict[int, int]:
    """The number of stored events of each day. Counts each day's range of the index, which needs no sorting."""
    when = schema.events.c.ts_ms
    inside = within(when, period.since_ms, period.until_ms)
    # Each in its own: SQLite looks up one end of an index, but reads all of it for both.
    ends = (select(end(when)).where(*inside).scalar_subquery() for end in (func.min, func.max))
    first_ms, last_ms = connection.execute(select(*ends)).one()
    if first_ms is None:
        return {}
    day = select(literal(day_of(first_ms), BigInteger).label("ms")).cte("day", recursive=True)
    day = day.union_all(select(day.c.ms + DAY_MS).where(day.c.ms + DAY_MS <= last_ms))
    count = select(func.count()).where(when >= day.c.ms, when < day.c.ms + DAY_MS, *inside).scalar_subquery()
    return {day_ms: int(found) for day_ms, found in connection.execute(select(day.c.ms, count)) if found}
