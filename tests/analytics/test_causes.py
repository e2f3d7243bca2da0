"""Which group accounts for a change."""

import pytest
from factories import counts_of

from wizard.analytics.breakdown import Group, Ranking
from wizard.analytics.causes import Cause, Row, cause_of_count, cause_of_rate, rows_of
from wizard.analytics.changes import count_change, rate_change
from wizard.analytics.rates import Rate

Figures = tuple[int, int]


def ranking(dimension: str, groups: dict[str, tuple[Figures, Figures]], rest_values: int = 0) -> Ranking:
    """Groups of so many started and finished, now and before."""
    found = tuple(
        Group(value, counts_of(now[0], *now), counts_of(before[0], *before)) for value, (now, before) in groups.items()
    )
    total = Group.sum(found)
    return Ranking(dimension, found, total, rest_values=rest_values)


def cause(key: str, *rankings: Ranking) -> Cause | None:
    rows, rest = rows_of(key, {each.dimension: each for each in rankings})
    total = rankings[0].total
    if key == "started":
        return cause_of_count(count_change(key, [total.now[key]], [total.before[key]]), rows, rest)
    return cause_of_rate(rate_change(key, total.now.rate(key), total.before.rate(key)), rows, rest)


PHONES = ranking("device", {"mobile": ((700, 420), (700, 560)), "desktop": ((1300, 1040), (1300, 1045))})
ALIKE = ranking("source", {"search": ((1000, 730), (1000, 802)), "social": ((1000, 730), (1000, 803))})
GONE = {"news": ((0, 0), (400, 300)), "search": ((1600, 1200), (1600, 1200))}


def test_a_rate_is_accounted_for_by_the_group_whose_own_rate_changed() -> None:
    found = cause("finished", ALIKE, PHONES)
    assert found
    assert (found.row.dimension, found.row.value, found.is_most) == ("device", "mobile", True)
    assert (found.row.now, found.row.before) == (Rate(420, 700), Rate(560, 700))


def test_where_all_groups_changed_alike_none_is_named() -> None:
    assert cause("finished", ALIKE) is None


def test_a_group_that_changed_against_the_whole_is_never_named() -> None:
    found = cause("finished", ranking("device", {"a": ((1000, 900), (1000, 800)), "b": ((2000, 1200), (2000, 1600))}))
    assert found
    assert found.row.value == "b"


def test_a_count_is_accounted_for_by_the_source_that_is_gone() -> None:
    found = cause("started", ranking("source", GONE))
    assert found
    assert (found.row.value, found.row.now.count, found.row.before.count, found.is_most) == ("news", 0, 400, True)


def test_of_rows_with_the_same_journeys_the_first_dimension_is_named() -> None:
    found = cause("started", ranking("source", GONE), ranking("campaign", GONE))
    assert found
    assert found.row.dimension == "source"


def test_a_row_must_stand_out_further_among_more_rows() -> None:
    rows = {"a": ((500, 345), (500, 400)), "b": ((1500, 1200), (1500, 1180))}
    assert cause("finished", ranking("device", rows))
    assert cause("finished", ranking("device", rows, rest_values=100_000)) is None


def test_results_are_no_cause_of_who_finished() -> None:
    rows, _ = rows_of("finished", {"persona": PHONES, "device": PHONES})
    assert {row.dimension for row in rows} == {"device"}
    rows, _ = rows_of("clicked", {"persona": PHONES, "device": PHONES})
    assert {row.dimension for row in rows} == {"persona", "device"}


@pytest.mark.parametrize("visitors", [0, 1, 19])
def test_a_group_of_few_is_not_looked_at(visitors: int) -> None:
    every = Rate(500, 1000), Rate(700, 1000)
    row = Row("device", "tablet", Rate(0, visitors), Rate(visitors, visitors), *every)
    assert cause_of_rate(rate_change("finished", *every), [row]) is None


def test_nothing_to_look_at_is_no_cause() -> None:
    assert cause_of_rate(rate_change("finished", Rate(1, 2), Rate(2, 2)), []) is None
    assert cause_of_count(count_change("started", [5], [9]), []) is None
