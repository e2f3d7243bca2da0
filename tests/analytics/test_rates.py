"""How sure a rate is."""

import pytest

from wizard.analytics.rates import Rate


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Table I of Newcombe (1998), method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # The same, the other way round.
        (182, 263, 0.6338, 0.7447),
        (20, 20, 0.8389, 1.0000),
    ],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Rate(count, of).interval == pytest.approx((low, high), abs=5e-5)


def test_an_interval_ends_exactly_where_no_rate_can_be() -> None:
    for of in range(1, 300):
        assert Rate(0, of).interval == (0.0, pytest.approx(Rate(0, of).interval[1]))  # type: ignore[index]
        assert Rate(of, of).interval[1] == 1.0  # type: ignore[index]


def test_a_rate_lies_in_its_interval_and_nobody_has_none() -> None:
    for count in range(51):
        low, high = Rate(count, 50).interval or (1, 0)
        assert low <= count / 50 <= high
    assert Rate(0, 0).rate is None
    assert Rate(0, 0).interval is None
