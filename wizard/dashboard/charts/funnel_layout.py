"""Lays the funnel graph out from left to right: nodes in columns, links as bands as thick as their counts.

A link that passes columns runs below their nodes. One that leads back, or that the flow does not have, is an arc above.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from wizard.dashboard.charts.funnel_model import Graph, Link, Page
from wizard.dashboard.charts.funnel_text import NodeText, label_width, needed_width
from wizard.dashboard.charts.scale import spread
from wizard.events.transitions import RESULT

ROW, FOOT, ROW_GAP = 19, 8, 32
LEAST_COLUMN_GAP, BESIDE_LABEL = 48, 6
"""Between columns is room for the widest label, and for so much on either side of it."""

DROP_OFF = 22
"""How far the arrow of those who dropped off reaches below a node."""

THICKEST, THINNEST, CORNER = 104, 1.0, 10
"""All bands on one side of a node together, a single band, and how far they keep from the node's corners."""

LANE_GAP, LABEL_GAP = 10, 17
ARC, ARC_GAP, ARC_LABEL = 14, 22, 9
"""How far the first arc is above all nodes, each from the next, and a label above its arc."""

MARGIN = 3
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node's rectangle, and the number of the column that it is in."""

    column: int
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Curve:
    """A link's middle line, and the centre of its label.

    A band leads from point to point, each time leaving and arriving level; an arc, without `thickness`, is one cubic.
    """

    link: Link
    points: Sequence[Point]
    label: Point
    thickness: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is; `unit` is the thickness of one journey."""

    width: float
    height: float
    boxes: Mapping[Page, Box]
    texts: Mapping[Page, NodeText]
    curves: Sequence[Curve]
    unit: float


def lay_out(graph: Graph) -> Layout:
    """The layout of `graph`."""
    columns = graph.columns()
    forward = [link for link in graph.links if columns[link.source] < columns[link.target]]
    arcs = [link for link in (*graph.links, *graph.other_links) if link not in forward]
    top = MARGIN + (ARC + ARC_GAP * (len(arcs) - 0.5) + ARC_LABEL if arcs else 0)
    loads = {page: _load(page, forward) for page in graph.nodes}
    unit = THICKEST / max(1, *loads.values())
    texts = _texts(graph, columns)
    heights = {
        page: max(texts[page].head + ROW * node.rows + FOOT, loads[page] * unit + 2 * CORNER)
        for page, node in graph.nodes.items()
    }
    gap = max(LEAST_COLUMN_GAP, label_width(link.journeys for link in forward) + 2 * BESIDE_LABEL)
    boxes = _boxes(columns, texts, heights, forward, Spaces(top, gap))
    bands = _Bands(boxes, forward, unit, gap)
    width = max(box.right for box in boxes.values())
    curves = [*bands.curves(), *_arcs(arcs, boxes, top)]
    return Layout(width + MARGIN, bands.lowest + MARGIN, boxes, texts, curves, unit)


class Spaces(NamedTuple):
    """How far below the upper edge nodes are at least, and how far columns are apart."""

    top: float
    gap: float


def _texts(graph: Graph, columns: Mapping[Page, int]) -> dict[Page, NodeText]:
    """The texts of the nodes; those of one column are as wide as the widest of them needs."""
    widths: dict[int, float] = {}
    for page, node in graph.nodes.items():
        widths[columns[page]] = max(widths.get(columns[page], 0), needed_width(node))
    return {page: NodeText(node, widths[columns[page]]) for page, node in graph.nodes.items()}


def _load(page: Page, links: Sequence[Link]) -> int:
    """How many journeys come to a node or go on from it, whichever is more."""
    coming = sum(link.journeys for link in links if link.target == page)
    return max(coming, sum(link.journeys for link in links if link.source == page))


def _boxes(
    columns: Mapping[Page, int],
    texts: Mapping[Page, NodeText],
    heights: Mapping[Page, float],
    links: Sequence[Link],
    spaces: Spaces,
) -> dict[Page, Box]:
    """The boxes: columns centred on one line, each in the order of the nodes that lead there: few bands cross."""
    boxes: dict[Page, Box] = {}
    grid = [[page for page in columns if columns[page] == column] for column in sorted({*columns.values()})]
    lengths = [sum(heights[page] + ROW_GAP for page in pages) for pages in grid]

    def mean_source(page: Page) -> float:
        sources = [link.source for link in links if link.target == page]
        # Bands that pass columns come from below.
        middles = [
            boxes[each].middle if columns[each] == columns[page] - 1 else spaces.top + max(lengths) for each in sources
        ]
        return sum(middles) / len(middles) if middles else 0.0

    x = float(MARGIN)
    for pages, length in zip(grid, lengths, strict=True):
        y = spaces.top + (max(lengths) - length) / 2
        for page in sorted(pages, key=mean_source):
            boxes[page] = Box(columns[page], x, y, texts[page].width, heights[page])
            y += heights[page] + ROW_GAP
        x = max(boxes[page].right for page in pages) + spaces.gap
    return boxes


class _Bands:
    """The bands of links that lead to a later column."""

    def __init__(self, boxes: Mapping[Page, Box], links: Sequence[Link], unit: float, gap: float) -> None:
        self.boxes, self.links, self.gap = boxes, links, gap
        self.thickness = {link: max(link.journeys * unit, THINNEST) for link in links}
        by_bottom = sorted(boxes.values(), key=lambda box: box.bottom)
        bottoms = {box.column: box.bottom + DROP_OFF for box in by_bottom}
        self.lanes = dict(self._lanes(bottoms))
        self.lowest = max(bottoms.values())

    def curves(self) -> Iterator[Curve]:
        leaves = self._ports(attrgetter("source"), attrgetter("target"))
        arrives = self._ports(attrgetter("target"), attrgetter("source"))
        lines: dict[Link, Sequence[Point]] = {}
        for link in self.links:
            begin, end = (self.boxes[link.source].right, leaves[link]), (self.boxes[link.target].x, arrives[link])
            lines[link] = (begin, *self.lanes.get(link, ()), end)
        labels = _labels(lines, self.gap)
        return (Curve(link, lines[link], labels[link], self.thickness[link]) for link in self.links)

    def _lanes(self, bottoms: dict[int, float]) -> Iterator[tuple[Link, tuple[Point, Point]]]:
        """The level stretches of links that pass columns: below those, whose `bottoms` they move down."""
        ends = [(link, self.boxes[link.source].column, self.boxes[link.target].column) for link in self.links]
        for link, begin, end in sorted(ends, key=lambda each: each[2] - each[1]):
            if passed := [box for box in self.boxes.values() if begin < box.column < end]:
                y = max(bottoms[box.column] for box in passed) + LANE_GAP + self.thickness[link] / 2
                bottoms |= {box.column: y + self.thickness[link] / 2 for box in passed}
                yield link, ((min(box.x for box in passed), y), (max(box.right for box in passed), y))

    def _ports(self, at: Callable[[Link], Page], to: Callable[[Link], Page]) -> dict[Link, float]:
        """Where each band's middle is at one of its ends: below each other, in the order of where they lead."""

        def leading(link: Link) -> float:
            return self.lanes[link][0][1] if link in self.lanes else self.boxes[to(link)].middle

        free = {page: box.middle for page, box in self.boxes.items()}
        for link in self.links:
            free[at(link)] -= self.thickness[link] / 2
        ports: dict[Link, float] = {}
        for link in sorted(self.links, key=leading):
            ports[link] = free[at(link)] + self.thickness[link] / 2
            free[at(link)] += self.thickness[link]
        return ports


def _labels(lines: Mapping[Link, Sequence[Point]], gap: float) -> dict[Link, Point]:
    """The centre of each band's label: half way to the next column, spread where bands are close together."""
    wanted = {link: (points[0][0], (points[0][1] + points[1][1]) / 2) for link, points in lines.items()}
    found: dict[Link, Point] = {}
    for x, group in groupby(sorted(lines, key=lambda link: wanted[link]), key=lambda link: wanted[link][0]):
        links = tuple(group)
        places = spread([wanted[link][1] for link in links], LABEL_GAP)
        found |= {link: (x + gap / 2, y) for link, y in zip(links, places, strict=True)}
    return found


def _arcs(links: Sequence[Link], boxes: Mapping[Page, Box], top: float) -> Iterator[Curve]:
    """Arcs above all nodes; the further one leads, the higher it is, so that they do not cross."""
    highest_result = min((box for page, box in boxes.items() if page.name == RESULT), key=lambda box: box.y)
    ends = [(link, boxes[link.source], boxes.get(link.target, highest_result)) for link in links]
    ends.sort(key=lambda each: abs(each[2].x - each[1].x))
    for number, (link, source, target) in enumerate(ends):
        y = top - ARC - ARC_GAP * number
        # A cubic is in its middle where three quarters of its control points and a quarter of its ends are.
        control = (y - (source.y + target.y) / 8) / 0.75
        begin, end = source.x + source.width / 2, target.x + target.width / 2
        points = ((begin, source.y), (begin, control), (end, control), (end, target.y))
        yield Curve(link, points, ((begin + end) / 2, y - ARC_LABEL))
