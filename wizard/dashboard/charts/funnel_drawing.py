"""Draws the funnel graph as SVG: first all that is seen, then over it the links, each with its tooltip."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from wizard.analytics.overview import Overview
from wizard.dashboard.charts.funnel_changes import StepChange
from wizard.dashboard.charts.funnel_layout import (
    DROP_OFF,
    FOOT,
    ROW,
    THINNEST,
    Box,
    Curve,
    Layout,
    Point,
    lay_out,
)
from wizard.dashboard.charts.funnel_model import Graph, Metric, Node, read_graph, short
from wizard.dashboard.charts.funnel_text import PADDING, SIZE, TITLE_LINE, NodeText
from wizard.dashboard.charts.svg import anchor, element, number
from wizard.dashboard.charts.text_width import widest, wrap
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Links

LINE, DETAIL_LINES, MARGIN = 18, 3, 3

HINT = "Point at a number or a path for its exact figures. Each leads to its journeys."
LEAST_SCALE = 0.78 / 16
"""The least width of a unit, in rem: where there is less room, the chart scrolls, and its text can still be read."""

MOST_ROOM = 84.0
"""The width of a tooltip's lines at most, in font sizes."""


@dataclass(frozen=True, slots=True)
class FunnelChart:
    """The graph as SVG, and as values for the legend and the table behind it."""

    svg: Markup
    graph: Graph

    @property
    def changes(self) -> Mapping[str, StepChange]:
        """How the drop-off of each question changed, by the question's title."""
        metrics = ((node.title, metric) for node in self.graph.nodes.values() for metric in node.metrics)
        return {title: metric.change for title, metric in metrics if metric.change}


def funnel(overview: Overview, names: Names, links: Links) -> FunnelChart:
    """The question funnel of an overview, each number of which is a link to the journeys behind it."""
    graph = read_graph(overview, names, links)
    return FunnelChart(_draw(graph, lay_out(graph)), graph)


def _draw(graph: Graph, layout: Layout) -> Markup:
    nodes = [(node, layout.boxes[page], layout.texts[page]) for page, node in graph.nodes.items()]
    seen = [element("path", class_=_class(curve), d=_path(curve)) for curve in layout.curves]
    seen += [part for node, box, text in nodes for part in _node(node, box, text, layout.unit)]
    seen += [_count(curve) for curve in layout.curves if curve.link.journeys]
    seen.append(element("text", HINT, class_="hint", x=MARGIN, y=layout.height + LINE))
    links = [_curve_link(curve, layout) for curve in layout.curves]
    links += [link for node, box, text in nodes for link in _metric_links(node, box, text, layout)]
    size = (layout.width, layout.height + _strip(graph, layout))
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


def _strip(graph: Graph, layout: Layout) -> float:
    """The height of the strip below the graph, in which the texts of what is pointed at are shown: they cover nothing.

    It has room for a title, and for the longest of the texts.
    """
    details = [link.detail for link in (*graph.links, *graph.other_links)]
    details += [metric.detail for node in graph.nodes.values() for metric in node.metrics]
    return LINE * (1 + max(len(_detail_lines(detail, layout)) for detail in details)) + 8


def _class(curve: Curve) -> str:
    return ("band" if curve.thickness else "arc") + ("" if curve.link.journeys else " none")


def _count(curve: Curve) -> Markup:
    return element("text", short(curve.link.journeys), class_="count", x=curve.label[0], y=curve.label[1] + 4.5)


def _node(node: Node, box: Box, text: NodeText, unit: float) -> Iterator[Markup]:
    if node.dropped is not None:
        yield element("path", class_="drop-off" if node.dropped else "drop-off none", d=_arrow(node.dropped, box, unit))
    yield element("rect", class_="node", x=box.x, y=box.y, width=box.width, height=box.height, rx=10)
    top = _first_row(node, box, text)
    title = text.title
    for place, line in enumerate(title):
        y = top - 8 - TITLE_LINE * (len(title) - 1 - place)
        yield element("text", line, class_="title", x=box.x + PADDING, y=y)
    for metric, y in _rows(node, top):
        yield from _metric(metric, box, text, y + 13.5)


def _metric(metric: Metric, box: Box, text: NodeText, y: float) -> Iterator[Markup]:
    right = box.right - PADDING
    class_ = "name lost" if metric.name == "dropped off" else "name"
    yield element("text", metric.name, class_=class_, x=box.x + PADDING, y=y)
    value_end = box.x + text.value_end if metric.detail else right
    yield element("text", metric.value, class_="value", x=value_end, y=y)
    if metric.share:
        yield element("text", metric.share, class_="share", x=right, y=y)
    for place, line in enumerate(metric.lines, 1):
        tone = metric.change.tone if metric.change else ""
        yield element("text", line, class_=f"line {tone}".strip(), x=box.x + PADDING, y=y + ROW * place)


def _rows(node: Node, top: float) -> Iterator[tuple[Metric, float]]:
    """Each metric with the upper edge of its row."""
    y = top
    for metric in node.metrics:
        yield metric, y
        y += ROW * (1 + len(metric.lines))


def _first_row(node: Node, box: Box, text: NodeText) -> float:
    """Where the metrics begin: in the middle of a node that is higher than its text."""
    return box.y + text.head + (box.height - text.head - FOOT - ROW * node.rows) / 2


def _curve_link(curve: Curve, layout: Layout) -> Markup:
    texts = (curve.link.title, curve.link.detail)
    hit = element("path", class_="hit", d=_path(curve))
    return _link(curve.link.href, texts, curve.label, layout, hit, class_=_class(curve), tabindex="-1")


def _metric_links(node: Node, box: Box, text: NodeText, layout: Layout) -> Iterator[Markup]:
    for metric, y in _rows(node, _first_row(node, box, text)):
        if not metric.detail:
            continue
        above = text.head - 5 if metric is node.metrics[0] else 0
        height = ROW * (1 + len(metric.lines)) + above
        hits = [element("rect", class_="hit", x=box.x + 4, y=y - above, width=box.width - 8, height=height, rx=5)]
        if metric.name == "dropped off" and node.dropped is not None:
            hits.append(element("path", class_="hit", d=_arrow(node.dropped, box, layout.unit)))
        at = (box.x + box.width / 2, y)
        yield _link(metric.href, (node.title, metric.detail), at, layout, *hits, class_="metric")


def _link(href: str, texts: tuple[str, str], at: Point, layout: Layout, *hits: Markup, **attributes: str) -> Markup:
    """A link over what is seen: areas to point at, and its texts below the graph, about below `at`."""
    return anchor(href, *hits, _tooltip(texts, at, layout), aria_label=": ".join(texts), **attributes)


def _tooltip(texts: tuple[str, str], at: Point, layout: Layout) -> Markup:
    """A title and its text in the strip below the graph, about below `at`; all of it inside the chart."""
    title, details = wrap(texts[0], _room(layout), 1, bold=True), _detail_lines(texts[1], layout)
    width = SIZE * max(widest(title, bold=True), widest(details))
    x = max(MARGIN, min(at[0] - width / 2, layout.width - MARGIN - width))
    rows = [
        element("text", line, class_=None if row else "title", x=x, y=layout.height + LINE * (row + 1))
        for row, line in enumerate((*title, *details))
    ]
    return element("g", *rows, class_="tooltip", aria_hidden="true")


def _detail_lines(text: str, layout: Layout) -> list[str]:
    return wrap(text, _room(layout), DETAIL_LINES)


def _room(layout: Layout) -> float:
    return min(MOST_ROOM, (layout.width - 2 * MARGIN) / SIZE)


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
