"""Writes the audit log: who did what, when, and what it changed."""

import secrets
from dataclasses import asdict, dataclass
from itertools import count

from sqlalchemy import Connection, insert

from wizard.storage.studio_tables import audit_log

COMMAND_LINE = "command line"
"""Who did what was done by a command, whose user is not known."""

TIME_DIGITS = 13
RANDOM_BYTES = 5
COUNTS = 1 << 24
_COUNTER = count()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`who` did `action` to `subject`, which was changed from `before` to `after`; `note` says why."""

    who: str
    action: str
    subject: str
    before: str = ""
    after: str = ""
    note: str = ""


def record(connection: Connection, at_ms: int, entry: AuditEntry) -> None:
    """Add `entry`, in the transaction of what it tells of. Raises SQLAlchemyError."""
    connection.execute(insert(audit_log).values(entry_id=timed_id(at_ms), at_ms=at_ms, **asdict(entry)))


def timed_id(at_ms: int) -> str:
    """A random id that sorts by time. Those that a process makes in the same millisecond sort as they were made."""
    return f"{at_ms:0{TIME_DIGITS}d}-{next(_COUNTER) % COUNTS:06x}{secrets.token_hex(RANDOM_BYTES)}"
