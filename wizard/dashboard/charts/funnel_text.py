"""The texts of the funnel's nodes and labels: how wide they are, and where each column of a node's rows ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.dashboard.charts.funnel_model import Node, short
from wizard.dashboard.charts.text_width import widest, wrap

SIZE, TITLE_SIZE, LINE_SIZE = 13, 14, 12
"""Font sizes of a row, of a title, and of the lines below a row."""

PADDING, GAP = 10, 9
LEAST_WIDTH, TITLE_LINES, TITLE_LINE = 150, 2, 17


def needed_width(node: Node) -> float:
    """How wide a node must be for its rows; its title is wrapped."""
    name = SIZE * widest(metric.name for metric in node.metrics)
    with_share = [metric for metric in node.metrics if metric.share]
    others = [metric for metric in node.metrics if not metric.share]
    shared = name + GAP + _value_width(node) + GAP + _share_width(node) if with_share else 0.0
    plain = max((SIZE * (widest([each.name]) + widest([each.value], bold=True)) + GAP for each in others), default=0.0)
    lines = LINE_SIZE * widest((line for metric in node.metrics for line in metric.lines), bold=True)
    return max(LEAST_WIDTH, 2 * PADDING + max(shared, plain, lines))


@dataclass(frozen=True, slots=True)
class NodeText:
    """A node's texts in a box of this width."""

    node: Node
    width: float

    @property
    def title(self) -> list[str]:
        """The lines of its title."""
        return wrap(self.node.title, (self.width - 2 * PADDING) / TITLE_SIZE, TITLE_LINES, bold=True)

    @property
    def head(self) -> float:
        """How far its rows are below its upper edge."""
        return 13 + TITLE_LINE * len(self.title)

    @property
    def value_end(self) -> float:
        """Where values that have a share beside them end, from the left."""
        return self.width - PADDING - GAP - _share_width(self.node)


def label_width(counts: Iterable[int]) -> float:
    """The width of the widest of these counts beside a band."""
    return SIZE * widest(map(short, counts), bold=True)


def _value_width(node: Node) -> float:
    return SIZE * widest((metric.value for metric in node.metrics if metric.detail), bold=True)


def _share_width(node: Node) -> float:
    return SIZE * widest(metric.share for metric in node.metrics)
