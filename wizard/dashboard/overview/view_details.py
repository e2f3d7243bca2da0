"""The details of the overview: one card with tabs, of which only the chosen one is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from wizard.analytics.stages import STAGES, TREND
from wizard.dashboard.charts.funnel_changes import StepChange
from wizard.dashboard.charts.funnel_drawing import FunnelChart
from wizard.dashboard.charts.funnel_model import Graph, read_graph
from wizard.dashboard.overview.context import Context
from wizard.dashboard.overview.tabs import DETAIL_NAMES, Tab, tabs_of
from wizard.dashboard.overview.view_changed import ChangedStep, changed_of
from wizard.dashboard.overview.view_days import DayRow, days_of
from wizard.dashboard.overview.view_embeds import EmbedsView, embeds_of
from wizard.dashboard.overview.view_ledger import LedgerView, ledger_of
from wizard.dashboard.overview.view_links import Number
from wizard.dashboard.overview.view_outcomes import outcomes_of
from wizard.dashboard.overview.view_refused import RefusedView, refused_of
from wizard.dashboard.overview.view_signups import SignupsView, signups_of
from wizard.dashboard.overview.view_steps import Answered, StepRow, answers_of, prefilled_of, steps_of
from wizard.dashboard.overview.view_subscribers import subscribers_of
from wizard.dashboard.overview.view_upkeep import upkeep_of
from wizard.dashboard.phrases import length_in_words


@dataclass(frozen=True, slots=True)
class Steps:
    """The questions, what came from prefilled links, the paths of the funnel, and how drop-offs changed since then."""

    rows: tuple[StepRow, ...]
    prefilled: tuple[tuple[Number, str], ...]
    graph: Graph
    changes: Mapping[str, StepChange]
    compared: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to each question, and from which to which they were changed."""

    steps: tuple[Answered, ...]
    changed: tuple[ChangedStep, ...]


@dataclass(frozen=True, slots=True)
class EmbedsTab:
    """The embed pages, and the sites that tried to embed the wizard and aren't allowed, if there are any."""

    pages: EmbedsView | None
    refused: RefusedView | None


@dataclass(frozen=True, slots=True)
class Days:
    """The days, the latest first, and the names of their columns."""

    columns: tuple[str, ...]
    rows: tuple[DayRow, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class Details:
    """The card: its tabs, the `key` of the chosen one, and what that shows."""

    tabs: tuple[Tab, ...]
    key: str
    content: object


def _steps(page: Context) -> Steps:
    overview, links, names = page.overview, page.links, page.names
    graph = read_graph(overview, names, links)
    than = length_in_words(links.selection.span)
    changes = FunnelChart(Markup(), graph).changes
    return Steps(steps_of(overview, links, names), prefilled_of(overview, links), graph, changes, than)


def _answers(page: Context) -> Answers:
    overview, links, names, flow = page.overview, page.links, page.names, page.flow
    changed = changed_of(overview.changed, overview.answers, links, names, flow)
    return Answers(answers_of(overview, links, names, flow), changed)


def _signups(page: Context) -> SignupsView | None:
    if page.signups is None:
        return None
    overview = page.overview
    return signups_of(page.signups, overview.completeness, overview.days, page.links, page.names)


def _embeds(page: Context) -> EmbedsTab:
    setting = page.setting
    pages = embeds_of(page.embeds, page.links, setting.zone, setting.now_ms) if page.embeds else None
    return EmbedsTab(pages, refused_of(page.overview.refused, setting.allowed, setting.embed_origins))


def _days(page: Context) -> Days:
    columns = tuple(STAGES[key].label for key in TREND)
    return Days(columns, days_of(page.overview, page.links), page.setting.zone.key)


def _ledger(page: Context) -> LedgerView:
    ledger, setting = page.overview.ledger, page.setting
    found = ledger_of(ledger, is_spooling=setting.is_spooling)
    upkeep = upkeep_of(page.upkeep, setting.zone, setting.now_ms) if page.upkeep else ""
    return replace(found, subscribers=subscribers_of(ledger.subscribers, setting.now_ms), upkeep=upkeep)


MAKERS: Mapping[str, Callable[[Context], object]] = {
    "steps": _steps,
    "answers": _answers,
    "results": lambda page: outcomes_of(page.overview, page.links, page.names),
    "signups": _signups,
    "embeds": _embeds,
    "days": _days,
    "log": _ledger,
}
"""What makes the content of each tab, by its key in `DETAIL_NAMES`."""


def details_of(page: Context) -> Details:
    """The details, with the content of the chosen tab."""
    links = page.links
    tabs = tabs_of(DETAIL_NAMES, links.asked.show, lambda key: links.overview(show=key))
    return Details(tabs, links.asked.show, MAKERS[links.asked.show](page))
