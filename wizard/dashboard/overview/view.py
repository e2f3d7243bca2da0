"""Turns the overview's data into its view model: texts, links and numbers. It does no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from wizard.analytics.overview import Overview
from wizard.analytics.stages import JOURNEYS, STAGES, TREND
from wizard.dashboard.filter_bar import Bar, Choice, Offered, Owner, bar_of, offered, wider_spans
from wizard.dashboard.labels import Names, moment
from wizard.dashboard.overview.view_days import DayRow, days_of
from wizard.dashboard.overview.view_figures import LATE, Figure, figures_of
from wizard.dashboard.overview.view_headline import HeadlineView, headline_of
from wizard.dashboard.overview.view_ledger import LedgerView, ledger_of
from wizard.dashboard.overview.view_links import Links, Number
from wizard.dashboard.overview.view_markers import MarkersView, listed, markers_of
from wizard.dashboard.overview.view_now import NowView, now_of
from wizard.dashboard.overview.view_outcomes import OutcomesView, outcomes_of
from wizard.dashboard.overview.view_refused import RefusedView, refused_of
from wizard.dashboard.overview.view_steps import Answered, StepRow, answers_of, prefilled_of, steps_of
from wizard.dashboard.overview.view_suspects import SuspectsLine, suspects_of
from wizard.dashboard.overview.view_tables import Table, metrics_of, tables_of
from wizard.dashboard.phrases import length_in_words
from wizard.events.dimensions import DIMENSIONS
from wizard.questionnaire.flow import Flow
from wizard.web.areas import DASHBOARD


@dataclass(frozen=True, slots=True)
class View:
    """The page. `wider` are longer spans to look at instead, where nothing is in this one."""

    bar: Bar
    journeys: Number
    figures: tuple[Figure, ...]
    prefilled: tuple[tuple[Number, str], ...]
    steps: tuple[StepRow, ...]
    answers: tuple[Answered, ...]
    outcomes: OutcomesView
    day_columns: tuple[str, ...]
    days: tuple[DayRow, ...]
    markers: MarkersView
    headline: HeadlineView
    caution: str
    metrics: tuple[Choice, ...]
    tables: tuple[Table, ...]
    ledger: LedgerView
    refused: RefusedView | None
    suspects: SuspectsLine | None
    now: NowView
    wider: tuple[Choice, ...]
    compared: str
    at: str
    list_href: str
    query: str
    is_empty: bool
    has_demo: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when the page is made. `allowed` may embed the wizard: itself, and those in the setting."""

    zone: ZoneInfo
    now_ms: int
    is_spooling: bool
    allowed: Sequence[str] = ()
    embed_origins: Sequence[str] = ()


def view_of(overview: Overview, links: Links, names: Names, flow: Flow, setting: Setting) -> View:
    """The page for `overview`, whose addresses are `links`."""
    span = overview.selection.span
    than = length_in_words(span)
    return View(
        bar=bar_of(overview.selection, _owner(overview, links), names, setting.zone),
        journeys=links.journeys(overview.now.counts[JOURNEYS]),
        figures=figures_of(overview, links),
        prefilled=prefilled_of(overview, links),
        steps=steps_of(overview, links, names),
        answers=answers_of(overview, links, names, flow),
        outcomes=outcomes_of(overview, links, names),
        day_columns=tuple(STAGES[key].label for key in TREND),
        days=days_of(overview, links),
        markers=listed(markers_of(overview.releases, overview.notes, links, setting.zone, setting.now_ms)),
        headline=headline_of(overview.headline, names, than, is_open=span.is_open),
        caution=LATE if span.is_open and links.asked.metric in STAGES and STAGES[links.asked.metric].is_late else "",
        metrics=metrics_of(links),
        tables=tables_of(overview, links, names),
        ledger=ledger_of(overview.ledger, is_spooling=setting.is_spooling),
        refused=refused_of(overview.refused, setting.allowed, setting.embed_origins),
        suspects=suspects_of(overview, links),
        now=now_of(overview.under_way, names),
        wider=wider_spans(overview.selection, links.overview),
        compared=than,
        at=f"{moment(setting.now_ms, setting.zone):%H:%M}",
        list_href=links.list(),
        query=overview.selection.query(),
        is_empty=overview.is_empty,
        has_demo=overview.has_demo,
    )


def _owner(overview: Overview, links: Links) -> Owner:
    return Owner(
        action=DASHBOARD,
        address=links.overview,
        offered={name: _offered(overview, name) for name in DIMENSIONS},
        hidden=tuple(links.asked.parameters()),
        is_compared=True,
    )


def _offered(overview: Overview, name: str) -> Offered:
    listed = offered(overview.options[name], overview.selection.filters.get(name))
    return replace(listed, left_out=listed.left_out + overview.more_options.get(name, 0))
