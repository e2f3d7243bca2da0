"""Which group of journeys accounts for a change: beyond the other groups, and beyond chance.

Every value of every dimension is looked at, so each must pass a level that is divided by how many there are.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wizard.analytics.breakdown import Ranking
from wizard.analytics.changes import ALPHA, Tested, score_z
from wizard.analytics.distributions import normal_p
from wizard.analytics.rates import Rate

FEWEST = 20
"""A group with fewer visitors, in either period for a rate and in both together for a count, is not looked at."""

HALF = 0.5

RESULTS = ("persona", "recommendation", "answer")
"""Dimensions that follow from what visitors do in the wizard: those who dropped off have none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a dimension in two periods: so many counted, out of its own visitors; and `all` of the dimension.

    Where a plain count is explained, both are out of the count of all.
    """

    dimension: str
    value: str
    now: Rate
    before: Rate
    all_now: Rate
    all_before: Rate


@dataclass(frozen=True, slots=True)
class Cause:
    """The row that accounts for a change, and whether for at least half of it (`is_most`)."""

    row: Row
    p_value: float
    is_most: bool


def rows_of(key: str, rankings: Mapping[str, Ranking]) -> tuple[list[Row], int]:
    """The rows to look at for the change of a stage, and how many values are too rare to be among them."""
    rows, rest = [], 0
    for dimension, ranking in rankings.items():
        if dimension in RESULTS and key in ("started", "finished"):
            continue
        rest += ranking.rest_values
        both = (ranking.total.now, ranking.total.before)
        every = [Rate(counts[key], counts[key]) if key == "started" else counts.rate(key) for counts in both]
        for group in ranking.groups:
            if key == "started":
                own = [Rate(group.now[key], every[0].of), Rate(group.before[key], every[1].of)]
            else:
                own = [group.now.rate(key), group.before.rate(key)]
            rows.append(Row(dimension, group.value, *own, *every))
    return rows, rest


def cause_of_rate(change: Tested, rows: Sequence[Row], rest: int = 0, alpha: float = ALPHA) -> Cause | None:
    """The row whose rate changed beyond that of all other visitors, in the direction of the whole; None without one.

    The change of a group's log odds is compared with that of all others: the interaction of group and period.
    """
    found = [(row, z) for row in rows if (z := _interaction(row)) is not None]
    return _furthest(change, found, rest, alpha, _part_of_rate)


def cause_of_count(change: Tested, rows: Sequence[Row], rest: int = 0, alpha: float = ALPHA) -> Cause | None:
    """The row that changed beyond its share of the whole, in the same direction; None without one."""
    spread = math.sqrt(change.dispersion)
    parts = [row for row in rows if FEWEST <= row.now.count + row.before.count < row.now.of + row.before.of]
    found = [(row, score_z(row.now, row.before) / spread) for row in parts]
    return _furthest(change, found, rest, alpha, _part_of_count)


def _furthest(
    change: Tested,
    found: Iterable[tuple[Row, float]],
    rest: int,
    alpha: float,
    part: Callable[[Row], float],
) -> Cause | None:
    """The row that stands out furthest in the direction of `change`: of equal ones, the first."""
    every = list(found)
    sign = 1 if change.rose else -1
    row, z = max(every, key=lambda each: sign * each[1], default=(None, 0.0))
    if row is None or sign * z <= 0:
        return None
    p_value, share = normal_p(z), part(row)
    return Cause(row, p_value, share >= HALF) if p_value <= alpha / (len(every) + rest) and share > 0 else None


def _interaction(row: Row) -> float | None:
    """How many deviations the log odds of a row changed beyond those of all others; None with too few of either.

    Half a visitor is added to each of the eight counts, so that none is 0 (J. B. S. Haldane, "The estimation and
    significance of the logarithm of a ratio of frequencies", Annals of Human Genetics 20 (1956), 309-311).
    """
    others = [_less(row.all_now, row.now), _less(row.all_before, row.before)]
    if min(row.now.of, row.before.of, *(each.of for each in others)) < FEWEST:
        return None
    odds = [_log_odds(each) for each in (row.now, row.before, *others)]
    change = odds[0][0] - odds[1][0] - odds[2][0] + odds[3][0]
    return change / math.sqrt(sum(variance for _, variance in odds))


def _log_odds(rate: Rate) -> tuple[float, float]:
    """The log odds of a rate, and their variance."""
    hits, misses = rate.count + 0.5, rate.of - rate.count + 0.5
    return math.log(hits / misses), 1 / hits + 1 / misses


def _less(every: Rate, some: Rate) -> Rate:
    """All but some."""
    of = every.of - some.of
    return Rate(max(0, min(every.count - some.count, of)), max(0, of))


def _part_of_rate(row: Row) -> float:
    """Which share of the change of the whole rate is that of the row's own rate, weighed with its mean share."""
    weight = (row.now.of / row.all_now.of + row.before.of / row.all_before.of) / 2
    whole = _difference(row.all_now, row.all_before)
    return weight * _difference(row.now, row.before) / whole if whole else 0.0


def _part_of_count(row: Row) -> float:
    whole = row.all_now.count - row.all_before.count
    return (row.now.count - row.before.count) / whole if whole else 0.0


def _difference(now: Rate, before: Rate) -> float:
    return (now.rate or 0.0) - (before.rate or 0.0)
