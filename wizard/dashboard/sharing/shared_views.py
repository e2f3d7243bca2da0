"""Stores links to views of the overview, signs their addresses, and says which of them are valid."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from itsdangerous import BadData, Signer
from sqlalchemy import Connection, Select, insert, select, update

from wizard.clock import Clock
from wizard.dashboard.access.cookie import CLOCKS_SECONDS
from wizard.dashboard.access.sign_in import HOUR_MS
from wizard.errors import WizardError
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_shared_views
from wizard.signing import SIGNING, is_canonical, signing_order
from wizard.storage.audit_log import COMMAND_LINE, AuditEntry, record
from wizard.storage.dashboard_tables import shared_views as table
from wizard.storage.database import Database

DAY_MS = 24 * HOUR_MS
EXPIRY_DAYS = (1, 7, 30, 90)
"""How many days a link may be valid."""

USUAL_DAYS = 7
ID_BYTES = 10
"""An id is a name, not a secret: what can't be guessed is its signature."""

MAX_TOKEN_CHARACTERS = 128  # twice the length of a real one
SHARED, REVOKED = "view shared", "shared view revoked"
"""The actions in the audit log."""

T = TypeVar("T")

State = Literal["open", "expired", "revoked"]
Reason = Literal["forged", "unknown", "expired", "revoked", "unreadable"]


class SharedViewRefused(WizardError):
    """A link that shows nothing. `expires_ms` is when it expired, or would have; None if that is unknown."""

    def __init__(self, reason: Reason, expires_ms: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expires_ms = expires_ms


@dataclass(frozen=True, slots=True)
class SharedView:
    """A link: the query of the overview that it shows, who made it and when, and how often it was opened."""

    link_id: str
    query: str
    email: str
    made_ms: int
    expires_ms: int
    revoked_ms: int | None
    last_ms: int | None
    opened: int

    def state(self, now_ms: int) -> State:
        """The state at `now_ms`. As with sessions, another server's clock may be CLOCKS_SECONDS behind."""
        by_ms = now_ms if self.revoked_ms is None else min(now_ms, self.revoked_ms)
        if by_ms >= self.expires_ms + CLOCKS_SECONDS * 1000:
            return "expired"
        return "open" if self.revoked_ms is None else "revoked"


class SharedViews:
    """The links in one database. Of `keys`, the first signs links, and all verify.

    Every method that reads or writes raises SQLAlchemyError where the database can't be used, or after `seconds`.
    """

    def __init__(self, database: Database, keys: Sequence[str], clock: Clock, seconds: float = TIMEOUT_SECONDS) -> None:
        self._database = database
        self._signer = Signer(signing_order(keys), salt="wizard.shared-view.1", **SIGNING)
        self._clock = clock
        self._seconds = seconds

    def add(self, query: str, email: str, days: int) -> str:
        """Store a link to the overview of `query`, valid for `days`. Returns its id."""
        now_ms = self._clock()
        link_id = secrets.token_hex(ID_BYTES)
        row = {"link_id": link_id, "query": query, "email": email, "made_ms": now_ms}

        def write(connection: Connection) -> None:
            delete_old_shared_views(connection, now_ms)
            connection.execute(insert(table).values(row | {"expires_ms": now_ms + days * DAY_MS}))
            record(connection, now_ms, AuditEntry(email, SHARED, link_id, note=f"{days} days"))

        self._write(write)
        return link_id

    def token(self, link_id: str) -> str:
        """The signed id, for the link's address."""
        return self._signer.sign(link_id).decode()

    def open(self, token: str) -> SharedView:
        """The view that a link's `token` shows. Raises SharedViewRefused.

        A forged token is looked up as well, so that it takes as long as a real one.
        """
        link_id = self._read(token)
        found = self.find(link_id or "")
        if found is None:
            raise SharedViewRefused("unknown" if link_id else "forged")
        state = found.state(self._clock())
        if state != "open":
            raise SharedViewRefused(state, found.expires_ms)
        return found

    def record_opening(self, link_id: str) -> None:
        """Count that the link was opened now."""
        now_ms = self._clock()
        values = {"opened": table.c.opened + 1, "last_ms": now_ms}
        self._write(
            lambda connection: connection.execute(update(table).where(table.c.link_id == link_id).values(values))
        )

    def revoke(self, link_id: str, by: str = COMMAND_LINE) -> bool:
        """Revoke a link, for good. Returns False if there is none of this id, or it was revoked before."""
        now_ms = self._clock()
        there = (table.c.link_id == link_id, table.c.revoked_ms.is_(None))
        revoking = update(table).where(*there).values(revoked_ms=now_ms).returning(table.c.email)

        def write(connection: Connection) -> bool:
            found = connection.execute(revoking.values(revoked_ms=now_ms).returning(table.c.email)).first()
            if found is None:
                return False
            record(connection, now_ms, AuditEntry(by, REVOKED, link_id, note=f"shared by {found.email}"))
            return True

        return self._write(write)

    def find(self, link_id: str) -> SharedView | None:
        """The link of this id."""
        return next(iter(self._rows(select(table).where(table.c.link_id == link_id))), None)

    def all(self) -> list[SharedView]:
        """Every stored link, the newest first."""
        return self._rows(select(table).order_by(table.c.made_ms.desc(), table.c.link_id))

    def _read(self, token: str) -> str | None:
        """The id in a link's token; None where the signature is wrong."""
        if len(token) > MAX_TOKEN_CHARACTERS or not is_canonical(token):
            return None
        try:
            return self._signer.unsign(token).decode()
        except BadData:
            return None

    def _rows(self, found: Select[Any]) -> list[SharedView]:
        def read() -> list[SharedView]:
            with self._database.reader.connect() as connection:
                return [SharedView(**row) for row in connection.execute(found).mappings()]

        return with_timeout(read, self._seconds)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return with_timeout(lambda: self._database.write(work), self._seconds)
