"""Drafts as tests need them: a clock that moves, and short ways to save texts."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from published_versions import FILES, REQUIRED

from wizard.drafts.folder import write_folder
from wizard.drafts.model import Change, Conflict, NewText, Saved
from wizard.drafts.publish import Publication, Publisher
from wizard.drafts.store import Drafts
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.database import Database
from wizard.wording_versions.published import PublishedWording

ANNA, BEN = "anna@example.com", "ben@example.com"
TITLE = "questions.who.title"
HINT = "questions.who.hint"

PIA = "pia@example.com"
"""Editors, and a publisher."""


class MovingClock:
    """A clock that goes on by one second each time that it is read."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        self.now_ms += 1000
        return self.now_ms


def drafts_on(database: Database, now_ms: int) -> Drafts:
    """The drafts in a database."""
    return Drafts(database, MovingClock(now_ms))


def publisher_on(database: Database, now_ms: int) -> Publisher:
    """What publishes in a database, as a process of its own."""
    wording = PublishedWording(database, FILES, REQUIRED)
    wording.require()
    return Publisher(database, wording, REQUIRED, MovingClock(now_ms))


def publication(expected_number: int, note: str = "Shorter", expected_changes: str | None = None) -> Publication:
    """What the publisher says."""
    return Publication(note, PIA, expected_number, expected_changes)


@cache
def shipped_export() -> Path:
    """The folder of an export of the shipped files, to copy from: writing it takes long."""
    folder = Path(tempfile.mkdtemp(prefix="wizard-export-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_folder(folder, FILES, FILES)
    return folder


def published(locale: str, key: str, texts: WordingSet = FILES) -> str | None:
    """The text that the shipped files have."""
    file = texts.file(locale)
    return file.texts.get(key) if file else None


def new(key: str, text: str | None, seen: int = 0, locale: str = "en") -> NewText:
    """A text for a draft over the shipped files."""
    return NewText(locale, key, text, seen, published(locale, key))


def saved(drafts: Drafts, draft_id: str, text: NewText, who: str = ANNA) -> Saved:
    """The result of a save that meets no conflict."""
    result = drafts.save(draft_id, text, who)
    assert isinstance(result, Saved), result
    return result


def refused(drafts: Drafts, draft_id: str, text: NewText, who: str = BEN) -> Conflict:
    """The result of a save that meets a conflict."""
    result = drafts.save(draft_id, text, who)
    assert isinstance(result, Conflict), result
    return result


def change(key: str, text: str, locale: str = "en", source_hash: str | None = None) -> Change:
    """A change over the shipped files, as a draft has it."""
    return Change(locale, key, text, published(locale, key), 1, source_hash=source_hash, changed_by=ANNA)
