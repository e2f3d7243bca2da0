"""The trend by day: how many viewed, started, finished, clicked through and converted, each named at its line."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from wizard.growth.charts.svg import markup, svg
from wizard.growth.overview.read import Day

Href = Callable[[str, str], str]
"""The address of what lies between two dates, both included."""


def trend(days: Sequence[Day], href: Href, *, open_last: bool = False) -> Markup:
    """The trend over `days`, which are in order and without gaps; `open_last` where the last is not over yet."""
    return markup(svg("trend"))
