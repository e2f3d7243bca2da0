"""The people who may sign in, each with a role: lists, changes and removes them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, delete, select

from wizard.clock import Clock
from wizard.dashboard.access.role_changes import (
    GivenRole,
    change_unused_links,
    keep_an_admin,
    lock_roles,
    role_of,
    set_role,
)
from wizard.dashboard.access.roles import Role, known_role
from wizard.dashboard.access.sign_in import Ended, SignIn, end_sign_ins
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.dashboard_tables import sign_ins
from wizard.storage.database import Database
from wizard.storage.studio_tables import people as table

REMOVED = "person removed"
"""The action in the audit log."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """A person, their role, and how they sign in.

    `made_ms` to `changed_by` are 0 and empty for who signed in before there were roles, and is a viewer since, and for
    who has an unused link alone, with the role that it gives. `sessions` and `links` count the running sessions and
    the unused links; `last_ms` is the last request of a running session.
    """

    email: str
    role: Role
    made_ms: int
    made_by: str
    changed_ms: int
    changed_by: str
    sessions: int = 0
    links: int = 0
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """The role that a person had, how many sessions and links were ended, and whether no admin is left."""

    role: Role
    ended: Ended
    is_last_admin: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """The role that a person had before, None if they were none, and whether no admin is left."""

    before: Role | None
    is_last_admin: bool


class People:
    """The people in one database.

    Every method raises SQLAlchemyError where the database can't be used, or after `seconds`.
    """

    def __init__(self, database: Database, clock: Clock, seconds: float = TIMEOUT_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds

    def all(self) -> list[Person]:
        """Everybody with a role or a sign-in that can be used, by address."""
        found = select(table).order_by(table.c.email)
        signed = select(sign_ins).where(sign_ins.c.ended_ms.is_(None))

        def read() -> list[Person]:
            with self._database.snapshot() as connection:
                rows = [Person(**(row | {"role": known_role(row["role"])})) for row in _rows(connection, found)]
                return _with_sign_ins(rows, [SignIn(**row) for row in _rows(connection, signed)], self._clock())

        return with_timeout(read, self._seconds)

    def admins(self) -> list[str]:
        """The addresses of the admins."""
        found = select(table.c.email).where(table.c.role == "admin").order_by(table.c.email)

        def read() -> list[str]:
            with self._database.reader.connect() as connection:
                return list(connection.execute(found).scalars())

        return with_timeout(read, self._seconds)

    def set_role(self, email: str, role: Role, by: str, *, may_be_last: bool = False) -> Changed:
        """Give `role` to `email`, and to their unused links; makes them a person if they are none.

        Raises LastAdmin if no admin would be left, unless `may_be_last`.
        """
        now_ms = self._clock()

        def write(connection: Connection) -> Changed:
            change_unused_links(connection, email, role)
            is_last = role != "admin" and keep_an_admin(connection, email, may_be_last=may_be_last)
            before = set_role(connection, GivenRole(now_ms, email, role, by), may_be_last=may_be_last)
            return Changed(before, is_last)

        return self._write(write)

    def remove(self, email: str, by: str, *, may_be_last: bool = False) -> Removed | None:
        """Remove a person, and end their sessions and unused links. Returns None if there is no such person.

        Raises LastAdmin if no admin would be left, unless `may_be_last`.
        """
        now_ms = self._clock()

        def write(connection: Connection) -> Removed | None:
            lock_roles(connection)
            ended = end_sign_ins(connection, now_ms, email)
            is_last = keep_an_admin(connection, email, may_be_last=may_be_last)
            role = role_of(connection, email)
            connection.execute(delete(table).where(table.c.email == email))
            if role is None and not (ended.sessions or ended.links):
                return None
            record(connection, now_ms, AuditEntry(by, REMOVED, email, before=role or "viewer"))
            return Removed(role or "viewer", ended, is_last)

        return self._write(write)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)


def _rows(connection: Connection, found: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(found).mappings()]


def _with_sign_ins(people: Iterable[Person], rows: Iterable[SignIn], now_ms: int) -> list[Person]:
    """The people with what is running of `rows`, and those who have only that, in the order of their addresses."""
    found = {person.email: person for person in people}
    for row in sorted(rows, key=lambda row: row.made_ms):
        state = row.state(now_ms)
        if state not in ("signed in", "open"):
            continue
        person = found.get(row.email) or _stranger(row, is_link=state == "open")
        if state == "open":
            person = replace(person, links=person.links + 1)
        else:
            last_ms = max(person.last_ms or 0, row.last_ms or 0)
            person = replace(person, sessions=person.sessions + 1, last_ms=last_ms)
        found[row.email] = person
    return [found[email] for email in sorted(found)]


def _stranger(row: SignIn, *, is_link: bool) -> Person:
    """Somebody with a session of the version before, or with a link that gives them a role when they use it."""
    role = known_role(row.role) if is_link else "viewer"
    return Person(row.email, role, 0, "", 0, "")
