"""The ledger, beside a recount of the events that are there: whether every event that came in is accounted for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import BigInteger, Connection, func, literal, select

from wizard.events.log import DAY_MS, day_of
from wizard.events.periods import Period, iso
from wizard.events.rows import within
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.text_table import text_table

NAMED_DAYS = 3


@dataclass(frozen=True, slots=True)
class Account:
    """The events of one day, UTC, or of several: what the ledger says became of them, and how many are `present`."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    bot: int = 0
    rejected: int = 0
    erased: int = 0
    lost: int = 0
    present: int = 0

    @property
    def unaccounted(self) -> int:
        """How many came in of which the ledger does not say what became; below 0, it says so of more than came in."""
        return self.received - self.stored - self.duplicate - self.bot - self.rejected

    @property
    def missing(self) -> int:
        """How many were stored and are neither there nor erased; below 0, there are more than were stored."""
        return self.stored - self.present - self.erased

    def problems(self) -> list[str]:
        """What does not add up, with its figures; nothing where all does."""
        found = []
        if self.unaccounted:
            accounted = self.received - self.unaccounted
            found.append(
                f"received {self.received} is not stored {self.stored} + duplicate {self.duplicate} "
                f"+ bot {self.bot} + rejected {self.rejected} = {accounted}"
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
    """An account for each day that has one, by its date, in order; and why events were rejected, in all of them."""

    days: Mapping[str, Account]
    reasons: Mapping[str, int]

    @property
    def total(self) -> Account:
        """All days together."""
        return Account(*(sum(getattr(day, name) for day in self.days.values()) for name in COLUMNS))

    def problems(self) -> Mapping[str, Sequence[str]]:
        """What does not add up, by the date. Days are looked at one by one, so that no two make up for each other."""
        found = {date: account.problems() for date, account in self.days.items()}
        return {date: problems for date, problems in found.items() if problems}


def read_ledger(database: Database, period: Period) -> Ledger:
    """The ledger of a period of whole days, UTC, and the recount, both as of one moment. Raises SQLAlchemyError."""
    with database.snapshot() as connection:
        return account_for(connection, period)


def account_for(connection: Connection, period: Period) -> Ledger:
    """The same on a connection to which the log stands still."""
    tallies = _tallies(connection, period)
    present = _present(connection, period)
    outcomes: dict[int, dict[str, int]] = {day_ms: {"present": count} for day_ms, count in present.items()}
    reasons: dict[str, int] = {}
    for (day_ms, outcome, reason), count in tallies.items():
        day = outcomes.setdefault(day_ms, {})
        if outcome in COLUMNS:  # one that is not known here leaves `received` unaccounted for
            day[outcome] = day.get(outcome, 0) + count
        if outcome == "rejected":
            reasons[reason] = reasons.get(reason, 0) + count
    return Ledger(
        {iso(day_ms)[:10]: Account(**outcomes[day_ms]) for day_ms in sorted(outcomes)}, dict(sorted(reasons.items()))
    )


def as_record(ledger: Ledger) -> dict[str, Any]:
    """The ledger as plain values, for machines."""
    problems = ledger.problems()
    return {
        "balanced": not problems,
        "total": asdict(ledger.total),
        "rejected_by_reason": dict(ledger.reasons),
        "days": [
            {"day": date, **asdict(account), "problems": problems.get(date, [])}
            for date, account in ledger.days.items()
        ],
    }


def as_table(ledger: Ledger) -> str:
    """The ledger as aligned text, for people."""
    if not ledger.days:
        return "Nothing is in the ledger, or in the log, for these days."
    rows = [("day (UTC)", *COLUMNS), *_cells(ledger.days)]
    if len(ledger.days) > 1:
        rows += _cells({"total": ledger.total})
    table = text_table(rows, numbers=True)
    if not ledger.reasons:
        return table
    return f"{table}\n\nrejected: {', '.join(f'{reason} {count:,}' for reason, count in ledger.reasons.items())}"


def as_complaint(problems: Mapping[str, Sequence[str]]) -> str:
    """What does not add up in one line, of which the first days are told in full."""
    told = [f"{date}: {' and '.join(each)}" for date, each in list(problems.items())[:NAMED_DAYS]]
    left = list(problems)[NAMED_DAYS:]
    more = f"; and on {len(left)} more: {', '.join(left)}" if left else ""
    return f"the ledger does not balance: {'; '.join(told)}{more}"


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
    """How many events there are of each day: each counted in its stretch of the index, which takes no sorting."""
    when = schema.events.c.ts_ms
    inside = within(when, period.since_ms, period.until_ms)
    first_ms, last_ms = connection.execute(select(func.min(when), func.max(when)).where(*inside)).one()
    if first_ms is None:
        return {}
    day = select(literal(day_of(first_ms), BigInteger).label("ms")).cte("day", recursive=True)
    day = day.union_all(select(day.c.ms + DAY_MS).where(day.c.ms + DAY_MS <= last_ms))
    count = select(func.count()).where(when >= day.c.ms, when < day.c.ms + DAY_MS, *inside).scalar_subquery()
    return {day_ms: int(found) for day_ms, found in connection.execute(select(day.c.ms, count)) if found}
