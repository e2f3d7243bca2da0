"""The chart of the chosen figure, under the tabs of the figures."""

from dataclasses import dataclass

from markupsafe import Markup

from wizard.analytics.stages import JOURNEYS, STAGES
from wizard.dashboard.charts import Marker, Moment, draw_trend, trend_of
from wizard.dashboard.overview.context import Context
from wizard.dashboard.overview.tabs import TIME
from wizard.dashboard.overview.view_figures import TIME_MEANING, TIME_NAME
from wizard.dashboard.overview.view_markers import markers_of
from wizard.events.periods import midnight_ms

VIEWED_MEANING = "opened the wizard"


@dataclass(frozen=True, slots=True)
class ChartView:
    """The chart as SVG, and the name and the meaning of the figure that it shows."""

    name: str
    meaning: str
    svg: Markup


def chart_of(page: Context) -> ChartView:
    """The chart of the figure that was asked for."""
    name, meaning = _described(page.links.asked.metric)
    setting, links = page.setting, page.links
    at = Moment(setting.zone, setting.now_ms)
    drawn = draw_trend(trend_of(page.overview, links.asked.metric, at, links.days, _markers(page)))
    return ChartView(name, meaning, drawn)


def _markers(page: Context) -> list[Marker]:
    """The releases and notes of the period, for the chart."""
    overview, zone = page.overview, page.setting.zone
    found = markers_of(overview.releases, overview.notes, page.links, zone, page.setting.now_ms)
    return [Marker(midnight_ms(each.date, zone), each.kind, each.label, each.href or None) for each in found]


def _described(metric: str) -> tuple[str, str]:
    """The name of a figure and its meaning."""
    if metric == TIME:
        return TIME_NAME, TIME_MEANING
    return ("Journeys", VIEWED_MEANING) if metric == JOURNEYS else (STAGES[metric].label, STAGES[metric].meaning)
