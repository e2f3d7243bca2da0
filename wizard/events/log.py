"""The event log: append, read, count, erase and rebuild, on SQLite and on PostgreSQL.

Appending locks the journeys concerned, reads their stored events, inserts the new ones, and updates the journey tables
and the ledger in the same transaction. So the tables always agree, whatever the order in which events arrive.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, delete, func, select

from wizard.clock import system_ms
from wizard.events import journals, refused_frames, stored
from wizard.events.admission import DAY_MS, LOST, Admission, Appended, Tallies, Tally, day_of
from wizard.events.batch import Batch
from wizard.events.bulk import write_rows
from wizard.events.change_feed import note
from wizard.events.erasures import Erased, add_marks, any_marks, erased_among, no_keys
from wizard.events.ledger_writer import LedgerWriter
from wizard.events.model import DEMO_PREFIX, Event
from wizard.events.projection import JourneyRow, fold
from wizard.events.record import from_record, to_row
from wizard.events.rows import (
    JOURNEY_TABLES,
    lock_journeys,
    replace_rows,
    rows_of,
    stored_events,
    stored_ids,
    stored_rows,
    stored_steps,
)
from wizard.storage import schema
from wizard.storage.database import Database

__all__ = ["DAY_MS", "Appended", "Log", "Tallies", "Tally", "day_of"]

ROWS_AT_ONCE = 1000


Requests = Sequence[tuple[Sequence[Event], Sequence[Event]]]
"""For each request, in their order, the events that it asked for, and those that they imply."""


class Log:
    """The log in one database. `step_order` is the order of the questionnaire's steps, for the journey tables.

    Erased journeys are marked with the first of `keys`, and known by any of them.
    """

    def __init__(
        self, database: Database, step_order: Sequence[str], keys: Callable[[], Sequence[str]] = no_keys
    ) -> None:
        self.database = database
        self._step_order = tuple(step_order)
        self._keys = keys
        self._write = database.write
        self._count = LedgerWriter(is_sqlite=database.is_sqlite).add

    def append(self, asked: Iterable[Event], implied: Iterable[Event] = ()) -> Appended:
        """Store the events that are not in the log yet, in one transaction, committed on return.

        `implied` events follow from those in `asked`: they are stored if absent, and not counted as duplicates if
        present. Beyond `admission.MAX_EVENTS` of one journey, only clicks and conversions are stored, and others are
        rejected; so are events of erased journeys. Raises SQLAlchemyError if the database can't be written.
        """
        requests = [(list(asked), list(implied))]
        return self._write(lambda connection: self._append(connection, requests, {}))

    def ingest(self, batch: Batch) -> int:
        """Append the records of a journal, in one transaction. Returns how many of its events are in the log then.

        Records that are in the log already are skipped; events that are missing between two records count as lost.
        Raises SQLAlchemyError.
        """
        return self._write(lambda connection: self._ingest(connection, batch))

    def probe(self) -> None:
        """Raise SQLAlchemyError where nothing can be written at the moment."""
        self.database.write(lambda _: None)

    def journals(self) -> list[journals.JournalRow]:
        """The journals of all servers."""
        with self.database.reader.connect() as connection:
            return journals.known_journals(connection)

    def ingested_events(self, journal: str) -> int | None:
        """How many events of this journal are in the log; None if the log does not know it."""
        found = select(schema.journals.c.brought_in).where(schema.journals.c.journal == journal)
        with self.database.reader.connect() as connection:
            return connection.execute(found).scalar_one_or_none()

    def remove_journal(self, journal: str) -> None:
        """Remove the row of a journal that was ingested completely, and whose files are gone."""
        self._write(lambda connection: journals.remove(connection, journal, system_ms()))

    def write_off_journal(self, journal: str) -> int:
        """Count the waiting events of a journal as lost. Returns their number. Raises JournalUnknown."""

        def work(connection: Connection) -> int:
            tallies = journals.write_off(connection, journal)
            self._count(connection, tallies)
            return sum(count for tally, count in tallies.items() if tally.outcome == LOST)

        return self._write(work)

    def is_erased(self, journey_id: str) -> bool:
        """Whether the journey was erased, as far as that is still known."""
        with self.database.reader.connect() as connection:
            return bool(self._erased(connection, [journey_id]))

    def tally(self, tallies: Tallies) -> None:
        """Add counts to the ledger. Raises SQLAlchemyError."""
        self._write(lambda connection: self._count(connection, tallies))

    def read(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[Event]:
        """The events from `since_ms` until before `until_ms`, by time, streamed."""
        with closing(self.records(since_ms, until_ms)) as records:
            yield from map(from_record, records)

    def records(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Generator[Mapping[Any, Any], None, None]:
        """Like `read`, as rows of `events` with their stored ids, ordered by time and id."""
        found = stored.in_order(since_ms, until_ms)
        with self.database.reader.connect() as connection:
            streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
            with streaming.execute(found) as rows:  # also closed if the caller stops early
                yield from rows.mappings()

    def count(self, since_ms: int | None = None, until_ms: int | None = None) -> int:
        """The number of events from `since_ms` until before `until_ms`."""
        with self.database.reader.connect() as connection:
            return stored.count_events(connection, since_ms, until_ms)

    def trail(self, journey_id: str) -> list[Event]:
        """The events of one journey, by turn; empty if it is not in the log."""
        with self.database.reader.connect() as connection:
            return stored.trail_of(connection, journey_id)

    def journey(self, journey_id: str) -> JourneyRow | None:
        """The row of one journey in `journeys`, or None."""
        with self.database.reader.connect() as connection:
            return stored.journey_of(connection, journey_id)

    def journeys_begun_before(self, ms: int, at_most: int) -> list[str]:
        """The ids of up to `at_most` journeys that began before `ms`, oldest first."""
        table = schema.journeys
        found = select(table.c.journey_id).where(table.c.began_ms < ms).order_by(table.c.began_ms).limit(at_most)
        with self.database.reader.connect() as connection:
            return list(connection.execute(found).scalars())

    def erase(self, journey_ids: Sequence[str], *, marked_from_ms: int = 0) -> Erased:
        """Delete whole journeys, and count their events in the ledger as erased.

        Journeys whose last event was before `marked_from_ms` are not marked: nothing of them can come any more.
        """
        names = sorted(set(journey_ids))
        return self._write(lambda connection: self._erase(connection, names, marked_from_ms))

    def rebuild(self, journey_ids: Sequence[str], *, write: bool) -> int:
        """Compare the rows of these journeys with their events. Returns how many journeys had wrong rows.

        With `write`, replaces wrong rows by those that follow from the events.
        """
        names = sorted(set(journey_ids))
        if write:
            return self._write(lambda connection: self._rebuild(connection, names, write=True))
        with self.database.snapshot() as connection:  # possible as a read-only role and on a standby, too
            return self._rebuild(connection, names, write=False)

    # --- inside a transaction

    def _ingest(self, connection: Connection, batch: Batch) -> int:
        before = journals.claimed_journal(connection, batch)
        found = journals.outstanding(batch, before)
        self._append(connection, [(record.asked, record.implied) for record in found.records], found.tallies)
        refused_frames.add(connection, found.records, is_sqlite=self.database.is_sqlite)
        journals.report(connection, batch, found.reached)
        return found.reached

    def _append(self, connection: Connection, requests: Requests, tallies: Tallies) -> Appended:
        journeys = sorted({event.context.journey_id for both in requests for events in both for event in events})
        lock_journeys(connection, journeys)
        # Only the ids: duplicates need not read the rest of a journey.
        admission = Admission(stored_ids(connection, journeys), self._erased(connection, journeys))
        for asked, implied in requests:
            admission.add_all(asked, implied)
        new = admission.new
        if new:
            known = stored_events(connection, list(new))
            before = stored_steps(connection, [name for name in new if known[name]])
            write_rows(connection, schema.events, [to_row(event) for trail in new.values() for event in trail])
            after = [fold([*known[name].values(), *trail], self._step_order) for name, trail in new.items()]
            replace_rows(connection, before, after)
            note(connection, new, is_gone=False)
        appended = admission.appended()
        admission.tallies.update(tallies)
        self._count(connection, admission.tallies)
        return appended

    def _erased(self, connection: Connection, journey_ids: Sequence[str]) -> set[str]:
        if not journey_ids or not any_marks(connection):
            return set()
        return erased_among(connection, journey_ids, self._keys())

    def _rebuild(self, connection: Connection, journey_ids: Sequence[str], *, write: bool) -> int:
        if write:
            lock_journeys(connection, journey_ids)
        events, rows = stored_events(connection, journey_ids), stored_rows(connection, journey_ids)
        correct = {
            name: fold(own.values(), self._step_order) if (own := events[name]) else None for name in journey_ids
        }
        wrong = [name for name in journey_ids if rows[name] != rows_of(correct[name])]
        if write and wrong:
            for table in JOURNEY_TABLES:
                connection.execute(delete(table).where(table.c.journey_id.in_(wrong)))
            replace_rows(connection, {}, [folded for name in wrong if (folded := correct[name])])
            note(connection, [name for name in wrong if correct[name]], is_gone=False)
            note(connection, [name for name in wrong if not correct[name]], is_gone=True)
        return len(wrong)

    def _erase(self, connection: Connection, journey_ids: Sequence[str], marked_from_ms: int) -> Erased:
        if self.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")  # overwrite deleted rows with zeros
        lock_journeys(connection, journey_ids)
        table = schema.events
        day = (table.c.ts_ms - table.c.ts_ms % DAY_MS).label("day_ms")
        ours = table.c.journey_id.in_(journey_ids)
        days = connection.execute(select(day, func.count()).where(ours).group_by(day)).all()
        last = select(table.c.journey_id, func.max(table.c.ts_ms)).where(ours).group_by(table.c.journey_id)
        last_ms = {name: ts_ms for name, ts_ms in connection.execute(last)}  # noqa: C416  # a row is no pair to mypy
        for each in (schema.events, *JOURNEY_TABLES):
            connection.execute(delete(each).where(each.c.journey_id.in_(journey_ids)))
        # Also those that are not in the log: a subscriber may have got them before the log was restored.
        note(connection, journey_ids, is_gone=True)
        self._count(connection, {Tally(day_ms, "erased"): count for day_ms, count in days})
        late = [name for name in journey_ids if last_ms.get(name, marked_from_ms) >= marked_from_ms]
        real = [name for name in late if not name.startswith(DEMO_PREFIX)]
        add_marks(connection, real, self._keys(), system_ms())
        return Erased(len(last_ms), sum(count for _, count in days))
