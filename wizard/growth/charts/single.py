"""One day alone: no line can be drawn through it, so its counts are bars, each with its name and number."""

from xml.etree.ElementTree import Element

from wizard.growth.charts.buckets import METRICS, Bucket
from wizard.growth.charts.svg import link, number, put, svg
from wizard.growth.charts.tips import SO_FAR, said
from wizard.growth.names import METRIC_NAMES

ROW = 44
BAR = 12


def draw_single(bucket: Bucket, href: str, *, open_last: bool) -> Element:
    """The counts of the only `bucket` there is, as bars from 0."""
    height = ROW * len(METRICS)
    root = svg("trend single", width="100%", height=height, role="group", aria_label=bucket.name)
    day = link(root, href, said(bucket, SO_FAR if open_last else ""), "day")
    put(day, "rect", "hit", width="100%", height=height)
    highest = max(1, *bucket.counts)
    for place, (metric, count) in enumerate(zip(METRICS, bucket.counts, strict=True)):
        y = ROW * place
        put(day, "text", "", METRIC_NAMES[metric], y=y + 16)
        put(day, "text", "count", f"{count:,}", x="100%", y=y + 16)
        put(day, "rect", "track", y=y + 24, width="100%", height=BAR, rx=BAR / 2)
        if count:
            length = f"{number(100 * count / highest)}%"
            put(day, "rect", f"{metric} open" if open_last else metric, y=y + 24, width=length, height=BAR, rx=BAR / 2)
    return root
