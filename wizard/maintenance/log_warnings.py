"""Says at the start of a server what its operator should know of the log."""

from wizard.config import Settings
from wizard.maintenance.retention import USUAL_DAYS
from wizard.storage.compatibility import is_newer
from wizard.storage.database import Database
from wizard.storage.log_state import read_state
from wizard.storage.schema import VERSION
from wizard.storage.version_table import read_version


def log_warnings(database: Database, settings: Settings) -> list[str]:
    """A line for each thing to know of an open log. Raises SQLAlchemyError."""
    with database.reader.connect() as connection:
        version, state = read_version(connection), read_state(connection)
    lines = []
    if settings.retention_days is None and not state.made_at:
        lines.append(
            "WIZARD_RETENTION_DAYS: not set, and this log is older than the setting, so all visits are kept. "
            f"Set it, such as to {USUAL_DAYS} (25 months), or to 0 to keep all"
        )
    if is_newer(version):
        lines.append(
            f"the log's tables are at version {version}, newer than this wizard's {VERSION}, which may still write to "
            "them. It does not erase what is older than the retention. Update it"
        )
    return lines
