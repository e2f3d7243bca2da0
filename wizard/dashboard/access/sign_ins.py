"""Stores sign-in links and the sessions that they open: one row for both.

A link works once, until it expires. A session ends on sign-out, after 12 hours without a request, or after seven days.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from itsdangerous import BadData, Signer
from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from wizard.clock import Clock
from wizard.errors import WizardError
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.maintenance.expired import delete_old_sign_ins
from wizard.signing import SIGNING, is_canonical, signing_order
from wizard.storage.dashboard_tables import sign_ins as table
from wizard.storage.database import Database

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
IDLE_MS = 12 * HOUR_MS
LONGEST_MS = 7 * 24 * HOUR_MS
"""The maximum length of a session."""

SEEN_MS = MINUTE_MS
"""A session's last request is stored at most this often."""

ID_BYTES = 16
REFERENCE_CHARACTERS = 12
MAX_LINK_CHARACTERS = 128  # twice the length of a real one
T = TypeVar("T")

State = Literal["open", "signed in", "signed out", "expired", "idle"]
"""An unused link; a running session; either, ended; either, expired; a session without requests for too long."""


class SignInRefused(WizardError):
    """An invalid link or session; the message is the reason, for the server's log only."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A row: a link, and the session that it opened if it was used."""

    link_id: str
    email: str
    made_ms: int
    expires_ms: int
    used_ms: int | None
    last_ms: int | None
    ended_ms: int | None
    role: str = "viewer"
    method: str = "link"
    subject: str | None = None
    made_by: str = ""

    @property
    def reference(self) -> str:
        """The name of this sign-in in the server's log: a hash, from which the link's id can't be computed."""
        return hashlib.sha256(b"wizard.sign-in.1" + self.link_id.encode()).hexdigest()[:REFERENCE_CHARACTERS]

    def state(self, now_ms: int) -> State:
        """The state at `now_ms`. What had expired when it was ended stays expired."""
        by_ms = now_ms if self.ended_ms is None else min(now_ms, self.ended_ms)
        if self.used_ms is None and by_ms >= self.expires_ms:
            return "expired"
        if self.last_ms is not None and by_ms - self.last_ms > IDLE_MS:
            return "idle"
        if self.used_ms is not None and by_ms - self.used_ms > LONGEST_MS:
            return "expired"
        if self.ended_ms is not None:
            return "signed out"
        return "open" if self.used_ms is None else "signed in"


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions and unused links were ended."""

    sessions: int
    links: int


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

    def invite(self, email: str, hours: int) -> str:
        """The token of a new link for `email`, which works once within `hours`."""
        now_ms = self._clock()
        link_id = secrets.token_urlsafe(ID_BYTES)
        row = {"link_id": link_id, "email": email, "made_ms": now_ms, "expires_ms": now_ms + hours * HOUR_MS}

        def add(connection: Connection) -> None:
            delete_old_sign_ins(connection, now_ms)
            connection.execute(insert(table).values(row))

        self._write(add)
        return self._signer.sign(link_id).decode()

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
        """Use the link, and start its session. Of several at once, all but one get SignInRefused."""
        found = self.offered(token)
        now_ms = self._clock()
        unused = (table.c.used_ms.is_(None), table.c.ended_ms.is_(None), table.c.expires_ms > now_ms)
        if not self._change(found.link_id, unused, used_ms=now_ms, last_ms=now_ms):
            raise SignInRefused("used")
        return found

    def session(self, link_id: str) -> SignIn:
        """The running session of the link `link_id`. Raises SignInRefused."""
        found = self._find(link_id)
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
        """End one session."""
        self._change(link_id, (table.c.ended_ms.is_(None),), ended_ms=self._clock())

    def end_all(self, email: str) -> Ended:
        """End every session and every unused link of `email`."""
        now_ms = self._clock()
        ending = update(table).where(table.c.email == email, table.c.ended_ms.is_(None)).values(ended_ms=now_ms)
        columns = [column for column in table.c if column is not table.c.ended_ms]
        rows = self._write(lambda connection: connection.execute(ending.returning(*columns)).mappings().all())
        states = [SignIn(**row, ended_ms=None).state(now_ms) for row in rows]
        return Ended(states.count("signed in"), states.count("open"))

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
