"""Draws the funnel graph as SVG: first all that is seen, then over it the links, each with its tooltip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from markupsafe import Markup

from wizard.analytics.overview import Overview
from wizard.dashboard.charts.funnel_layout import (
    DROP_OFF,
    FOOT,
    HEAD,
    ROW,
    THINNEST,
    Box,
    Curve,
    Layout,
    Point,
    lay_out,
)
from wizard.dashboard.charts.funnel_model import Graph, Metric, Node, read_graph, short
from wizard.dashboard.charts.svg import anchor, element, number, text_width
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Links

PADDING, SHARE_WIDTH, TITLE_CHARACTERS = 11, 52, 20
TOOLTIP_SIZE, TOOLTIP_LINE, TOOLTIP_PADDING, TOOLTIP_DISTANCE = 13, 18, 10, 12
TOOLTIP_CHARACTERS, TOOLTIP_LINES = 64, 3
LEAST_SCALE = 0.7 / 16
"""The least width of a unit, in rem: where there is less room, the chart scrolls, and its text can still be read."""


@dataclass(frozen=True, slots=True)
class FunnelChart:
    """The graph as SVG, and as values for the legend and the table behind it."""

    svg: Markup
    graph: Graph


def funnel(overview: Overview, names: Names, links: Links) -> FunnelChart:
    """The question funnel of an overview, each number of which is a link to the journeys behind it."""
    graph = read_graph(overview, names, links)
    return FunnelChart(_draw(graph, lay_out(graph)), graph)


def _draw(graph: Graph, layout: Layout) -> Markup:
    nodes = [(node, layout.boxes[page]) for page, node in graph.nodes.items()]
    seen = [element("path", class_=_class(curve), d=_path(curve)) for curve in layout.curves]
    seen += [part for node, box in nodes for part in _node(node, box, layout.unit)]
    seen += [_count(curve) for curve in layout.curves if curve.link.journeys]
    links = [_curve_link(curve, layout) for curve in layout.curves]
    links += [link for node, box in nodes for link in _metric_links(node, box, layout)]
    size = (layout.width, layout.height)
    return element(
        "svg",
        element("g", *seen, aria_hidden="true"),
        *links,
        class_="funnel",
        view_box=f"0 0 {' '.join(map(number, size))}",
        width=f"{number(LEAST_SCALE * layout.width)}rem",
        role="group",
        aria_label="Question funnel as a graph",
    )


def _class(curve: Curve) -> str:
    return ("band" if curve.thickness else "arc") + ("" if curve.link.journeys else " none")


def _count(curve: Curve) -> Markup:
    return element("text", short(curve.link.journeys), class_="count", x=curve.label[0], y=curve.label[1] + 4.5)


def _node(node: Node, box: Box, unit: float) -> Iterator[Markup]:
    if node.dropped is not None:
        yield element("path", class_="drop-off" if node.dropped else "drop-off none", d=_arrow(node.dropped, box, unit))
    yield element("rect", class_="node", x=box.x, y=box.y, width=box.width, height=box.height, rx=10)
    top = _first_row(node, box)
    yield element("text", _lines(node.title, TITLE_CHARACTERS, 1)[0], class_="title", x=box.x + PADDING, y=top - 8)
    for place, metric in enumerate(node.metrics):
        yield from _metric(metric, box, top + ROW * place + 13.5)


def _metric(metric: Metric, box: Box, y: float) -> Iterator[Markup]:
    right = box.right - PADDING
    class_ = "name lost" if metric.name == "dropped off" else "name"
    yield element("text", metric.name, class_=class_, x=box.x + PADDING, y=y)
    yield element("text", metric.value, class_="value", x=right - SHARE_WIDTH if metric.detail else right, y=y)
    if metric.share:
        yield element("text", metric.share, class_="share", x=right, y=y)


def _first_row(node: Node, box: Box) -> float:
    """Where the metrics begin: in the middle of a node that is higher than its text."""
    return box.y + HEAD + (box.height - HEAD - FOOT - ROW * len(node.metrics)) / 2


def _curve_link(curve: Curve, layout: Layout) -> Markup:
    texts = (curve.link.title, curve.link.detail)
    hit = element("path", class_="hit", d=_path(curve))
    return _link(curve.link.href, texts, curve.label, layout, hit, class_=_class(curve))


def _metric_links(node: Node, box: Box, layout: Layout) -> Iterator[Markup]:
    for place, metric in enumerate(node.metrics):
        if not metric.detail:
            continue
        y = _first_row(node, box) + ROW * place
        above = 0 if place else HEAD - 5
        hits = [element("rect", class_="hit", x=box.x + 4, y=y - above, width=box.width - 8, height=ROW + above, rx=5)]
        if metric.name == "dropped off" and node.dropped is not None:
            hits.append(element("path", class_="hit", d=_arrow(node.dropped, box, layout.unit)))
        at = (box.x + box.width / 2, y)
        yield _link(metric.href, (node.title, metric.detail), at, layout, *hits, class_="metric")


def _link(href: str, texts: tuple[str, str], at: Point, layout: Layout, *hits: Markup, class_: str) -> Markup:
    """A link over what is seen: areas to point at, and a tooltip near `at`."""
    return anchor(href, *hits, _tooltip(texts, at, layout), class_=class_, aria_label=": ".join(texts))


def _tooltip(texts: Sequence[str], at: Point, layout: Layout) -> Markup:
    """A box above `at`, or below it where there is no room; all of it inside the chart."""
    lines = [line for text in texts for line in _lines(text, TOOLTIP_CHARACTERS, TOOLTIP_LINES)]
    width = TOOLTIP_SIZE * text_width(lines) + 2 * TOOLTIP_PADDING
    height = TOOLTIP_LINE * len(lines) + TOOLTIP_PADDING
    x = min(max(at[0] - width / 2, 1), layout.width - width - 1)
    above = at[1] - TOOLTIP_DISTANCE - height
    y = above if above >= 1 else min(at[1] + TOOLTIP_DISTANCE, layout.height - height - 1)
    box = element("rect", x=x, y=y, width=width, height=height, rx=7)
    rows = [
        element("text", line, class_=None if row else "title", x=x + TOOLTIP_PADDING, y=y + 18.5 + TOOLTIP_LINE * row)
        for row, line in enumerate(lines)
    ]
    return element("g", box, *rows, class_="tooltip", aria_hidden="true")


def _lines(text: str, characters: int, most: int) -> list[str]:
    return wrap(text, characters, max_lines=most, placeholder="…")


def _path(curve: Curve) -> str:
    if not curve.thickness:
        begin, *rest = map(_at, curve.points)
        return f"M{begin}C{' '.join(rest)}"
    half = curve.thickness / 2
    upper = [(x, y - half) for x, y in curve.points]
    lower = [(x, y + half) for x, y in reversed(curve.points)]
    return f"M{_edge(upper)}L{_edge(lower)}z"


def _edge(points: Sequence[Point]) -> str:
    path = _at(points[0])
    for (x, y), (next_x, next_y) in pairwise(points):
        middle = (x + next_x) / 2
        path += f"C{_at((middle, y))} {_at((middle, next_y))} {_at((next_x, next_y))}"
    return path


def _arrow(dropped: int, box: Box, unit: float) -> str:
    """Down from the middle of a node, as thick as a band of as many journeys."""
    half = min(max(dropped * unit, THINNEST), box.width - 2 * PADDING) / 2
    middle, tip = box.x + box.width / 2, box.bottom + DROP_OFF
    left, right, shaft = middle - half, middle + half, tip - min(half, 9)
    points = ((left, box.bottom), (left, shaft), (middle, tip), (right, shaft), (right, box.bottom))
    return f"M{'L'.join(map(_at, points))}z"


def _at(point: Point) -> str:
    return " ".join(map(number, point))
