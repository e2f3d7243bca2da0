"""What was published: the versions, what differs between two of them, and every text that a key has had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from wizard.drafts.model import REVIEWED, TextId
from wizard.questionnaire.wording import Required
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.questionnaire.wording_set import FILES, WordingSet, completed, set_of_completed
from wizard.storage.studio_tables import drafts, wording_changes, wording_versions
from wizard.wording_versions.store import Version, read_version, read_versions


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version, how many texts it changed, and the title of its draft; empty if it was made from none.

    With `files_changed`, the installation's files were others than when the version before it was published.
    """

    version: Version
    texts: int
    draft_title: str
    files_changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A text that differs between two versions; None where one of them has none."""

    locale: str
    key: str
    before: str | None
    after: str | None

    @property
    def id(self) -> TextId:
        """Which text it is."""
        return self.locale, self.key


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A text as version `number` changed it. `who` wrote it; `publisher` published it at `at_ms`, and said why."""

    number: int
    locale: str
    key: str
    before: str | None
    after: str | None
    who: str
    publisher: str
    at_ms: int
    kind: str
    note: str


def history(connection: Connection, most: int | None = None, before: int | None = None) -> Sequence[PublishedVersion]:
    """The published versions, the newest first: at most so many, of those with a smaller number than `before`."""
    wanted = None if most is None else most + 1  # the one before the last, to compare with
    found = read_versions(connection, wanted, before)
    numbers = [version.number for version in found]
    counts = _counts(connection, numbers)
    titles = _titles(connection, [version.draft_id for version in found if version.draft_id])
    entries = []
    for place, version in enumerate(found[:most]):
        earlier = found[place + 1].files_version if place + 1 < len(found) else version.files_version
        entries.append(
            PublishedVersion(
                version,
                counts.get(version.number, 0),
                titles.get(version.draft_id or "", ""),
                earlier != version.files_version,
            )
        )
    return entries


def files_changed_since(connection: Connection, files: WordingSet) -> Version | None:
    """The newest version, if the installation's files have changed since it was published."""
    newest = next(iter(read_versions(connection, most=1)), None)
    return newest if newest and newest.files_version != files.version else None


def files_of(connection: Connection, number: int, files: WordingSet) -> tuple[WordingFile, ...]:
    """The files of a version as they were published; of version 0, the installation's. None if it is unknown."""
    return files.files if number == FILES else read_version(connection, number)


def set_of_version(connection: Connection, version: Version, files: WordingSet, required: Required) -> WordingSet:
    """The texts of a version as it is served, completed from the installation's files."""
    languages = [completed(file, files, required) for file in read_version(connection, version.number)]
    return set_of_completed(version.number, version.version, languages, files)


def difference(before: Iterable[WordingFile], after: Iterable[WordingFile]) -> tuple[Difference, ...]:
    """The texts that differ, English first, in the order of the later files. REVIEWED is among them."""
    old, new = ({file.locale: file for file in files} for files in (before, after))
    locales = sorted({*old, *new}, key=lambda locale: (locale != SOURCE, locale))
    return tuple(each for locale in locales for each in _differences(locale, old.get(locale), new.get(locale)))


def history_of(connection: Connection, key: str, locale: str | None = None) -> Sequence[KeyChange]:
    """What each version changed of the text `key`, the newest first; of one language, or of all."""
    columns = (
        wording_changes.c.number,
        wording_changes.c.locale,
        wording_changes.c.key,
        wording_changes.c.before,
        wording_changes.c.after,
        wording_changes.c.who,
        wording_versions.c.who.label("publisher"),
        wording_versions.c.at_ms,
        wording_versions.c.kind,
        wording_versions.c.note,
    )
    found = select(*columns).join(wording_versions, wording_versions.c.number == wording_changes.c.number)
    found = found.where(wording_changes.c.key == key)
    if locale:
        found = found.where(wording_changes.c.locale == locale)
    found = found.order_by(wording_changes.c.number.desc(), wording_changes.c.locale)
    return [KeyChange(**row) for row in connection.execute(found).mappings()]


def changes_of(connection: Connection, number: int) -> Mapping[TextId, str]:
    """Who wrote each text that version `number` changed."""
    found = select(wording_changes.c.locale, wording_changes.c.key, wording_changes.c.who)
    rows = connection.execute(found.where(wording_changes.c.number == number))
    return {(row.locale, row.key): row.who for row in rows}


def _differences(locale: str, old: WordingFile | None, new: WordingFile | None) -> Iterable[Difference]:
    before, after = (file.texts if file else {} for file in (old, new))
    for key in dict.fromkeys((*after, *before)):
        if before.get(key) != after.get(key):
            yield Difference(locale, key, before.get(key), after.get(key))
    reviewed = [str(bool(file and file.reviewed)).lower() for file in (old, new)]
    if reviewed[0] != reviewed[1]:
        yield Difference(locale, REVIEWED, *reviewed)


def _counts(connection: Connection, numbers: Sequence[int]) -> Mapping[int, int]:
    found = select(wording_changes.c.number, func.count().label("texts")).where(wording_changes.c.number.in_(numbers))
    return {row.number: row.texts for row in connection.execute(found.group_by(wording_changes.c.number))}


def _titles(connection: Connection, draft_ids: Sequence[str]) -> Mapping[str, str]:
    found = select(drafts.c.draft_id, drafts.c.title).where(drafts.c.draft_id.in_(draft_ids))
    return {row.draft_id: row.title for row in connection.execute(found)}
