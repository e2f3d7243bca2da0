"""What the funnel's picture says: its pages and ways as plain values, with every number already in words."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wizard.conversions.edges import RESULT, START
from wizard.growth.charts.shown import Links, Shown
from wizard.growth.intervals import Rate
from wizard.growth.names import Names, duration, interval, percent
from wizard.growth.overview.graph import Edge
from wizard.growth.report import StepFigures, Times, Wanderings

MILLION = 1_000_000

MOST_OTHERS = 3
"""So many of the ways that the flow does not have are drawn; the smaller ones would be a thicket."""


class Page(NamedTuple):
    """Where journeys start, a question, or a result with what was recommended there."""

    name: str
    recommended: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a card: `what`, how many, and their share; `exact` says it all. Without `href` it is no link."""

    what: str
    count: str
    share: str = ""
    exact: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A page: its name, its rows, and how many `left` there for good, whose row is the one called so."""

    title: str
    rows: tuple[Row, ...]
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """An edge between two pages: how many took it, in words too, and where they are listed."""

    source: Page
    target: Page
    journeys: int
    exact: tuple[str, str]
    href: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn: the flow's own `ways`, and the `others` that were taken besides. `hidden` are too small."""

    cards: Mapping[Page, Card]
    ways: tuple[Way, ...]
    others: tuple[Way, ...]
    hidden: int


def read_picture(shown: Shown, names: Names, links: Links) -> Picture:
    """What is to be drawn of an overview."""
    teller = _Teller(shown, names, links)
    expected = [edge for edge in shown.edges if edge.expected]
    pages = dict.fromkeys(page for edge in expected for page in _ends(edge))
    cards = {page: teller.card(page) for page in pages}
    others = _others(shown.edges, pages.keys())
    drawn = others[:MOST_OTHERS]
    hidden = sum(edge.journeys for edge in shown.edges if not edge.expected) - sum(edge.journeys for edge in drawn)
    ways = tuple(teller.way(edge, cards) for edge in expected)
    return Picture(cards, ways, tuple(teller.way(edge, cards) for edge in drawn), hidden)


def _others(edges: Sequence[Edge], pages: Collection[Page]) -> list[Edge]:
    """The edges between `pages` that the flow does not have, the most taken first.

    Those from one page to any result are one, unless the flow has some of them: an address can't leave those out.
    """
    apart = {edge.source for edge in edges if edge.expected and edge.target == RESULT}
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for edge in edges:
        told = edge.recommended if edge.source in apart else ""
        to_result = edge.target == RESULT and (bool(told) or edge.source not in apart)
        known = to_result or Page(edge.target) in pages
        if known and not edge.expected and Page(edge.source) in pages:
            found[edge.source, edge.target, told] += edge.journeys
    taken = [Edge(*ends, journeys, expected=False) for ends, journeys in found.items() if journeys]
    return sorted(taken, key=lambda each: -each.journeys)


def _ends(edge: Edge) -> tuple[Page, Page]:
    return Page(edge.source), Page(edge.target, edge.recommended)


@dataclass(frozen=True)
class _Teller:
    """Puts an overview's numbers into words."""

    shown: Shown
    names: Names
    links: Links

    def card(self, page: Page) -> Card:
        if page.name == START:
            return Card(self.names.step(START), tuple(self._start()))
        if page.name == RESULT:
            return Card(self.names.deployment(page.recommended), tuple(self._result(page.recommended)))
        nobody = StepFigures(page.name, 0, 0, Wanderings(), Times())
        figures = next((each for each in self.shown.now.steps if each.step == page.name), nobody)
        return Card(self.names.step(page.name), tuple(self._step(figures)), figures.reached - figures.answered)

    def way(self, edge: Edge, cards: Mapping[Page, Card]) -> Way:
        source, target = _ends(edge)
        came = self._came(edge.source)
        exact = _journeys(edge.journeys)
        if edge.expected and 0 < came >= edge.journeys:
            exact += f", {percent(Rate(edge.journeys, came))} of {came:,}"
        unseen = self.names.deployment(edge.recommended) if edge.recommended else self.names.step(RESULT)
        end = cards[target].title if target in cards else unseen
        title = f"{cards[source].title} \N{RIGHTWARDS ARROW} {end}"
        href = self.links.edge(edge.source, edge.target, edge.recommended)
        return Way(source, target, edge.journeys, (title, exact), href)

    def _came(self, name: str) -> int:
        if name == START:
            return self.shown.now.journeys
        return next((each.reached for each in self.shown.now.steps if each.step == name), 0)

    def _start(self) -> Iterator[Row]:
        now, outcome = self.shown.now, self.links.outcome
        yield Row("viewed", _brief(now.viewed), "", f"{now.viewed:,} viewed the first page", outcome("viewed"))
        yield _share("started", Rate(now.started, now.journeys), "came", outcome("started"))

    def _step(self, figures: StepFigures) -> Iterator[Row]:
        def at(what: str) -> str:
            return self.links.step(figures.step, what)

        reached, wanderings = figures.reached, figures.wanderings
        yield Row("came", _brief(reached), "", f"{reached:,} came to this question", at("reached"))
        yield _share("answered", figures.of_reached(figures.answered), "came", at("answered"))
        yield _share("left", figures.of_reached(reached - figures.answered), "came", at("left"))
        yield _share("went back", figures.of_reached(wanderings.went_back), "came", at("went_back"))
        yield _share("met an error", figures.of_reached(wanderings.met_error), "came", at("met_error"))
        yield Row("median time", duration(figures.times.median_ms))

    def _result(self, recommended: str) -> Iterator[Row]:
        count = sum(each.finished for each in self.shown.outcomes.sent if each.recommended == recommended)
        rate = Rate(count, self.shown.now.finished)
        yield _share("sent here", rate, "finished", self.links.result(recommended))


def _share(what: str, rate: Rate, of: str, href: str) -> Row:
    exact = f"{rate.count:,} of {rate.of:,} that {of}"
    if rate.interval is not None:
        exact += f": {percent(rate)}, 95% interval {interval(rate)}"
    return Row(what, _brief(rate.count), percent(rate), exact, href)


def _brief(count: int) -> str:
    return f"{count:,}" if count < MILLION else f"{count / MILLION:.1f}M"


def _journeys(count: int) -> str:
    return f"{count:,} journey" if count == 1 else f"{count:,} journeys"
