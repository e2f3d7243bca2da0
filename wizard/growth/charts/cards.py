"""Draws a page of the funnel as a card: its name, its figures in columns, an arrow for those who left."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from wizard.growth.charts.boxes import draw_box
from wizard.growth.charts.directions import FOOT, HEAD, LINE, STUB, Direction
from wizard.growth.charts.pages import Card, Row
from wizard.growth.charts.sankey import THINNEST
from wizard.growth.charts.svg import link, number, put, text_width

EDGE = 11
SHARE = 50
TITLE, SMALL = 13.5, 12.5
NARROW = 120
"""A card that is less wide has no room for what its numbers are: its name says that."""


@dataclass(frozen=True, slots=True)
class Corner:
    """Where a card is: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float
    direction: Direction


def show_card(parent: Element, card: Card, at: Corner, each: float) -> None:
    """What is seen of a card; one journey is `each` wide."""
    if card.left is not None:
        put(parent, "path", "left" if card.left else "left none", d=_arrow(card.left, at, each))
    put(parent, "rect", "card", x=at.x, y=at.y, width=at.width, height=at.height, rx=10)
    title = _fitting(card.title, at.width - 2 * EDGE, TITLE if at.width >= NARROW else SMALL)
    top = _first_row(card, at)
    put(parent, "text", "title" if at.width >= NARROW else "title small", title, x=at.x + EDGE, y=top - 8)
    for place, row in enumerate(card.rows):
        _show_row(parent, row, at, top + LINE * place + 13)


def link_card(parent: Element, card: Card, at: Corner, each: float, inside: tuple[float, float]) -> None:
    """The links over a card's rows; the arrow belongs to the row of those who left."""
    for place, row in enumerate(card.rows):
        y = _first_row(card, at) + LINE * place
        if not row.href:
            continue
        area = link(parent, row.href, f"{card.title}: {row.exact}", "row")
        head = HEAD - 4 if place == 0 else 0
        put(area, "rect", "hit", x=at.x + 4, y=y - head, width=at.width - 8, height=LINE + head, rx=5)
        if row.what == "left" and card.left is not None:
            put(area, "path", "hit", d=_arrow(card.left, at, each))
        draw_box(area, [card.title, row.exact], (at.x + at.width / 2, y), inside)


def _first_row(card: Card, at: Corner) -> float:
    """Where the rows begin: a card that is higher than its text has that in its middle."""
    return at.y + HEAD + (at.height - HEAD - FOOT - LINE * len(card.rows)) / 2


def _show_row(parent: Element, row: Row, at: Corner, y: float) -> None:
    right = at.x + at.width - EDGE
    if at.width >= NARROW:
        put(parent, "text", "what lost" if row.what == "left" else "what", row.what, x=at.x + EDGE, y=y)
        put(parent, "text", "number", row.count, x=right - SHARE if row.share or row.href else right, y=y)
    else:
        put(parent, "text", "number first", row.count, x=at.x + EDGE, y=y)
    if row.share:
        put(parent, "text", "share", row.share, x=right, y=y)


def _arrow(left: int, at: Corner, each: float) -> str:
    """As wide as those who left, out of the side along which nothing flows."""
    width = max(left * each, THINNEST)
    body = STUB - min(width / 2, 9)
    if at.direction.is_down:
        width = min(width, at.height - 2 * EDGE)
        x, y = at.x, at.y + at.height / 2 - width / 2
        return _path([(x, y), (x - body, y), (x - STUB, y + width / 2), (x - body, y + width), (x, y + width)])
    width = min(width, at.width - 2 * EDGE)
    x, y = at.x + at.width / 2 - width / 2, at.y + at.height
    return _path([(x, y), (x, y + body), (x + width / 2, y + STUB), (x + width, y + body), (x + width, y)])


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + "z"


def _fitting(text: str, width: float, size: float) -> str:
    """As much of a text as fits, with an ellipsis where it is cut."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(f"{text}\N{HORIZONTAL ELLIPSIS}", size) > width:
        text = text[:-1]
    return f"{text}\N{HORIZONTAL ELLIPSIS}"
