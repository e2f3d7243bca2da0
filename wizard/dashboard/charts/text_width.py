"""How wide text is, so that what is drawn has room for it: the widths of a wide system font, DejaVu Sans."""

import unicodedata
from collections.abc import Iterable, Iterator

GROUPS = {
    0.35: "ijlI|' ,.:;-/\\f",
    0.42: "!()[]rt",
    0.54: '*_`s"\N{EN DASH}',
    0.6: "?FLckzPTYaeovxy",
    0.65: "0123456789$EKSbdghnpqu{}ß",
    0.7: "ABCRVXZ",
    0.8: "&DGHNOQUw\N{BLACK UP-POINTING TRIANGLE}\N{BLACK DOWN-POINTING TRIANGLE}",
    0.87: "#+<=>M^~\N{MINUS SIGN}\N{RIGHTWARDS ARROW}",
    1.0: "@W%m\N{HORIZONTAL ELLIPSIS}",
}
WIDTHS = {char: width for width, chars in GROUPS.items() for char in chars}
OTHER, BOLD = 1.1, 1.13
"""In font sizes: any other character, and how much wider bold text is."""


def width(text: str, *, bold: bool = False) -> float:
    """The width of a text in font sizes; rather too wide than too narrow."""
    total = sum(map(_char, unicodedata.normalize("NFD", text)))
    return total * BOLD if bold else total


def widest(texts: Iterable[str], *, bold: bool = False) -> float:
    """The width of the widest of some texts, in font sizes; 0 without any."""
    return max((width(text, bold=bold) for text in texts), default=0.0)


def wrap(text: str, room: float, most: int, *, bold: bool = False) -> list[str]:
    """At most so many lines, each no wider than `room` font sizes; what does not fit is cut, and an ellipsis says so.

    Lines end between words, or within one that is wider than a line.
    """
    lines = list(_lines(text.split(), room, bold=bold)) or [""]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(f"{last}\N{HORIZONTAL ELLIPSIS}", bold=bold) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last}\N{HORIZONTAL ELLIPSIS}"]


def _lines(words: list[str], room: float, *, bold: bool) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if width(longer, bold=bold) <= room:
            line = longer
            continue
        if line:
            yield line
        *whole, line = _pieces(word, room, bold=bold)
        yield from whole
    if line:
        yield line


def _pieces(word: str, room: float, *, bold: bool) -> Iterator[str]:
    piece = ""
    for char in word:
        if piece and width(piece + char, bold=bold) > room:
            yield piece
            piece = ""
        piece += char
    yield piece


def _char(char: str) -> float:
    return WIDTHS.get(char, 0.0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else OTHER)
