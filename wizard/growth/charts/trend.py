"""The trend by day: how many viewed, started, finished, clicked through and converted, each named at its line."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

from markupsafe import Markup

from wizard.growth.charts.buckets import METRICS, Bucket, in_buckets, unit_of
from wizard.growth.charts.labels import apart, date_ticks
from wizard.growth.charts.plot import HEIGHT, Plot, lay_out
from wizard.growth.charts.single import draw_single
from wizard.growth.charts.svg import link, markup, number, put, svg
from wizard.growth.charts.tips import IN_PART, MARKS, SO_FAR, prepare, said
from wizard.growth.names import METRIC_NAMES
from wizard.growth.overview.days import Day

Href = Callable[[str, str], str]
"""The address of what lies between two dates, both included."""

LABEL_DISTANCE = 18
BELOW = 22
FLIPS = 0.7
"""From where on, across the plot, there is more room to the left of a day: on a phone, too, with the lines' names."""

MOST_STOPS = 31
"""At most so many of the links can be tabbed to; all of them can be pointed at."""


def trend(days: Sequence[Day], href: Href, *, open_last: bool = False) -> Markup:
    """The trend over `days`, which are in order and without gaps; `open_last` where the last is not over yet.

    There may be up to 3,660 of them; without any there is no picture.
    """
    if not days:
        return Markup()
    buckets = in_buckets(days)
    if len(buckets) == 1:
        return markup(draw_single(buckets[0], href(str(buckets[0].first), str(buckets[0].last)), open_last=open_last))
    plot = lay_out([[bucket.counts[place] for bucket in buckets] for place in range(len(METRICS))])
    unit = unit_of(len(days))
    name = f"By {unit}, {buckets[0].name} to {buckets[-1].name}"
    root = svg("trend", width="100%", height=HEIGHT, role="group", aria_label=name)
    _scale(root, plot)
    _dates(root, plot, buckets, len(days))
    _lines(root, plot, [not bucket.whole for bucket in buckets[:-1]] + [open_last or not buckets[-1].whole])
    _ends(root, plot)
    _buckets(root, plot, buckets, href, open_last=open_last)
    return markup(root)


def _scale(root: Element, plot: Plot) -> None:
    scale = put(root, "g", "scale", aria_hidden="true")
    for name, y in plot.scale:
        put(scale, "line", "" if name != "0" else "zero", x1="0", x2="100%", y1=y, y2=y)
        put(scale, "text", "", name, x=-10, y=y + 4)


def _dates(root: Element, plot: Plot, buckets: Sequence[Bucket], days: int) -> None:
    dates = put(root, "g", "dates", aria_hidden="true")
    for place, name, fits in date_ticks(buckets, days):
        put(dates, "text", "" if fits else "roomy", name, x=_across(plot, place), y=HEIGHT + BELOW)


def _lines(root: Element, plot: Plot, is_open: Sequence[bool]) -> None:
    """The lines, stretched to whatever room there is; a stretch that ends where not all is in yet is drawn lighter."""
    box = f"0 0 {number(plot.width)} {number(plot.height)}"
    lines = put(root, "svg", "lines", width="100%", height=HEIGHT, view_box=box, aspect="none", aria_hidden="true")
    first = 1 if is_open[0] else 0
    last = len(is_open) - (1 if is_open[-1] else 0)
    for metric, points in zip(METRICS, plot.lines, strict=True):
        drawn = [f"{number(x)} {number(y)}" for x, y in points]
        parts = {"open": drawn[: first + 1], "": drawn[first:last], "open ": drawn[last - 1 :]}
        for state, part in parts.items():
            if len(part) > 1:
                put(lines, "path", f"line {metric} {state}".strip(), d=f"M{' '.join(part)}")


def _ends(root: Element, plot: Plot) -> None:
    """Each line's name beside its end, or as near to that as the others let it be."""
    ends = put(root, "g", "ends", aria_hidden="true")
    at = [points[-1][1] for points in plot.lines]
    # Where lines end together, the one that counts more comes first.
    order = sorted(range(len(at)), key=lambda place: (at[place], place))
    names = apart([at[place] for place in order], [LABEL_DISTANCE] * (len(at) - 1), 4, HEIGHT - 4)
    for place, y in zip(order, names, strict=True):
        metric = METRICS[place]
        dot = put(ends, "svg", "", x=_across(plot, len(plot.lines[0]) - 1), y=at[place], overflow="visible")
        put(dot, "path", f"mark {metric}", d=MARKS[metric])
        name = put(ends, "svg", "", x="100%", y=y, overflow="visible")
        put(name, "path", f"mark {metric}", d=MARKS[metric], transform="translate(8 0)")
        put(name, "text", metric, METRIC_NAMES[metric], x=18, y=4)


def _buckets(root: Element, plot: Plot, buckets: Sequence[Bucket], href: Href, *, open_last: bool) -> None:
    """For each bucket a link as high as the picture, which shows its figures while it is pointed at or has focus."""
    every = -(-len(buckets) // MOST_STOPS)
    tips = prepare(root, buckets)
    for place, (bucket, (left, right)) in enumerate(zip(buckets, _reaches(plot), strict=True)):
        note = SO_FAR if open_last and place == len(buckets) - 1 else "" if bucket.whole else IN_PART
        day = link(root, href(str(bucket.first), str(bucket.last)), said(bucket, note), "day")
        if (len(buckets) - 1 - place) % every:
            day.set("tabindex", "-1")
        x = _across(plot, place)
        put(day, "rect", "hit", x=f"{number(left)}%", width=f"{number(right - left)}%", height=HEIGHT + BELOW + 6)
        put(day, "line", "", x1=x, x2=x, y2=HEIGHT)
        for metric, points in zip(METRICS, plot.lines, strict=True):
            put(day, "circle", metric, cx=x, cy=points[place][1], r=3.5)
        tips.draw(day, bucket, note, x, flips=plot.lines[0][place][0] > plot.width * FLIPS)


def _reaches(plot: Plot) -> Iterator[tuple[float, float]]:
    """From where to where, in percent, a bucket is the nearest."""
    across = [100 * x / plot.width for x, _ in plot.lines[0]]
    borders = [0.0, *((one + other) / 2 for one, other in pairwise(across)), 100.0]
    return pairwise(borders)


def _across(plot: Plot, place: int) -> str:
    return f"{100 * plot.lines[0][place][0] / plot.width:.2f}%"
