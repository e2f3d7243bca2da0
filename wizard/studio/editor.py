"""Makes what the page of the draft editor shows."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from urllib.parse import urlencode

from wizard.dashboard.session import colleague
from wizard.languages import direction, english_name
from wizard.questionnaire.places import place_of
from wizard.questionnaire.text_limits import limit_of
from wizard.questionnaire.wording import FORM, forms_of, named_key
from wizard.questionnaire.wording_files import SOURCE
from wizard.studio.draft_address import FILTERS, THEMES, VIEWS, WIDTHS, Address, path_of
from wizard.studio.draft_texts import DraftTexts, drafts
from wizard.studio.editor_values import (
    Chosen,
    Conflict,
    Editor,
    EditRow,
    Language,
    Link,
    Looks,
    Move,
    Name,
    Row,
    Rows,
    Shown,
)
from wizard.studio.preview_pages import all_pages, groups_of, keys_on, page_with
from wizard.studio.text_states import MATCHES, TextState, is_found
from wizard.studio.times import when
from wizard.translations.status import source_hash
from wizard.web.services import services

DRAFT = "draft"
"""What a form says instead of a version where the published text has changed since the draft changed it."""

MOST_LISTED = 400
MOST_EDITS = 20
CHARACTERS_OF_LINE, FEWEST_LINES, MOST_LINES = 44, 2, 9


class EditorPage:
    """The editor of the draft `texts` at `address`, whose text, if it names one that there is none of, is left out."""

    def __init__(self, texts: DraftTexts, address: Address) -> None:
        self.texts = texts
        self.states = texts.states(address.locale)
        self.address = address if address.key in self.states else address.but(key="")
        self.path = path_of(texts.draft.draft_id)
        self.pages = all_pages(texts.applied)

    def view(self, shown: Shown) -> Editor:
        """The values of the page; `shown` is what the request wants the form to show."""
        draft, address = self.texts.draft, self.address
        listed = self.listed
        page = self.pages[address.page]
        frame = {"page": page.id, "locale": address.locale, "theme": address.theme}
        return Editor(
            draft_id=draft.draft_id,
            title=draft.title,
            path=self.path,
            address=address,
            said=shown.said,
            count=self.texts.count,
            language=english_name(address.locale),
            direction=direction(address.locale),
            languages=tuple(self._languages()),
            pages=groups_of(self.pages),
            page_title=page.title,
            preview=f"{self.path}/preview?{urlencode(frame)}",
            views=self._links("view", VIEWS),
            looks=(Looks("Width", self._links("width", WIDTHS)), Looks("Colours", self._links("theme", THEMES))),
            filters=tuple(self._filters()),
            groups=tuple(self._groups(listed[:MOST_LISTED])),
            left_out=max(0, len(listed) - MOST_LISTED),
            nothing=self._nothing(),
            chosen=self._chosen(shown),
            can_review=address.filter == "unreviewed" and any(state.is_unreviewed for state in self.states.values()),
        )

    @cached_property
    def on_page(self) -> Sequence[str]:
        """The keys on the page that is previewed, in the order of their appearance, with their further forms."""
        shown = keys_on(self.pages[self.address.page], self.texts.applied, self.address.locale)
        forms: dict[str, list[str]] = {}
        for key in self.states:
            if FORM in key:
                forms.setdefault(key.partition(FORM)[0], []).append(key)
        found = [each for key in shown for each in (key, *forms.get(key, ()))]
        return [key for key in dict.fromkeys(found) if key in self.states]

    @cached_property
    def listed(self) -> Sequence[TextState]:
        """The texts that are listed: what is searched for is searched for in all of them."""
        if self.address.q:
            matches = MATCHES[self.address.filter or "all"]
            return [state for state in self.states.values() if matches(state) and is_found(state, self.address.q)]
        keys = self._keys(self.address.filter)
        if self.address.key and self.address.key not in keys:
            keys = [self.address.key, *keys] if self.address.filter else [*keys, self.address.key]
        return [self.states[key] for key in keys]

    def _keys(self, name: str) -> Sequence[str]:
        """The keys that a filter lists."""
        return [key for key, state in self.states.items() if MATCHES[name](state)] if name else self.on_page

    def _languages(self) -> Iterator[Language]:
        counts = self.texts.counts()
        for locale in self.texts.locales:
            po = "" if locale == SOURCE else f"{self.path}/{locale}.po"
            yield Language(locale, english_name(locale), counts[locale], po)

    def _links(self, name: str, choices: Mapping[str, str]) -> tuple[Link, ...]:
        current = getattr(self.address, name)
        return tuple(
            Link(title, self._href(self.address.but(**{name: choice})), choice == current)
            for choice, title in choices.items()
        )

    def _filters(self) -> Iterator[Link]:
        """The filters; those that are about translations only where there is one."""
        for name, title in FILTERS.items():
            if self.address.locale == SOURCE and name in ("untranslated", "stale", "unreviewed"):
                continue
            href = self._href(self.address.but(filter=name, q="", key=""))
            yield Link(title, href, name == self.address.filter and not self.address.q, len(self._keys(name)))

    def _groups(self, listed: Sequence[TextState]) -> Iterator[Rows]:
        """The listed texts: those of the page in its own order, others by the place where they are shown."""
        if not listed:
            return
        if not self.address.filter and not self.address.q:
            yield Rows("", tuple(self._row(state) for state in listed))
            return
        places: dict[str, list[Row]] = {}
        for state in listed:
            places.setdefault(place_of(state.key).title, []).append(self._row(state))
        for title, rows in places.items():
            yield Rows(title, tuple(rows))

    def _row(self, state: TextState) -> Row:
        id_ = sha256(state.key.encode()).hexdigest()[:10]
        return Row(id_, state, self.href_of(state.key), state.key == self.address.key)

    def href_of(self, key: str) -> str:
        """The address of the form of a text, with a page that shows it."""
        page = self.address.page
        if key not in self.on_page:
            page = page_with(key, self.texts.applied, self.address.locale)
        return f"{self._href(self.address.but(key=key, page=page, view='texts'))}#edit"

    def _href(self, address: Address) -> str:
        query = address.query()
        return f"{self.path}?{query}" if query else self.path

    def _nothing(self) -> str:
        """What is said where no text is listed."""
        if self.address.q:
            return f"No text in {english_name(self.address.locale)} has “{self.address.q}”."
        return {
            "changed": "No text is changed yet.",
            "problems": "No text has a problem.",
            "untranslated": "Every text is translated.",
            "stale": "No translation is older than its English.",
            "unreviewed": "A native speaker has reviewed this language.",
        }.get(self.address.filter, "There are no texts.")

    def _chosen(self, shown: Shown) -> Chosen | None:
        """The form of the chosen text."""
        state = self.states.get(self.address.key)
        if state is None:
            return None
        text = shown.text if shown.text is not None else state.text or ""
        change = state.change
        is_conflict = bool(shown.who)
        return Chosen(
            state=state,
            text=text,
            seen=state.revision if shown.seen is None else shown.seen,
            version=DRAFT if state.is_outdated else self.texts.published.reference,
            source=source_hash(state.english) if state.english is not None else "",
            place=place_of(state.key).title,
            limit=limit_of(state.key),
            rows=min(
                MOST_LINES, max(FEWEST_LINES, sum(1 + len(line) // CHARACTERS_OF_LINE for line in text.split("\n")))
            ),
            names=tuple(self._names(state.key)),
            moves=tuple(self._moves(state.key)),
            problems=shown.problems or state.problems,
            by=f"Changed by {change.changed_by}, {when(change.changed_ms)}" if change else "",
            conflict=Conflict(text, shown.theirs, shown.who, shown.who == colleague()) if is_conflict else None,
            edits=tuple(self._edits(state)),
        )

    def _edits(self, state: TextState) -> Iterator[EditRow]:
        """The edits of a text in the draft, the newest first."""
        found = drafts().edits(self.texts.draft.draft_id, self.address.locale, state.key)
        for edit in reversed(found[-MOST_EDITS:]):
            apart = "" if edit.is_applied else " (not used: it had been changed meanwhile)"
            yield EditRow(f"{edit.who}, {when(edit.at_ms)}{apart}", edit.text)

    def _names(self, key: str) -> Iterator[Name]:
        """The names that a text may use, each with an example in its language."""
        file = self.texts.applied.file(self.address.locale)
        own = file.texts if file else {}
        forms = forms_of(own)
        for name in sorted(self.texts.required.get(key.partition(FORM)[0], ())):
            step = next((step for step in services().flow.steps if step.name == name), None)
            base = named_key(name, step.choices[0].id) if step else ""
            yield Name(f"{{{name}}}", own.get(base, ""))
            for form in sorted(forms.get(name, ())):
                yield Name(f"{{{name}.{form}}}", own.get(f"{base}{FORM}{form}", ""))

    def _moves(self, key: str) -> Iterator[Move]:
        """Links to the listed texts before and after this one."""
        keys = [state.key for state in self.listed]
        if key not in keys:
            return
        place = keys.index(key)
        if place:
            yield Move("previous", "Previous text", "↑", self.href_of(keys[place - 1]))
        if place + 1 < len(keys):
            yield Move("next", "Next text", "↓", self.href_of(keys[place + 1]))
