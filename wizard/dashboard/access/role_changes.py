"""Gives roles to people, within a transaction: by a sign-in, by an admin, or from the command line.

Whoever decided last wins: a new role replaces that of sign-in links which were made before and are not used yet.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from wizard.dashboard.access.roles import Role, known_role
from wizard.errors import WizardError
from wizard.events.rows import insert_if_absent
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.dashboard_tables import sign_ins
from wizard.storage.studio_tables import people as table

ADDED, CHANGED = "person added", "role changed"
"""The actions in the audit log."""


class LastAdmin(WizardError):
    """The only admin would lose that role; the message says whose it is."""


@dataclass(frozen=True, slots=True)
class GivenRole:
    """The role that `by`, an address or a command, gives to `email` at a time."""

    at_ms: int
    email: str
    role: Role
    by: str


def role_of(connection: Connection, email: str, *, is_locked: bool = False) -> Role | None:
    """The role of `email`; None if they are no person yet. Raises SQLAlchemyError."""
    found = select(table.c.role).where(table.c.email == email)
    role = connection.execute(found.with_for_update() if is_locked else found).scalar()
    return None if role is None else known_role(role)


def give_role(connection: Connection, given: GivenRole) -> Role:
    """Give a role on signing in. Returns the role that the person has now: the last admin stays admin.

    Makes them a person if they are none yet. Recorded in the audit log if it changes anything. Raises SQLAlchemyError.
    """
    try:
        set_role(connection, given)
    except LastAdmin:
        return "admin"
    return given.role


def set_role(connection: Connection, given: GivenRole, *, may_be_last: bool = False) -> Role | None:
    """Give a role, as `give_role` does. Returns the role that the person had before; None if they were none.

    Raises LastAdmin if there would be no admin any more, unless `may_be_last`. Raises SQLAlchemyError.
    """
    before = role_of(connection, given.email)
    if before == given.role:
        return before
    keep_an_admin(connection, given.email, may_be_last=may_be_last)
    changed = {"role": given.role, "changed_ms": given.at_ms, "changed_by": given.by}
    absent = insert_if_absent(table, is_sqlite=connection.dialect.name == "sqlite")
    made = absent.values(email=given.email, made_ms=given.at_ms, made_by=given.by, **changed)
    if connection.execute(made).rowcount == 1:
        record(connection, given.at_ms, AuditEntry(given.by, ADDED, given.email, after=given.role))
        return None
    before = role_of(connection, given.email, is_locked=True)
    if before != given.role:
        connection.execute(update(table).where(table.c.email == given.email).values(changed))
        entry = AuditEntry(given.by, CHANGED, given.email, before=before or "", after=given.role)
        record(connection, given.at_ms, entry)
    return before


def change_unused_links(connection: Connection, email: str, role: Role, *only: Any) -> None:
    """Give `role` to the unused sign-in links of `email`, if `only` is true of them. Raises SQLAlchemyError.

    To be called before the role itself is changed: two transactions that lock in another order could block each other.
    """
    unused = (sign_ins.c.email == email, sign_ins.c.used_ms.is_(None), sign_ins.c.ended_ms.is_(None))
    connection.execute(update(sign_ins).where(*unused, *only).values(role=role))


def keep_an_admin(connection: Connection, email: str, *, may_be_last: bool = False) -> bool:
    """Raise LastAdmin if `email` is the only admin, unless `may_be_last`. Returns whether they are.

    Locks the admins until the end of the transaction, so that two at once can't take the role from each other.
    """
    found = select(table.c.email).where(table.c.role == "admin").order_by(table.c.email).with_for_update()
    is_last = list(connection.execute(found).scalars()) == [email]
    if is_last and not may_be_last:
        raise LastAdmin(f"{email} is the only admin; give somebody else that role first")
    return is_last
