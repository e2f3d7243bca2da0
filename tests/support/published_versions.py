"""Publishes versions of the texts, as tests need them."""

from collections.abc import Mapping
from dataclasses import replace

from factories import NOV_1

from wizard.files.bundled import bundled
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import WordingFile, read_folder
from wizard.questionnaire.wording_set import set_of_files
from wizard.storage.database import Database
from wizard.wording_versions.store import NewVersion, WordingChange, add_version, newest_number, read_version

REQUIRED = required_texts(QUESTIONS, STRATEGY)
FILES = set_of_files(read_folder(bundled("wording"), REQUIRED))
"""Version 0: the files that are shipped."""

WHO = "editor@example.com"
LABELLED = ("en", "de")

Changes = Mapping[str, Mapping[str, str]]
"""Texts by locale and key."""


def changed(files: tuple[WordingFile, ...], changes: Changes) -> tuple[WordingFile, ...]:
    """The `files` with these texts."""
    return tuple(replace(file, texts={**file.texts, **changes.get(file.locale, {})}) for file in files)


def publish(database: Database, changes: Changes, note: str = "", at_ms: int = NOV_1) -> int:
    """Publish the newest version, or the shipped files, with these changes. Returns its number."""
    with database.writer.begin() as connection:
        number = newest_number(connection)
        before = read_version(connection, number) or FILES.files
        texts = {file.locale: file.texts for file in before}
        rows = [
            WordingChange(locale, key, texts.get(locale, {}).get(key), text, WHO)
            for locale, own in changes.items()
            for key, text in own.items()
        ]
        new = NewVersion("publish", note, WHO, at_ms, number, FILES.version)
        return add_version(connection, changed(before, changes), new, rows)


def labelled(label: str) -> Changes:
    """All texts of two languages, each with `label` after it."""
    return {
        file.locale: {key: f"{text} {label}" for key, text in file.texts.items()}
        for file in FILES.files
        if file.locale in LABELLED
    }


def publish_without(database: Database, locale: str) -> int:
    """Publish the newest version, or the shipped files, without one of their languages. Returns its number."""
    with database.writer.begin() as connection:
        number = newest_number(connection)
        before = read_version(connection, number) or FILES.files
        files = [file for file in before if file.locale != locale]
        return add_version(connection, files, NewVersion("import", "", WHO, NOV_1, number, FILES.version), [])


def roll_back(database: Database, number: int, note: str = "", at_ms: int = NOV_1) -> int:
    """Publish the texts of version `number` again, or with 0 the shipped files. Returns the new version's number."""
    with database.writer.begin() as connection:
        files = read_version(connection, number) or FILES.files
        newest = newest_number(connection)
        new = NewVersion("rollback", note, WHO, at_ms, newest, FILES.version, restored_number=number)
        return add_version(connection, files, new, [])
