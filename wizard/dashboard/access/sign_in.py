"""A sign-in link and the session that it opened: their states, and how they are ended.

A link works once, until it expires. A session ends on sign-out, after 12 hours without a request, or after seven days.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, update

from wizard.storage.dashboard_tables import sign_ins as table

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
IDLE_MS = 12 * HOUR_MS
LONGEST_MS = 7 * 24 * HOUR_MS
"""The maximum length of a session."""

REFERENCE_CHARACTERS = 12

State = Literal["open", "signed in", "signed out", "expired", "idle"]
"""An unused link; a running session; either, ended; either, expired; a session without requests for too long."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A row: a link, and the session that it opened if it was used.

    `role` is what the link gives; of a running session, the role that the person has now.
    """

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


def end_sign_ins(connection: Connection, now_ms: int, email: str) -> Ended:
    """End every session and every unused link of `email`. Raises SQLAlchemyError."""
    ending = update(table).where(table.c.email == email, table.c.ended_ms.is_(None)).values(ended_ms=now_ms)
    columns = [column for column in table.c if column is not table.c.ended_ms]
    rows = connection.execute(ending.returning(*columns)).mappings()
    states = [SignIn(**row, ended_ms=None).state(now_ms) for row in rows]
    return Ended(states.count("signed in"), states.count("open"))
