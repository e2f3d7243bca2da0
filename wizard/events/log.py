"""The log: append, read a range, count, one journey's trail, erase. The same contract on SQLite and on PostgreSQL.

Appending locks the journeys that it touches, reads what is known of them, stores what is new, and writes the folded
rows and the ledger in the same transaction. So all of them agree at any moment, whatever order events arrive in.
"""

import secrets
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, text

from wizard.events.admission import DAY_MS, Admission, Appended, Tallies, Tally, day_of
from wizard.events.model import Event
from wizard.events.projection import Folded, JourneyRow, StepRow, fold, ordered_by_turn
from wizard.events.record import from_record, to_record
from wizard.events.rows import ids, present, rows_of, trails, upsert, values, within
from wizard.storage import schema
from wizard.storage.database import Database
from wizard.storage.single_writer import writing

__all__ = ["DAY_MS", "Appended", "Erased", "Log", "Tallies", "Tally", "day_of"]

WORKERS = 64
ROWS_AT_ONCE = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took out."""

    journeys: int
    events: int


class Log:
    """The log in one database. `step_order` ranks the questionnaire's steps for the folded rows."""

    def __init__(self, database: Database, step_order: Sequence[str]) -> None:
        self.database = database
        self._step_order = tuple(step_order)
        self._writing = writing(database)
        self._own = threading.local()
        self._upserts = {table.name: upsert(table, is_sqlite=database.is_sqlite) for table in _FOLDED}
        self._add = upsert(schema.ledger, is_sqlite=database.is_sqlite, add="events")

    def append(self, asked: Iterable[Event], implied: Iterable[Event] = ()) -> Appended:
        """Store those of the events that are not there yet, all or none; on return they are committed.

        The `implied` ones follow from those `asked` for: they are stored if absent, and count as nothing if present.
        Beyond `admission.MAX_EVENTS` of one journey only clicks and conversions are stored; others are rejected.
        Raises SQLAlchemyError where the database can't be written.
        """
        asked, implied = list(asked), list(implied)
        return self._write(lambda connection: self._append(connection, asked, implied))

    def tally(self, tallies: Tallies) -> None:
        """Add to the ledger. Raises SQLAlchemyError."""
        self._write(lambda connection: self._count(connection, tallies))

    def read(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[Event]:
        """The events from `since_ms` until before `until_ms`, by time, a few at a time in memory."""
        with closing(self.records(since_ms, until_ms)) as records:
            yield from map(from_record, records)

    def records(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Generator[Mapping[Any, Any], None, None]:
        """The same as rows of `events`, whose ids are those that they were stored under; always in the same order."""
        table = schema.events
        found = (
            select(table)
            .where(*within(schema.events.c.ts_ms, since_ms, until_ms))
            .order_by(table.c.ts_ms, table.c.event_id)
        )
        with self.database.reader.connect() as connection:
            streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
            with streaming.execute(found) as rows:  # closed where the reader stops before the end, too
                yield from rows.mappings()

    def count(self, since_ms: int | None = None, until_ms: int | None = None) -> int:
        """How many events there are from `since_ms` until before `until_ms`."""
        found = (
            select(func.count()).select_from(schema.events).where(*within(schema.events.c.ts_ms, since_ms, until_ms))
        )
        with self.database.reader.connect() as connection:
            return int(connection.execute(found).scalar_one())

    def trail(self, journey_id: str) -> list[Event]:
        """The events of one journey, by turn; none of one that is not there."""
        with self.database.reader.connect() as connection:
            return ordered_by_turn(trails(connection, [journey_id])[journey_id].values())

    def journey(self, journey_id: str) -> JourneyRow | None:
        """The folded row of one journey, if it is there."""
        found = select(schema.journeys).where(schema.journeys.c.journey_id == journey_id)
        with self.database.reader.connect() as connection:
            row = connection.execute(found).mappings().one_or_none()
        return JourneyRow(**row) if row else None

    def journeys_begun_before(self, ms: int, at_most: int) -> list[str]:
        """The ids of up to `at_most` journeys that began before `ms`."""
        table = schema.journeys
        found = select(table.c.journey_id).where(table.c.began_ms < ms).order_by(table.c.began_ms).limit(at_most)
        with self.database.reader.connect() as connection:
            return list(connection.execute(found).scalars())

    def erase(self, journey_ids: Sequence[str]) -> Erased:
        """Take whole journeys out, and count them in the ledger as erased."""
        return self._write(lambda connection: self._erase(connection, sorted(set(journey_ids))))

    def refold(self, journey_ids: Sequence[str], *, keep: bool) -> int:
        """Rebuild the rows of these journeys from their events; how many of them had rows that were wrong.

        With `keep`, what was wrong is put right.
        """
        names = sorted(set(journey_ids))
        if keep:
            return self._write(lambda connection: self._refold(connection, names, keep=True))
        with self.database.snapshot() as connection:  # which a role that only reads, or a standby, may have, too
            return self._refold(connection, names, keep=False)

    # --- inside a transaction

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._writing.write(work)

    def _append(self, connection: Connection, asked: Sequence[Event], implied: Sequence[Event]) -> Appended:
        journeys = sorted({event.context.journey_id for event in (*implied, *asked)})
        self._lock(connection, journeys)
        # By their ids alone: what is there already is no reason to read the rest of a journey.
        admission = Admission(ids(connection, journeys))
        for event in asked:
            admission.add(event, is_implied=False)
        for event in implied:
            admission.add(event, is_implied=True)
        new = admission.new
        if new:
            known = trails(connection, list(new))
            records = [to_record(event) for trail in new.values() for event in trail]
            connection.execute(insert(schema.events), [_ROW | record for record in records])
            changes = [
                (self._fold(known[name].values()), fold([*known[name].values(), *trail], self._step_order))
                for name, trail in new.items()
            ]
            self._replace(connection, changes)
        self._count(connection, admission.tallies)
        return admission.appended()

    def _refold(self, connection: Connection, journey_ids: Sequence[str], *, keep: bool) -> int:
        if keep:
            self._lock(connection, journey_ids)
        told, there = trails(connection, journey_ids), present(connection, journey_ids)
        should = {name: self._fold(told[name].values()) for name in journey_ids}
        wrong = [name for name in journey_ids if there[name] != rows_of(should[name])]
        if keep and wrong:
            for table in (schema.journey_steps, schema.journeys):
                connection.execute(delete(table).where(table.c.journey_id.in_(wrong)))
            self._replace(connection, [(None, right) for name in wrong if (right := should[name])])
        return len(wrong)

    def _erase(self, connection: Connection, journey_ids: Sequence[str]) -> Erased:
        if self.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")  # overwrite what is taken out
        self._lock(connection, journey_ids)
        table = schema.events
        day = (table.c.ts_ms - table.c.ts_ms % DAY_MS).label("day_ms")
        ours = table.c.journey_id.in_(journey_ids)
        days = connection.execute(select(day, func.count()).where(ours).group_by(day)).all()
        journeys = connection.execute(select(func.count(table.c.journey_id.distinct())).where(ours)).scalar_one()
        for each in (schema.events, schema.journey_steps, schema.journeys):
            connection.execute(delete(each).where(each.c.journey_id.in_(journey_ids)))
        self._count(connection, {Tally(day_ms, "erased"): count for day_ms, count in days})
        return Erased(journeys, sum(count for _, count in days))

    def _lock(self, connection: Connection, journey_ids: Sequence[str]) -> None:
        """Keep others from these journeys until the end of the transaction, always in the same order.

        A SQLite transaction that writes is alone anyway.
        """
        if not self.database.is_sqlite:
            for name in journey_ids:
                connection.execute(_JOURNEY_LOCK, {"name": name})

    def _fold(self, trail: Collection[Event]) -> Folded | None:
        return fold(trail, self._step_order) if trail else None

    def _replace(self, connection: Connection, changes: Iterable[tuple[Folded | None, Folded]]) -> None:
        """Write the rows that differ between what there was and what there is to be."""
        journeys: list[JourneyRow] = []
        steps: list[StepRow] = []
        for before, after in changes:
            old_steps = before.steps if before else ()
            if not (before and before.journey == after.journey):
                journeys.append(after.journey)
            steps += [row for row in after.steps if row not in old_steps]
            gone = {row.step for row in old_steps} - {row.step for row in after.steps}
            if gone:
                own = schema.journey_steps.c
                ours = own.journey_id == after.journey.journey_id
                connection.execute(delete(schema.journey_steps).where(ours, own.step.in_(gone)))
        for table, rows in ((schema.journeys, journeys), (schema.journey_steps, steps)):
            if rows:
                connection.execute(self._upserts[table.name], [values(row) for row in rows])

    def _count(self, connection: Connection, tallies: Tallies) -> None:
        rows = [
            {**tally._asdict(), "worker": self._worker, "events": count} for tally, count in sorted(tallies.items())
        ]
        if rows:
            connection.execute(self._add, rows)

    @property
    def _worker(self) -> int:
        """The number that this thread counts under; two that share one only wait for each other."""
        if not hasattr(self._own, "worker"):
            self._own.worker = secrets.randbelow(WORKERS)
        return int(self._own.worker)


_ROW = dict.fromkeys(schema.events.c.keys())
"""An event's row with nothing in it."""

_FOLDED = (schema.journeys, schema.journey_steps)
_JOURNEY_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
