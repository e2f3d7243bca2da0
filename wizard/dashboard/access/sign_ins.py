"""Stores sign-in links and the sessions that they open: one row for both, which `SignIn` describes."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from itsdangerous import BadData, Signer
from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from wizard.clock import Clock
from wizard.dashboard.access.role_changes import GivenRole, change_unused_links, give_role, lock_roles, role_of
from wizard.dashboard.access.roles import Role, known_role
from wizard.dashboard.access.sign_in import HOUR_MS, MINUTE_MS, Ended, SignIn, end_sign_ins
from wizard.errors import WizardError
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_sign_ins
from wizard.signing import SIGNING, is_canonical, signing_order
from wizard.storage.audit_log import COMMAND_LINE, AuditEntry, record
from wizard.storage.dashboard_tables import sign_ins as table
from wizard.storage.database import Database
from wizard.storage.studio_tables import people

SEEN_MS = MINUTE_MS
"""A session's last request is stored at most this often."""

ID_BYTES = 16
MAX_LINK_CHARACTERS = 128  # twice the length of a real one
LINK_MADE, SIGN_IN, SIGN_OUT, ENDED = "sign-in link made", "sign-in", "sign-out", "sessions ended"
"""The actions in the audit log."""

T = TypeVar("T")


class SignInRefused(WizardError):
    """An invalid link or session; the message is the reason, for the server's log only."""


class SignIns:
    """The sign-ins in one database. Of `keys`, the first signs links, and all verify.

    Every method that reads or writes raises SQLAlchemyError where the database can't be used, or after `seconds`.
    """

    def __init__(self, database: Database, keys: Sequence[str], clock: Clock, seconds: float = TIMEOUT_SECONDS) -> None:
        self._database = database
        self._signer = Signer(signing_order(keys), salt="wizard.sign-in.1", **SIGNING)
        self._clock = clock
        self._recorded_ms: dict[str, int] = {}
        self._seconds = seconds

    def invite(self, email: str, hours: int, role: Role | None = None, by: str = COMMAND_LINE) -> str:
        """The token of a new link for `email`, made `by` somebody, which works once within `hours`.

        It gives `role`; without one, the role that the person has, or else viewer.
        """
        now_ms = self._clock()
        link_id = secrets.token_urlsafe(ID_BYTES)
        row = {"link_id": link_id, "email": email, "made_ms": now_ms, "expires_ms": now_ms + hours * HOUR_MS}

        def add(connection: Connection) -> None:
            delete_old_sign_ins(connection, now_ms)
            given = role or role_of(connection, email) or "viewer"
            connection.execute(insert(table).values(row | {"role": given, "made_by": by}))
            record(connection, now_ms, AuditEntry(by, LINK_MADE, email, after=given))

        self._write(add)
        return self.token(link_id)

    def token(self, link_id: str) -> str:
        """The signed id of a link, for its address."""
        return self._signer.sign(link_id).decode()

    def link(self, link_id: str) -> SignIn | None:
        """The link of this id, if it can be used."""
        found = self._find(link_id)
        return found if found and found.state(self._clock()) == "open" else None

    def offered(self, token: str) -> SignIn:
        """The sign-in of a link's `token`, without using it. Raises SignInRefused.

        A forged token is looked up as well, so that it takes as long as a real one.
        """
        link_id = self._read(token)
        found = self._find(link_id or "")
        if found is None:
            raise SignInRefused("unknown" if link_id else "forged")
        state = found.state(self._clock())
        if state != "open":
            raise SignInRefused("used" if found.used_ms is not None else "revoked" if state == "signed out" else state)
        return found

    def use(self, token: str) -> SignIn:
        """Use the link, give its role, and start its session. Of several at once, all but one get SignInRefused."""
        found = self.offered(token)
        now_ms = self._clock()
        unused = (table.c.used_ms.is_(None), table.c.ended_ms.is_(None), table.c.expires_ms > now_ms)
        using = update(table).where(table.c.link_id == found.link_id, *unused).values(used_ms=now_ms, last_ms=now_ms)

        def write(connection: Connection) -> SignIn | None:
            lock_roles(connection)
            given = connection.execute(using.returning(table.c.role)).scalar()
            if given is None:
                return None
            change_unused_links(connection, found.email, known_role(given), table.c.made_ms < found.made_ms)
            by = found.made_by or found.email
            role = give_role(connection, GivenRole(now_ms, found.email, known_role(given), by))
            note = f"link made by {found.made_by}" if found.made_by else ""
            record(connection, now_ms, AuditEntry(found.email, SIGN_IN, found.reference, after=role, note=note))
            return replace(found, role=role, used_ms=now_ms, last_ms=now_ms)

        used = self._write(write)
        if used is None:
            raise SignInRefused("used")
        return used

    def session(self, link_id: str) -> SignIn:
        """The running session of the link `link_id`, with the person's role: one query. Raises SignInRefused."""
        roles = table.outerjoin(people, people.c.email == table.c.email)
        columns = [column for column in table.c if column is not table.c.role]
        session = select(*columns, func.coalesce(people.c.role, "viewer").label("role")).select_from(roles)
        found = next(iter(self._rows(session.where(table.c.link_id == link_id))), None)
        if found is None:
            raise SignInRefused("unknown")
        state = found.state(self._clock())
        if state != "signed in":
            raise SignInRefused(state)
        return found

    def record_use(self, session: SignIn) -> None:
        """Store that the session was used now. Tried at most once a minute, whether or not that succeeds."""
        now_ms = self._clock()
        last_ms = max(session.last_ms or 0, self._recorded_ms.get(session.link_id, 0))
        if now_ms - last_ms >= SEEN_MS:
            self._recorded_ms[session.link_id] = now_ms
            earlier = (table.c.ended_ms.is_(None), table.c.last_ms < now_ms)
            self._change(session.link_id, earlier, last_ms=now_ms)

    def end(self, link_id: str) -> None:
        """End one session, as its person asked."""
        now_ms = self._clock()
        running = (table.c.link_id == link_id, table.c.ended_ms.is_(None))
        ending = update(table).where(*running).values(ended_ms=now_ms).returning(table)

        def write(connection: Connection) -> None:
            for row in connection.execute(ending).mappings():
                ended = SignIn(**row)
                record(connection, now_ms, AuditEntry(ended.email, SIGN_OUT, ended.reference))

        self._write(write)

    def end_all(self, email: str, by: str = COMMAND_LINE) -> Ended:
        """End every session and every unused link of `email`."""
        now_ms = self._clock()

        def write(connection: Connection) -> Ended:
            lock_roles(connection)
            ended = end_sign_ins(connection, now_ms, email)
            if ended.sessions or ended.links:
                counts = f"sessions: {ended.sessions}, unused links: {ended.links}"
                record(connection, now_ms, AuditEntry(by, ENDED, email, note=counts))
            return ended

        return self._write(write)

    def all(self) -> list[SignIn]:
        """Every stored sign-in, the newest first."""
        found = select(table).order_by(table.c.made_ms.desc(), table.c.link_id)
        return self._rows(found)

    def _read(self, token: str) -> str | None:
        """The id in a link's token; None where the signature is wrong."""
        if len(token) > MAX_LINK_CHARACTERS or not is_canonical(token):
            return None
        try:
            return self._signer.unsign(token).decode()
        except BadData:
            return None

    def _find(self, link_id: str) -> SignIn | None:
        found = select(table).where(table.c.link_id == link_id)
        return next(iter(self._rows(found)), None)

    def _rows(self, found: Select[Any]) -> list[SignIn]:
        def read() -> list[SignIn]:
            with self._database.reader.connect() as connection:
                return [SignIn(**row) for row in connection.execute(found).mappings()]

        return with_timeout(read, self._seconds)

    def _change(self, link_id: str, only: Iterable[ColumnElement[bool]], **values: int) -> bool:
        """Write `values` to the row if `only` is true of it; returns whether it was."""
        changing = update(table).where(table.c.link_id == link_id, *only).values(values)
        return self._write(lambda connection: connection.execute(changing).rowcount) == 1

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)
