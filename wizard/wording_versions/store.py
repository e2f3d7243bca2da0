"""Reads and writes published versions of the texts. Their rows are never changed.

The texts of a language are a snapshot, which is kept once, however many versions have it.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from wizard.errors import WizardError
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.storage.studio_tables import wording_changes, wording_languages, wording_snapshots, wording_versions

HASH_DIGITS = 8


class VersionError(WizardError):
    """A published version can't be read. The message says why."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of a published version. `kind` is `publish`, `rollback` or `import`.

    `from_number` is the version that it replaced, `restored_number` that whose texts a rollback has; `files_version`
    is the version of the installation's files at that time.
    """

    number: int
    hash: str
    kind: str
    note: str
    who: str
    at_ms: int
    from_number: int
    restored_number: int | None
    files_version: str
    draft_id: str | None

    @property
    def version(self) -> str:
        """What events say of it, such as `12-3fa94c21`: a log that was restored may give a number again."""
        return f"{self.number}-{self.hash[:HASH_DIGITS]}"


@dataclass(frozen=True, slots=True)
class WordingChange:
    """A text that a version changed, with who wrote it. None where there was none, or is none any longer."""

    locale: str
    key: str
    before: str | None
    after: str | None
    who: str


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What is said of a version when it is added; see `Version`."""

    kind: str
    note: str
    who: str
    at_ms: int
    from_number: int
    files_version: str
    restored_number: int | None = None
    draft_id: str | None = None


def newest_number(connection: Connection) -> int:
    """The number of the newest published version; 0 if nothing was published."""
    return int(connection.execute(select(func.max(wording_versions.c.number))).scalar_one() or 0)


def read_versions(connection: Connection, most: int | None = None, before: int | None = None) -> tuple[Version, ...]:
    """The published versions, the newest first: at most so many, of those with a smaller number than `before`."""
    found = select(wording_versions).order_by(wording_versions.c.number.desc()).limit(most)
    if before is not None:
        found = found.where(wording_versions.c.number < before)
    return tuple(Version(**row) for row in connection.execute(found).mappings())


def read_row(connection: Connection, number: int) -> Version | None:
    """What is known of version `number`, if there is one."""
    found = select(wording_versions).where(wording_versions.c.number == number)
    row = connection.execute(found).mappings().one_or_none()
    return Version(**row) if row else None


def read_version(connection: Connection, number: int) -> tuple[WordingFile, ...]:
    """The files of all languages as they were published as version `number`, English first; none if it is unknown."""
    hashes = read_languages(connection, [number]).get(number, {})
    contents = read_snapshots(connection, set(hashes.values()))
    files = (file_of(locale, contents[own]) for locale, own in hashes.items())
    return tuple(sorted(files, key=lambda file: (file.locale != SOURCE, file.locale)))


def read_languages(connection: Connection, numbers: Collection[int]) -> Mapping[int, Mapping[str, str]]:
    """The hash of each language's texts, by locale, of these versions."""
    found: dict[int, dict[str, str]] = {}
    for number, locale, own in connection.execute(
        select(wording_languages).where(wording_languages.c.number.in_(numbers))
    ):
        found.setdefault(number, {})[locale] = own
    return found


def read_snapshots(connection: Connection, hashes: Collection[str]) -> Mapping[str, str]:
    """The content of these snapshots, by hash. Raises VersionError where one is missing."""
    statement = select(wording_snapshots).where(wording_snapshots.c.hash.in_(hashes))
    found = {row.hash: row.content for row in connection.execute(statement)}
    if missing := set(hashes) - found.keys():
        raise VersionError(f"published texts are missing in wording_snapshots: {', '.join(sorted(missing))}")
    return found


def file_of(locale: str, content: str) -> WordingFile:
    """The file of a language as it was published. It is not checked. Raises VersionError."""
    try:
        found = json.loads(content)
        texts, hashes, reviewed = found["texts"], found["hashes"], bool(found["reviewed"])
    except (ValueError, KeyError, TypeError) as error:
        raise VersionError(f"the published texts of {locale} can't be read ({error!r})") from error
    return WordingFile(Path(f"{locale}.toml"), texts, reviewed=reviewed, hashes=hashes)


def content_of(file: WordingFile) -> str:
    """The content of a file's snapshot. The order of its texts makes no difference."""
    content = {"texts": dict(file.texts), "hashes": dict(file.hashes), "reviewed": file.reviewed}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def add_version(
    connection: Connection, files: Iterable[WordingFile], new: NewVersion, changes: Sequence[WordingChange]
) -> int:
    """Publish these `files` of all languages as the next version after `new.from_number`. Returns its number.

    Raises IntegrityError where somebody else has published that meanwhile, and other SQLAlchemyErrors.
    """
    contents = {file.locale: content_of(file) for file in files}
    hashes = {locale: _sha256(content) for locale, content in contents.items()}
    number = new.from_number + 1
    whole = _sha256(json.dumps(sorted(hashes.items())))
    connection.execute(insert(wording_versions).values(number=number, hash=whole, **asdict(new)))
    for locale, content in contents.items():
        _add_snapshot(connection, hashes[locale], content)
    languages = [{"number": number, "locale": locale, "hash": own} for locale, own in hashes.items()]
    connection.execute(insert(wording_languages), languages)
    if changes:
        connection.execute(insert(wording_changes), [{"number": number, **asdict(change)} for change in changes])
    return number


def _add_snapshot(connection: Connection, own: str, content: str) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: sqlite.Insert | postgresql.Insert = dialect.insert(wording_snapshots)
    connection.execute(statement.on_conflict_do_nothing(), {"hash": own, "content": content})


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
