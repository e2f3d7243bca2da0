"""Scales of the charts: round ticks from 0, short numbers, and labels spread so that none lie on each other."""

import math
from collections.abc import Sequence
from itertools import count

MOST_STEPS = 5
ROUND = (1, 2, 5)
MILLION, TEN_THOUSAND = 1_000_000, 10_000


def ticks(highest: int) -> list[int]:
    """Round counts from 0 to `highest` or just above: at most five steps of 1, 2 or 5 times a power of ten."""
    step = next(digit * 10**power for power in count() for digit in ROUND if digit * 10**power * MOST_STEPS >= highest)
    return [step * place for place in range(max(1, math.ceil(highest / step)) + 1)]


def abbreviate(amount: int, least: int = TEN_THOUSAND) -> str:
    """A count in a few characters: 950, 1,200, 15k, 2.5M; counts below `least` are written out."""
    for size, unit in ((MILLION, "M"), (1000, "k")):
        if amount >= max(least, size):
            return f"{amount / size:.1f}".removesuffix(".0") + unit
    return f"{amount:,}"


def spread(
    wanted: Sequence[float], distance: float, lowest: float = -math.inf, highest: float = math.inf
) -> list[float]:
    """Places as near to the `wanted` ones, which are in order, as can be, each at least `distance` from the next.

    Isotonic regression by pooling adjacent violators (M. Ayer and others, "An empirical distribution function for
    sampling with incomplete information", 1955), then moved to between `lowest` and `highest`.
    """
    pools: list[tuple[float, int]] = []
    for place, value in enumerate(wanted):
        pools.append((value - place * distance, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, some), (other, more) = pools.pop(-2), pools.pop()
            pools.append(((one * some + other * more) / (some + more), some + more))
    highest -= distance * (len(wanted) - 1)
    level = [min(max(mean, lowest), highest) for mean, members in pools for _ in range(members)]
    return [mean + place * distance for place, mean in enumerate(level)]
