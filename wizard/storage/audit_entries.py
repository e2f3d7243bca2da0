"""Reads the audit log: all of it, what one person did, or one kind of action, the newest first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from wizard.storage.studio_tables import audit_log as table


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the audit log, whose columns docs/log.md explains."""

    entry_id: str
    at_ms: int
    who: str
    action: str
    subject: str
    before: str
    after: str
    note: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for: of one person, of one action, from a time on, before a time; "" and None for any.

    `older_than` is the id of an entry: only what was recorded before it.
    """

    who: str = ""
    action: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    older_than: str = ""

    def where(self) -> list[ColumnElement[bool]]:
        """It as conditions."""
        found: list[ColumnElement[bool]] = []
        if self.who:
            found.append(table.c.who == self.who)
        if self.action:
            found.append(table.c.action == self.action)
        if self.older_than:
            found.append(table.c.entry_id < self.older_than)
        if self.since_ms is not None:
            found.append(table.c.at_ms >= self.since_ms)
        if self.until_ms is not None:
            found.append(table.c.at_ms < self.until_ms)
        return found


def read_entries(connection: Connection, asked: Asked, most: int | None = None) -> list[Recorded]:
    """The entries that are `asked` for, at `most` so many. Raises SQLAlchemyError."""
    found = select(table).where(*asked.where()).order_by(table.c.entry_id.desc()).limit(most)
    return [Recorded(**row) for row in connection.execute(found).mappings()]


def read_names(connection: Connection) -> tuple[list[str], list[str]]:
    """Everybody who has an entry, and every action, each in alphabetical order. Raises SQLAlchemyError."""
    who, actions = (_distinct(connection, column) for column in (table.c.who, table.c.action))
    return who, actions


def _distinct(connection: Connection, column: ColumnElement[Any]) -> list[str]:
    return sorted(connection.execute(select(column).distinct()).scalars())
