"""Gives roles to people, within a transaction: by a sign-in, by an admin, or from the command line.

Whoever decided last wins: a new role replaces that of sign-in links which were made before and are not used yet.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from wizard.dashboard.access.roles import Role, known_role
from wizard.errors import WizardError
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.dashboard_tables import sign_ins
from wizard.storage.studio_tables import people as table

ADDED, CHANGED = "person added", "role changed"
"""The actions in the audit log."""

ROLES_LOCK = 0x57495C
"""The number of the lock in PostgreSQL, which other locks of the wizard don't have."""


class LastAdmin(WizardError):
    """The only admin would lose that role; the message says whose it is."""


@dataclass(frozen=True, slots=True)
class GivenRole:
    """The role that `by`, an address or a command, gives to `email` at a time."""

    at_ms: int
    email: str
    role: Role
    by: str


def lock_roles(connection: Connection) -> None:
    """Let no other transaction change roles, use or end sign-ins until this one ends. Raises SQLAlchemyError.

    To be called first: else two of them could wait for each other, or take the role from the last two admins.
    """
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ROLES_LOCK})


def role_of(connection: Connection, email: str) -> Role | None:
    """The role of `email`; None if they are no person yet. Raises SQLAlchemyError."""
    role = connection.execute(select(table.c.role).where(table.c.email == email)).scalar()
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
    lock_roles(connection)
    before = role_of(connection, given.email)
    if before == given.role:
        return before
    keep_an_admin(connection, given.email, may_be_last=may_be_last)
    changed = {"role": given.role, "changed_ms": given.at_ms, "changed_by": given.by}
    if before is None:
        made = insert(table).values(email=given.email, made_ms=given.at_ms, made_by=given.by, **changed)
        connection.execute(made)
    else:
        connection.execute(update(table).where(table.c.email == given.email).values(changed))
    action = ADDED if before is None else CHANGED
    record(connection, given.at_ms, AuditEntry(given.by, action, given.email, before=before or "", after=given.role))
    return before


def change_unused_links(connection: Connection, email: str, role: Role, *only: Any) -> None:
    """Give `role` to the unused sign-in links of `email`, if `only` is true of them. Raises SQLAlchemyError."""
    lock_roles(connection)
    unused = (sign_ins.c.email == email, sign_ins.c.used_ms.is_(None), sign_ins.c.ended_ms.is_(None))
    connection.execute(update(sign_ins).where(*unused, *only).values(role=role))


def keep_an_admin(connection: Connection, email: str, *, may_be_last: bool = False) -> bool:
    """Raise LastAdmin if `email` is the only admin, unless `may_be_last`. Returns whether they are."""
    found = select(table.c.email).where(table.c.role == "admin")
    is_last = list(connection.execute(found).scalars()) == [email]
    if is_last and not may_be_last:
        raise LastAdmin(f"{email} is the only admin; give somebody else that role first")
    return is_last
