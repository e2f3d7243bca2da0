"""The published texts as a process serves them: the newest version, and those that visits under way began with.

They are in memory; a thread looks for a newer version every two seconds. While the log can't be read, the last ones
stay.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from wizard.errors import WizardError
from wizard.questionnaire.wording import Required
from wizard.questionnaire.wording_set import CompletedFile, WordingSet, completed, set_of_completed
from wizard.storage.database import Database, LogError
from wizard.storage.migrate import cause
from wizard.wording_versions.store import Version, file_of, read_languages, read_snapshots, read_versions

LOG = logging.getLogger("wizard.wording")

KEPT = 20
"""How many versions are at hand, for visits that began with them."""

POLL_SECONDS = 2.0
WAIT_SECONDS = 1.0
"""How long a request waits for a version that this process has not heard of."""

VERSION = re.compile(r"([1-9][0-9]{0,8})-[0-9a-f]{8}")


class PublishedWording:
    """The published versions of the texts in `database`, over the installation's `files`.

    `current` is the newest version. Reading it and the others takes no lock and no database.
    """

    def __init__(self, database: Database, files: WordingSet, required: Required) -> None:
        self.files = files
        self.current = files
        self.is_read = False
        """Whether the database has been read yet."""

        self._database = database
        self._required = required
        self._known: Mapping[str, WordingSet] = {}
        self._languages: dict[tuple[str, str], CompletedFile] = {}
        self._gone: frozenset[str] = frozenset()
        self._reading = threading.Lock()
        self._late: threading.Thread | None = None
        self._ask_again_at = 0.0

    def get(self, reference: str) -> WordingSet:
        """The version that a journey began with: see `WordingSet.reference`.

        It is the current one where that is not at hand. A version newer than the current one is read from the database,
        which is waited for, but not for long.
        """
        if not reference:
            return self.files
        return self._known.get(reference) or self._asked_for(reference)

    def require(self) -> None:
        """Read the newest versions from the database. Raises LogError, for a server that starts."""
        try:
            self._read()
        except SQLAlchemyError as error:
            raise LogError(f"WIZARD_DATABASE_URL: the published texts can't be read ({cause(error)})") from error

    def refresh(self) -> bool:
        """Read the newest versions, if the database can be read. Returns whether it could."""
        try:
            self._read()
        except (SQLAlchemyError, WizardError, OSError) as error:
            LOG.debug("the published texts can't be read: %s", error)
            return False
        return True

    def start(self, wait: Callable[[float], object] = time.sleep) -> threading.Thread:
        """Look for a newer version every two seconds, in the thread that is returned.

        True from `wait`, which waits between, ends it.
        """

        def run() -> None:
            while not wait(POLL_SECONDS):
                self.refresh()

        thread = threading.Thread(target=run, name="published-wording", daemon=True)
        thread.start()
        return thread

    def _read(self) -> None:
        with self._reading, self._database.reader.connect() as connection:
            newest = next(iter(read_versions(connection, most=1)), None)
            if (newest.version if newest else self.files.version) != self.current.version:
                self._load(connection, read_versions(connection, most=KEPT))
            self.is_read = True

    def _load(self, connection: Connection, versions: tuple[Version, ...]) -> None:
        """Have these `versions` at hand, the first as the current one."""
        hashes = read_languages(connection, [each.number for each in versions])
        wanted = {(locale, own) for languages in hashes.values() for locale, own in languages.items()}
        languages = {key: self._languages[key] for key in wanted if key in self._languages}
        new = wanted - languages.keys()
        contents = read_snapshots(connection, {own for _, own in new})
        for locale, own in new:
            languages[locale, own] = completed(file_of(locale, contents[own]), self.files, self._required)
        known = {}
        for each in versions:
            own_languages = [languages[key] for key in hashes[each.number].items()]
            known[each.version] = self._known.get(each.version) or set_of_completed(
                each.number, each.version, own_languages, self.files
            )
        before = self.current
        self._languages, self._known, self._gone = languages, known, frozenset()
        self.current = next(iter(known.values()), self.files)
        LOG.info("the texts are now version %s, after %s", self.current.version, before.version)
        if self.current.completed or self.current.left_out:
            LOG.warning(
                "version %s of the texts: %d taken from the installation's files, languages left out: %s",
                self.current.version,
                len(self.current.completed),
                ", ".join(self.current.left_out) or "none",
            )

    def _asked_for(self, reference: str) -> WordingSet:
        """A version that is not at hand, if it is newer than the current one and can be read at once."""
        found = VERSION.fullmatch(reference)
        if found and int(found[1]) > self.current.number and reference not in self._gone:
            self._read_at_once(reference)
        return self._known.get(reference) or self.current

    def _read_at_once(self, reference: str) -> None:
        """Read the database for a version, for as long as a request may wait; if that failed, not again for a while."""
        if (self._late and self._late.is_alive()) or time.monotonic() < self._ask_again_at:
            return
        results: list[bool] = []
        asking = threading.Thread(target=lambda: results.append(self.refresh()), name="published-now", daemon=True)
        asking.start()
        asking.join(WAIT_SECONDS)
        if results != [True]:
            self._late, self._ask_again_at = asking, time.monotonic() + POLL_SECONDS
        elif reference not in self._known:  # of a log that was restored from a backup
            self._gone |= {reference}
