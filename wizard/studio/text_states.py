"""The texts of a language in a draft: each with what is published, what was changed, and what is wrong with it."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wizard.drafts.model import Change
from wizard.questionnaire.wording import FORM, Texts
from wizard.questionnaire.wording_files import SOURCE, WordingFile
from wizard.questionnaire.wording_set import WordingSet
from wizard.translations.status import stale_keys


@dataclass(frozen=True, slots=True)
class TextState:
    """A text in a draft.

    `text` is that of the draft, `published` that of today's version, `english` what it is translated from; None where
    there is none. `change` is the draft's own. `problems` stop a publish.
    """

    key: str
    text: str | None
    published: str | None
    english: str | None
    change: Change | None
    problems: tuple[str, ...]
    is_stale: bool
    is_unreviewed: bool

    @property
    def revision(self) -> int:
        """How many edits the text has had in the draft."""
        return self.change.revision if self.change else 0

    @property
    def is_changed(self) -> bool:
        """Whether the draft changes the text, or says that it was made from today's English."""
        return self.change is not None and self.change.is_changed

    @property
    def is_outdated(self) -> bool:
        """Whether another text was published since the draft changed this one."""
        return self.change is not None and self.is_changed and self.change.base_text != self.published

    @property
    def is_missing(self) -> bool:
        """Whether there is no text yet."""
        return self.text is None

    @property
    def is_differing(self) -> bool:
        """Whether the text itself is another than the published one."""
        return self.text != self.published


MATCHES: Mapping[str, Callable[[TextState], bool]] = {
    "all": lambda _: True,
    "changed": lambda state: state.is_changed,
    "problems": lambda state: bool(state.problems),
    "untranslated": lambda state: state.is_missing,
    "stale": lambda state: state.is_stale,
    "unreviewed": lambda state: state.is_unreviewed,
}
"""Which texts each filter lists."""


def states_of(
    published: WordingSet,
    applied: WordingSet,
    changes: Mapping[tuple[str, str], Change],
    problems: Mapping[tuple[str, str], tuple[str, ...]],
    locale: str,
) -> Mapping[str, TextState]:
    """The texts of a language by key, in the order of the English ones, each with its further forms after it."""
    file = applied.file(locale)
    source = applied.source or file
    english = source.texts if source else {}
    texts = file.texts if file else {}
    before = published.file(locale)
    is_translation = locale != SOURCE
    stale = frozenset(stale_keys(file, english)) if file and is_translation else frozenset()
    return {
        key: TextState(
            key=key,
            text=texts.get(key),
            published=before.texts.get(key) if before else None,
            english=english.get(key, english.get(key.partition(FORM)[0])) if is_translation else None,
            change=changes.get((locale, key)),
            problems=problems.get((locale, key), ()),
            is_stale=key in stale,
            is_unreviewed=is_translation and not _is_reviewed(file),
        )
        for key in _keys(english, texts)
    }


def _is_reviewed(file: WordingFile | None) -> bool:
    return file is not None and file.reviewed


def _keys(english: Texts, texts: Texts) -> Iterator[str]:
    """The keys that the English texts or those of the language have; of forms, those of the language."""
    forms: dict[str, list[str]] = {}
    for key in texts:
        if FORM in key:
            forms.setdefault(key.partition(FORM)[0], []).append(key)
    for key in dict.fromkeys((*english, *texts)):
        if FORM not in key:
            yield key
            yield from forms.get(key, ())


def is_found(state: TextState, query: str) -> bool:
    """Whether all words of `query` are in the key, the text or its English, in any letter case."""
    texts = folded(" ".join((state.key, state.text or "", state.english or "")))
    return all(word in texts for word in folded(query).split())


def folded(text: str) -> str:
    """`text` as it is compared: without accents and letter case."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(each for each in split if not unicodedata.combining(each)).casefold()
