"""Stores sign-ins by an OpenID provider: the session, and the role that the provider's claims give."""

from dataclasses import asdict

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from wizard.dashboard.access.role_changes import GivenRole, change_unused_links, give_role, lock_roles, role_of
from wizard.dashboard.access.roles import Role, known_role
from wizard.dashboard.access.sign_in import SignIn
from wizard.dashboard.access.sign_ins import SIGN_IN
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_sign_ins
from wizard.openid.claims import Identity
from wizard.openid.errors import OpenIDRefused
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.dashboard_tables import sign_ins as table
from wizard.storage.database import Database

BY = "OpenID Connect"
"""Who gives the roles, in the audit log."""


def store_sign_in(database: Database, now_ms: int, session_id: str, identity: Identity) -> SignIn:
    """Start the session with this id for `identity`, and give its role. Raises SQLAlchemyError.

    Raises OpenIDRefused if there was a session with this id before: somebody repeats a sign-in.
    """

    def write(connection: Connection) -> SignIn:
        lock_roles(connection)
        delete_old_sign_ins(connection, now_ms)
        role = _given_role(connection, now_ms, identity)
        times = (now_ms, now_ms, now_ms, now_ms, None)  # made, expires, used, last, ended
        made = SignIn(session_id, identity.email, *times, role, "oidc", identity.subject, BY)
        connection.execute(insert(table).values(asdict(made)))
        entry = AuditEntry(identity.email, SIGN_IN, made.reference, after=role, note=f"by {BY}")
        record(connection, now_ms, entry)
        return made

    try:
        return with_timeout(lambda: database.write(write), TIMEOUT_SECONDS)
    except IntegrityError as error:
        raise OpenIDRefused("replayed") from error


def _given_role(connection: Connection, now_ms: int, identity: Identity) -> Role:
    """The role that `identity` has from now on. One for anybody is only for who has none yet."""
    before = role_of(connection, identity.email)
    if identity.is_anybody and before is not None:
        return before
    role = known_role(identity.role)
    change_unused_links(connection, identity.email, role)
    return give_role(connection, GivenRole(now_ms, identity.email, role, BY))
