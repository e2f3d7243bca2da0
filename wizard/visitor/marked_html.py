"""Makes elements of the marks in a page that was rendered with marked texts, and has its links and forms do nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser

from markupsafe import escape

from wizard.visitor.marked_texts import BEGIN, DIGITS, END

MARK = re.compile(f"{BEGIN}([{DIGITS}]+)|{END}")
NUMBERS = str.maketrans(DIGITS, "0123456789")

ELEMENT = "wizard-text"
"""The element around a text. No stylesheet of the pages has rules for it, as it has for `span`."""

PLAIN = ("title", "style", "script")
"""Elements whose content is text alone."""

ICON = ("rel", "icon")
LEFT_OUT = ("script", "link")
ADDRESSES = ("href", "action", "formaction", "method", "target", "ping")
DROPPED: Mapping[str, Sequence[str]] = {
    "a": ADDRESSES,
    "form": ADDRESSES,
    "button": (*ADDRESSES, "form", "name", "value", "type", "hidden"),
    "div": ("autofocus",),
}
"""The attributes that an element loses: what would send, lead elsewhere, or take the focus. Without the script that
shows it, a button that is hidden until then is shown."""

ADDED: Mapping[str, str] = {"a": ' href="#"', "button": ' type="button"'}


class MarkedPage(HTMLParser):
    """Rewrites a page that was rendered with texts of these `keys`, by their numbers."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._keys = keys
        self._made: list[str] = []
        self._within = ""
        self.shown: dict[str, None] = {}
        self.unseen: dict[str, None] = {}

    @property
    def html(self) -> str:
        """The page as far as it was fed."""
        return "".join(self._made)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a start tag. The keys of texts in its attributes are noted."""
        if tag in PLAIN:
            self._within = tag
        if (tag in LEFT_OUT and ICON not in attrs) or (tag == "input" and ("type", "hidden") in attrs):
            return
        self._made.append(self._plain(self._tag(tag, attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write an element without content, such as a path of an icon."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Write an end tag."""
        if tag in PLAIN:
            self._within = ""
        if tag not in LEFT_OUT:
            self._made.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write text, with an element around each that is marked."""
        if self._within == "script":
            return
        self._made.append(self._plain(data) if self._within else MARK.sub(self._element, data))

    def handle_entityref(self, name: str) -> None:
        """Write a character as it was escaped."""
        self._made.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Write a character as it was escaped by its number."""
        self._made.append(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        """Write the doctype."""
        self._made.append(f"<!{decl}>")

    def _tag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> str:
        """The start tag, without what does something."""
        if tag not in DROPPED:
            return self.get_starttag_text() or ""
        kept = [(name, value) for name, value in attrs if name not in DROPPED[tag]]
        written = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in kept)
        return f"<{tag}{written}{ADDED.get(tag, '')}>"

    def _plain(self, text: str) -> str:
        """`text` without marks. Its keys are noted as unseen."""
        for found in MARK.finditer(text):
            if found[1]:
                self.unseen[self._key(found[1])] = None
        return MARK.sub("", text)

    def _element(self, found: re.Match[str]) -> str:
        if not found[1]:
            return f"</{ELEMENT}>"
        key = self._key(found[1])
        self.shown[key] = None
        return f'<{ELEMENT} data-text="{escape(key)}">'

    def _key(self, digits: str) -> str:
        return self._keys[int(digits.translate(NUMBERS))]


def elements_of_marks(html: str, keys: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The page with an element `wizard-text` around each marked text, whose `data-text` is its key.

    Texts in attributes and in the title lose their marks. Also returned are the keys of all texts: of those in the
    page's body, in the order in which they begin, then of the others.
    """
    page = MarkedPage(keys)
    page.feed(html)
    page.close()
    return page.html, tuple(page.shown | page.unseen)
