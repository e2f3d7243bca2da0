"""The funnel as the flow really branches: pages as cards, and between them edges as wide as the journeys they carried."""

from typing import Protocol

from markupsafe import Markup

from wizard.growth.charts.svg import markup, svg
from wizard.growth.names import Names
from wizard.growth.overview.read import Overview


class Links(Protocol):
    """The addresses of the journeys behind the picture's numbers."""

    def outcome(self, outcome: str, /) -> str:
        """Those that came so far: `viewed`, `started` or `finished`."""

    def step(self, step: str, what: str, /) -> str:
        """Those that did `what` at a step: `reached`, `answered`, `left`, `met_error` or `went_back`."""

    def edge(self, source: str, target: str, recommended: str, /) -> str:
        """Those that took an edge; what was `recommended` is empty but for edges to `result`."""

    def result(self, recommended: str, /) -> str:
        """Those that started and finished with this deployment recommended."""


def funnel(overview: Overview, names: Names, links: Links) -> Markup:
    """The questionnaire's graph with the figures of `overview`, twice: for wide and for narrow places."""
    return markup(svg("funnel"))
