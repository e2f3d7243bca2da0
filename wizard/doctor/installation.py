"""What the checks from inside look at: the settings, and the log's database, which is opened once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from wizard.clock import Clock, system_ms
from wizard.config import Settings
from wizard.storage.database import Database, open_database


@dataclass(frozen=True)
class Installation:
    """The installation that `settings` describe; `environ` is where they were read from.

    The database is not changed by the checks, and no file is made.
    """

    settings: Settings
    environ: Mapping[str, str]
    clock: Clock = system_ms

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The log's database, to read. Raises WizardError; its use raises SQLAlchemyError."""
        found = open_database(self.settings.database_url, self.settings.durability, connections=1, read_only=True)
        try:
            yield found
        finally:
            found.dispose()
