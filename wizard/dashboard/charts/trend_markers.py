"""The releases and notes of the trend: numbered flags above the chart, and what each says below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wizard.dashboard.charts.scale import spread
from wizard.dashboard.charts.svg import element, em, percent
from wizard.dashboard.charts.trend_model import Marker, Trend

MOST_FLAGS = 10
APART = {"narrow": 9.6, "wide": 3.4}
"""The least distance of two flags, in percent of the width: a flag's width in the narrowest chart that looks so."""

TOP, POLE = -1.75, -0.35
"""The upper end of a flag, and the lower one, where its line begins, in em."""

HALF, MIDDLE = 0.65, -0.72
"""Half of a flag's width and height, and the baseline of its number, in em."""


@dataclass(frozen=True, slots=True)
class Mark:
    """All `markers` of one point (or of neighbours, where there are too many), at its `place` and with its title."""

    number: int
    place: int
    title: str
    markers: tuple[Marker, ...]


def marks_of(trend: Trend) -> list[Mark]:
    """The markers by the points in which they lie, at most MOST_FLAGS; those outside of the period are left out."""
    groups: list[tuple[int, list[Marker]]] = []
    for marker in sorted(trend.markers, key=lambda each: each.at_ms):
        begun = [place for place, point in enumerate(trend.points) if point.since_ms <= marker.at_ms]
        if not begun:
            continue
        if groups and groups[-1][0] == begun[-1]:
            groups[-1][1].append(marker)
        else:
            groups.append((begun[-1], [marker]))
    while len(groups) > MOST_FLAGS:
        near = min(range(len(groups) - 1), key=lambda at: groups[at + 1][0] - groups[at][0])
        groups[near][1].extend(groups.pop(near + 1)[1])
    return [
        Mark(number, place, trend.points[place].title, tuple(markers))
        for number, (place, markers) in enumerate(groups, 1)
    ]


def flags(marks: Sequence[Mark], size: int) -> Iterator[Markup]:
    """The flags of a chart with so many points, each with a line to its point, for a narrow chart and for a wide one.

    They are moved apart where they would overlap.
    """
    for look, apart in APART.items():
        yield element("g", *_flags(marks, size, apart), class_=look, aria_hidden="true")


def _flags(marks: Sequence[Mark], size: int, apart: float) -> Iterator[Markup]:
    wanted = [100 * (mark.place + 0.5) / size for mark in marks]
    for mark, point, x in zip(marks, wanted, spread(wanted, apart, 0, 100), strict=True):
        at = percent(x)
        line = element("line", x1=at, x2=percent(point), y1=em(POLE), y2="0")
        down = element("line", x1=percent(point), x2=percent(point), y2="100%")
        box = element("rect", x=em(-HALF), y=em(TOP), width=em(2 * HALF), height=em(2 * HALF), rx=em(_round(mark)))
        flag = element("svg", box, element("text", str(mark.number), y=em(MIDDLE)), x=at)
        kind = "flag note" if _round(mark) else "flag"
        words = f"{mark.title}: {'; '.join(marker.words for marker in mark.markers)}"
        href = next((marker.href for marker in mark.markers if marker.href), None)
        title = element("title", words)
        yield element("a", title, line, down, flag, class_=kind, href=href, tabindex="-1")


def marker_list(marks: Sequence[Mark]) -> Markup:
    """The markers in words, each behind its flag's number."""
    items = [
        element("li", element("b", str(mark.number)), f" {mark.title}: ", Markup("; ").join(map(_item, mark.markers)))
        for mark in marks
    ]
    return element("ul", *items, class_="markers") if items else Markup("")


def _item(marker: Marker) -> Markup:
    words = element("bdi", marker.words)
    return element("a", words, href=marker.href) if marker.href else words


def _round(mark: Mark) -> float:
    """The corners of a flag: notes alone are round, others are not."""
    return HALF if all(marker.kind == "note" for marker in mark.markers) else 0.0
