"""Draws a funnel that is laid out: first all that is to be seen, then links over it, each with its exact figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import Element

from wizard.growth.charts.boxes import draw_box
from wizard.growth.charts.cards import Corner, link_card, show_card
from wizard.growth.charts.directions import Direction
from wizard.growth.charts.labels import apart
from wizard.growth.charts.pages import Page, Picture, Way
from wizard.growth.charts.sankey import Layout, Stream
from wizard.growth.charts.svg import link, number, put, svg, text_width

Point = tuple[float, float]

MARGIN = 4
ARC, ARC_MORE = 36, 22
"""How far out the first of the arcs is led, and each one after it."""

LABEL = 12
LABEL_LINE = 16
LABEL_GAP = 10


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
        return (across + self.aside, along) if self.direction.is_down else (along, across + self.aside)

    @cached_property
    def aside(self) -> float:
        """How much room the arcs take: above all cards, or right of them."""
        count = len(self.picture.others)
        return 0.75 * (ARC + ARC_MORE * (count - 1)) + LABEL_LINE / 2 if count else 0.0

    @cached_property
    def ways(self) -> list[Drawn]:
        """The flow's own ways."""
        pairs = [(way, s) for way, s in zip(self.picture.ways, self.layout.streams, strict=True) if s is not None]
        marks = self._marks(pairs)
        return [Drawn(way, self._ribbon(stream), mark) for (way, stream), mark in zip(pairs, marks, strict=True)]

    @cached_property
    def arcs(self) -> list[Drawn]:
        """The other ways, led around the cards."""
        found = []
        for place, way in enumerate(self.picture.others):
            out = ARC + ARC_MORE * place
            begin, end = (self._side(page) for page in (way.source, way.target))
            if self.direction.is_down:
                far = self.layout.across + MARGIN + out
                path = _curve(begin, (far, begin[1]), (far, end[1]), end)
                mark = (0.125 * (begin[0] + end[0]) + 0.75 * far, (begin[1] + end[1]) / 2)
            else:
                far = self.aside + MARGIN - out
                path = _curve(begin, (begin[0], far), (end[0], far), end)
                mark = ((begin[0] + end[0]) / 2, 0.125 * (begin[1] + end[1]) + 0.75 * far)
            found.append(Drawn(way, path, mark, is_arc=True))
        return found

    def _point(self, along: float, across: float) -> Point:
        if self.direction.is_down:
            return MARGIN + across, MARGIN + along
        return MARGIN + along, MARGIN + self.aside + across

    def _corner(self, page: Page) -> Corner:
        """Where a card's upper left corner is, and how wide and high it is."""
        box = self.layout.boxes[page]
        x, y = self._point(box.begin, box.across - box.size.across / 2)
        sides = (box.size.across, box.size.along) if self.direction.is_down else (box.size.along, box.size.across)
        return Corner(x, y, *sides, self.direction)

    def _side(self, page: Page) -> Point:
        """Where arcs begin and end at a card: in the middle of its upper side, or its right one."""
        corner = self._corner(page)
        if self.direction.is_down:
            return corner.x + corner.width, corner.y + corner.height / 2
        return corner.x + corner.width / 2, corner.y

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


def _curve(*points: Point) -> str:
    return f"M{_at(points[0])}C{' '.join(map(_at, points[1:]))}"
