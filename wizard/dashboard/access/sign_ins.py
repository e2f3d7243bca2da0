"""Stores sign-in links and the sessions they open: one row for both.

A link works once, until it expires. A session ends on sign-out, after 12 hours without a request, or after seven days.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from itsdangerous import BadData, Signer
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from wizard.errors import WizardError
from wizard.intake.timeouts import PATIENCE_SECONDS, patiently
from wizard.signing import SIGNING, is_canonical, signing_order
from wizard.storage.database import Database
from wizard.storage.schema import sign_ins as table
from wizard.storage.single_writer import writer_for

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
IDLE_MS = 12 * HOUR_MS
LONGEST_MS = 7 * 24 * HOUR_MS
"""The maximum length of a session."""

SEEN_MS = MINUTE_MS
"""A session's last request is stored at most this often."""

KEPT_MS = 90 * 24 * HOUR_MS
"""How long a row is kept after its last possible use."""

ID_BYTES = 16
REFERENCE_CHARACTERS = 12
MAX_LINK_CHARACTERS = 128  # twice as long as any of ours
T = TypeVar("T")

State = Literal["open", "signed in", "signed out", "expired", "idle"]
"""A link that waits to be used; a session that holds; either, ended; either, over by itself; a session left unused."""


class Refused(WizardError):
    """A link or a session that lets nobody in; its text is the reason, which is for the server's log alone."""


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

    @property
    def reference(self) -> str:
        """What the server's log calls it. The link's id, which the session's cookie holds, can't be had from it."""
        return hashlib.sha256(b"wizard.sign-in.1" + self.link_id.encode()).hexdigest()[:REFERENCE_CHARACTERS]

    def state(self, now_ms: int) -> State:
        """What has become of it by `now_ms`; what was over before it was ended stays as it was."""
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
    """How many sessions, and links that nobody had used, were ended."""

    sessions: int
    links: int


class SignIns:
    """The sign-ins in one database. `keys` as the setting has them: the first signs links, all verify.

    `now_ms` gives milliseconds since the epoch. Whatever reads or writes raises SQLAlchemyError where the database
    can't be used, and after so many `seconds` at the latest.
    """

    def __init__(
        self, database: Database, keys: Sequence[str], now_ms: Callable[[], int], seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._database = database
        self._writing = writer_for(database)
        self._signer = Signer(signing_order(keys), salt="wizard.sign-in.1", **SIGNING)
        self._now_ms = now_ms
        self._tried: dict[str, int] = {}
        self._seconds = seconds

    def invite(self, email: str, hours: int) -> str:
        """A link's token that lets whoever has `email` in once, within so many `hours`."""
        now_ms = self._now_ms()
        link_id = secrets.token_urlsafe(ID_BYTES)
        row = {"link_id": link_id, "email": email, "made_ms": now_ms, "expires_ms": now_ms + hours * HOUR_MS}

        def add(connection: Connection) -> None:
            connection.execute(
                delete(table).where(func.coalesce(table.c.last_ms, table.c.expires_ms) < now_ms - KEPT_MS)
            )
            connection.execute(insert(table).values(row))

        self._write(add)
        return self._signer.sign(link_id).decode()

    def offered(self, token: str) -> SignIn:
        """The sign-in that a link's `token` offers, which stays as it is. Raises Refused.

        A forged one is looked up as well, so that it takes as long as one that was good once.
        """
        link_id = self._read(token)
        found = self._find(link_id or "")
        if found is None:
            raise Refused("unknown" if link_id else "forged")
        state = found.state(self._now_ms())
        if state != "open":
            raise Refused("used" if found.used_ms is not None else "revoked" if state == "signed out" else state)
        return found

    def use(self, token: str) -> SignIn:
        """Use the link up, and begin the session that it opens. Of several who ask at once, all but one get Refused."""
        found = self.offered(token)
        now_ms = self._now_ms()
        waits = (table.c.used_ms.is_(None), table.c.ended_ms.is_(None), table.c.expires_ms > now_ms)
        if not self._change(found.link_id, waits, used_ms=now_ms, last_ms=now_ms):
            raise Refused("used")
        return found

    def session(self, link_id: str) -> SignIn:
        """The session that the link `link_id` has opened, if it still holds. Raises Refused."""
        found = self._find(link_id)
        if found is None:
            raise Refused("unknown")
        state = found.state(self._now_ms())
        if state != "signed in":
            raise Refused(state)
        return found

    def see(self, session: SignIn) -> None:
        """Store that the session was used just now, at most once a minute, whether or not that succeeds."""
        now_ms = self._now_ms()
        last_ms = max(session.last_ms or 0, self._tried.get(session.link_id, 0))
        if now_ms - last_ms >= SEEN_MS:
            self._tried[session.link_id] = now_ms
            earlier = (table.c.ended_ms.is_(None), table.c.last_ms < now_ms)
            self._change(session.link_id, earlier, last_ms=now_ms)

    def end(self, link_id: str) -> None:
        """End one session."""
        self._change(link_id, (table.c.ended_ms.is_(None),), ended_ms=self._now_ms())

    def end_all(self, email: str) -> Ended:
        """End every session of `email`, and every link that has not been used yet."""
        now_ms = self._now_ms()
        ending = update(table).where(table.c.email == email, table.c.ended_ms.is_(None)).values(ended_ms=now_ms)
        columns = [column for column in table.c if column is not table.c.ended_ms]
        rows = self._write(lambda connection: connection.execute(ending.returning(*columns)).mappings().all())
        states = [_sign_in({**row, "ended_ms": None}).state(now_ms) for row in rows]
        return Ended(states.count("signed in"), states.count("open"))

    def all(self) -> list[SignIn]:
        """Every sign-in that is still known, the newest first."""
        found = select(table).order_by(table.c.made_ms.desc(), table.c.link_id)
        return self._wait(lambda: [_sign_in(row) for row in self._rows(found)])

    def _read(self, token: str) -> str | None:
        """The id in a link's token; None where it is not one of ours."""
        if len(token) > MAX_LINK_CHARACTERS or not is_canonical(token):
            return None
        try:
            return self._signer.unsign(token).decode()
        except BadData:
            return None

    def _find(self, link_id: str) -> SignIn | None:
        found = select(table).where(table.c.link_id == link_id)
        return next((_sign_in(row) for row in self._wait(lambda: self._rows(found))), None)

    def _rows(self, found: object) -> Sequence[RowMapping]:
        with self._database.reader.connect() as connection:
            return connection.execute(found).mappings().all()  # type: ignore[call-overload, no-any-return]

    def _change(self, link_id: str, only: Iterable[ColumnElement[bool]], **values: int) -> bool:
        """Write `values` to a row of which `only` is true; whether there was one."""
        changing = update(table).where(table.c.link_id == link_id, *only).values(values)
        return self._write(lambda connection: connection.execute(changing).rowcount) == 1

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._wait(lambda: self._writing.write(work))

    def _wait(self, work: Callable[[], T]) -> T:
        return patiently(work, self._seconds)


def _sign_in(row: object) -> SignIn:
    return SignIn(**row)  # type: ignore[arg-type]
