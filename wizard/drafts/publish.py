"""Publishes drafts, and rolls back: each adds a version, in one transaction with all that is said of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from wizard.clock import Clock
from wizard.drafts.history import difference, files_of, set_of_version
from wizard.drafts.model import Change, DraftError, TextRefused, UnknownDraft, require_storable
from wizard.drafts.review import Review, review
from wizard.drafts.saving import locked, read_changes
from wizard.drafts.store import closed
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.questionnaire.wording import Required
from wizard.questionnaire.wording_files import WordingFile
from wizard.questionnaire.wording_set import FILES, WordingSet
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.database import Database
from wizard.storage.older_servers import remembered, stored_by_older
from wizard.storage.studio_tables import drafts
from wizard.wording_versions.published import PublishedWording
from wizard.wording_versions.store import NewVersion, WordingChange, add_version, read_row, read_versions

NOTE_CHARACTERS = 500
COMPLETED_BY = "the installation's files"
"""Who wrote a text that a version has because the questionnaire needs it since."""

OLDER_SERVERS = (
    "a server of an older version stored visits a moment ago, and it can't open visits that begin with published "
    "texts; update every server, then publish again some minutes later"
)


class PublishRefused(DraftError):
    """Nothing was published; `lines` say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__("nothing was published: " + "; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes, and why: a `note` of one line.

    `expected_number` is the version that they have seen as the newest one, `expected_changes` the fingerprint of the
    draft that they have looked at; None publishes whatever is in it.
    """

    note: str
    who: str
    expected_number: int
    expected_changes: str | None = None


class Publisher:
    """Publishes versions over those in `published`, and has it read the new one.

    All methods raise SQLAlchemyError where the database can't be used, or after `seconds`; those that publish raise
    PublishRefused, and TextRefused for a note that can't be stored.
    """

    def __init__(
        self,
        database: Database,
        published: PublishedWording,
        required: Required,
        clock: Clock,
        seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._database = database
        self._published = published
        self._required = required
        self._clock = clock
        self._seconds = seconds

    def review(self, draft_id: str) -> Review:
        """What publishing the draft would change, over the newest version. Raises UnknownDraft."""

        def read() -> Review:
            with self._database.snapshot() as connection:
                changes = read_changes(connection, draft_id).values()
                return review(self._current(connection), changes, self._required)

        return with_timeout(read, self._seconds)

    def current(self) -> WordingSet:
        """The newest version, as it is in the database now."""

        def read() -> WordingSet:
            with self._database.snapshot() as connection:
                return self._current(connection)

        return with_timeout(read, self._seconds)

    def publish(self, draft_id: str, publication: Publication) -> int:
        """Publish a draft, and close it. Returns the version's number. Raises UnknownDraft."""

        def add(connection: Connection, note: str, now_ms: int) -> int:
            draft = locked(connection, draft_id)
            if draft is None:
                raise UnknownDraft(f"draft: given {draft_id[:64]!a}; there is no such draft")
            if draft.state != "open":
                raise PublishRefused(str(closed(draft)))
            changes = tuple(read_changes(connection, draft_id).values())
            new = self._new("publish", publication, note, now_ms)
            number = self._add_changes(connection, changes, replace(new, draft_id=draft_id), publication)
            values = {"state": "published", "published_number": number}
            values |= {"changed_ms": now_ms, "changed_by": publication.who}
            connection.execute(update(drafts).where(drafts.c.draft_id == draft_id).values(values))
            return number

        return self._write(add, publication)

    def publish_changes(self, changes: Sequence[Change], publication: Publication) -> int:
        """Publish changes that are in no draft, such as those of files. Returns the version's number."""

        def add(connection: Connection, note: str, now_ms: int) -> int:
            new = self._new("import", publication, note, now_ms)
            return self._add_changes(connection, changes, new, publication)

        return self._write(add, publication)

    def roll_back(self, number: int, publication: Publication) -> int:
        """Publish the texts of version `number` again, or with 0 the installation's files. Returns the new number."""

        def add(connection: Connection, note: str, now_ms: int) -> int:
            current = self._expected(connection, publication)
            if number == current.number:
                raise PublishRefused(f"version {number} is the newest one already")
            restored = files_of(connection, number, self._published.files)
            before = files_of(connection, current.number, self._published.files)
            if not restored:
                raise PublishRefused(f"there is no version {number}")
            changes = [
                WordingChange(*each.id, each.before, each.after, publication.who)
                for each in difference(before, restored)
            ]
            if not changes:
                raise PublishRefused(f"version {current.number} has the texts of version {number} already")
            new = replace(self._new("rollback", publication, note, now_ms), restored_number=number)
            return self._add(connection, restored, new, changes)

        return self._write(add, publication)

    def _new(self, kind: str, publication: Publication, note: str, now_ms: int) -> NewVersion:
        files_version = self._published.files.version
        return NewVersion(kind, note, publication.who, now_ms, publication.expected_number, files_version)

    def _add_changes(
        self, connection: Connection, changes: Iterable[Change], new: NewVersion, publication: Publication
    ) -> int:
        """Add a version with these changes of the newest one, if nothing stops that."""
        current = self._expected(connection, publication)
        found = review(current, changes, self._required)
        if publication.expected_changes not in (None, found.fingerprint):
            raise PublishRefused("the draft was changed meanwhile; look at its changes again")
        if found.lines:
            raise PublishRefused(*found.lines)
        writers = {text.id: text.who for text in found.texts}
        before = files_of(connection, current.number, self._published.files)
        rows = [
            WordingChange(*each.id, each.before, each.after, writers.get(each.id, COMPLETED_BY))
            for each in difference(before, found.applied.files)
        ]
        confirmed = [text for text in found.texts if text.before == text.after]
        rows += [WordingChange(*text.id, text.before, text.after, text.who) for text in confirmed]
        return self._add(connection, found.applied.files, new, rows)

    def _add(
        self, connection: Connection, files: Iterable[WordingFile], new: NewVersion, changes: Sequence[WordingChange]
    ) -> int:
        number = add_version(connection, files, new, changes)
        action = "version rolled back" if new.kind == "rollback" else "version published"
        after = f"{number} (the texts of {new.restored_number})" if new.kind == "rollback" else str(number)
        entry = AuditEntry(new.who, action, f"version {number}", str(new.from_number), after, new.note)
        record(connection, new.at_ms, entry)
        return number

    def _expected(self, connection: Connection, publication: Publication) -> WordingSet:
        """The newest version, if it is the one that the publisher has seen, and every server can serve another."""
        if stored_by_older(connection) != remembered(connection):
            raise PublishRefused(OLDER_SERVERS)
        current = self._current(connection)
        if current.number != publication.expected_number:
            raise _published_meanwhile(connection, publication)
        return current

    def _current(self, connection: Connection) -> WordingSet:
        """The newest version. It is read from the database where this process has not read it yet."""
        newest = next(iter(read_versions(connection, most=1)), None)
        if newest is None:
            return self._published.files
        known = self._published.current
        if newest.version == known.version and newest.number == known.number:
            return known
        return set_of_version(connection, newest, self._published.files, self._required)

    def _write(self, add: Callable[[Connection, str, int], int], publication: Publication) -> int:
        note = checked_note(publication.note)
        now_ms = self._clock()

        def write() -> int:
            try:
                return self._database.write(lambda connection: add(connection, note, now_ms))
            except IntegrityError as error:
                with self._database.snapshot() as connection:
                    raise _published_meanwhile(connection, publication) from error

        number = with_timeout(write, self._seconds)
        self._published.refresh()
        return number


def checked_note(note: str) -> str:
    """A note, on one line. Raises TextRefused."""
    found = " ".join(note.split())
    if len(found) > NOTE_CHARACTERS or not found.isprintable():
        raise TextRefused(f"note: has {len(found):,} characters; allowed: one line of up to {NOTE_CHARACTERS}")
    require_storable(found, "note")
    return found


def _published_meanwhile(connection: Connection, publication: Publication) -> PublishRefused:
    """What was published instead of what the publisher has seen."""
    newest = next(iter(read_versions(connection, most=1)), None)
    if newest is None or newest.number <= publication.expected_number:
        number = newest.number if newest else FILES
        return PublishRefused(f"the newest version is {number}, not {publication.expected_number}; look again")
    first = read_row(connection, publication.expected_number + 1) or newest
    who = f"{first.who}, {first.note!r}" if first.note else first.who
    return PublishRefused(f"version {first.number} was published meanwhile ({who}); look at the changes again")
