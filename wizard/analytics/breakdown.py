"""Groups of journeys beside what they were before, and which of them moved a figure: by visitors, or by rates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from wizard.analytics.cube import Counted
from wizard.analytics.dimensions import DIMENSIONS
from wizard.analytics.rates import Rate
from wizard.analytics.stages import STAGES

Metric = Literal["journeys", "started", "finished", "clicked", "converted"]
METRICS: tuple[Metric, ...] = get_args(Metric)

Base = Literal["journeys", "started", "handoff"]


class Counts(NamedTuple):
    """One group's journeys; from `finished` on, those of the started. `handoff` clicked and took a handoff along."""

    journeys: int = 0
    started: int = 0
    finished: int = 0
    clicked: int = 0
    converted: int = 0
    handoff: int = 0

    def of(self, metric: Metric | Base) -> int:
        """The count of this name."""
        return int(getattr(self, metric))

    def rate(self, metric: Metric) -> Rate:
        """A share of those that a rate of `metric` is of."""
        # Whoever signed up had a handoff, even where the click is not in the log.
        return Rate(self.of(metric), max(self.of(metric), self.of(base(metric))))


COUNTED = tuple(STAGES[name] for name in Counts._fields[1:])


def base(metric: Metric) -> Base:
    """What a rate of `metric` is a share of; what is a share of nothing is one of itself."""
    if metric in ("journeys", "started"):
        return "journeys"
    return "handoff" if metric == "converted" else "started"


@dataclass(frozen=True, slots=True)
class Moved:
    """How much of a total's change one group accounts for: `volume` by how many came, `rate` by what share of them.

    Of a count that is visitors times a rate, n·r, either change is weighed with the mean of the other before and
    after: (n₁ - n₀)·(r₀ + r₁)/2 and (r₁ - r₀)·(n₀ + n₁)/2, which sum to the whole. Each is what Shapley's value gives
    it (L. S. Shapley, "A value for n-person games", 1953). A group that was not there before, or is gone, has moved by
    volume alone.
    """

    total: int
    volume: float
    rate: float


def moved(now: Counts, before: Counts, metric: Metric) -> Moved:
    """What became of `metric` in a group since `before`."""
    total = now.of(metric) - before.of(metric)
    new, old = now.rate(metric), before.rate(metric)
    if metric == "journeys" or new.rate is None or old.rate is None:
        return Moved(total, float(total), 0.0)
    volume = (new.of - old.of) * (new.rate + old.rate) / 2
    return Moved(total, volume, total - volume)


@dataclass(frozen=True, slots=True)
class Group:
    """The journeys of one value of a dimension; an empty one is not known."""

    value: str
    now: Counts
    before: Counts

    def moved(self, metric: Metric) -> Moved:
        """What became of `metric`."""
        return moved(self.now, self.before, metric)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The groups of one dimension, in no order; `total` is all of them together.

    `rest` are the `rest_values` values that are too rare to be among the groups, together.
    """

    dimension: str
    groups: tuple[Group, ...]
    total: Group
    rest: Group | None = None
    rest_values: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranking in order: its `top` groups, and the `others` that are folded into one, if there are any."""

    top: tuple[Group, ...]
    other: Group | None
    others: int


def read_ranking(dimension: str, now: Iterable[Counted], before: Iterable[Counted]) -> Ranking:
    """The groups of `dimension`, from the cells of a period and of the one before it."""
    found, earlier = _by_value(dimension, now), _by_value(dimension, before)
    groups = tuple(
        Group(value, Counts(*found.get(value, ())), Counts(*earlier.get(value, ()))) for value in {**found, **earlier}
    )
    return Ranking(dimension, groups, _together(groups))


def ranked(ranking: Ranking, by: Metric | Literal["moved"], metric: Metric, at_most: int) -> Ranked:
    """The groups with the most of `by` first, or those that moved `metric` most; what is beyond `at_most` is folded.

    A single group is never folded: it would take the same line.
    """

    def key(group: Group) -> tuple[float, int, str]:
        amount = abs(group.moved(metric).total) if by == "moved" else group.now.of(by)
        return -amount, -group.now.journeys, group.value

    ordered = sorted(ranking.groups, key=key)
    if not ranking.rest and len(ordered) <= at_most + 1:
        return Ranked(tuple(ordered), None, 0)
    others = [*ordered[at_most:], *([ranking.rest] if ranking.rest else [])]
    return Ranked(tuple(ordered[:at_most]), _together(others), len(ordered[at_most:]) + ranking.rest_values)


def ranking_with_rest(dimension: str, groups: Sequence[Group], values: int, total: Group) -> Ranking:
    """The ranking of a dimension with so many `values`, of which some are among `groups`; `total` is of all."""
    rare = values - len(groups)
    if not rare:
        return Ranking(dimension, tuple(groups), total)
    listed = _together(groups)
    now, before = (
        Counts(*(every - some for every, some in zip(*both, strict=True)))
        for both in ((total.now, listed.now), (total.before, listed.before))
    )
    return Ranking(dimension, tuple(groups), total, Group("", now, before), rare)


def _by_value(dimension: str, counted: Iterable[Counted]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(Counts._fields))
    for row in counted:
        cell, journeys, _ = row
        counts = found[DIMENSIONS[dimension].value_of(cell)]
        counts[0] += journeys
        for place, stage in enumerate(COUNTED, 1):
            if stage.holds(cell):
                counts[place] += journeys
    return found


def _together(groups: Sequence[Group]) -> Group:
    nothing = (Counts(),)
    now = (sum(column) for column in zip(*nothing, *(group.now for group in groups), strict=True))
    before = (sum(column) for column in zip(*nothing, *(group.before for group in groups), strict=True))
    return Group("", Counts(*now), Counts(*before))
