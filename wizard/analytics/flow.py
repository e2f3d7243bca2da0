"""The questionnaire as the graph that it is, with how many took each of its edges."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wizard.analytics.cube import Counted
from wizard.events.transitions import RESULT, START
from wizard.questionnaire.flow import OUTCOME, Flow
from wizard.questionnaire.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Edge:
    """From a page (`start`, or a step) to a page (a step, or `result`): how many `journeys` took it, once or more.

    Edges to a result are told apart by what was `recommended` last. One that the flow does not have (a link with all
    the answers; an earlier flow's) is not `expected`.
    """

    source: str
    target: str
    recommended: str
    journeys: int
    expected: bool


EdgeSets = Mapping[tuple[str, str], int]
"""How many journeys have the same edges, as `journeys` holds them, and the same recommendation."""


def read_edge_sets(counted: Iterable[Counted]) -> EdgeSets:
    """The edges of the journeys that are `counted`."""
    found: Counter[tuple[str, str]] = Counter()
    for cell, journeys, _ in counted:
        found[cell.edges, cell.recommended] += journeys
    return found


def split_edges(edges: str, recommended: str) -> Iterator[tuple[str, str, str]]:
    """Source, target and recommendation of each edge of a journey; only an edge to a result has a recommendation."""
    for edge in edges.split():
        source, _, target = edge.partition(">")
        yield source, target, recommended if target == RESULT else ""


def read_edges(edge_sets: EdgeSets, flow: Flow, strategy: Strategy) -> tuple[Edge, ...]:
    """The flow's own edges, taken or not, in its order; then whatever others were taken."""
    found: Counter[tuple[str, str, str]] = Counter()
    for edge_set, journeys in edge_sets.items():
        for edge in split_edges(*edge_set):
            found[edge] += journeys
    expected = _of_flow(flow, strategy)
    others = sorted(found.keys() - expected.keys())
    return tuple(Edge(*edge, found[edge], edge in expected) for edge in [*expected, *others])


def _of_flow(flow: Flow, strategy: Strategy) -> Mapping[tuple[str, str, str], None]:
    """Every edge that somebody takes who answers all that is asked."""
    found: dict[tuple[str, str, str], None] = {(START, flow.steps[0].name, ""): None}
    for step in flow.steps:
        targets = [rule.goto for rule in step.rules if rule.goto != OUTCOME]
        found |= {(step.name, target, ""): None for target in targets}
    for path in flow.paths:
        recommended = strategy.outcome(path).recommendation.recommended
        found[list(path)[-1], RESULT, str(recommended)] = None
    return found
