"""Draws one figure over time beside the period before: what `draw` returns is SVG, its legend, and its table.

Places are percentages of the chart, and text is sized in em: it fits any width, and follows the reader's text size.
What is pointed at is shown in a place of its own above the chart, so that it covers nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from wizard.dashboard.charts.scale import abbreviate, ticks
from wizard.dashboard.charts.svg import element, em, number, percent
from wizard.dashboard.charts.trend_axis import axis_labels
from wizard.dashboard.charts.trend_markers import flags, marker_list, marks_of
from wizard.dashboard.charts.trend_model import Point, Trend
from wizard.dashboard.charts.trend_table import table
from wizard.dashboard.labels import DASH

HATCHING = "trend-hatching"
MOST_TAB_STOPS = 8
"""The table has a link for each point besides."""

READOUT, READOUT_ROW = -5.2, 1.45
"""The first row of the place above the chart, and the distance of its rows, in em."""

SAMPLE = 2.2
"""The width of a line's sample with its gap, in em."""


@dataclass(frozen=True, slots=True)
class Plot:
    """The linear scales that place points and counts."""

    size: int
    ticks: Sequence[int]

    def x(self, place: float) -> float:
        """The middle of a point, in percent of the width."""
        return 100 * (place + 0.5) / self.size

    def y(self, count: int) -> float:
        """The place of a count, in percent of the height."""
        return 100 - 100 * count / self.ticks[-1]

    def at(self, place: int, count: int) -> str:
        """Both, for a path."""
        return f"{number(self.x(place))} {number(self.y(count))}"


def draw(trend: Trend) -> Markup:
    """The chart, its legend, its markers in words, and its table; empty where there are no points."""
    if not trend.points:
        return Markup("")
    counts = [count for each in trend.points for count in (each.count, each.before) if count is not None]
    plot = Plot(len(trend.points), ticks(max(counts, default=0)))
    marks = marks_of(trend)
    name = f"{trend.name} by {trend.unit}, {trend.points[0].title} to {trend.points[-1].title}, and {trend.than}"
    svg = element(
        "svg",
        _hatching(trend, plot),
        _value_axis(plot),
        _date_axis(trend, plot),
        _lines(trend, plot),
        _end(trend, plot),
        _latest(trend),
        *_points(trend, plot),
        *(flags(marks, plot.size) if marks else ()),
        class_="trend flagged" if marks else "trend",
        role="group",
        aria_label=name,
    )
    empty = Markup("") if any(counts) else element("p", "None in this period, and none before.", class_="note")
    return Markup("").join((svg, _legend(trend), empty, marker_list(marks), table(trend, name)))


def _hatching(trend: Trend, plot: Plot) -> Markup:
    """Columns of points that may still grow, hatched from top to bottom."""
    line = element("path", d="M-2 2 2-2M0 8 8 0M6 10 10 6")
    parts = [element("pattern", line, id=HATCHING, pattern_units="userSpaceOnUse", width=8, height=8)]
    for is_immature, group in groupby(enumerate(trend.points), lambda each: each[1].is_immature):
        if is_immature:
            places = [place for place, _ in group]
            left, width = 100 * places[0] / plot.size, 100 * len(places) / plot.size
            parts.append(
                element("rect", x=percent(left), width=percent(width), height="100%", fill=f"url(#{HATCHING})")
            )
    return element("g", *parts, class_="immature", aria_hidden="true") if len(parts) > 1 else Markup("")


def _value_axis(plot: Plot) -> Markup:
    parts = []
    for tick in plot.ticks:
        y = percent(plot.y(tick))
        parts.append(element("line", class_=None if tick else "zero", x2="100%", y1=y, y2=y))
        parts.append(element("text", abbreviate(tick), y=y, dx="-.8em", dy=".35em"))
    return element("g", *parts, class_="value-axis", aria_hidden="true")


def _date_axis(trend: Trend, plot: Plot) -> Markup:
    labels = []
    for place, is_narrow in axis_labels(trend):
        x, (first, *more) = percent(plot.x(place)), trend.points[place].label.split("\n")
        lines = [element("tspan", text, x=x, dy="1.25em") for text in more]
        class_ = None if is_narrow else "wide"
        labels.append(element("text", first, *lines, class_=class_, x=x, y="100%", dy="1.6em"))
    return element("g", *labels, class_="date-axis", aria_hidden="true")


def _lines(trend: Trend, plot: Plot) -> Markup:
    """The line of the period before, and over it this period's, dashed where not all is counted, with its area."""
    before = [plot.at(place, each.before) for place, each in enumerate(trend.points) if each.before is not None]
    now = [plot.at(place, each.count) for place, each in enumerate(trend.points) if each.count is not None]
    paths = [element("path", class_="line before", d=f"M{' '.join(before)}")] if len(before) > 1 else []
    segments = [bool(trend.points[place].note or trend.points[place + 1].note) for place in range(len(now) - 1)]
    for is_open, group in groupby(enumerate(segments), lambda each: each[1]):
        places = [place for place, _ in group]
        part = " ".join(now[places[0] : places[-1] + 2])
        if not is_open:
            left, right = number(plot.x(places[0])), number(plot.x(places[-1] + 1))
            paths.append(element("path", class_="area", d=f"M{left} 100 {part} {right} 100z"))
        paths.append(element("path", class_="line now open" if is_open else "line now", d=f"M{part}"))
    return element("svg", *paths, view_box="0 0 100 100", aspect="none", aria_hidden="true")


def _end(trend: Trend, plot: Plot) -> Markup:
    """The last point that has begun: hollow where it is not over."""
    place, point = _last(trend)
    if point.count is None:
        return Markup("")
    class_ = "end open" if point.note else "end"
    return element("circle", class_=class_, cx=percent(plot.x(place)), cy=percent(plot.y(point.count)), r=4)


def _last(trend: Trend) -> tuple[int, Point]:
    begun = [(place, each) for place, each in enumerate(trend.points) if each.count is not None]
    return begun[-1] if begun else (0, trend.points[0])


def _latest(trend: Trend) -> Markup:
    """What the place above the chart shows while nothing is pointed at."""
    return element("g", *_readout(_last(trend)[1], trend), class_="readout latest", aria_hidden="true")


def _readout(point: Point, trend: Trend) -> Iterator[Markup]:
    """A point in words: its title, its count, and that of the period before, each with a sample of its line."""
    yield element("text", point.full_title, class_="title", y=em(READOUT))
    rows = [("now open" if point.note else "now", _count(point.count), trend.name.lower())]
    if point.before is not None:
        rows.append(("before", _count(point.before), point.before_title))
    for row, (class_, count, words) in enumerate(rows, 1):
        y = READOUT + READOUT_ROW * row
        yield element("line", class_=f"line {class_}", x2=em(SAMPLE - 0.5), y1=em(y - 0.35), y2=em(y - 0.35))
        yield element("text", element("tspan", count, class_="count"), f" {words}", x=em(SAMPLE), y=em(y))


def _points(trend: Trend, plot: Plot) -> Iterator[Markup]:
    """For each point a link as high as the chart, which shows its figures while it is pointed at or has focus."""
    every = -(-plot.size // MOST_TAB_STOPS)
    last, _ = _last(trend)
    for place, point in enumerate(trend.points):
        x = percent(plot.x(place))
        left, width = percent(100 * place / plot.size), percent(100 / plot.size)
        parts = [
            element("rect", class_="hit", x=left, width=width, height="100%"),
            element("line", class_="at", x1=x, x2=x, y2="100%"),
        ]
        for class_, count in (("before", point.before), ("now", point.count)):
            if count is not None:
                parts.append(element("circle", class_=class_, cx=x, cy=percent(plot.y(count)), r=4))
        parts.append(element("g", *_readout(point, trend), class_="readout", aria_hidden="true"))
        is_stop = point.href and (last - place) % every == 0
        yield element(
            "a",
            *parts,
            class_="day",
            href=point.href or None,
            aria_label=_words(point, trend),
            role=None if point.href else "img",
            tabindex=None if is_stop or not point.href else "-1",
        )


def _words(point: Point, trend: Trend) -> str:
    before = f"; {point.before_title}: {point.before:,}" if point.before is not None else ""
    growing = f" ({trend.immature.lower()})" if point.is_immature else ""
    return f"{point.full_title}: {trend.name.lower()} {_count(point.count)}{growing}{before}"


def _count(count: int | None) -> str:
    return DASH if count is None else f"{count:,}"


def _legend(trend: Trend) -> Markup:
    """What each line, dash and hatching means."""
    note = next((each.note for each in reversed(trend.points) if each.note), "")
    items = [("now", trend.name)]
    if any(each.before is not None for each in trend.points):
        items.append(("before", trend.than.capitalize()))
    if note:
        items.append(("now open", note.capitalize()))
    rows = [
        element("li", element("svg", element("line", class_=f"line {class_}", x2=26, y1=6, y2=6), **_SIZE), text)
        for class_, text in items
    ]
    if any(each.is_immature for each in trend.points):
        swatch = element("rect", class_="swatch", width=26, height=12, fill=f"url(#{HATCHING})")
        rows.append(element("li", element("svg", swatch, **_SIZE), trend.immature))
    return element("ul", *rows, class_="series")


_SIZE: dict[str, str | float | None] = {"width": 26, "height": 12, "aria_hidden": "true"}
