"""How sure a rate is, and the difference of two: score intervals."""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The 97.5% quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` out of `of`, of which each is one; `of` may be 0, and then there is no rate."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share, from 0 to 1."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval of the share that these visitors are a sample of, after Wilson, without correction.

        With p = count / of, n = of and z = 1.96: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
        Statistical Association 22 (1927), 209-212. Known values: method 3 of the seven that R. G. Newcombe compares,
        "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), 857-872.
        """
        if not self.of:
            return None
        share, square = self.count / self.of, Z_95 * Z_95 / self.of
        middle = share + square / 2
        half = math.sqrt(square * (share * (1 - share) + square / 4))
        low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
        # At either end the interval ends there exactly, but for the last digit of a float.
        return (low if self.count else 0.0, high if self.count < self.of else 1.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A rate less an earlier one, from -1 to 1, and the ends of its 95% interval."""

    by: float
    low: float
    high: float

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def difference(now: Rate, before: Rate) -> Difference | None:
    """How far the rate `now` is from that of other visitors `before`; None where one of them has no rate.

    With each rate's own Wilson interval (low, high): now - before - sqrt((now - low of now)² + (high of before -
    before)²) and now - before + sqrt((high of now - now)² + (before - low of before)²). R. G. Newcombe, "Interval
    estimation for the difference between independent proportions: comparison of eleven methods", Statistics in
    Medicine 17 (1998), 873-890: method 10, score intervals without continuity correction.
    """
    if now.rate is None or before.rate is None or now.interval is None or before.interval is None:
        return None
    (low, high), (low_before, high_before) = now.interval, before.interval
    by = now.rate - before.rate
    below = math.hypot(now.rate - low, high_before - before.rate)
    above = math.hypot(high - now.rate, before.rate - low_before)
    return Difference(by, by - below, by + above)
