"""What the funnel's picture is given: an overview's figures, and where each number leads."""

from typing import Protocol

from wizard.growth.overview.graph import Edge
from wizard.growth.overview.outcomes import Outcomes
from wizard.growth.report import Figures


class Links(Protocol):
    """The addresses of the journeys behind the picture's numbers."""

    def outcome(self, outcome: str, /) -> str:
        """Those that came so far: `viewed`, `started` or `finished`."""

    def step(self, step: str, what: str, /) -> str:
        """Those that did `what` at a step: `reached`, `answered`, `left`, `met_error` or `went_back`."""

    def edge(self, source: str, target: str, recommended: str, /) -> str:
        """Those that took an edge; `recommended` is empty but for edges to a `result` with just that one."""

    def result(self, recommended: str, /) -> str:
        """Those that started and finished with this deployment recommended."""


class Shown(Protocol):
    """What of an overview is shown."""

    @property
    def now(self) -> Figures:
        """The figures of the period, with its steps."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The flow's own edges in its order, and whatever others were taken."""

    @property
    def outcomes(self) -> Outcomes:
        """The results."""
