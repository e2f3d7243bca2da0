"""A draft as it is read for one request: its changes, and the texts of all languages with these changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wizard.drafts.applied import apply, problems
from wizard.drafts.model import Change, Draft
from wizard.drafts.store import Drafts, closed
from wizard.questionnaire.wording import Required, required_texts
from wizard.questionnaire.wording_files import SOURCE
from wizard.questionnaire.wording_set import WordingSet
from wizard.studio.text_states import TextState, states_of
from wizard.web.services import services


@dataclass(frozen=True)
class DraftTexts:
    """The texts of `draft` over those that are `published`. `changes` are by locale and key."""

    draft: Draft
    published: WordingSet
    changes: Mapping[tuple[str, str], Change]
    required: Required

    @cached_property
    def applied(self) -> WordingSet:
        """The published texts with the draft's changes."""
        return apply(self.published, self.changes.values(), self.required)

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The languages that there are texts of, English first."""
        return tuple(sorted((file.locale for file in self.applied.files), key=lambda each: (each != SOURCE, each)))

    @property
    def count(self) -> int:
        """How many texts the draft changes."""
        return sum(change.is_changed for change in self.changes.values())

    def counts(self) -> Mapping[str, int]:
        """How many texts of each language the draft changes."""
        changed = [locale for (locale, _), change in self.changes.items() if change.is_changed]
        return {locale: changed.count(locale) for locale in self.locales}

    def states(self, locale: str) -> Mapping[str, TextState]:
        """The texts of a language by key."""
        own = [file for file in self.applied.files if file.locale == locale]
        wrong = problems(own, self.required)
        return states_of(self.published, self.applied, self.changes, wrong, locale)


def drafts() -> Drafts:
    """The drafts of the current application."""
    current = services()
    return Drafts(current.log.database, current.clock)


def required() -> Required:
    """The keys that the questionnaire needs, with the names that each text may use."""
    current = services()
    return required_texts(current.flow, current.strategy)


def texts_of(draft: Draft) -> DraftTexts:
    """The texts of a draft, over today's version."""
    changes = {change.id: change for change in drafts().changes(draft.draft_id, with_unchanged=True)}
    return DraftTexts(draft, services().wording_set(), changes, required())


def open_draft(draft_id: str) -> Draft:
    """A draft that can be edited. Raises UnknownDraft and DraftClosed."""
    found = drafts().get(draft_id)
    if found.state != "open":
        raise closed(found)
    return found
