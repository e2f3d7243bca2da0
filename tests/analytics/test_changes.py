"""Which changes are beyond chance, and which of them is named."""

import math
from random import Random

import pytest

from wizard.analytics.changes import (
    FEWEST_TIMES,
    beyond_chance,
    count_change,
    lag_change,
    most_notable,
    rate_change,
)
from wizard.analytics.changes import Tested as Change
from wizard.analytics.distributions import equal_counts_p, normal_p, normal_z, proportions_p, rank_z, student_p
from wizard.analytics.rates import Rate


def change(key: str, p_value: float, z: float = 4.0) -> Change:
    return Change(key, 1, 2, 10, 10, p_value, z)


@pytest.mark.parametrize(
    ("t", "degrees", "p_value"),
    [(12.706, 1, 0.05), (2.571, 5, 0.05), (2.052, 27, 0.05), (3.690, 27, 0.001), (0.0, 9, 1.0)],
)
def test_students_t_has_the_tails_of_its_tables(t: float, degrees: int, p_value: float) -> None:
    assert student_p(t, degrees) == pytest.approx(p_value, rel=2e-3)
    assert student_p(-t, degrees) == student_p(t, degrees)


def test_a_deviation_and_its_p_value_are_each_others_inverse() -> None:
    assert normal_z(0.05) == pytest.approx(1.959964, abs=1e-6)
    assert normal_p(normal_z(1e-9)) == pytest.approx(1e-9, rel=1e-6)


def test_shares_are_compared_by_the_counts_that_the_margins_allow() -> None:
    # 7 of 10 and 2 of 10: of 167,960 ways to divide 9 hits, 120 · 45, 45 · 120, … have 7, 8 and 9 of them here.
    ways = [math.comb(10, k) * math.comb(10, 9 - k) for k in (7, 8, 9)]
    assert proportions_p(7, 10, 2, 10) == pytest.approx(2 * (ways[0] / 2 + sum(ways[1:])) / math.comb(20, 9))
    assert proportions_p(2, 10, 7, 10) == pytest.approx(proportions_p(7, 10, 2, 10))
    assert proportions_p(0, 10, 0, 20) == proportions_p(10, 10, 20, 20) == proportions_p(0, 0, 5, 10) == 1.0


@pytest.mark.parametrize(("count", "other"), [(5, 5), (0, 8), (60, 40), (234, 200)])
def test_counts_are_compared_as_tosses_of_a_coin(count: int, other: int) -> None:
    every, most = count + other, max(count, other)
    ways = [math.comb(every, k) for k in range(most, every + 1)]
    assert equal_counts_p(count, other) == pytest.approx(min(1.0, 2 * (sum(ways) - ways[0] / 2) / 2**every))


@pytest.mark.parametrize(("of", "other_of"), [(100, 100), (100, 400)])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 9])
def test_the_test_of_rates_holds_its_level_with_small_counts(
    of: int, other_of: int, share: float, alpha: float
) -> None:
    """The exact level: the probability of all outcomes that are called beyond chance. A quarter more is tolerated."""

    def probabilities(n: int) -> list[float]:
        return [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]

    likely = [(k, p) for k, p in enumerate(probabilities(of)) if p > 1e-9]
    others = [(k, p) for k, p in enumerate(probabilities(other_of)) if p > 1e-9]
    level = sum(p * q for k, p in likely for j, q in others if proportions_p(k, of, j, other_of) <= alpha)
    assert level <= 1.25 * alpha


def test_ranks_are_compared_with_ties_counted_half() -> None:
    assert rank_z([1, 2, 3, 4], [5, 6, 7, 8]) == pytest.approx(-(8 - 0.5) / math.sqrt(12))
    assert rank_z([5, 6, 7, 8], [1, 2, 3, 4]) == -rank_z([1, 2, 3, 4], [5, 6, 7, 8])
    assert rank_z([3, 3], [3, 3]) == rank_z([], [1, 2]) == 0.0


def test_a_count_is_beyond_chance_only_beyond_what_its_days_differ() -> None:
    steady, bursts = [70] * 28, [10, 130] * 14
    assert count_change("started", [80] * 28, steady).p_value < 1e-3
    assert count_change("started", [each + 10 for each in bursts], list(reversed(bursts))).p_value > 0.05
    assert count_change("started", [60, 30], [30, 30]).p_value == equal_counts_p(90, 60)


def test_days_that_are_alike_make_no_change_more_certain_than_poissons() -> None:
    found = count_change("started", [72] * 28, [70] * 28)
    assert found.dispersion == 1.0
    assert found.p_value >= equal_counts_p(72 * 28, 70 * 28)


def test_few_signups_say_nothing_of_their_times() -> None:
    many, few = list(range(FEWEST_TIMES)), list(range(FEWEST_TIMES - 1))
    assert lag_change([each + 1000 for each in few], few).p_value == 1.0
    found = lag_change([each + 1000 for each in many], many)
    assert found.p_value < 1e-6
    assert found.rose
    assert (found.now, found.before) == (1009, 9)


def test_the_level_is_shared_by_all_that_is_looked_at() -> None:
    alone = [change("finished", 0.02)]
    assert most_notable(alone) == alone[0]
    assert most_notable([*alone, change("clicked", 0.5), change("started", 0.6)]) is None


def test_after_the_first_change_the_others_share_the_level() -> None:
    family = [change("started", 0.001), change("finished", 0.012), change("clicked", 0.06)]
    assert list(beyond_chance(family)) == ["started", "finished"]


@pytest.mark.parametrize(
    ("family", "named"),
    [
        ([change("finished", 1e-9, -6), change("step:hosting", 1e-6, 5)], "step:hosting"),
        ([change("finished", 1e-9, -6), change("step:hosting", 1e-6, -5)], "finished"),
        ([change("finished", 1e-9, -6), change("step:a", 1e-5, 4), change("step:b", 1e-6, 5)], "step:b"),
        ([change("converted", 1e-9, -6), change("lag", 1e-6, 5)], "lag"),
        ([change("converted", 1e-9, -6), change("lag", 1e-6, -5)], "converted"),
        ([change("converted", 1e-9, -6), change("lag", 0.4, 1)], "converted"),
        ([change("started", 1e-9, -6), change("step:hosting", 1e-6, 5)], "started"),
        ([change("started", 0.0, -50), change("clicked", 0.0, -60)], "clicked"),
    ],
)
def test_what_explains_a_change_is_named_in_its_place(family: list[Change], named: str) -> None:
    found = most_notable(family)
    assert found
    assert found.key == named


def test_hardly_anything_is_beyond_chance_where_nothing_changed() -> None:
    chance, named = Random(4), 0  # noqa: S311
    for _ in range(400):
        rates = [Rate(sum(chance.random() < 0.1 for _ in range(300)), 300) for _ in range(8)]
        family = [rate_change(str(each), rates[2 * each], rates[2 * each + 1]) for each in range(4)]
        named += most_notable(family) is not None
    assert named <= 0.05 * 400
