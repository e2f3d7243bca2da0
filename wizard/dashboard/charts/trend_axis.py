"""Which points of the trend have a label on its axis, and which of these also where the chart is narrow."""

from collections.abc import Iterator
from itertools import count

from wizard.dashboard.charts.trend_model import Trend, Unit

MOST_LABELS = 8
MOST_NARROW: dict[Unit, int] = {"hour": 4, "day": 3, "week": 3, "month": 3}
STEPS: dict[Unit, tuple[int, ...]] = {
    "hour": (1, 3, 6, 12),
    "day": (1, 2, 7, 14, 28),
    "week": (1, 2, 4, 8, 13, 26),
    "month": (1, 3, 6, 12, 24),
}
"""How many points labels may be apart: hours of a clock, weeks, quarters."""


def axis_labels(trend: Trend) -> Iterator[tuple[int, bool]]:
    """The place of each point with a label, and whether it has it in a narrow chart, too.

    Hours are counted from midnight, all else back from the last point.
    """
    size, unit = len(trend.points), trend.unit
    wide = next((step for step in STEPS[unit] if _labels(size, step) <= MOST_LABELS), -(-size // MOST_LABELS))
    narrow = next(wide * times for times in count(1) if _labels(size, wide * times) <= MOST_NARROW[unit])
    for place in range(size):
        if unit == "hour":
            clock = trend.points[place].label
            hour, is_whole = int(clock[:2]), clock.endswith(":00")
            is_again = place > 0 and trend.points[place - 1].label == clock
            if is_whole and not is_again and hour % wide == 0:
                yield place, hour % narrow == 0
        elif (size - 1 - place) % wide == 0:
            yield place, (size - 1 - place) % narrow == 0


def _labels(size: int, step: int) -> int:
    return -(-size // step)
