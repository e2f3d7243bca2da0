"""Says which versions of the wizard may use a log at the same time: those whose servers a migration lets go on.

Each migration that only adds to the tables says so: its `writers_from` is the oldest version whose servers may still
write. Without it, only servers of the migration's own version may.
"""

from pathlib import Path

from sqlalchemy import Connection

from wizard.storage.database import Database, LogError
from wizard.storage.log_state import has_state, read_state
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_version

KNOWN = frozenset(path.name[:4] for path in Path(__file__).parent.glob("migrations/versions/[0-9]*.py"))
"""The versions of the tables that this wizard knows."""


def is_newer(version: str) -> bool:
    """Whether tables at `version` were made by a newer wizard than this one."""
    return bool(version) and version not in KNOWN


def require_compatible(connection: Connection, version: str) -> None:
    """Raise LogError if the tables are at a newer `version` that this wizard may not use."""
    if is_newer(version) and not _may_use(connection):
        raise LogError(f"the log's tables are at version {version}, newer than this wizard's {VERSION}; update it")


def require_same(database: Database, what: str) -> None:
    """Raise LogError unless the tables are at this wizard's version: `what` would not know what a newer one added."""
    with database.reader.connect() as connection:
        version = read_version(connection)
    if version != VERSION:
        raise LogError(
            f"the log's tables are at version {version}, newer than this wizard's {VERSION}, "
            f"so it does not {what}; use the wizard of that version"
        )


def _may_use(connection: Connection) -> bool:
    writers_from = read_state(connection).writers_from if has_state(connection) else ""
    return bool(writers_from) and writers_from <= VERSION
