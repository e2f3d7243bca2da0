"""Writes published texts as a folder of files, and reads what was changed in such a folder.

A file beside them says which version they are, so that an import can tell what was changed in the folder from what was
published since.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from wizard.drafts.history import set_of_version
from wizard.drafts.model import REVIEWED, STALE, Change, base_key
from wizard.drafts.review import text_of
from wizard.errors import WizardError
from wizard.files.text import NotText, read_text
from wizard.questionnaire.wording import FORM, Required
from wizard.questionnaire.wording_files import SOURCE, WordingFile, read_file
from wizard.questionnaire.wording_set import FILES, WordingSet
from wizard.translations import toml_file
from wizard.wording_versions.store import read_row

MARKER = "version.json"
"""The file that says which version the files of a folder are."""


class FolderError(WizardError):
    """A folder of texts can't be used. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class FolderChange:
    """A text that was changed in a folder. With `is_conflict`, another one was published since the export."""

    change: Change
    published: str | None
    is_conflict: bool

    @property
    def is_confirmed(self) -> bool:
        """Whether the text is as it was published, and was compared with the English of today."""
        return self.change.text == self.published


@dataclass(frozen=True)
class FolderChanges:
    """What was changed in a folder since version `base_number`.

    `kept` counts the texts that were published since and not changed in the folder; `missing` are lines for texts that
    the folder lacks, which stay.
    """

    base_number: int
    texts: tuple[FolderChange, ...]
    kept: int
    missing: tuple[str, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, to save or to publish."""
        return tuple(text.change for text in self.texts)

    @property
    def conflicts(self) -> tuple[FolderChange, ...]:
        """The texts of which another one was published since the export."""
        return tuple(text for text in self.texts if text.is_conflict)


def write_folder(directory: Path, texts: WordingSet, files: WordingSet) -> tuple[str, ...]:
    """Write the texts of a version into `directory`, as files like the installation's, and which version they are.

    Comments of files that are there stay, else those of the installation's. Returns the names of files there of
    languages that the version does not have. Raises WizardError.
    """
    source = directory / f"{SOURCE}.toml"
    if not source.is_file():
        if files.source is None:
            raise FolderError(f"there is no {SOURCE}.toml, whose order and comments the files have")
        source = files.source.path
    english = _read(source)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{directory}: can't be made ({error.strerror or error})") from error
    for file in texts.files:
        if file.texts:
            toml_file.write(directory / f"{file.locale}.toml", _content(file, english, directory, files))
    write_marker(directory, texts)
    names = {f"{file.locale}.toml" for file in texts.files}
    return tuple(sorted(path.name for path in directory.glob("*.toml") if path.name not in names))


def write_marker(directory: Path, texts: WordingSet) -> None:
    """Say that the files of `directory` are those of this version. Raises FileError."""
    content = {"number": texts.number, "version": texts.version}
    toml_file.write(directory / MARKER, json.dumps(content) + "\n")


def base_set(
    connection: Connection, directory: Path, files: WordingSet, required: Required, number: int | None = None
) -> WordingSet:
    """The version that the files of `directory` were made from: `number`, or what its marker says. Raises FolderError.

    A marker of texts that are not in this log, or of other files of the installation, is refused.
    """
    is_given = number is not None
    number, reference = (number, "") if number is not None else _marker(directory)
    version = read_row(connection, number)
    if number != FILES and version is None:
        raise FolderError(f"there is no version {number}; `wizard wording history` lists them")
    found = set_of_version(connection, version, files, required) if version else files
    if not is_given and found.version != reference:
        what = "the installation's files have changed" if number == FILES else "this log has another version of it"
        raise FolderError(
            f"{directory / MARKER}: the files were exported from version {number} ({reference}), and {what} "
            f"({found.version}); export again and compare, or name with --from a version that the files shall replace"
        )
    return found


def changes_in(directory: Path, base: WordingSet, current: WordingSet, required: Required, who: str) -> FolderChanges:
    """What was changed in the files of `directory` since `base`, and how that fits `current`. Raises FolderError."""
    paths = sorted(directory.glob("*.toml"), key=lambda path: (path.stem != SOURCE, path.stem))
    if not paths:
        raise FolderError(f"no file of texts, such as en.toml, in the folder {directory}")
    found: list[FolderChange] = []
    missing: list[str] = []
    kept = 0
    for path in paths:
        file = read_file(path, required)
        if not file.texts:
            raise FolderError(f"{path.name}: {next(iter(file.problems), 'has no texts')}")
        merge = _Merge(file, base, current, who)
        found += merge.texts()
        kept += merge.kept()
        missing += merge.missing()
    return FolderChanges(base.number, tuple(found), kept, tuple(missing))


@dataclass(frozen=True)
class _Merge:
    """The changes in one `file` of a folder: from `base` to it, beside those from `base` to `current`."""

    file: WordingFile
    base: WordingSet
    current: WordingSet
    who: str

    def texts(self) -> Iterator[FolderChange]:
        locale = self.file.locale
        for key, own in self._own().items():
            before, now = (text_of(texts, locale, key) for texts in (self.base, self.current))
            if own == (now or "") and key != REVIEWED:
                if self._is_confirmed(key):
                    yield self._change(key, own, now, now)
            elif own not in (before, now):
                is_conflict = before != now
                yield self._change(key, own, before if is_conflict else now, now)

    def kept(self) -> int:
        """How many texts were published since and not changed here."""
        own, locale = self._own(), self.file.locale
        return sum(
            text_of(self.base, locale, key) == text != text_of(self.current, locale, key) for key, text in own.items()
        )

    def missing(self) -> Iterator[str]:
        """A line for each text that the version has and the file lacks."""
        before = self.base.file(self.file.locale)
        for key in before.texts if before else ():
            if key not in self.file.texts and FORM not in key:
                yield f"{self.file.path.name}: {key} is missing; the published text stays"

    def _own(self) -> Mapping[str, str]:
        """The texts of the file that something uses, an empty one for each form that was taken out."""
        unused = {line.partition(" ")[0] for line in self.file.unknown}
        own = {key: text for key, text in self.file.texts.items() if key not in unused}
        before = self.base.file(self.file.locale)
        own |= {key: "" for key in (before.texts if before else ()) if FORM in key and key not in own}
        if self.file.locale != SOURCE:
            own[REVIEWED] = str(self.file.reviewed).lower()
        return own

    def _is_confirmed(self, key: str) -> bool:
        """Whether the file says that a translation was made from another English text, and only the file does."""
        if FORM in key or self.file.locale == SOURCE:
            return False
        before, now = (
            file.hashes.get(key) if (file := texts.file(self.file.locale)) else None
            for texts in (self.base, self.current)
        )
        return self.file.hashes.get(key) not in (before, now) and before == now

    def _change(self, key: str, text: str, base_text: str | None, published: str | None) -> FolderChange:
        made_from = None if self.file.locale == SOURCE else self.file.hashes.get(base_key(key), STALE)
        change = Change(self.file.locale, key, text, base_text, source_hash=made_from, changed_by=self.who)
        return FolderChange(change, published, is_conflict=published not in (base_text, text))


def _content(file: WordingFile, english: str, directory: Path, files: WordingSet) -> str:
    if file.locale == SOURCE:
        return toml_file.written_source(english, file.texts)
    own = directory / f"{file.locale}.toml"
    installed = files.file(file.locale)
    head = toml_file.head_of(own if own.is_file() or installed is None else installed.path)
    return toml_file.written(english, file.texts, reviewed=file.reviewed, hashes=file.hashes, head=head)


def _marker(directory: Path) -> tuple[int, str]:
    """The number and the version that a folder's marker says. Raises FolderError."""
    path = directory / MARKER
    if not path.is_file():
        raise FolderError(
            f"{path}: there is no such file; `wizard wording export` writes it. Name with --from the version "
            "that the files shall replace"
        )
    try:
        found = json.loads(_read(path))
        return int(found["number"]), str(found["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(f"{path}: can't be read ({error!r}); `wizard wording export` writes it") from error


def _read(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, NotText) as error:
        raise FolderError(f"{path}: can't be read ({error})") from error
