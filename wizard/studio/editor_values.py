"""The values that the draft editor's templates show."""

from dataclasses import dataclass

from wizard.studio.draft_address import Address
from wizard.studio.preview_pages import PageGroup
from wizard.studio.text_states import TextState


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another view of the draft. `count` is how many texts it lists."""

    name: str
    href: str
    is_current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Looks:
    """Links of which one is chosen, such as the width of the preview."""

    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A language, with how many of its texts the draft changes, and the address of its PO file; English has none."""

    locale: str
    name: str
    changed: int
    po: str


@dataclass(frozen=True, slots=True)
class Row:
    """A text in the list. `id` is made of its key, for an element."""

    id: str
    state: TextState
    href: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """The texts of a place."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a text may use, as it is written in braces, and an example of what it is filled with."""

    written: str
    example: str


@dataclass(frozen=True, slots=True)
class Move:
    """A link to the text before or after."""

    id: str
    name: str
    arrow: str
    href: str


@dataclass(frozen=True, slots=True)
class EditRow:
    """An edit of the text in this draft. `text` is None where the change was taken out."""

    told: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request wants the form to show in place of the draft's own text: what was sent, and what is wrong."""

    said: str = ""
    text: str | None = None
    seen: int | None = None
    problems: tuple[str, ...] = ()
    theirs: str | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts for the same key: `mine` was sent after `who` had saved `theirs` (None: took the change out).

    `is_own`: the same person saved both, such as in two tabs.
    """

    mine: str
    theirs: str | None
    who: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The text whose form is open. `seen`, `version` and `source`, a hash of the English, say what it is made from."""

    state: TextState
    text: str
    seen: int
    version: str
    source: str
    place: str
    limit: int
    rows: int
    names: tuple[Name, ...]
    moves: tuple[Move, ...]
    problems: tuple[str, ...]
    by: str
    conflict: Conflict | None
    edits: tuple[EditRow, ...]


@dataclass(frozen=True, slots=True)
class Editor:
    """The values of the editor's page."""

    draft_id: str
    title: str
    path: str
    address: Address
    said: str
    count: int
    language: str
    direction: str
    languages: tuple[Language, ...]
    pages: tuple[PageGroup, ...]
    page_title: str
    preview: str
    views: tuple[Link, ...]
    looks: tuple[Looks, ...]
    filters: tuple[Link, ...]
    groups: tuple[Rows, ...]
    left_out: int
    nothing: str
    chosen: Chosen | None
    can_review: bool
