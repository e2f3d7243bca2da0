"""How sure a rate is."""

import pytest

from wizard.analytics.rates import Rate, difference


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


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Table II of Newcombe (1998), "comparison of eleven methods", method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    found = difference(Rate(*now), Rate(*before))
    assert found
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.by == pytest.approx(now[0] / now[1] - before[0] / before[1])
    reverse = difference(Rate(*before), Rate(*now))
    assert reverse
    assert (reverse.low, reverse.high) == pytest.approx((-high, -low), abs=5e-5)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [((56, 70), (48, 80), True), ((48, 80), (56, 70), True), ((5, 56), (0, 29), False), ((0, 10), (0, 10), False)],
)
def test_a_difference_is_beyond_chance_where_its_interval_excludes_0(
    now: tuple[int, int], before: tuple[int, int], *, expected: bool
) -> None:
    found = difference(Rate(*now), Rate(*before))
    assert found
    assert found.is_beyond_chance is expected


def test_there_is_no_difference_from_a_rate_of_nobody() -> None:
    assert difference(Rate(3, 4), Rate(0, 0)) is None
    assert difference(Rate(0, 0), Rate(3, 4)) is None
