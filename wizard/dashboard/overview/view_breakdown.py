"""The breakdown: the journeys by the values of one dimension, in order, as a card with a tab for each dimension."""

from dataclasses import dataclass, replace

from markupsafe import Markup

from wizard.analytics.answer_groups import ANSWER
from wizard.analytics.breakdown import Ranked, Ranking, ranked
from wizard.analytics.stages import JOURNEYS, METRICS
from wizard.dashboard.filter_bar import Choice
from wizard.dashboard.labels import METRIC_NAMES, Names
from wizard.dashboard.overview.context import Context
from wizard.dashboard.overview.tabs import BREAKDOWNS, Tab, tabs_of
from wizard.dashboard.overview.view_changes import unit_of, why_of_table
from wizard.dashboard.overview.view_links import MOST_ROWS, Links, parameters
from wizard.dashboard.overview.view_rows import Rows, TableRow, has_moved, is_aside
from wizard.dashboard.phrases import length_in_words

ROWS = 8


@dataclass(frozen=True, slots=True)
class Header:
    """A column's header: the address that sorts by it, and whether that is how it is sorted."""

    key: str
    name: str
    href: str
    is_sorted: bool
    is_aside: bool


@dataclass(frozen=True, slots=True)
class Find:
    """The form that looks for values: its text, what else it sends, and the page without it."""

    text: str
    hidden: tuple[tuple[str, str], ...]
    clear: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The card. `other_metric` leads to the changes of journeys, or back; `more` leads to all rows, or back."""

    tabs: tuple[Tab, ...]
    dimension: str
    name: str
    metric: str
    other_metric: Choice | None
    compared: str
    sentence: Markup
    find: Find
    headers: tuple[Header, ...]
    rows: tuple[TableRow, ...]
    total: TableRow
    has_shares: bool
    more: tuple[str, str] | None
    volume: str


def breakdown_of(page: Context) -> Breakdown:
    """The breakdown that was asked for."""
    links, names, ranking = page.links, page.names, page.overview.breakdown
    asked, dimension = links.asked, ranking.dimension
    matching = _matching(ranking, links, names)
    # Journeys have several answers, so that those that are left out can't be added up.
    is_whole = asked.is_whole or dimension == ANSWER
    found = _sorted(matching, links, names, MOST_ROWS if is_whole else ROWS)
    rows = Rows(ranking, links, max((group.now[JOURNEYS] for group in found.top), default=0))
    folded = [rows.folded(found, matching)] if found.other else []
    hidden = parameters(links.selection, replace(asked, find="", is_whole=False))
    return Breakdown(
        tabs_of(BREAKDOWNS, dimension, lambda key: links.overview(by=key, find="", is_whole=False)),
        dimension,
        BREAKDOWNS[dimension],
        METRIC_NAMES[asked.explained],
        _other_metric(links),
        length_in_words(links.selection.span),
        why_of_table(ranking, asked.explained, names),
        Find(asked.find, tuple(hidden), links.overview(find="", is_whole=False)),
        _headers(links),
        (*(rows.of_value(group, names) for group in found.top), *folded),
        rows.total(),
        has_moved(ranking.total, asked.explained),
        _more(matching, links, is_folded=bool(folded)),
        unit_of(asked.explained),
    )


def _matching(ranking: Ranking, links: Links, names: Names) -> Ranking:
    """The groups whose names contain what is looked for; without that, all."""
    text = links.asked.find.casefold()
    if not text:
        return ranking
    groups = (group for group in ranking.groups if text in names.value(ranking.dimension, group.value).casefold())
    return replace(ranking, groups=tuple(groups), rest=None, rest_values=0)


def _other_metric(links: Links) -> Choice | None:
    """Journeys have no figure of their own: from the started, their changes are one click away, and back."""
    if links.asked.figure != "started":
        return None
    other = "started" if links.asked.metric == JOURNEYS else JOURNEYS
    return Choice(METRIC_NAMES[other], links.overview(metric=other), is_current=False)


def _more(ranking: Ranking, links: Links, *, is_folded: bool) -> tuple[str, str] | None:
    if links.asked.is_whole:
        return f"Show the first {ROWS}", links.overview(is_whole=False)
    every = len(ranking.groups) + ranking.rest_values
    return (f"Show all {every:,}", links.overview(is_whole=True)) if is_folded else None


def _sorted(ranking: Ranking, links: Links, names: Names, at_most: int) -> Ranked:
    """In the order that is asked for; by name, those with the most journeys are left unfolded."""
    by = links.asked.sort
    if by != "name":
        return ranked(ranking, by, links.asked.explained, at_most)
    found = ranked(ranking, JOURNEYS, links.asked.explained, at_most)
    in_order = sorted(found.top, key=lambda group: names.value(ranking.dimension, group.value).casefold())
    return Ranked(tuple(in_order), found.other, found.others)


def _headers(links: Links) -> tuple[Header, ...]:
    columns = [
        ("name", "Name"),
        *((name, METRIC_NAMES[name]) for name in METRICS),
        ("moved", "Change"),
    ]
    return tuple(
        Header(key, name, links.overview(sort=key), key == links.asked.sort, is_aside(key, links.asked.explained))
        for key, name in columns
    )
