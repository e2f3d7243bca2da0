"""What is shown over the trend while a day is pointed at or has focus."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from wizard.growth.charts.buckets import METRICS, Bucket
from wizard.growth.charts.svg import put, text_width
from wizard.growth.names import METRIC_NAMES

KEY = "trend-key"
SO_FAR = "so far"
IN_PART = "in part"
SIZE = 13
LINE = 19
EDGE = 12
GAP = 10
FIRST = EDGE + 14 + LINE + 3

MARKS = {
    "viewed": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "started": "M-3.5-3.5h7v7h-7z",
    "finished": "M0-4.8 4.8 3.6H-4.8z",
    "clicked": "M0-5 5 0 0 5-5 0z",
    "converted": "M-4.8-3.6H4.8L0 4.8z",
}
"""A shape for each line, so that none is told by its colour alone."""


def said(bucket: Bucket, note: str) -> str:
    """A bucket in words: Tue 3 Nov 2026: viewed 12, started 8, finished 5, clicked through 2, converted 1."""
    counts = (f"{METRIC_NAMES[name].lower()} {count:,}" for name, count in zip(METRICS, bucket.counts, strict=True))
    return f"{_when(bucket, note)}: {', '.join(counts)}"


@dataclass(frozen=True, slots=True)
class Tips:
    """The boxes with figures; all are as wide as what is in any of them."""

    width: int

    def draw(self, day: Element, bucket: Bucket, note: str, x: str, *, flips: bool) -> None:
        """The figures of a bucket, right of `x`, or left of it where it `flips`."""
        tip = put(day, "svg", "tip", x=x, y=4, overflow="visible", aria_hidden="true")
        left = -self.width - EDGE if flips else EDGE
        put(tip, "use", "", href=f"#{KEY}", x=left)
        put(tip, "text", "when", _when(bucket, note), x=left + EDGE, y=EDGE + 11)
        counts = put(tip, "text", "counts")
        for number, count in enumerate(bucket.counts):
            put(counts, "tspan", "", f"{count:,}", x=left + self.width - EDGE, y=FIRST + LINE * number)


def prepare(root: Element, buckets: Sequence[Bucket]) -> Tips:
    """Put into `root` what the tips of all `buckets` have alike, their box and the lines' names, to be used by each."""
    names = max(text_width(METRIC_NAMES[metric], SIZE) for metric in METRICS)
    counts = max(text_width(f"{max(bucket.counts):,}", SIZE) for bucket in buckets)
    whens = max(text_width(_when(bucket, IN_PART), SIZE) for bucket in buckets)
    width = round(2 * EDGE + max(whens, 16 + names + GAP + counts))
    key = put(put(root, "defs"), "g", id=KEY)
    put(key, "rect", width=width, height=FIRST + LINE * (len(METRICS) - 1) + EDGE, rx=8)
    for number, metric in enumerate(METRICS):
        y = FIRST + LINE * number
        put(key, "path", f"mark {metric}", d=MARKS[metric], transform=f"translate({EDGE + 4} {y - 4.5})")
        put(key, "text", "", METRIC_NAMES[metric], x=EDGE + 16, y=y)
    return Tips(width)


def _when(bucket: Bucket, note: str) -> str:
    return f"{bucket.name}, {note}" if note else bucket.name
