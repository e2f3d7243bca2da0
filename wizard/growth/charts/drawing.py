"""Draws a funnel that is laid out: first all that is to be seen, then links over it, each with its exact figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import Element

from wizard.conversions.edges import RESULT
from wizard.growth.charts.boxes import draw_box
from wizard.growth.charts.cards import Corner, link_card, show_card
from wizard.growth.charts.directions import Direction
from wizard.growth.charts.labels import apart
from wizard.growth.charts.pages import Page, Picture, Way
from wizard.growth.charts.sankey import Layout, Stream
from wizard.growth.charts.svg import link, number, put, svg, text_width

Point = tuple[float, float]

MARGIN = 3
ARC, ARC_APART = 14, 20
"""How far beyond all cards the first arc is led, and how far each is from the next."""

BESIDE = 22
LABEL = 12
LABEL_LINE = 16
LABEL_GAP = 10
ABOVE, HALO = 9, 4
"""How far above an arc's line its number stands, and how far from the picture's edge: digits differ in width."""


@dataclass(frozen=True)
class Drawn:
    """A way as it is drawn: its path, and where its number stands."""

    way: Way
    path: str
    mark: Point
    is_arc: bool = False


@dataclass(frozen=True)
class Drawing:
    """A picture, laid out to go in a direction."""

    picture: Picture
    layout: Layout
    direction: Direction

    def draw(self) -> Element:
        """The whole picture, its places in the units of its view box."""
        width, height = self.size
        box = f"0 0 {number(width)} {number(height)}"
        root = svg(f"funnel {self.direction.name}", view_box=box, role="group", aria_label="The questions as a graph")
        seen = put(root, "g", aria_hidden="true")
        drawn = [*self.ways, *self.arcs]
        for each in drawn:
            put(seen, "path", _class(each), d=each.path)
        for page, card in self.picture.cards.items():
            show_card(seen, card, self._corner(page), self.layout.each)
        for each in drawn:
            if each.way.journeys:
                put(seen, "text", "count", f"{each.way.journeys:,}", x=each.mark[0], y=each.mark[1] + 4)
        for each in drawn:
            area = link(root, each.way.href, ": ".join(each.way.exact), _class(each))
            put(area, "path", "hit", d=each.path)
            draw_box(area, each.way.exact, each.mark, self.size)
        for page, card in self.picture.cards.items():
            link_card(root, card, self._corner(page), self.layout.each, self.size)
        return root

    @cached_property
    def size(self) -> Point:
        """Width and height."""
        along, across = self.layout.along + 2 * MARGIN, self.layout.across + 2 * MARGIN
        return (across, along) if self.direction.is_down else (along, across + self.above)

    @cached_property
    def above(self) -> float:
        """How much room arcs take above all cards."""
        count = 0 if self.direction.is_down else len(self.picture.others)
        return ARC + ARC_APART * (count - 0.5) + ABOVE if count else 0.0

    @cached_property
    def ways(self) -> list[Drawn]:
        """The flow's own ways."""
        pairs = [(way, s) for way, s in zip(self.picture.ways, self.layout.streams, strict=True) if s is not None]
        marks = self._marks(pairs)
        return [Drawn(way, self._ribbon(stream), mark) for (way, stream), mark in zip(pairs, marks, strict=True)]

    @cached_property
    def arcs(self) -> list[Drawn]:
        """The other ways: from card to card above all, or where streams go down, into each card from beside."""
        if self.direction.is_down:
            return [self._beside(place, way) for place, way in enumerate(self.picture.others)]
        # The further one leads, the higher it is led: so they do not cross.
        return [self._over(place, way) for place, way in enumerate(sorted(self.picture.others, key=self._reach))]

    def _reach(self, way: Way) -> float:
        return abs(self._top(way.target)[0] - self._top(way.source)[0])

    def _over(self, place: int, way: Way) -> Drawn:
        begin, end = self._top(way.source), self._top(way.target)
        top = self.above + MARGIN - ARC - ARC_APART * place
        # A cubic is in its middle where three quarters of its bends and a quarter of its ends are.
        bend = (top - (begin[1] + end[1]) / 8) / 0.75
        path = f"M{_at(begin)}C{_at((begin[0], bend))} {_at((end[0], bend))} {_at(end)}"
        return Drawn(way, path, ((begin[0] + end[0]) / 2, top - ABOVE), is_arc=True)

    def _beside(self, place: int, way: Way) -> Drawn:
        before = sum(each.target == way.target for each in self.picture.others[:place])
        right = self.size[0] - 1
        mark = right - text_width(f"{way.journeys:,}", LABEL) / 2 - HALO
        if way.target not in self.picture.cards:
            x, y = self._top(way.target)
            down = y - 14 - BESIDE * before
            return Drawn(
                way, f"M{number(right)} {number(down)}H{number(x)}V{number(y)}", (mark, down - ABOVE), is_arc=True
            )
        corner = self._corner(way.target)
        y = corner.y + BESIDE * (before + 1)
        return Drawn(
            way, f"M{number(right)} {number(y)}H{number(corner.x + corner.width)}", (mark, y - ABOVE), is_arc=True
        )

    def _point(self, along: float, across: float) -> Point:
        if self.direction.is_down:
            return MARGIN + across, MARGIN + along
        return MARGIN + along, MARGIN + self.above + across

    def _corner(self, page: Page) -> Corner:
        """Where a card's upper left corner is, and how wide and high it is."""
        box = self.layout.boxes[page]
        x, y = self._point(box.begin, box.across - box.size.across / 2)
        sides = (box.size.across, box.size.along) if self.direction.is_down else (box.size.along, box.size.across)
        return Corner(x, y, *sides, self.direction)

    def _top(self, page: Page) -> Point:
        """The middle of a card's upper side; for a result without a card, of the outermost one's."""
        if page not in self.picture.cards:
            results = [each for each in self.picture.cards if each.name == RESULT]
            first = min(results, key=lambda each: self._corner(each).y)
            page = max((each for each in results if self._corner(each).y == self._corner(first).y), key=self._across)
        corner = self._corner(page)
        return corner.x + corner.width / 2, corner.y

    def _across(self, page: Page) -> float:
        return self.layout.boxes[page].across

    def _ribbon(self, stream: Stream) -> str:
        """A stream's outline: along one of its edges, and back along the other."""
        half = stream.width / 2
        there = self._edge(stream, -half)
        back = self._edge(Stream(stream.points[::-1], stream.width), half)
        return f"M{there}L{back}z"

    def _edge(self, stream: Stream, offset: float) -> str:
        """Curves and straight stretches in turn; the curves leave and arrive straight ahead."""
        points = [(along, across + offset) for along, across in stream.points]
        path = _at(self._point(*points[0]))
        for place, ((one, two), (other, another)) in enumerate(pairwise(points)):
            if place % 2:
                path += f"L{_at(self._point(other, another))}"
            else:
                middle = (one + other) / 2
                bends = (self._point(middle, two), self._point(middle, another), self._point(other, another))
                path += f"C{' '.join(map(_at, bends))}"
        return path

    def _marks(self, pairs: Sequence[tuple[Way, Stream]]) -> list[Point]:
        """Where the numbers of streams stand: in the middle of what they first cross, those beside each other apart."""
        found: dict[int, Point] = {}
        rows: dict[float, list[tuple[float, int]]] = {}
        for place, (_, stream) in enumerate(pairs):
            straight = stream.points[1:3] if len(stream.points) > 2 else stream.points  # noqa: PLR2004
            along, across = (sum(values) / 2 for values in zip(*straight, strict=True))
            rows.setdefault(along, []).append((across, place))
        for along, row in rows.items():
            row.sort()
            sides = [self._label_side(pairs[place][0]) for _, place in row]
            distances = [(one + other) / 2 for one, other in pairwise(sides)]
            lowest, highest = sides[0] / 2, self.layout.across - sides[-1] / 2
            places = apart([across for across, _ in row], distances, lowest, highest)
            found |= {place: self._point(along, at) for at, (_, place) in zip(places, row, strict=True)}
        return [found[place] for place in range(len(pairs))]

    def _label_side(self, way: Way) -> float:
        return text_width(f"{way.journeys:,}", LABEL) + LABEL_GAP if self.direction.is_down else LABEL_LINE


def _class(drawn: Drawn) -> str:
    return "arc" if drawn.is_arc else "way" if drawn.way.journeys else "way none"


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
