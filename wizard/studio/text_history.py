"""The history of one text: what it says today, the drafts that change it, and what each version changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, select

from wizard.drafts.history import KeyChange, history_of
from wizard.languages import direction, english_name
from wizard.questionnaire.places import place_of
from wizard.questionnaire.wording_files import SOURCE
from wizard.storage.studio_tables import draft_changes, drafts
from wizard.studio.changed_texts import Row, Sides, Viewer, of_history
from wizard.studio.times import when
from wizard.web.areas import STUDIO
from wizard.web.services import services

WHAT = {"rollback": "Rolled back", "import": "Imported"}


@dataclass(frozen=True, slots=True)
class Today:
    """A text as it is today, or as a draft has it. `href` leads to a draft."""

    locale: str
    language: str
    direction: str
    text: str
    title: str = ""
    href: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a version changed of the text, in each language."""

    number: int
    what: str
    note: str
    who: str
    when: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class TextHistory:
    """The values of the page. `locales` are the languages that can be chosen, `locale` is the one that was; empty: all.

    `number` is that of the newest version.
    """

    key: str
    place: str
    number: int
    locale: str
    locales: Sequence[tuple[str, str]]
    today: Sequence[Today]
    pending: Sequence[Today]
    entries: Sequence[Entry]


def read_text_history(connection: Connection, key: str, locale: str) -> TextHistory | None:
    """The history of `key`, in one language or in all; None if there never was such a text. Raises SQLAlchemyError."""
    current = services().published.current
    found = history_of(connection, key)
    pending = _pending(connection, key)
    today = [
        Today(file.locale, english_name(file.locale), direction(file.locale), file.texts[key])
        for file in current.files
        if key in file.texts
    ]
    if not (found or pending or today):
        return None
    known = dict.fromkeys([*(each.locale for each in (*today, *pending)), *sorted({each.locale for each in found})])
    chosen = locale if locale in known else ""

    def is_shown(each: Today | KeyChange) -> bool:
        return chosen in ("", each.locale)

    return TextHistory(
        key,
        place_of(key).title,
        current.number,
        chosen,
        [(each, english_name(each)) for each in known],
        list(filter(is_shown, today)),
        list(filter(is_shown, pending)),
        _entries(filter(is_shown, found)),
    )


def _entries(found: "filter[KeyChange]") -> list[Entry]:
    """The versions, the newest first."""
    viewer = Viewer(Sides("Before", "After"))
    entries = []
    for number, group in groupby(found, key=attrgetter("number")):
        changes = sorted(group, key=lambda each: (each.locale != SOURCE, each.locale))
        first = changes[0]
        rows = [viewer.row(of_history(change)) for change in changes]
        what = WHAT.get(first.kind, "Published")
        entries.append(Entry(number, what, first.note, first.publisher, when(first.at_ms), rows))
    return entries


def _pending(connection: Connection, key: str) -> list[Today]:
    """The open drafts that change the text."""
    change = draft_changes.c
    found = (
        select(change.locale, change.text, change.changed_ms, change.changed_by, drafts.c.draft_id, drafts.c.title)
        .join(drafts, drafts.c.draft_id == change.draft_id)
        .where(change.key == key, change.is_changed == 1, drafts.c.state == "open")
        .order_by(change.changed_ms.desc(), change.locale)
    )
    return [
        Today(
            row.locale,
            english_name(row.locale),
            direction(row.locale),
            row.text,
            row.title,
            f"{STUDIO}/drafts/{row.draft_id}/review",
            f"{row.changed_by}, {when(row.changed_ms)}",
        )
        for row in connection.execute(found)
    ]
