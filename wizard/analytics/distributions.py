"""P-values of a few tests, two-sided, with the standard library alone."""

import math
from collections.abc import Callable, Sequence
from statistics import median

NEGLIGIBLE = 1e-17
"""A further term this small, relative to the sum so far, no longer changes it."""

MOST_TERMS = 10_000


def normal_p(z: float) -> float:
    """How likely a standard normal variable is at least as far from 0 as `z`."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_z(p: float) -> float:
    """The deviation whose two-sided p-value is `p`, from 0 (which gives infinity) to 1."""
    low, high = 0.0, 40.0
    if p < normal_p(high):
        return math.inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_p(middle) > p else (low, middle)
    return low


def student_p(t: float, degrees: int) -> float:
    """The same of Student's t with so many degrees of freedom, at least 1."""
    return _beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def proportions_p(count: int, of: int, other_count: int, other_of: int) -> float:
    """Whether `count` of `of` and `other_count` of `other_of` are samples of one share: Fisher's test, mid-p, doubled.

    Given both margins, `count` is hypergeometric. Its own probability counts by half, which takes away most of what
    makes Fisher's exact test conservative (H. O. Lancaster, "Significance tests in discrete distributions", Journal of
    the American Statistical Association 56 (1961), 223-234). Without visitors on either side, or where both shares are
    0 or both are 1, it is 1.
    """
    every, hits = of + other_of, count + other_count
    if not of or not other_of or hits in (0, every):
        return 1.0
    least, most = max(0, of - (every - hits)), min(of, hits)
    log_p = _log_choose(hits, count) + _log_choose(every - hits, of - count) - _log_choose(every, of)

    def up(k: int) -> float:
        return (hits - k) * (of - k) / ((k + 1) * (every - hits - of + k + 1))

    def down(k: int) -> float:
        return 1 / up(k - 1)

    is_above = count * every >= of * hits
    return _mid_p(log_p, count, most - count, up, 1) if is_above else _mid_p(log_p, count, count - least, down, -1)


def equal_counts_p(count: int, other: int) -> float:
    """Whether two counts are Poisson counts of one mean: given their sum, each is binomial with 1/2; mid-p, doubled."""
    every, most = count + other, max(count, other)
    if not every:
        return 1.0
    log_p = _log_choose(every, most) - every * math.log(2)
    return _mid_p(log_p, most, every - most, lambda k: (every - k) / (k + 1), 1)


def rank_z(ours: Sequence[float], others: Sequence[float]) -> float:
    """The deviation of Mann's and Whitney's U, corrected for ties: above 0 where `ours` are the larger ones.

    H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the
    other", Annals of Mathematical Statistics 18 (1947), 50-60. Without either, or where all are equal, it is 0.
    """
    n, m = len(ours), len(others)
    pooled = sorted([*((value, 1) for value in ours), *((value, 0) for value in others)])
    ranks, ties, start = 0.0, 0, 0
    while start < len(pooled):
        end, own = start, 0
        while end < len(pooled) and pooled[end][0] == pooled[start][0]:
            own += pooled[end][1]
            end += 1
        ranks += own * (start + end + 1) / 2
        ties += (end - start) ** 3 - (end - start)
        start = end
    every = n + m
    variance = n * m / 12 * (every + 1 - ties / (every * (every - 1))) if n and m else 0.0
    if variance <= 0:
        return 0.0
    beyond = ranks - n * (n + 1) / 2 - n * m / 2
    return math.copysign(max(0.0, abs(beyond) - 0.5), beyond) / math.sqrt(variance)


def middle(values: Sequence[int]) -> int:
    """The median, rounded down; 0 without any."""
    return int(median(values)) if values else 0


def _mid_p(log_p: float, start: int, terms: int, ratio: Callable[[int], float], step: int) -> float:
    """Twice the sum of up to so many `terms` away from the middle, and of half the first one."""
    term = 1.0
    total = 0.5
    k = start
    for _ in range(min(terms, MOST_TERMS)):
        term *= ratio(k)
        total += term
        k += step
        if term < NEGLIGIBLE * total:
            break
    return min(1.0, 2 * math.exp(log_p) * total)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (https://dlmf.nist.gov/8.17.E22)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # The fraction 1/(1 + d1/(1 + d2/(1 + ...))), from its far end.
    value = 0.0
    for number in range(200, 0, -1):
        m = number // 2
        if number % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        value = d / (1 + value)
    return math.exp(log_front) / a / (1 + value)
