"""Draws the trend: a line for each stage over days, weeks or months, or bars for a single day.

Places are percentages of the chart, and text is sized in em: it fits any width, and follows the reader's text size.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wizard.analytics.daily import Day
from wizard.analytics.stages import TREND
from wizard.dashboard.charts.scale import abbreviate, spread, ticks
from wizard.dashboard.charts.svg import anchor, element, em, number, percent, text_width
from wizard.dashboard.charts.trend_buckets import Bucket, date_labels, to_buckets, unit_of
from wizard.dashboard.labels import METRIC_NAMES

Href = Callable[[str, str], str]
"""The address of what lies between two dates, both included."""

SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.5-3.5h7v7h-7z",
    "M0-4.8 4.8 3.6H-4.8z",
    "M0-5 5 0 0 5-5 0z",
    "M-4.8-3.6H4.8L0 4.8z",
    "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    "M-2.3-4h4.6L4.6 0 2.3 4h-4.6L-4.6 0z",
)
MARKS = dict(zip(TREND, SHAPES, strict=False))
"""A shape for each line, in the order of the lines: none is known by its colour alone."""

LABEL_DISTANCE = 7.5
"""Between the labels of lines, in percent of the height."""

FLIP_FROM, CENTRAL = 50, range(33, 67)
"""From where on, in percent of the width, a tooltip is left of its bucket; and where a narrow chart centres it."""

MOST_TAB_STOPS = 31
TOOLTIP = "trend-tooltip"
EDGE, LINE, FIRST_ROW = 0.9, 1.45, 3.7
"""The tooltip's padding, its line height, and the first row's baseline, in em."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Buckets, and the linear scales that place them."""

    buckets: Sequence[Bucket]
    ticks: Sequence[int]

    def x(self, place: int) -> float:
        """The middle of a bucket, in percent of the width."""
        return 100 * (place + 0.5) / len(self.buckets)

    def y(self, count: int) -> float:
        """The place of a count, in percent of the height."""
        return 100 - 100 * count / self.ticks[-1]


def trend(days: Sequence[Day], href: Href, *, open_last: bool = False) -> Markup:
    """The trend over `days`, which are in order and without gaps; with `open_last`, the last one is still running.

    Beyond 120 days it is by week, beyond two years by month. Each bucket links to `href` of its first and last day.
    """
    buckets = to_buckets(days, open_last=open_last)
    if len(buckets) <= 1:
        return Markup("").join(_bars(bucket, href) for bucket in buckets)
    plot = Plot(buckets, ticks(max(max(bucket.counts) for bucket in buckets)))
    unit = unit_of(len(days))
    axes = [_value_axis(plot), _date_axis(plot, unit)]
    name = f"By {unit}, {buckets[0].title} to {buckets[-1].title}"
    children = [*axes, _lines(plot), _line_labels(plot), *_bucket_links(plot, href)]
    return element("svg", *children, class_="trend", role="group", aria_label=name) + _legend()


def _value_axis(plot: Plot) -> Markup:
    parts = []
    for tick in plot.ticks:
        y = percent(plot.y(tick))
        parts.append(element("line", class_=None if tick else "zero", x2="100%", y1=y, y2=y))
        parts.append(element("text", abbreviate(tick), y=y, dx="-.8em", dy=".35em"))
    return element("g", *parts, class_="value-axis", aria_hidden="true")


def _date_axis(plot: Plot, unit: str) -> Markup:
    labels = [
        element("text", text, x=percent(plot.x(place)), y="100%", dy="1.9em")
        for place, text in date_labels(plot.buckets, unit)
    ]
    return element("g", *labels, class_="date-axis", aria_hidden="true")


def _lines(plot: Plot) -> Markup:
    """The lines; a stretch that ends where not all days are counted is drawn lighter."""
    first, last = bool(plot.buckets[0].note), len(plot.buckets) - bool(plot.buckets[-1].note)
    stretches = (("open", slice(0, first + 1)), ("", slice(first, last)), ("open", slice(last - 1, None)))
    paths = []
    for place, metric in enumerate(TREND):
        points = [f"{number(plot.x(at))} {number(plot.y(each.counts[place]))}" for at, each in enumerate(plot.buckets)]
        for state, stretch in stretches:
            if len(part := points[stretch]) > 1:
                paths.append(element("path", class_=f"line {metric} {state}".strip(), d=f"M{' '.join(part)}"))
    return element("svg", *paths, view_box="0 0 100 100", aspect="none", aria_hidden="true")


def _line_labels(plot: Plot) -> Markup:
    """Each line's mark at its end, and beside it the mark and its name, spread where lines end close together."""
    end = percent(plot.x(len(plot.buckets) - 1))
    ends = {metric: plot.y(count) for metric, count in zip(TREND, plot.buckets[-1].counts, strict=True)}
    order = sorted(TREND, key=lambda metric: ends[metric])
    places = spread([ends[metric] for metric in order], LABEL_DISTANCE, 2, 98)
    parts = []
    for metric, y in zip(order, places, strict=True):
        parts.append(element("svg", _mark(metric), x=end, y=percent(ends[metric]), class_="end"))
        name = element("text", METRIC_NAMES[metric], class_=metric, x="1.6em", dy=".35em")
        parts.append(element("svg", _mark(metric, "translate(8 0)"), name, x="100%", y=percent(y), class_="label"))
    return element("g", *parts, class_="line-labels", aria_hidden="true")


def _mark(metric: str, transform: str | None = None) -> Markup:
    return element("path", class_=f"mark {metric}", d=MARKS[metric], transform=transform)


def _legend() -> Markup:
    """The marks and names below the chart, where there is no room for labels beside it."""
    items = [
        element("li", element("svg", _mark(metric), view_box="-6 -6 12 12", aria_hidden="true"), METRIC_NAMES[metric])
        for metric in TREND
    ]
    return element("ul", *items, class_="series")


def _bucket_links(plot: Plot, href: Href) -> Iterator[Markup]:
    """For each bucket a link as high as the chart, which shows its tooltip while it is pointed at or has focus."""
    width = _tooltip_width(plot.buckets)
    yield _tooltip_box(width)
    every = -(-len(plot.buckets) // MOST_TAB_STOPS)
    for place, bucket in enumerate(plot.buckets):
        x = percent(plot.x(place))
        marks = [
            element("circle", class_=metric, cx=x, cy=percent(plot.y(count)), r=3.5)
            for metric, count in zip(TREND, bucket.counts, strict=True)
        ]
        left = percent(100 * place / len(plot.buckets))
        hit = element("rect", class_="hit", x=left, width=percent(100 / len(plot.buckets)), height="112%")
        yield _link(
            bucket, href, hit, element("line", x1=x, x2=x, y2="100%"), *marks, _tooltip(plot, place, width),
            tabindex="-1" if (len(plot.buckets) - 1 - place) % every else None,
        )  # fmt: skip


def _link(bucket: Bucket, href: Href, *children: Markup, **attributes: str | None) -> Markup:
    counts = (f"{METRIC_NAMES[name].lower()} {count:,}" for name, count in zip(TREND, bucket.counts, strict=True))
    label = f"{bucket.title}: {', '.join(counts)}"
    address = href(str(bucket.first), str(bucket.last))
    return anchor(address, *children, class_="day", aria_label=label, **attributes)


def _tooltip_width(buckets: Sequence[Bucket]) -> float:
    counts = text_width(f"{count:,}" for bucket in buckets for count in bucket.counts)
    titles = text_width(bucket.title for bucket in buckets)
    return 2 * EDGE + max(1.1 * titles, 2.2 + text_width(METRIC_NAMES[metric] for metric in TREND) + counts)


def _tooltip_box(width: float) -> Markup:
    """The part that all tooltips share: the box with the metrics' names."""
    rows = [element("rect", width=em(width), height=em(FIRST_ROW + LINE * (len(TREND) - 1) + EDGE), rx=8)]
    for place, metric in enumerate(TREND):
        y = em(FIRST_ROW + LINE * place)
        rows.append(element("svg", _mark(metric, "translate(5 -4.5)"), x=em(EDGE), y=y))
        rows.append(element("text", METRIC_NAMES[metric], x=em(EDGE + 1.2), y=y))
    return element("defs", element("g", *rows, id=TOOLTIP))


def _tooltip(plot: Plot, place: int, width: float) -> Markup:
    bucket = plot.buckets[place]
    left = -width - EDGE if plot.x(place) >= FLIP_FROM else EDGE
    classes = ["tooltip", "flipped"] if plot.x(place) >= FLIP_FROM else ["tooltip"]
    classes += ["central"] if int(plot.x(place)) in CENTRAL else []
    rows = [
        element("tspan", f"{count:,}", x=em(left + width - EDGE), y=em(FIRST_ROW + LINE * row))
        for row, count in enumerate(bucket.counts)
    ]
    box = element("use", href=f"#{TOOLTIP}", x=em(left))
    title = element("text", bucket.title, class_="title", x=em(left + EDGE), y=em(EDGE + 0.9))
    content = element("svg", box, title, element("text", *rows, class_="counts"), x=percent(plot.x(place)))
    return element("g", content, class_=" ".join(classes), aria_hidden="true")


def _bars(bucket: Bucket, href: Href) -> Markup:
    """The counts of a single bucket, through which no line can be drawn."""
    row, bar = 3.1, {"height": em(0.85), "rx": em(0.425)}
    highest = max(1, *bucket.counts)
    parts = [element("rect", class_="hit", width="100%", height="100%")]
    for place, (metric, count) in enumerate(zip(TREND, bucket.counts, strict=True)):
        text, y = em(row * place + 1.1), em(row * place + 1.7)
        parts.append(element("text", METRIC_NAMES[metric], y=text))
        parts.append(element("text", f"{count:,}", class_="count", x="100%", y=text))
        parts.append(element("rect", class_="track", y=y, width="100%", **bar))
        class_ = f"{metric} open" if bucket.note else metric
        parts.append(element("rect", class_=class_, y=y, width=percent(100 * count / highest), **bar))
    link, height = _link(bucket, href, *parts), em(row * len(TREND) - 0.5)
    return element("svg", link, class_="day-bars", height=height, role="group", aria_label=bucket.title)
