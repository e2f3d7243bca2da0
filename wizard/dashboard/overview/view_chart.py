"""The chart of the chosen figure, under the tabs of the figures."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from wizard.analytics.stages import JOURNEYS, STAGES
from wizard.dashboard.charts import Marker, Moment, draw_trend, trend_of
from wizard.dashboard.overview.context import Context
from wizard.dashboard.overview.tabs import TIME
from wizard.dashboard.overview.view_figures import TIME_MEANING, TIME_NAME
from wizard.dashboard.overview.view_markers import happened_in, markers_of
from wizard.dashboard.overview.view_signups import completeness_in_words
from wizard.events.periods import midnight_ms

LATE_METRICS = frozenset(key for key, stage in STAGES.items() if stage.is_late)
"""The figures that go on growing for days."""

VIEWED_MEANING = "opened the wizard"


@dataclass(frozen=True, slots=True)
class ChartView:
    """The chart as SVG, the name and the meaning of the figure that it shows, and how complete its signups are."""

    name: str
    meaning: str
    completeness: str
    svg: Markup


def chart_of(page: Context) -> ChartView:
    """The chart of the figure that was asked for."""
    name, meaning = _described(page.links.asked.metric)
    setting, links = page.setting, page.links
    is_late, immature = links.asked.metric in LATE_METRICS, page.overview.completeness.immature
    since_ms = midnight_ms(date.fromisoformat(min(immature)), setting.zone) if is_late and immature else None
    at = Moment(setting.zone, setting.now_ms, since_ms)
    drawn = draw_trend(trend_of(page.overview, links.asked.metric, at, links.days, _markers(page)))
    complete = completeness_in_words(page.overview.completeness) if is_late else ""
    return ChartView(name, meaning, complete, drawn)


def _markers(page: Context) -> list[Marker]:
    """The releases, published versions and notes of the period, for the chart."""
    overview, zone = page.overview, page.setting.zone
    found = markers_of(happened_in(overview), page.links, zone, page.setting.now_ms)
    return [
        Marker(each.at_ms or midnight_ms(each.date, zone), each.kind, each.label, each.href or None) for each in found
    ]


def _described(metric: str) -> tuple[str, str]:
    """The name of a figure and its meaning."""
    if metric == TIME:
        return TIME_NAME, TIME_MEANING
    return ("Journeys", VIEWED_MEANING) if metric == JOURNEYS else (STAGES[metric].label, STAGES[metric].meaning)
