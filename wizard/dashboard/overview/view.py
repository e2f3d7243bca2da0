"""Turns the overview's data into its view model: one part for each card of the page. It does no I/O."""

from dataclasses import dataclass, replace

from wizard.analytics.overview import Overview
from wizard.analytics.stages import JOURNEYS, KEY_FIGURES
from wizard.dashboard.charts.funnel_drawing import FunnelChart, funnel
from wizard.dashboard.filter_bar import Bar, Choice, Offered, Owner, bar_of, offered, wider_spans
from wizard.dashboard.journeys.extra_filters import more_filters
from wizard.dashboard.labels import moment
from wizard.dashboard.overview.context import Context
from wizard.dashboard.overview.view_breakdown import Breakdown, breakdown_of
from wizard.dashboard.overview.view_chart import ChartView, chart_of
from wizard.dashboard.overview.view_details import Details, details_of
from wizard.dashboard.overview.view_figures import Figure, figures_of
from wizard.dashboard.overview.view_headline import HeadlineView, headline_of
from wizard.dashboard.overview.view_ledger import LedgerView, ledger_of
from wizard.dashboard.overview.view_links import Number
from wizard.dashboard.overview.view_markers import MarkersView, happened_in, listed, markers_of
from wizard.dashboard.overview.view_now import NowView, now_of
from wizard.dashboard.overview.view_refused import RefusedView, refused_of
from wizard.dashboard.overview.view_steps import StepRow, steps_of
from wizard.dashboard.overview.view_suspects import SuspectsLine, suspects_of
from wizard.dashboard.phrases import length_in_words, too_young_in_words
from wizard.dashboard.standing import notice_of
from wizard.events.dimensions import DIMENSIONS
from wizard.web.areas import DASHBOARD


@dataclass(frozen=True, slots=True)
class View:
    """The page. `wider` are longer spans to look at instead, where nothing is in this one.

    `steps` are the funnel where there is no room to draw it. `refused` is for a log without visits, which has no tabs.
    """

    bar: Bar
    journeys: Number
    headline: HeadlineView
    headline_href: str
    figures: tuple[Figure, ...]
    chart: ChartView
    funnel: FunnelChart
    steps: tuple[StepRow, ...]
    breakdown: Breakdown
    details: Details
    ledger: LedgerView
    refused: RefusedView | None
    suspects: SuspectsLine | None
    too_young: str
    now: NowView
    markers: MarkersView
    wider: tuple[Choice, ...]
    at: str
    notice: str
    list_href: str
    query: str
    is_empty: bool
    has_demo: bool


def view_of(page: Context) -> View:
    """The page for an overview."""
    overview, links, names, setting = page.overview, page.links, page.names, page.setting
    span = links.selection.span
    return View(
        bar=bar_of(links.selection, _owner(page), names, setting.zone),
        journeys=links.journeys(overview.now.counts[JOURNEYS]),
        headline=headline_of(
            overview.headline, names, length_in_words(span), is_mature=overview.completeness.is_mature
        ),
        headline_href=_cause_href(page),
        figures=figures_of(overview, links),
        chart=chart_of(page),
        funnel=funnel(overview, names, links),
        steps=steps_of(overview, links, names),
        breakdown=breakdown_of(page),
        details=details_of(page),
        ledger=ledger_of(overview.ledger, is_spooling=setting.is_spooling),
        refused=refused_of(overview.refused, setting.allowed, setting.embed_origins) if overview.is_empty else None,
        suspects=suspects_of(overview, links),
        too_young=too_young_in_words(overview.too_young, links.selection.window_days),
        now=now_of(overview.under_way, names),
        markers=listed(markers_of(happened_in(overview), links, setting.zone, setting.now_ms)),
        wider=wider_spans(links.selection, links.overview),
        at=f"{moment(setting.now_ms, setting.zone):%H:%M}",
        notice=notice_of(setting.standing, setting.now_ms, setting.zone),
        list_href=links.list(),
        query=links.selection.query(),
        is_empty=overview.is_empty,
        has_demo=overview.has_demo,
    )


def _cause_href(page: Context) -> str:
    """The breakdown that has the row which accounts for the headline's change; empty where none does."""
    headline, links = page.overview.headline, page.links
    if headline.change is None or headline.cause is None:
        return ""
    key = headline.change.key
    metric = key if key in KEY_FIGURES else links.asked.metric
    return links.overview(metric=metric, by=headline.cause.row.dimension, find="", is_whole=False)


def _owner(page: Context) -> Owner:
    links = page.links
    return Owner(
        action=DASHBOARD,
        address=links.overview,
        offered={name: _offered(page.overview, name) for name in DIMENSIONS},
        more_filters=more_filters(links.selection, page.names, page.flow),
        hidden=tuple(links.asked.parameters()),
        is_compared=True,
    )


def _offered(overview: Overview, name: str) -> Offered:
    listed = offered(overview.options[name], overview.selection.filters.get(name))
    return replace(listed, left_out=listed.left_out + overview.more_options.get(name, 0))
