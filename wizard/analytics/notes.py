"""Reads the notes that colleagues wrote: a date and a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from wizard.storage.dashboard_tables import notes as table


@dataclass(frozen=True, slots=True)
class Note:
    """A row of `notes`. `day` is a date such as 2026-11-01; `who`, `changed_by` and `removed_by` name colleagues."""

    note_id: str
    day: str
    text: str
    who: str
    made_ms: int
    changed_by: str = ""
    changed_ms: int | None = None
    removed_by: str = ""
    removed_ms: int | None = None


def read_notes(
    connection: Connection, first: date | None = None, last: date | None = None, *, most: int | None = None
) -> Sequence[Note]:
    """The notes from `first` to `last` (both included), without those that were removed, the latest day first.

    Without a date, that end is open. `most` limits their number.
    """
    found = select(table).where(table.c.removed_ms.is_(None))
    if first:
        found = found.where(table.c.day >= first.isoformat())
    if last:
        found = found.where(table.c.day <= last.isoformat())
    found = found.order_by(table.c.day.desc(), table.c.made_ms.desc(), table.c.note_id).limit(most)
    return tuple(Note(**row) for row in connection.execute(found).mappings())
