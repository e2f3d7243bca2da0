"""Pictures that fit into a line: a share, a rate with its interval, how a figure went."""

from collections.abc import Sequence

from markupsafe import Markup

from wizard.growth.charts.svg import markup, number, put, svg
from wizard.growth.intervals import Rate

BAR_HEIGHT = 8
WHISKER_HEIGHT = 12
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 100, 28, 2


def bar(share: float | None) -> Markup:
    """A bar as long as `share`, from 0 to 1, of the room that it is given; an empty one for None."""
    root = svg("bar", width="100%", height=BAR_HEIGHT, aria_hidden="true")
    put(root, "rect", "track", width="100%", height=BAR_HEIGHT, rx=BAR_HEIGHT / 2)
    if share:
        put(root, "rect", "filled", width=_percent(share), height=BAR_HEIGHT, rx=BAR_HEIGHT / 2)
    return markup(root)


def whisker(rate: Rate, upto: float = 1.0) -> Markup:
    """A rate as a dot on a line as long as its 95% interval, where the whole room is 0 to `upto`."""
    root = svg("whisker", width="100%", height=WHISKER_HEIGHT, aria_hidden="true")
    middle = WHISKER_HEIGHT / 2
    put(root, "line", "track", x1="0", x2="100%", y1=middle, y2=middle)
    if rate.rate is not None and rate.interval is not None and upto > 0:
        low, high = (_percent(end / upto) for end in rate.interval)
        put(root, "line", "interval", x1=low, x2=high, y1=middle, y2=middle)
        for end in (low, high):
            put(root, "line", "interval", x1=end, x2=end, y1=middle - 3, y2=middle + 3)
        put(root, "circle", "rate", cx=_percent(rate.rate / upto), cy=middle, r=3)
    return markup(root)


def spark(values: Sequence[float], *, open_last: bool = False) -> Markup:
    """`values` as a line from 0; `open_last` where the last one is not all there yet."""
    root = svg("spark", view_box=f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}", aspect="none", aria_hidden="true")
    points = _points(values)
    if not points:
        return markup(root)
    line = [f"{number(x)} {number(y)}" for x, y in points]
    ground = number(SPARK_HEIGHT)
    put(
        root, "path", "ground", d=f"M{number(points[0][0])} {ground}L{' '.join(line)} {number(points[-1][0])} {ground}z"
    )
    closed = line[:-1] if open_last and len(line) > 1 else line
    put(root, "path", "line", d="M" + " ".join(closed))
    if closed is not line:
        put(root, "path", "line open", d="M" + " ".join(line[-2:]))
    return markup(root)


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    """Where the values lie; a single one is a level."""
    values = [values[0], values[0]] if len(values) == 1 else values
    top = max(values, default=0) or 1
    room = SPARK_HEIGHT - 2 * SPARK_EDGE
    return [
        (SPARK_WIDTH * place / (len(values) - 1), SPARK_EDGE + room * (1 - value / top))
        for place, value in enumerate(values)
    ]


def _percent(share: float) -> str:
    return f"{number(100 * min(max(share, 0.0), 1.0))}%"
