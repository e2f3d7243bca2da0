"""Who came and where they were sent: each persona by what was recommended to it, and what it then did."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wizard.analytics.cube import Counted
from wizard.analytics.rates import Rate
from wizard.questionnaire.flow import Flow
from wizard.questionnaire.strategy import Column, Deployment, Strategy


@dataclass(frozen=True, slots=True)
class Sent:
    """Those who started, came to a result as a persona, and were recommended a deployment.

    By their last click they `followed` that, took an `alternative`, or `left` without any. `column` and `priority` are
    the strategy's own (1 is the top); None where it has none for what the log holds.
    """

    persona: str
    recommended: str
    column: str | None
    priority: int | None
    finished: int = 0
    followed: int = 0
    alternative: int = 0
    left: int = 0
    converted: int = 0
    handoff: int = 0

    @property
    def conversion(self) -> Rate:
        """Signups as a share of those who clicked with a handoff, which whoever signed up had."""
        return Rate(self.converted, self.handoff)

    def of_finished(self, count: int) -> Rate:
        """A share of those who came to this result."""
        return Rate(count, self.finished)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The results in the strategy's order; `declined` counts who asked for a deployment that is not offered to them.

    `matrix` is the strategy's priorities by deployment and column, beside them.
    """

    sent: tuple[Sent, ...]
    declined: Mapping[str, int]
    matrix: Mapping[Deployment, Mapping[Column, int]]

    @property
    def finished(self) -> int:
        """How many came to a result."""
        return sum(each.finished for each in self.sent)


def read_outcomes(counted: Iterable[Counted], flow: Flow, strategy: Strategy) -> Outcomes:
    """What became of the journeys that are `counted`."""
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    declined: dict[str, int] = defaultdict(int)
    for cell, journeys, _ in counted:
        if not (cell.started and cell.finished):
            continue
        counts = found[cell.persona, cell.recommended]
        counts["finished"] += journeys
        counts[_then(cell.clicked_position)] += journeys
        counts["converted"] += journeys * cell.converted
        counts["handoff"] += journeys * cell.handoff
        for deployment in filter(None, cell.declined.split(",")):
            declined[deployment] += journeys
    possible = _possible(flow, strategy)
    pairs = [*possible, *sorted(found.keys() - possible.keys())]
    sent = (replace(Sent(*pair, *possible.get(pair, (None, None))), **found[pair]) for pair in pairs)
    return Outcomes(tuple(sent), dict(sorted(declined.items())), strategy.matrix)


def _then(position: str) -> str:
    return {"recommended": "followed", "alternative": "alternative"}.get(position, "left")


def _possible(flow: Flow, strategy: Strategy) -> dict[tuple[str, str], tuple[str, int | None]]:
    """Each persona and what may be recommended to it: by the strategy's priorities, the top first."""
    found: dict[tuple[str, str], tuple[str, int | None]] = {}
    for path in flow.paths:
        outcome = strategy.outcome(path)
        recommended = outcome.recommendation.recommended
        priority = strategy.matrix[recommended].get(outcome.column)
        found[str(outcome.persona), str(recommended)] = (str(outcome.column), priority)
    return dict(sorted(found.items(), key=lambda item: (item[1][1] or len(found) + 1, item[0])))
