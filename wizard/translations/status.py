"""How complete and how current the files of texts are.

Each translated text has a hash of the English that it was made from. It is stale where the English has changed since.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from wizard.languages import english_name
from wizard.questionnaire.wording import FORM, Texts
from wizard.questionnaire.wording_files import SOURCE, WordingFile, WordingFolder

HASH_DIGITS = 8
NONE = "-"


def source_hash(text: str) -> str:
    """The hash of an English text: the first eight hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def source_hashes(source: Texts, keys: Collection[str]) -> Mapping[str, str]:
    """The hash of each English text of these `keys`, in their order in English. Forms have none of their own."""
    return {key: source_hash(text) for key, text in source.items() if key in keys and FORM not in key}


def stale_keys(file: WordingFile, source: Texts) -> tuple[str, ...]:
    """The texts of a file that were not made from the English of today, or do not say what they were made from."""
    current = source_hashes(source, file.texts)
    return tuple(key for key, own in current.items() if file.hashes.get(key) != own)


@dataclass(frozen=True)
class Status:
    """A file of texts in numbers. `stale` and `reviewed` are None where the file is not a translation."""

    file: WordingFile
    strings: int
    missing: int
    stale: int | None
    reviewed: bool | None

    def row(self) -> tuple[str, ...]:
        """The cells of a table with `HEADINGS`."""
        locale = self.file.locale
        stale = NONE if self.stale is None else str(self.stale)
        reviewed = NONE if self.reviewed is None else "yes" if self.reviewed else "no"
        return (locale, english_name(locale), str(self.strings), str(self.missing), stale, reviewed)


HEADINGS = ("locale", "language", "strings", "missing", "stale", "reviewed")


def statuses(folder: WordingFolder, required: Collection[str]) -> tuple[Status, ...]:
    """The status of each file of a folder."""
    return tuple(_status(file, folder.source, required) for file in folder.files)


def _status(file: WordingFile, source: WordingFile | None, required: Collection[str]) -> Status:
    present = sum(key in file.texts for key in required)
    is_translation = source is not None and file.locale != SOURCE
    return Status(
        file,
        present,
        len(required) - present,
        len(stale_keys(file, source.texts)) if source and is_translation else None,
        file.reviewed if is_translation else None,
    )


def warnings(folder: WordingFolder) -> Iterator[str]:
    """A line for each text that is stale, or that nothing uses."""
    for file in folder.files:
        for line in file.unknown:
            yield f"{file.path.name}: {line}"
        if folder.source is None or file.locale == SOURCE:
            continue
        stale = stale_keys(file, folder.source.texts)
        if stale and not file.hashes:
            yield (
                f"{file.path.name}: says of no text which English it was made from; "
                f"once they agree, run `wizard translations mark {file.locale}`"
            )
            continue
        for key in stale:
            yield f"{file.path.name}: {key} is stale: its English has changed since"
