"""Groups of journeys beside the period before: how much of a change each accounts for, by traffic and by rate."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wizard.analytics.cube import Counted
from wizard.analytics.stages import JOURNEYS, Counts, reached
from wizard.events.dimensions import DIMENSIONS


@dataclass(frozen=True, slots=True)
class Moved:
    """How much of a total's change one group accounts for: `volume` by traffic, `rate` by its rate.

    Of a count that is visitors times a rate, n·r, either change is weighed with the mean of the other before and
    after: (n₁ - n₀)·(r₀ + r₁)/2 and (r₁ - r₀)·(n₀ + n₁)/2, which sum to the whole. Each is what Shapley's value gives
    it (L. S. Shapley, "A value for n-person games", 1953). A group that was not there before, or is gone, has moved by
    volume alone.
    """

    total: int
    volume: float
    rate: float


@dataclass(frozen=True, slots=True)
class Group:
    """The journeys of one value of a dimension; an empty one is not known."""

    value: str
    now: Counts
    before: Counts

    def moved(self, metric: str) -> Moved:
        """The change of `metric`."""
        total = self.now[metric] - self.before[metric]
        new, old = self.now.rate(metric), self.before.rate(metric)
        if metric == JOURNEYS or new.rate is None or old.rate is None:
            return Moved(total, float(total), 0.0)
        volume = (new.of - old.of) * (new.rate + old.rate) / 2
        return Moved(total, volume, total - volume)

    @classmethod
    def sum(cls, groups: Sequence["Group"]) -> "Group":
        """All of these together."""
        return cls("", Counts.sum(group.now for group in groups), Counts.sum(group.before for group in groups))


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
        Group(value, found.get(value, Counts()), earlier.get(value, Counts())) for value in {**found, **earlier}
    )
    return Ranking(dimension, groups, Group.sum(groups))


def ranked(ranking: Ranking, by: str, metric: str, at_most: int) -> Ranked:
    """The groups with the most of `by` first, or, if that is "moved", with the largest change of `metric`.

    What is beyond `at_most` is folded. A single group is never folded: it would take the same line.
    """

    def key(group: Group) -> tuple[float, int, str]:
        amount = abs(group.moved(metric).total) if by == "moved" else group.now[by]
        return -amount, -group.now[JOURNEYS], group.value

    ordered = sorted(ranking.groups, key=key)
    if not ranking.rest and len(ordered) <= at_most + 1:
        return Ranked(tuple(ordered), None, 0)
    others = [*ordered[at_most:], *([ranking.rest] if ranking.rest else [])]
    return Ranked(tuple(ordered[:at_most]), Group.sum(others), len(ordered[at_most:]) + ranking.rest_values)


def ranking_with_rest(dimension: str, groups: Sequence[Group], values: int, total: Group) -> Ranking:
    """The ranking of a dimension with so many `values`, of which some are among `groups`; `total` is of all."""
    rare = values - len(groups)
    if not rare:
        return Ranking(dimension, tuple(groups), total)
    listed = Group.sum(groups)
    rest = Group("", total.now.less(listed.now), total.before.less(listed.before))
    return Ranking(dimension, tuple(groups), total, rest, rare)


def _by_value(dimension: str, counted: Iterable[Counted]) -> dict[str, Counts]:
    value_of, alike = DIMENSIONS[dimension].value_of, Counter[tuple[str, tuple[str, ...]]]()
    for cell, journeys, _ in counted:
        alike[value_of(cell), reached(cell)] += journeys
    found: dict[str, Counts] = defaultdict(Counts)
    for (value, stages), journeys in alike.items():
        found[value].add(stages, journeys)
    return found
