"""The question funnel as a graph of values: its pages as nodes, the paths between them as links, all with counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from wizard.analytics.flow import Edge, split_edges
from wizard.analytics.overview import Overview
from wizard.analytics.rates import Rate
from wizard.analytics.stages import JOURNEYS
from wizard.analytics.step_figures import StepFigures, Times, Wanderings
from wizard.dashboard.charts.funnel_changes import StepChange, step_changes
from wizard.dashboard.charts.scale import abbreviate
from wizard.dashboard.labels import Names, duration, interval, percent, plural
from wizard.dashboard.overview.view_links import Links
from wizard.events.transitions import RESULT, START

MOST_OTHER_LINKS = 3  # of those that the flow does not have


class Page(NamedTuple):
    """The start, a question, or the result with a recommendation."""

    name: str
    recommended: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of a node, and below it its `change`. `detail` is the text of its tooltip, if any; `href` may be empty."""

    name: str
    value: str
    rate: Rate | None = None
    detail: str = ""
    href: str = ""
    change: StepChange | None = None

    @property
    def share(self) -> str:
        """Its rate in percent; empty where it has none."""
        return percent(self.rate) if self.rate else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines below its row."""
        return (self.change.points, self.change.verdict) if self.change else ()


@dataclass(frozen=True, slots=True)
class Node:
    """A page and its metrics. `dropped` is how many dropped off there, None where nobody can."""

    title: str
    metrics: tuple[Metric, ...]
    dropped: int | None = None

    @property
    def rows(self) -> int:
        """How many rows its metrics take."""
        return sum(1 + len(metric.lines) for metric in self.metrics)


@dataclass(frozen=True, slots=True)
class Link:
    """A path from page to page, and how many journeys took it; `rate` is of those that reached its source."""

    source: Page
    target: Page
    titles: tuple[str, str]
    journeys: int
    rate: Rate | None
    href: str

    @property
    def title(self) -> str:
        """The titles of its two nodes."""
        return " \N{RIGHTWARDS ARROW} ".join(self.titles)

    @property
    def share(self) -> str:
        """Its rate in percent; empty where it has none."""
        return percent(self.rate) if self.rate else ""

    @property
    def detail(self) -> str:
        """Its count in words."""
        count = f"{self.journeys:,} {plural(self.journeys, 'journey')}"
        return f"{count}, {self.share} of {self.rate.of:,}" if self.rate else count


@dataclass(frozen=True, slots=True)
class Graph:
    """The flow's own `links`, and `other_links` that were taken. `not_shown` is how many journeys took a rarer one."""

    nodes: Mapping[Page, Node]
    links: tuple[Link, ...]
    other_links: tuple[Link, ...]
    not_shown: int

    def columns(self) -> dict[Page, int]:
        """Each node's column: after those of all nodes that lead to it; results share the last."""
        sources = {page: [link.source for link in self.links if link.target == page] for page in self.nodes}
        try:
            order = tuple(TopologicalSorter(sources).static_order())
        except CycleError:  # of two questions, each is asked before the other by some
            order = tuple(self.nodes)
        found: dict[Page, int] = {}
        for page in order:
            found[page] = max((found[source] + 1 for source in sources[page] if source in found), default=0)
        last = 1 + max(column for page, column in found.items() if page.name != RESULT)
        return {page: last if page.name == RESULT else found[page] for page in self.nodes}


def read_graph(overview: Overview, names: Names, links: Links) -> Graph:
    """The graph of an overview, each number with the address of the journeys behind it."""
    expected = [edge for edge in overview.edges if edge.expected]
    pages = dict.fromkeys(page for edge in expected for page in _pages(edge))
    others = _other_edges(overview.edges, pages)
    shown = others[:MOST_OTHER_LINKS]
    reader = _Reader(overview, names, links)
    return Graph(
        {page: reader.node(page) for page in pages},
        tuple(reader.link(edge) for edge in expected),
        tuple(reader.link(edge) for edge in shown),
        _count_not_shown(overview, {(each.source, each.target, each.recommended) for each in (*expected, *shown)}),
    )


def _pages(edge: Edge) -> tuple[Page, Page]:
    return Page(edge.source), Page(edge.target, edge.recommended)


def _other_edges(edges: tuple[Edge, ...], pages: Mapping[Page, None]) -> list[Edge]:
    """The edges between `pages` that the flow does not have, the most taken first.

    Those from one page to any result are summed, unless the flow leads from there to some: no address selects those.
    """
    split = _split_sources(edges)
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for edge in edges:
        recommended = edge.recommended if edge.source in split else ""
        is_result = edge.target == RESULT and (recommended or edge.source not in split)
        if not edge.expected and Page(edge.source) in pages and (is_result or Page(edge.target) in pages):
            found[edge.source, edge.target, recommended] += edge.journeys
    taken = [Edge(*ends, journeys, expected=False) for ends, journeys in found.items() if journeys]
    return sorted(taken, key=lambda each: -each.journeys)


def _split_sources(edges: Iterable[Edge]) -> set[str]:
    """The pages from which the flow leads to a result: only of these, each recommendation has a link of its own."""
    return {edge.source for edge in edges if edge.expected and edge.target == RESULT}


def _count_not_shown(overview: Overview, shown: set[tuple[str, str, str]]) -> int:
    """How many journeys took an edge that is not `shown`, each counted once."""
    split = _split_sources(overview.edges)

    def has_rare(edges: str, recommended: str) -> bool:
        found = split_edges(edges, recommended)
        return any((source, target, to if source in split else "") not in shown for source, target, to in found)

    return sum(journeys for edge_set, journeys in overview.edge_sets.items() if has_rare(*edge_set))


class _Reader:
    """Turns pages and edges into nodes and links."""

    def __init__(self, overview: Overview, names: Names, links: Links) -> None:
        self.overview, self.now, self.names, self.links = overview, overview.now, names, links
        self.steps = {each.step: each for each in overview.now.steps}
        self.changes = step_changes(overview.now.steps, overview.before.steps)
        self.reached = {START: self.now.counts[JOURNEYS], **{each.step: each.reached for each in self.now.steps}}

    def node(self, page: Page) -> Node:
        if page.name == START:
            return Node(self._title(page), tuple(self._start()))
        if page.name == RESULT:
            return Node(self._title(page), tuple(self._result(page.recommended)))
        step = self.steps.get(page.name, StepFigures(page.name, 0, 0, Wanderings(), Times()))
        return Node(self._title(page), tuple(self._question(step)), step.reached - step.answered)

    def link(self, edge: Edge) -> Link:
        source, target = _pages(edge)
        reached = self.reached.get(edge.source, 0)
        # Other links, such as prefilled ones, are also taken by visitors who did not reach their source.
        rate = Rate(edge.journeys, reached) if edge.expected and 0 < reached >= edge.journeys else None
        recommended = [("recommended", edge.recommended)] if edge.recommended else []
        href = self.links.list(*recommended, ("edge", f"{edge.source}.{edge.target}"))
        return Link(source, target, (self._title(source), self._title(target)), edge.journeys, rate, href)

    def _title(self, page: Page) -> str:
        return self.names.deployment(page.recommended) if page.recommended else self.names.step(page.name)

    def _start(self) -> Iterator[Metric]:
        viewed, href = self.now.counts["viewed"], self.links.list(("outcome", "viewed"))
        yield Metric("viewed", short(viewed), None, f"{viewed:,} viewed the first page", href)
        started = self.now.counts.rate("started")
        yield _metric("started", started, "opened it", self.links.list(("outcome", "started")))

    def _question(self, step: StepFigures) -> Iterator[Metric]:
        reached = f"{step.reached:,} reached this question"
        yield Metric("reached", short(step.reached), None, reached, self.links.list(("did", f"{step.step}.reached")))
        for name, did, count in (
            ("answered", "answered", step.answered),
            ("dropped off", "left", step.reached - step.answered),
            ("went back", "went_back", step.wanderings.went_back),
            ("saw an error", "met_error", step.wanderings.met_error),
        ):
            metric = _metric(name, step.of_reached(count), "reached it", self.links.list(("did", f"{step.step}.{did}")))
            yield self._with_change(metric, step.step) if did == "left" else metric
        yield Metric("median time", duration(step.times.median_ms))

    def _with_change(self, metric: Metric, step: str) -> Metric:
        change = self.changes.get(step)
        return replace(metric, change=change, detail=f"{metric.detail}; {change.words}") if change else metric

    def _result(self, recommended: str) -> Iterator[Metric]:
        count = sum(each.finished for each in self.overview.outcomes.results if each.recommended == recommended)
        href = self.links.list(("outcome", "finished"), ("recommended", recommended))
        yield _metric("recommended", Rate(count, self.now.counts["finished"]), "finished", href)


def _metric(name: str, rate: Rate, of: str, href: str) -> Metric:
    detail = f"{rate.count:,} of {rate.of:,} that {of}"
    if rate.interval is not None:
        detail += f": {percent(rate)}, 95% interval {interval(rate)}"
    return Metric(name, short(rate.count), rate, detail, href)


def short(count: int) -> str:
    """A count as there is room for it in the graph; tooltips and tables have it exactly."""
    return abbreviate(count, 100_000)
