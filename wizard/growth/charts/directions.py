"""The two ways to draw the funnel, across for a wide place and down for a narrow one: how big things are in each."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.conversions.edges import RESULT, START
from wizard.growth.charts.layers import Layers, Node
from wizard.growth.charts.pages import Card, Page
from wizard.growth.charts.sankey import Room, Size

HEAD = 28
LINE = 18
FOOT = 7
STUB = 22
"""How far the arrow of those who left reaches out of a card."""


@dataclass(frozen=True, slots=True)
class Direction:
    """`name` is its class; cards are so wide. Where it `is_down`, streams go downwards, else to the right."""

    name: str
    is_down: bool
    start: float
    step: float
    result: float

    def size_of(self, page: Page, card: Card) -> Size:
        """How big a card is, with the room that its arrow takes: below it, or to the left where streams go down."""
        width = {START: self.start, RESULT: self.result}.get(page.name, self.step)
        height = HEAD + LINE * len(card.rows) + FOOT
        stub = 0 if card.left is None else STUB + 6
        return Size(height, width, low=stub) if self.is_down else Size(width, height, high=stub)

    def room(self, layers: Layers, sizes: Mapping[Node, Size]) -> Room | None:
        """How much room there is around cards; None where there are too many layers."""
        if self.is_down:
            return Room(gap=8, between=60, widest=120, edge=9, most=NARROW)
        depths = [max(sizes[spot].along for spot in layer if spot in sizes) for layer in layers.layers]
        between = max((WIDE - sum(depths)) / max(len(depths) - 1, 1), LEAST_BETWEEN)
        if sum(depths) + between * (len(depths) - 1) > WIDEST:
            return None
        return Room(gap=26, between=between, widest=110, edge=10, may_grow=True)


NARROW = 344
WIDE = 1160
WIDEST = 1420
"""Beyond it, in a usual window, texts would be too small to read."""

LEAST_BETWEEN = 56

ACROSS = Direction("across", is_down=False, start=164, step=192, result=164)
DOWN = Direction("down", is_down=True, start=192, step=192, result=108)
"""Three results fit beside each other."""


def most_in_row(page: Page, results: int) -> int:
    """How many pages like this one may stand beside each other where streams go down."""
    if page.name != RESULT:
        return 1
    return results if results <= 3 else 2  # noqa: PLR2004  # as many as are as wide as the picture
