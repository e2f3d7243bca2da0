"""Stores notes: adds, changes and removes them, and keeps who did it."""

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update

from wizard.analytics.notes import Note, read_notes
from wizard.clock import Clock
from wizard.dashboard.notes.content import Content
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_notes
from wizard.storage.dashboard_tables import notes as table
from wizard.storage.database import Database

ID_BYTES = 8
T = TypeVar("T")


class Notes:
    """The notes in one database.

    Every method raises SQLAlchemyError where the database can't be used, or after `seconds`.
    """

    def __init__(self, database: Database, clock: Clock, seconds: float = TIMEOUT_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds

    def add(self, content: Content, who: str) -> Note:
        """Store a new note of `who`. Deletes notes that were removed 90 days ago."""
        now_ms = self._clock()
        note = Note(secrets.token_hex(ID_BYTES), content.day, content.text, who, now_ms)
        columns = [column.name for column in table.c]

        def write(connection: Connection) -> None:
            delete_old_notes(connection, now_ms)
            connection.execute(insert(table).values({name: getattr(note, name) for name in columns}))

        self._write(write)
        return note

    def change(self, note_id: str, content: Content, who: str) -> bool:
        """Replace the date and the line of a note. Returns whether there is such a note."""
        values: dict[str, str | int] = {
            "day": content.day,
            "text": content.text,
            "changed_by": who,
            "changed_ms": self._clock(),
        }
        return self._update(note_id, values)

    def remove(self, note_id: str, who: str) -> bool:
        """Remove a note from all pages. Returns whether there was such a note."""
        return self._update(note_id, {"removed_by": who, "removed_ms": self._clock()})

    def one(self, note_id: str) -> Note | None:
        """A note that was not removed; None if there is no such note."""
        found = select(table).where(table.c.note_id == note_id, table.c.removed_ms.is_(None))

        def read() -> Note | None:
            with self._database.reader.connect() as connection:
                row = connection.execute(found).mappings().first()
            return Note(**row) if row else None

        return with_timeout(read, self._seconds)

    def all(self, first: date | None = None, last: date | None = None, *, most: int | None = None) -> Sequence[Note]:
        """The notes of some days, as `read_notes` says."""

        def read() -> Sequence[Note]:
            with self._database.reader.connect() as connection:
                return read_notes(connection, first, last, most=most)

        return with_timeout(read, self._seconds)

    def _update(self, note_id: str, values: dict[str, str | int]) -> bool:
        changing = update(table).where(table.c.note_id == note_id, table.c.removed_ms.is_(None)).values(values)
        return self._write(lambda connection: connection.execute(changing).rowcount) == 1

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)
