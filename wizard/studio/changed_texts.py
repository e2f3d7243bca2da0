"""Changed texts as pages show them: by place and key, each language side by side, and who sees them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

from wizard.dashboard.labels import Names, plural
from wizard.drafts.history import Difference, KeyChange
from wizard.drafts.model import REVIEWED
from wizard.drafts.review import ReviewedText
from wizard.languages import direction, english_name
from wizard.questionnaire.places import paths_with, place_of, places
from wizard.questionnaire.wording_files import SOURCE
from wizard.studio.times import when
from wizard.studio.word_diff import Diff, word_diff
from wizard.visitor.preview_pages import PreviewPage, page_for, pages
from wizard.web.areas import STUDIO
from wizard.web.services import services

LANGUAGES = "Languages"
"""The place of what is said of a language as a whole."""

REVIEWED_WORDS = {"true": "Reviewed by a native speaker", "false": "Not reviewed by a native speaker"}


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: the names of both sides, and the addresses of their previews, which take a query string."""

    before: str
    after: str
    before_path: str = ""
    after_path: str = ""
    edit_path: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A text to show. `who` changed it at `at_ms`; see `ReviewedText` for the rest."""

    locale: str
    key: str
    before: str | None
    after: str | None
    who: str = ""
    at_ms: int | None = None
    is_conflict: bool = False
    base_text: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The id of its row on the page."""
        return anchor_of(self.locale, self.key)


@dataclass(frozen=True, slots=True)
class Row:
    """A text in one language. `page` is the title of the page that the previews show; empty where there is none."""

    change: Change
    language: str
    direction: str
    diff: Diff
    base: Diff | None
    when: str
    page: str
    before_href: str
    after_href: str
    edit_href: str

    @property
    def is_confirmed(self) -> bool:
        """Whether the text stays, and was confirmed: it still fits the English of today."""
        return self.change.before == self.change.after


@dataclass(frozen=True, slots=True)
class Audience:
    """Some of the paths on which a text is seen: those that lead to one result. `href` previews the first of them."""

    result: str
    paths: str
    href: str


@dataclass(frozen=True, slots=True)
class KeyView:
    """A text in all languages in which it changes. `seen` says on how many paths, `audiences` on which."""

    key: str
    name: str
    history_href: str
    seen: str
    audiences: Sequence[Audience]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The changed texts of a place."""

    title: str
    texts: Sequence[KeyView]


def anchor_of(locale: str, key: str) -> str:
    """The id of a text's row on the page."""
    return f"text-{locale}-{key}".replace("#", "-")


def history_href(key: str) -> str:
    """The address of a text's history; none for what is no text."""
    return f"{STUDIO}/texts/{quote(key, safe='')}" if key != REVIEWED else ""


def of_review(texts: Iterable[ReviewedText]) -> list[Change]:
    """The texts of a review."""
    return [
        Change(
            text.locale,
            text.key,
            text.before,
            text.after,
            text.who,
            text.at_ms,
            text.is_conflict,
            text.base_text,
            text.problems,
        )
        for text in texts
    ]


def of_differences(found: Iterable[Difference], who: Mapping[tuple[str, str], str]) -> list[Change]:
    """The texts that differ between two versions; `who` wrote them."""
    return [Change(each.locale, each.key, each.before, each.after, who.get(each.id, "")) for each in found]


def of_history(entry: KeyChange) -> Change:
    """What a version changed of a text."""
    return Change(entry.locale, entry.key, entry.before, entry.after, entry.who)


class Viewer:
    """Makes the rows of a page that compares two `sides`."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        current = services()
        self._flow, self._strategy = current.flow, current.strategy
        self._wording = current.published.current.wording()
        self._names = Names(self._wording)
        self._page_ids: dict[str, str] = {}

    def places(self, changes: Iterable[Change]) -> list[PlaceView]:
        """The changes by place, in the order of the pages, and by key; English first."""
        by_key: dict[str, list[Change]] = {}
        for change in changes:
            by_key.setdefault(change.key, []).append(change)
        languages = by_key.pop(REVIEWED, None)
        found = [
            PlaceView(place.title, [self._text(key, own) for key, own in by_key.items() if place_of(key) == place])
            for place in places(by_key)
        ]
        return [*found, PlaceView(LANGUAGES, [self._text(REVIEWED, languages)])] if languages else found

    def row(self, change: Change) -> Row:
        """The row of one text."""
        is_text = change.key != REVIEWED
        page = self._page_of(change.key) if is_text else None
        show: Callable[[str | None], str | None] = (
            (lambda text: text) if is_text else (lambda text: REVIEWED_WORDS.get(text or "", text))
        )
        query = urlencode({"page": page.id, "locale": change.locale}) if page else ""
        sides = self._sides
        return Row(
            change,
            english_name(change.locale),
            direction(change.locale) if is_text else "ltr",
            word_diff(show(change.before), show(change.after)),
            word_diff(change.base_text, change.before) if change.is_conflict else None,
            when(change.at_ms) if change.at_ms else "",
            page.title if page else "",
            f"{sides.before_path}?{query}" if page and sides.before_path and change.before is not None else "",
            f"{sides.after_path}?{query}" if page and sides.after_path and change.after is not None else "",
            self.edit_href(change.locale, change.key),
        )

    def edit_href(self, locale: str, key: str) -> str:
        """The address of a text in the editor, beside a page that shows it; none where it can't be edited."""
        page = self._page_of(key) if self._sides.edit_path and key != REVIEWED else None
        query = urlencode({"page": page.id, "locale": locale, "key": key}) if page else ""
        return f"{self._sides.edit_path}?{query}" if query else ""

    def _text(self, key: str, changes: Sequence[Change]) -> KeyView:
        ordered = sorted(changes, key=lambda each: (each.locale != SOURCE, each.locale))
        seen, audiences = self._seen(key) if key != REVIEWED else ("", ())
        name = key if key != REVIEWED else ""
        return KeyView(key, name, history_href(key), seen, audiences, [self.row(change) for change in ordered])

    def _page_of(self, key: str) -> PreviewPage | None:
        if key not in self._page_ids:
            self._page_ids[key] = page_for(key, self._flow, self._strategy, self._wording)
        return self._pages.get(self._page_ids[key])

    def _seen(self, key: str) -> tuple[str, Sequence[Audience]]:
        """On how many paths a text is seen, and on which, unless on all."""
        outcomes, every = paths_with(key, self._flow, self._strategy), len(self._flow.paths)
        if len(outcomes) in (0, every):
            return f"Seen on all {every} paths" if outcomes else "Seen on no path", ()
        results = [(each.persona, each.recommendation.recommended) for each in outcomes]
        counts = Counter(results)
        found = []
        for result, count in counts.items():
            answers = outcomes[results.index(result)].answers
            page = self._results[frozenset(answers.items())]
            href = f"{self._sides.after_path}?{urlencode({'page': page.id})}" if self._sides.after_path else ""
            persona, deployment = self._names.persona(result[0]), self._names.deployment(result[1])
            found.append(Audience(f"{persona}, {deployment}", f"{count} {plural(count, 'path')}", href))
        return f"Seen on {len(outcomes)} of {every} paths", found

    @cached_property
    def _pages(self) -> Mapping[str, PreviewPage]:
        return {page.id: page for page in pages(self._flow, self._strategy, self._wording)}

    @cached_property
    def _results(self) -> Mapping[frozenset[tuple[str, str]], PreviewPage]:
        return {frozenset(page.answers.items()): page for page in self._pages.values() if page.kind == "result"}
