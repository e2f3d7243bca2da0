"""Pictures of the overview, as SVG made on the server: no script, no style of their own, same bytes for same data.

They are drawn by classes that static/growth-charts.css knows; a page that has one links to it after growth.css. `trend`
and `funnel` go into an element of class `chart`, whose width they take.

    trend(days, href, open_last=…)      by day (beyond 120 days by week, beyond two years by month), each series
                                        named at its line. `href(first, last)` is what lies between two dates, both
                                        included, such as ("2026-01-31", "2026-01-31") for one day.
    funnel(overview, names, links)      the questionnaire as its graph, edges as wide as the journeys that took them.
                                        `links` is whatever has the methods of `Links`.

Both are groups with a name, whose parts are links with the exact figures. A table beside or behind them is the page's.
"""

from wizard.growth.charts.funnel import funnel
from wizard.growth.charts.shown import Links
from wizard.growth.charts.trend import trend

__all__ = ["Links", "funnel", "trend"]
