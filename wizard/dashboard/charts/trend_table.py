"""The figures of the trend as a table, its text alternative."""

from markupsafe import Markup

from wizard.dashboard.charts.svg import element
from wizard.dashboard.charts.trend_model import Point, Trend
from wizard.dashboard.labels import DASH


def table(trend: Trend, name: str) -> Markup:
    """A table with a row for each point, closed until it is asked for."""
    heads = (trend.unit.capitalize(), trend.name, trend.than.capitalize(), "The figure before is of")
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    whole = element(
        "table",
        element("caption", name, class_="unseen"),
        element("thead", head),
        element("tbody", *(_row(point, trend) for point in trend.points)),
    )
    scroll = element("div", whole, class_="scroll", role="region", aria_label=name, tabindex="0")
    return element(
        "details", element("summary", "Figures of this chart"), scroll, class_="trend-table", id="trend-figures"
    )


def _row(point: Point, trend: Trend) -> Markup:
    notes = [note for note in (point.note, trend.immature.lower() if point.is_immature else "") if note]
    title = element("a", point.title, href=point.href) if point.href and point.count is not None else point.title
    small = [element("small", f" {', '.join(notes)}")] if notes else []
    cells = (_count(point.count), _count(point.before), point.before_title)
    return element("tr", element("th", title, *small, scope="row"), *(element("td", text) for text in cells))


def _count(count: int | None) -> str:
    return DASH if count is None else f"{count:,}"
