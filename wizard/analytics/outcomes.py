"""Personas and recommendations: what each persona was recommended, and what it did next."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wizard.analytics.conditions import THEN
from wizard.analytics.cube import Counted
from wizard.analytics.rates import Rate
from wizard.analytics.stages import Counts, reached
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Deployment, Strategy

NEXT_ACTIONS = {action.position: name for name, action in THEN.items()}
"""What was done with a result, by the position of the last click."""


@dataclass(frozen=True, slots=True)
class ResultFigures:
    """Those who started, reached a result as a persona, and were recommended a deployment.

    `actions` counts what they did with it, by the names of `conditions.THEN`. `column` and `priority` are the
    strategy's own (1 is the top); None where it has none for what the log holds.
    """

    persona: str
    recommended: str
    column: str | None
    priority: int | None
    counts: Counts = field(default_factory=Counts)
    actions: Counter[str] = field(default_factory=Counter)

    @property
    def finished(self) -> int:
        """How many there are."""
        return self.counts["finished"]

    def of_finished(self, count: int) -> Rate:
        """A share of those who reached this result."""
        return Rate(count, self.finished)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The results in the strategy's order, and requests for a deployment that is not offered.

    `declined` counts these, `declined_left` those of them that clicked nothing then. `matrix` is the strategy's
    priorities by deployment and column, beside them.
    """

    results: tuple[ResultFigures, ...]
    declined: Mapping[str, int]
    declined_left: Mapping[str, int]
    matrix: Mapping[Deployment, Mapping[Column, int]]

    @property
    def finished(self) -> int:
        """How many reached a result."""
        return sum(each.finished for each in self.results)


def read_outcomes(counted: Iterable[Counted], flow: Flow, strategy: Strategy) -> Outcomes:
    """The results of the journeys that are `counted`."""
    possible = _possible(flow, strategy)
    found = {pair: ResultFigures(*pair, *priority) for pair, priority in possible.items()}
    declined: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for cell, journeys, _ in counted:
        if not (cell.started and cell.finished):
            continue
        pair = cell.persona, cell.recommended
        each = found.setdefault(pair, ResultFigures(*pair, None, None))
        each.counts.add(reached(cell), journeys)
        action = NEXT_ACTIONS.get(cell.clicked_position, "left")
        each.actions[action] += journeys
        for deployment in filter(None, cell.declined.split(",")):
            declined[deployment] += journeys
            left[deployment] += journeys * (action == "left")
    order = [*possible, *sorted(found.keys() - possible.keys())]
    return Outcomes(tuple(found[pair] for pair in order), dict(sorted(declined.items())), left, strategy.matrix)


def _possible(flow: Flow, strategy: Strategy) -> dict[tuple[str, str], tuple[str, int | None]]:
    """Each persona and what may be recommended to it: by the strategy's priorities, the top first."""
    found: dict[tuple[str, str], tuple[str, int | None]] = {}
    for path in flow.paths:
        outcome = strategy.outcome(path)
        recommended = outcome.recommendation.recommended
        priority = strategy.matrix[recommended].get(outcome.column)
        found[str(outcome.persona), str(recommended)] = (str(outcome.column), priority)
    return dict(sorted(found.items(), key=lambda item: (item[1][1] or len(found) + 1, item[0])))
