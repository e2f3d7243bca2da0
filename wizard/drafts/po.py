"""Exchanges the texts of a draft with translators, as PO files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from babel.messages.catalog import Message

from wizard.clock import Clock
from wizard.drafts.applied import apply
from wizard.drafts.model import STALE, Change, Conflict, Draft, NewText, TextId
from wizard.drafts.po_base import PoBase, base_of, base_texts
from wizard.drafts.publish import Publisher
from wizard.drafts.store import Drafts
from wizard.errors import WizardError
from wizard.files.text import read_text
from wizard.intake.timeouts import TIMEOUT_SECONDS, with_timeout
from wizard.questionnaire.wording import FORM, Required, Texts
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.questionnaire.wording_set import WordingSet
from wizard.storage.audit_log import AuditEntry, record
from wizard.storage.database import Database
from wizard.translations.po_export import FUZZY, po_file
from wizard.translations.po_import import LANGUAGE_HEADERS, entries, locale_of, parse_po_file, refuse_source
from wizard.translations.status import source_hash
from wizard.translations.toml_file import Outline, outline
from wizard.wording_versions.published import PublishedWording

MEANWHILE = -1
"""A revision that is never that of a text: the edit is kept as a conflict."""


@dataclass(frozen=True, slots=True)
class PoImported:
    """How many texts of a PO file were saved in a draft, and how many entries changed nothing.

    `conflicts` are texts that somebody has changed since the export, by key: the translator's is kept among the draft's
    edits. `ignored` has a line for each entry that belongs to no text.
    """

    locale: str
    saved: int
    unchanged: int
    conflicts: Mapping[str, Conflict]
    ignored: tuple[str, ...]


class PoFiles:
    """PO files of drafts over the versions in `published`.

    Both methods raise UnknownDraft, WizardError for a language or a file that can't be used, and SQLAlchemyError.
    """

    def __init__(self, database: Database, published: PublishedWording, required: Required, clock: Clock) -> None:
        self._database = database
        self._published = published
        self._required = required
        self._clock = clock
        self._drafts = Drafts(database, clock)
        self._publisher = Publisher(database, published, required, clock)

    def export(self, draft_id: str, locale: str, who: str) -> bytes:
        """The texts of a language as a PO file in UTF-8: stale ones are fuzzy, missing ones empty."""
        refuse_source(locale)
        draft = self._drafts.get(draft_id)
        now_ms = self._clock()
        current, applied, _ = self._read(draft_id)
        file = applied.file(locale) or WordingFile(applied.files[0].path.with_name(f"{locale}.toml"))
        now = datetime.fromtimestamp(now_ms // 1000, UTC)
        content = po_file(file, _source(applied), self._required, self._outline(), now)
        self._record(now_ms, who, "texts exported", draft, locale)
        return PoBase(current.number, current.version, draft_id, now_ms).written_to(content)

    def import_(self, draft_id: str, raw: bytes, name: str, who: str, locale: str = "") -> PoImported:
        """Save what a translator has changed in the PO file `raw`, called `name`, in an open draft.

        An entry that is empty changes nothing. A text that does not fit is saved with its problem, which stops a
        publish. `locale` is the language that is expected; without it, the file's headers say it. Raises DraftClosed.
        """
        file = parse_po_file(raw, name)
        current, applied, changes = self._read(draft_id)
        found = _locale(file.headers, locale) or locale_of(file, tuple(each.locale for each in applied.files))
        refuse_source(found)
        base = base_of(file)
        before = self._base_texts(base, found) if base else None
        messages, ignored = entries(file.catalog, _source(applied))
        merge = _Merge(found, current, applied, changes, before, base.number if base else None)
        all_messages = [message for several in messages.values() for message in several]
        texts = [text for message in all_messages if (text := merge.new_text(message))]
        draft = self._drafts.get(draft_id)
        results = self._drafts.save_all(draft_id, texts, who)
        self._record(self._clock(), who, "texts imported", draft, found)
        conflicts = {
            text.key: result for text, result in zip(texts, results, strict=True) if isinstance(result, Conflict)
        }
        saved = len(texts) - len(conflicts)
        return PoImported(found, saved, len(all_messages) - len(texts), conflicts, ignored)

    def _read(self, draft_id: str) -> tuple[WordingSet, WordingSet, Mapping[TextId, Change]]:
        """The published texts, those of the draft, and every change of it."""
        current = self._publisher.current()
        changes = {change.id: change for change in self._drafts.changes(draft_id, with_unchanged=True)}
        return current, apply(current, changes.values(), self._required), changes

    def _outline(self) -> Outline:
        """The comments of the installation's English file, for translators; none where it is gone."""
        source = self._published.files.source
        try:
            return outline(read_text(source.path)) if source else Outline((), ())
        except (OSError, ValueError):
            return Outline((), ())

    def _record(self, at_ms: int, who: str, action: str, draft: Draft, locale: str) -> None:
        entry = AuditEntry(who, action, draft.subject, note=locale)
        with_timeout(lambda: self._database.write(lambda log: record(log, at_ms, entry)), TIMEOUT_SECONDS)

    def _base_texts(self, base: PoBase, locale: str) -> Texts | None:
        """The texts that a PO file was made from."""

        def read() -> Texts | None:
            with self._database.snapshot() as connection:
                return base_texts(connection, base, locale, self._published.files)

        return with_timeout(read, TIMEOUT_SECONDS)


@dataclass(frozen=True)
class _Merge:
    """Finds what to save of a PO file.

    `before` are the texts that it was made from, over version `number`; None where they are unknown.
    """

    locale: str
    current: WordingSet
    applied: WordingSet
    changes: Mapping[TextId, Change]
    before: Mapping[str, str] | None
    number: int | None

    def new_text(self, message: Message) -> NewText | None:
        """The text to save of an entry; None if it changes nothing."""
        key, text = str(message.context), str(message.string)
        file = self.applied.file(self.locale)
        here = file.texts.get(key) if file else None
        new = self._new(key, text, STALE if FUZZY in message.flags else source_hash(str(message.id)))
        if text == here:
            return replace(new, is_confirmed=True) if FORM not in key and self._is_news(new) else None
        if self.before and self.before.get(key) == text:
            return None  # the translator has not changed it; somebody else has
        return new if self._is_as_exported(key, here) else replace(new, seen=MEANWHILE)

    def _is_as_exported(self, key: str, here: str | None) -> bool:
        """Whether the text of the draft is still the one that the translator had."""
        if self.before and key in self.before:
            return self.before[key] == here
        change = self.changes.get((self.locale, key))
        is_same_version = self.before is None or self.number == self.current.number
        return here is None or (is_same_version and not (change and change.is_changed))

    def _is_news(self, new: NewText) -> bool:
        """Whether a text that is the same fits the English of today, and did not before; or the other way round."""
        file = self.applied.file(self.locale)
        known = file.hashes.get(new.key) if file else None
        today = source_hash(_source(self.applied)[new.key])
        return (new.source_hash == today) != (known == today)

    def _new(self, key: str, text: str, made_from: str) -> NewText:
        change = self.changes.get((self.locale, key))
        file = self.current.file(self.locale)
        published = file.texts.get(key) if file else None
        base = change.base_text if change and change.is_changed else published
        return NewText(self.locale, key, text, change.revision if change else 0, base, made_from)


def _source(texts: WordingSet) -> Texts:
    if texts.source is None:
        raise WizardError(f"there is no {SOURCE}.toml to translate from")
    return texts.source.texts


def _locale(headers: Mapping[str, str], wanted: str) -> str:
    """The language that is expected, unless the file says that it has another one. Raises WizardError."""
    given = next((headers[name] for name in LANGUAGE_HEADERS if headers.get(name)), "")
    language = given.replace("_", "-").partition("-")[0].lower()
    if wanted and language not in ("", wanted.partition("-")[0].lower()):
        raise WizardError(f"the file says that it is in {given[:20]!a}, not in {wanted}")
    return wanted
