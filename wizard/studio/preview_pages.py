"""The pages that can be previewed, in groups, and which texts each of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.questionnaire.wording_files import SOURCE
from wizard.questionnaire.wording_set import WordingSet
from wizard.visitor import preview_pages
from wizard.visitor.preview import preview
from wizard.visitor.preview_pages import PreviewPage
from wizard.web.services import services


@dataclass(frozen=True, slots=True)
class PageGroup:
    """Pages of one kind."""

    title: str
    pages: tuple[PreviewPage, ...]


def all_pages(texts: WordingSet) -> Mapping[str, PreviewPage]:
    """The pages that can be previewed, by id, in the order of a visit; their titles are in the words of `texts`."""
    current = services()
    return {page.id: page for page in preview_pages.pages(current.flow, current.strategy, texts.wording(SOURCE))}


def groups_of(pages: Mapping[str, PreviewPage]) -> tuple[PageGroup, ...]:
    """The pages in groups."""
    titles = dict.fromkeys(page.group for page in pages.values())
    return tuple(PageGroup(title, tuple(page for page in pages.values() if page.group == title)) for title in titles)


def keys_on(page: PreviewPage, texts: WordingSet, locale: str) -> tuple[str, ...]:
    """The keys of the texts that a page shows in a language, in the order of their appearance."""
    return preview(page, texts, locale).keys


def page_with(key: str, texts: WordingSet, locale: str) -> str:
    """The id of the first page that shows a text."""
    current = services()
    return preview_pages.page_for(key, current.flow, current.strategy, texts.wording(locale))
