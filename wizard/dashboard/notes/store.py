"""Stores notes: adds, changes and removes them, and keeps who did it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update

from wizard.analytics.notes import Note, read_notes
from wizard.clock import Clock
from wizard.dashboard.notes.content import Content
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_notes
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.dashboard_tables import notes as table
from wizard.storage.database import Database

ADDED, CHANGED, REMOVED = "note added", "note changed", "note removed"
"""The actions in the audit log."""

ID_BYTES = 8
Values = Mapping[str, str | int]
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
            record(connection, now_ms, AuditEntry(who, ADDED, _named(note.note_id), after=note.day))

        self._write(write)
        return note

    def change(self, note_id: str, content: Content, who: str) -> bool:
        """Replace the date and the line of a note. Returns whether there is such a note."""
        now_ms = self._clock()
        values: Values = {"day": content.day, "text": content.text, "changed_by": who, "changed_ms": now_ms}

        def entry(note: Note) -> AuditEntry:
            days = {} if note.day == content.day else {"before": note.day, "after": content.day}
            return AuditEntry(who, CHANGED, _named(note_id), **days)

        return self._update(note_id, values, entry)

    def remove(self, note_id: str, who: str) -> bool:
        """Remove a note from all pages. Returns whether there was such a note."""
        values: Values = {"removed_by": who, "removed_ms": self._clock()}
        return self._update(note_id, values, lambda note: AuditEntry(who, REMOVED, _named(note_id), before=note.day))

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

    def _update(self, note_id: str, values: Values, entry: Callable[[Note], AuditEntry]) -> bool:
        """Write `values` to a note that was not removed, and record the `entry` for it as it was."""
        there = (table.c.note_id == note_id, table.c.removed_ms.is_(None))

        def write(connection: Connection) -> bool:
            before = connection.execute(select(table).where(*there).with_for_update()).mappings().first()
            if before is None:
                return False
            connection.execute(update(table).where(*there).values(values))
            record(connection, self._clock(), entry(Note(**before)))
            return True

        return self._write(write)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)


def _named(note_id: str) -> str:
    """What the audit log calls a note. It has no note's text, which is deleted some time after the note is removed."""
    return f"note {note_id}"
