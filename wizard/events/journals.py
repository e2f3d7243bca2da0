"""The table `journals`: of each journal, how many events are in the log, and how many waited at its last report."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select, update

from wizard.errors import WizardError
from wizard.events.admission import DAY_MS, LOST, Tally, day_of
from wizard.events.batch import Batch, Record
from wizard.events.periods import Period
from wizard.events.rows import insert_if_absent, within
from wizard.storage import schema

KEPT_DAYS = 90
"""How long the row of a journal is kept that has nothing waiting, if its process didn't remove it."""


class JournalUnknown(WizardError):
    """No journal of that name has waiting events."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row of `journals`; docs/log.md has its columns."""

    journal: str
    machine: str
    brought_in: int
    waiting: int
    written_off: int
    seen_ms: int


def known_journals(connection: Connection) -> list[JournalRow]:
    """The journals that the log knows of, by machine and by when they were seen."""
    table = schema.journals
    found = connection.execute(select(table).order_by(table.c.machine, table.c.seen_ms, table.c.journal))
    return [JournalRow(**row) for row in found.mappings()]


def known_journal(connection: Connection, journal: str) -> JournalRow | None:
    """One journal, locked until the end of the transaction."""
    found = select(schema.journals).where(schema.journals.c.journal == journal).with_for_update()
    row = connection.execute(found).mappings().one_or_none()
    return JournalRow(**row) if row else None


def claimed_journal(connection: Connection, batch: Batch) -> JournalRow:
    """The journal of a batch, locked until the end of the transaction; inserted if absent.

    Only an insert makes another transaction wait that stores the first batch of the same journal.
    """
    if row := known_journal(connection, batch.journal):
        return row
    absent = insert_if_absent(schema.journals, is_sqlite=connection.dialect.name == "sqlite")
    new = JournalRow(batch.journal, batch.machine, 0, 0, 0, batch.now_ms)
    connection.execute(absent, asdict(new))
    return known_journal(connection, batch.journal) or new


@dataclass(frozen=True, slots=True)
class Outstanding:
    """The records of a batch that are not in the log yet, what to count besides them, and how far they reach."""

    records: Sequence[Record]
    tallies: Counter[Tally]
    reached: int


def outstanding(batch: Batch, before: JournalRow) -> Outstanding:
    """What of a batch is not in the log yet.

    Records are numbered by the events received, so a gap between two of them is the number of events that were lost.
    Events that an operator has written off, and that arrive after all, are no longer counted as lost.
    """
    tallies: Counter[Tally] = Counter()
    reached = max(batch.stored, before.brought_in)
    fresh = []
    for record in batch.records:
        if record.received <= reached:
            continue
        if missing := record.received - record.events - reached:
            _count(tallies, Tally(day_of(batch.now_ms), LOST), missing)
        if record.tally:
            _count(tallies, record.tally, record.events)
        reached = record.received
        fresh.append(record)
    if before.written_off:
        _count(tallies, Tally(day_of(before.seen_ms), LOST), -before.written_off)
    return Outstanding(fresh, tallies, reached)


def report(connection: Connection, batch: Batch, reached: int) -> None:
    """Store how far the journal is ingested with this batch, and how many events wait in it."""
    row = {
        "machine": batch.machine,
        "brought_in": reached,
        "waiting": batch.waiting,
        "written_off": 0,
        "seen_ms": batch.now_ms,
    }
    table = schema.journals
    connection.execute(update(table).where(table.c.journal == batch.journal).values(row))


def remove(connection: Connection, journal: str, now_ms: int) -> None:
    """Remove a journal whose files are gone, and others that have not reported for `KEPT_DAYS`."""
    own = schema.journals.c
    connection.execute(delete(schema.journals).where(own.journal == journal))
    long_ago = now_ms - KEPT_DAYS * DAY_MS
    connection.execute(delete(schema.journals).where(own.waiting == 0, own.written_off == 0, own.seen_ms < long_ago))


def write_off(connection: Connection, journal: str) -> Counter[Tally]:
    """Count what waits in a journal that is gone for good as lost. Raises JournalUnknown."""
    row = known_journal(connection, journal)
    if row is None or not row.waiting:
        raise JournalUnknown(
            f"--write-off: given {journal!r}, which has no waiting events; allowed: one that `wizard journals` lists"
        )
    own = schema.journals.c
    written_off = row.written_off + row.waiting
    connection.execute(update(schema.journals).where(own.journal == journal).values(waiting=0, written_off=written_off))
    tallies: Counter[Tally] = Counter()
    _count(tallies, Tally(day_of(row.seen_ms), LOST), row.waiting)
    return tallies


def waiting_by_day(connection: Connection, period: Period) -> Iterator[tuple[int, int]]:
    """How many events waited in journals when these were last heard of, by the day, UTC, of that."""
    own = schema.journals.c
    day = (own.seen_ms - own.seen_ms % DAY_MS).label("day_ms")
    inside = within(own.seen_ms, period.since_ms, period.until_ms)
    found = select(day, func.sum(own.waiting)).where(own.waiting > 0, *inside).group_by(day)
    for day_ms, events in connection.execute(found):
        yield int(day_ms), int(events)


def _count(tallies: Counter[Tally], outcome: Tally, events: int) -> None:
    tallies[Tally(outcome.day_ms, "received")] += events
    tallies[outcome] += events
