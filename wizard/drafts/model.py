"""What a draft is made of: changed texts, and every edit that there was of them."""

import re
from dataclasses import dataclass
from typing import Literal

from wizard.errors import WizardError
from wizard.questionnaire.wording import FORM
from wizard.questionnaire.wording_files import LOCALE

State = Literal["open", "published", "discarded"]

REVIEWED = "translation.reviewed"
"""The key under which a draft changes whether a native speaker has read a language: `true` or `false`."""

MOST_CHARACTERS = 100_000
"""A text that is longer is not stored. What a text may have where it is shown is far less."""

TITLE_CHARACTERS = 80
KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+(#[A-Za-z0-9_-]+)?")
KEY_CHARACTERS = 200

STALE = ""
"""The `source_hash` of a translation that does not fit the English of today."""

TextId = tuple[str, str]
"""A locale and a key."""


class DraftError(WizardError):
    """A draft can't be used as asked. The message says why, and what to do."""


class UnknownDraft(DraftError):
    """There is no such draft."""


class DraftClosed(DraftError):
    """The draft was published or discarded. A text that was sent to it is kept among its edits."""


class TextRefused(DraftError, ValueError):
    """A text, its key or a title can't be stored. The message is one line."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A row of `drafts`. `published_number` is the version that it was published as."""

    draft_id: str
    title: str
    state: State
    made_ms: int
    made_by: str
    changed_ms: int
    changed_by: str
    published_number: int | None = None

    @property
    def subject(self) -> str:
        """What the audit log calls it."""
        return f"{self.title} ({self.draft_id})"


@dataclass(frozen=True, slots=True)
class Change:
    """A text of a draft. `base_text` is the published text that it replaces, None where there was none.

    `revision` counts its edits in this draft. `source_hash` is that of the English text that a translation was made
    from: None for the English of today, empty for a translation that does not fit it. Where `is_changed` is False, the
    change was taken out again, and `text` is what was last written.
    """

    locale: str
    key: str
    text: str
    base_text: str | None
    revision: int = 0
    is_changed: bool = True
    source_hash: str | None = None
    changed_ms: int = 0
    changed_by: str = ""

    @property
    def id(self) -> TextId:
        """Which text it changes."""
        return self.locale, self.key


@dataclass(frozen=True, slots=True)
class Edit:
    """Something that was written in a draft. `text` is None where a change was taken out.

    One that was in conflict with another edit has `is_applied` False; its `revision` is that of the text that stayed.
    """

    locale: str
    key: str
    text: str | None
    revision: int
    is_applied: bool
    at_ms: int
    who: str


@dataclass(frozen=True, slots=True)
class NewText:
    """A text to save in a draft. None takes its change out.

    `seen` is the revision that the editor had before them, 0 where the draft had not changed the text; `base_text` is
    the published text beside it, None where there is none. With `is_confirmed`, a text that is as it was published
    counts as a change, too: a translation that still fits the English of today. See `Change` for `source_hash`.
    """

    locale: str
    key: str
    text: str | None
    seen: int
    base_text: str | None
    source_hash: str | None = None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The text is in the draft. `is_changed` says whether it differs from the published one."""

    revision: int
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else has changed the same text meanwhile. `mine` was kept among the edits, and not applied.

    `theirs` is what `who` wrote at `at_ms`, None where they took the change out. Saving again with `revision` as the
    one that was seen applies either of them, or a third text.
    """

    mine: str | None
    theirs: str | None
    who: str
    at_ms: int
    revision: int


def checked(new: NewText) -> NewText:
    """The text with LF line ends. Raises TextRefused where it, its locale or its key can't be stored."""
    if not LOCALE.fullmatch(new.locale):
        raise TextRefused(f"locale: given {new.locale[:20]!a}; allowed: a language, such as de or pt-BR")
    if len(new.key) > KEY_CHARACTERS or not KEY.fullmatch(new.key):
        raise TextRefused(f"key: given {new.key[:60]!a}; allowed: the key of a text, such as questions.who.title")
    require_storable(new.base_text or "", new.key)
    require_storable(new.source_hash or "", new.key)
    if new.text is None:
        return new
    text = new.text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MOST_CHARACTERS:
        raise TextRefused(f"{new.key}: has {len(text):,} characters; at most {MOST_CHARACTERS:,} can be stored")
    require_storable(text, new.key)
    return NewText(new.locale, new.key, text, new.seen, new.base_text, new.source_hash, new.is_confirmed)


def require_storable(text: str, name: str) -> None:
    """Raise TextRefused where the database can't store `text`, the value of `name`."""
    for char in text:
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise TextRefused(f"{name}: has U+{ord(char):04X}, which can't be stored; take it out")


def checked_title(title: str) -> str:
    """The title of a draft, on one line. Raises TextRefused."""
    found = " ".join(title.split())
    if not 0 < len(found) <= TITLE_CHARACTERS or not found.isprintable():
        raise TextRefused(f"title: has {len(found)} characters; allowed: one line of 1 to {TITLE_CHARACTERS}")
    require_storable(found, "title")
    return found


def base_key(key: str) -> str:
    """The key without the name of a form."""
    return key.partition(FORM)[0]
