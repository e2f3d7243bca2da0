"""Which changes between two periods are beyond chance, and which one of them is the most notable.

Pure functions: counts, rates and times in, p-values out. docs/reports.md has the formulas.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wizard.analytics.distributions import (
    equal_counts_p,
    middle,
    normal_p,
    proportions_p,
    rank_z,
    student_p,
)
from wizard.analytics.rates import Rate

ALPHA = 0.03
"""How likely at most anything is said to have changed where nothing has, over all that is looked at together.

Below 5%, so that of 200 comparisons without a change hardly ever more than 5% say something.
"""

FEW = 100
"""With fewer starters than this, in either period, nothing is compared."""

FEWEST_DAYS = 7
"""From so many days on, how much days differ is estimated from them."""

FEWEST_TIMES = 20
"""With fewer times in either period, times are not compared: the test's approximation needs some."""

LAG = "lag"
STEP = "step:"
"""What the key of a step's drop-off begins with."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One figure of two periods, and how likely chance alone makes them differ so much (`p_value`, two-sided).

    `key` is `started`, `finished`, `clicked`, `converted`, `time`, `lag` or `step:` and its name. `now` and `before`
    are counts, each out of `now_of` and `before_of`; of times they are medians in ms, of so many. Of a plain count both
    are the same. `z` is the change in standard deviations, above 0 for a rise. `dispersion` is how many times the
    variance of a Poisson count that of a day's count is, at least 1.
    """

    key: str
    now: int
    before: int
    now_of: int
    before_of: int
    p_value: float
    z: float
    dispersion: float = 1.0

    @property
    def rose(self) -> bool:
        """Whether there is more of it now."""
        return self.z > 0

    @property
    def step(self) -> str:
        """The name of the step whose drop-off it is, or an empty text."""
        return self.key.removeprefix(STEP) if self.key.startswith(STEP) else ""


def rate_change(key: str, now: Rate, before: Rate) -> Tested:
    """The change of a rate, by Fisher's test with mid-p."""
    p_value = proportions_p(now.count, now.of, before.count, before.of)
    return Tested(key, now.count, before.count, now.of, before.of, p_value, score_z(now, before))


def count_change(key: str, now_by_day: Sequence[int], before_by_day: Sequence[int]) -> Tested:
    """The change of a count, from its days in both periods, of which those at the same place are a pair.

    The p-value is the greater of two: that of two Poisson counts, and, from `FEWEST_DAYS` pairs on, that of a
    quasi-Poisson model, whose dispersion is estimated from how much the share of `now` differs between pairs.
    """
    now, before = sum(now_by_day), sum(before_by_day)
    p_value = equal_counts_p(now, before)
    z = (now - before) / math.sqrt(now + before) if now + before else 0.0
    pairs = [pair for pair in zip(now_by_day, before_by_day, strict=True) if any(pair)]
    if len(pairs) < FEWEST_DAYS:
        return Tested(key, now, before, now, before, p_value, z)
    dispersion = _dispersion(pairs, now / (now + before))
    if dispersion > 0:
        p_value = max(p_value, student_p(z / math.sqrt(dispersion), len(pairs) - 1))
    at_least_one = max(1.0, dispersion)
    return Tested(key, now, before, now, before, p_value, z / math.sqrt(at_least_one), at_least_one)


def lag_change(now_lags_ms: Sequence[int], before_lags_ms: Sequence[int], key: str = LAG) -> Tested:
    """The change of times, such as those from a click to its signup, by Mann's and Whitney's test."""
    n, m = len(now_lags_ms), len(before_lags_ms)
    z = rank_z(now_lags_ms, before_lags_ms) if min(n, m) >= FEWEST_TIMES else 0.0
    return Tested(key, middle(now_lags_ms), middle(before_lags_ms), n, m, normal_p(z), z)


def score_z(now: Rate, before: Rate) -> float:
    """The deviation of the difference of two rates under their common rate; 0 without one."""
    every, hits = now.of + before.of, now.count + before.count
    if not now.of or not before.of or hits in (0, every):
        return 0.0
    share = hits / every
    variance = share * (1 - share) * (1 / now.of + 1 / before.of)
    return (now.count / now.of - before.count / before.of) / math.sqrt(variance)


def beyond_chance(changes: Sequence[Tested], alpha: float = ALPHA) -> Mapping[str, Tested]:
    """Those whose change is beyond chance, by key, the smallest p-value first.

    By Holm's correction, the chance that any of them is named while nothing has changed is at most `alpha`, however
    they depend on each other (S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979), 65-70).
    """
    passed = {}
    ordered = sorted(changes, key=_by_strength)
    for number, each in enumerate(ordered):
        if each.p_value > alpha / (len(ordered) - number):
            break
        passed[each.key] = each
    return passed


def most_notable(changes: Sequence[Tested], alpha: float = ALPHA) -> Tested | None:
    """The change to name: of those beyond chance, the one with the smallest p-value; None where there is none.

    Two say more than another one that they explain: a step's drop-off, where the rate of those who finished went the
    other way, and the time to a signup, where the rate of signups did.
    """
    passed = beyond_chance(changes, alpha)
    first = next(iter(passed.values()), None)
    if first is None or first.key not in ("finished", "converted"):
        return first
    exact = [each for each in passed.values() if (each.step if first.key == "finished" else each.key == LAG)]
    return next((each for each in exact if each.rose != first.rose), first)


def _by_strength(change: Tested) -> tuple[float, float]:
    """The order of p-values; of those that are too small for a number, that of deviations."""
    return change.p_value, -abs(change.z)


def _dispersion(pairs: Sequence[tuple[int, int]], share: float) -> float:
    """Pearson's statistic over its degrees of freedom: 1 where the pairs differ as Poisson counts do; 0 unknown."""
    if not 0 < share < 1:
        return 0.0
    squares = sum((now - (now + before) * share) ** 2 / (now + before) for now, before in pairs)
    return squares / (share * (1 - share)) / (len(pairs) - 1)
