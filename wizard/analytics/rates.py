"""How sure a rate is: Wilson's score interval."""

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
