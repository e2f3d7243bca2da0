"""Groups beside what they were before: what moved, in what order they are, and which are folded."""

from fractions import Fraction

import pytest
from factories import counts_of
from hypothesis import given
from hypothesis import strategies as st

from wizard.analytics.breakdown import Group, Moved, Ranking, ranked, ranking_with_rest, read_ranking
from wizard.analytics.cube import Cell, Counted
from wizard.analytics.stages import METRICS, Counts, rate_of

CELL = Cell(0, 1, 0, 0, 0, 0, "", "", "", "", "", "en", "mobile", "f1", "w1", "")
NOTHING = counts_of()


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    journeys = draw(st.integers(0, 500))
    started = draw(st.integers(0, journeys))
    finished, clicked, converted = (draw(st.integers(0, started)) for _ in range(3))
    return counts_of(journeys, started, finished, clicked, converted, draw(st.integers(converted, started)))


metrics = st.sampled_from(METRICS)


@given(counts(), counts(), metrics)
def test_volume_and_rate_make_up_the_whole_change(now: Counts, before: Counts, metric: str) -> None:
    change = Group("", now, before).moved(metric)
    assert change.total == now[metric] - before[metric]
    assert change.volume + change.rate == pytest.approx(change.total)


@given(counts(), counts(), metrics)
def test_what_is_undone_moves_back_by_as_much(now: Counts, before: Counts, metric: str) -> None:
    there, back = Group("", now, before).moved(metric), Group("", before, now).moved(metric)
    assert [back.volume, back.rate] == pytest.approx([-there.volume, -there.rate])


@given(counts(), counts(), st.sampled_from([metric for metric in METRICS if metric != "journeys"]))
def test_the_split_is_shapleys_in_which_neither_cause_comes_first(now: Counts, before: Counts, metric: str) -> None:
    of = rate_of(metric)
    n_1, n_0 = now[of], before[of]
    if not (n_1 and n_0):
        return
    r_1, r_0 = Fraction(now[metric], n_1), Fraction(before[metric], n_0)
    volume_first, volume_last = (n_1 - n_0) * r_0, (n_1 - n_0) * r_1
    rate_first, rate_last = (r_1 - r_0) * n_0, (r_1 - r_0) * n_1
    change = Group("", now, before).moved(metric)
    assert change.volume == pytest.approx(float((volume_first + volume_last) / 2))
    assert change.rate == pytest.approx(float((rate_first + rate_last) / 2), abs=1e-9)


@pytest.mark.parametrize(
    ("now", "before", "metric", "expected"),
    [
        # Twice as many came, and finished as often: it is all volume.
        (counts_of(200, 100, 50), counts_of(100, 50, 25), "finished", Moved(25, 25.0, 0.0)),
        # As many came, and finished twice as often: it is all rate.
        (counts_of(100, 50, 40), counts_of(100, 50, 20), "finished", Moved(20, 0.0, 20.0)),
        # Of 10 started 2 finished, now of 30 15 do: 20 more at a mean rate of 0.35, 0.3 better for a mean of 20.
        (counts_of(30, 30, 15), counts_of(10, 10, 2), "finished", Moved(13, 7.0, 6.0)),
        # More journeys, of whom fewer finished: each way is told, and they nearly cancel out.
        (counts_of(40, 40, 10), counts_of(20, 20, 10), "finished", Moved(0, 7.5, -7.5)),
        # The started are a share of the journeys.
        (counts_of(100, 50), counts_of(100, 25), "started", Moved(25, 0.0, 25.0)),
        # Journeys are a share of nothing.
        (counts_of(100, 50), counts_of(40, 25), "journeys", Moved(60, 60.0, 0.0)),
        # A group that is new, or gone, has no rate to compare with.
        (counts_of(10, 8, 4, 2, 1), NOTHING, "finished", Moved(4, 4.0, 0.0)),
        (NOTHING, counts_of(10, 8, 4, 2, 1), "converted", Moved(-1, -1.0, 0.0)),
        # It was there, and nobody had started.
        (counts_of(10, 8, 4), counts_of(10), "finished", Moved(4, 4.0, 0.0)),
        (counts_of(10, 8, 4), counts_of(10), "started", Moved(8, 0.0, 8.0)),
        (NOTHING, NOTHING, "clicked", Moved(0, 0.0, 0.0)),
    ],
)
def test_a_change_is_split_into_more_visitors_and_better_rates(
    now: Counts, before: Counts, metric: str, expected: Moved
) -> None:
    change = Group("", now, before).moved(metric)
    assert change.total == expected.total
    assert [change.volume, change.rate] == pytest.approx([expected.volume, expected.rate])


@pytest.mark.parametrize(
    ("metric", "of"),
    [
        ("journeys", "journeys"),
        ("started", "journeys"),
        ("finished", "started"),
        ("clicked", "started"),
        ("converted", "handoff"),
    ],
)
def test_rates_are_of_the_started_and_theirs_of_the_journeys(metric: str, of: str) -> None:
    group = counts_of(90, 70, 50, 30, 10, 25)
    assert rate_of(metric) == of
    assert (group.rate(metric).count, group.rate(metric).of) == (group[metric], group[of])


# --- out of cells


def counted(journeys: int, **about: object) -> Counted:
    return Counted(CELL._replace(**about), journeys, 0.0)


def test_cells_of_one_value_are_one_group_and_what_came_of_a_link_alone_is_not_counted_as_finished() -> None:
    now = [
        counted(5),
        counted(3, finished=1),
        counted(2, finished=1, clicked=1, converted=1, device="tablet"),
        counted(7, started=0, finished=1, clicked=1, converted=1),
        counted(4, locale="fr"),
    ]
    before = [counted(6, finished=1, clicked=1)]
    ranking = read_ranking("language", now, before)
    assert {group.value: (group.now, group.before) for group in ranking.groups} == {
        "en": (counts_of(17, 10, 5, 2, 2), counts_of(6, 6, 6, 6, 0)),
        "fr": (counts_of(4, 4), NOTHING),
    }
    assert (ranking.total.now, ranking.total.before) == (counts_of(21, 14, 5, 2, 2), counts_of(6, 6, 6, 6, 0))
    assert ranking.dimension == "language"


def test_a_value_that_is_gone_and_one_that_is_new_are_both_there() -> None:
    ranking = read_ranking("device", [counted(1, device="new")], [counted(2, device="gone")])
    assert {group.value: (group.now["journeys"], group.before["journeys"]) for group in ranking.groups} == {
        "new": (1, 0),
        "gone": (0, 2),
    }


def test_nothing_has_no_groups_and_a_total_of_nothing() -> None:
    ranking = read_ranking("device", [], [])
    assert ranking == Ranking("device", (), Group("", NOTHING, NOTHING))
    assert ranked(ranking, "started", "started", 5).top == ()


# --- in order


def ranking_of(**groups: tuple[Counts, Counts]) -> Ranking:
    found = tuple(Group(value, *both) for value, both in groups.items())
    return Ranking("source", found, Group("", NOTHING, NOTHING))


MANY = ranking_of(
    few=(counts_of(2, 2, 2, 0, 0), counts_of(1, 1, 1)),
    most=(counts_of(50, 20, 5, 2, 1), counts_of(50, 20, 5, 2, 1)),
    good=(counts_of(30, 25, 20, 10, 9), counts_of(10, 9, 8, 7, 6)),
    fell=(counts_of(5, 4, 3, 2, 1), counts_of(60, 50, 40, 30, 20)),
    gone=(NOTHING, counts_of(9, 9, 9, 9, 9)),
)


@pytest.mark.parametrize(
    ("by", "metric", "order"),
    [
        ("journeys", "journeys", ["most", "good", "fell", "few", "gone"]),
        ("started", "journeys", ["good", "most", "fell", "few", "gone"]),
        ("finished", "journeys", ["good", "most", "fell", "few", "gone"]),
        ("converted", "journeys", ["good", "most", "fell", "few", "gone"]),
        ("moved", "journeys", ["fell", "good", "gone", "few", "most"]),
        ("moved", "finished", ["fell", "good", "gone", "few", "most"]),
        ("moved", "converted", ["fell", "gone", "good", "most", "few"]),
    ],
)
def test_groups_are_in_the_order_that_is_asked_for(by: str, metric: str, order: list[str]) -> None:
    assert [group.value for group in ranked(MANY, by, metric, 9).top] == order


def test_of_groups_that_tie_the_one_with_more_journeys_is_first_and_then_that_of_the_alphabet() -> None:
    tied = ranking_of(
        b=(counts_of(5, 1), NOTHING),
        c=(counts_of(9, 1), NOTHING),
        a=(counts_of(5, 1), NOTHING),
        z=(counts_of(1, 1), NOTHING),
    )
    assert [group.value for group in ranked(tied, "started", "started", 9).top] == ["c", "a", "b", "z"]


@pytest.mark.parametrize(("at_most", "top", "others"), [(9, 5, 0), (5, 5, 0), (4, 5, 0), (3, 3, 2), (1, 1, 4)])
def test_the_smallest_are_folded_into_one_but_never_one_alone(at_most: int, top: int, others: int) -> None:
    found = ranked(MANY, "journeys", "started", at_most)
    assert (len(found.top), found.others) == (top, others)
    assert (found.other is None) == (others == 0)


def test_those_that_are_folded_are_counted_together() -> None:
    found = ranked(MANY, "journeys", "started", 2)
    assert [group.value for group in found.top] == ["most", "good"]
    assert found.other == Group("", counts_of(7, 6, 5, 2, 1), counts_of(70, 60, 50, 39, 29))


@given(st.lists(st.tuples(counts(), counts()), max_size=8), metrics, metrics, st.integers(1, 8))
def test_nobody_is_lost_by_folding(groups: list[tuple[Counts, Counts]], by: str, metric: str, at_most: int) -> None:
    ranking = ranking_of(**{str(number): both for number, both in enumerate(groups)})
    found = ranked(ranking, by, metric, at_most)
    shown = [*found.top, *([found.other] if found.other else [])]
    assert len(shown) <= at_most + 1
    for name in METRICS:
        assert sum(group.now[name] for group in shown) == sum(now[name] for now, _ in groups)
        assert sum(group.moved(name).total for group in shown) == sum(
            group.moved(name).total for group in ranking.groups
        )


def test_values_that_are_too_rare_to_be_listed_are_among_the_others() -> None:
    listed = (Group("a", counts_of(9, 4), counts_of(2)), Group("b", counts_of(3, 1), counts_of(7)))
    ranking = ranking_with_rest("source", listed, 7, Group("", counts_of(20, 5), counts_of(12)))
    assert (ranking.rest, ranking.rest_values) == (Group("", counts_of(8), counts_of(3)), 5)
    found = ranked(ranking, "journeys", "started", 1)
    assert [group.value for group in found.top] == ["a"]
    assert (found.other, found.others) == (Group("", counts_of(11, 1), counts_of(10)), 6)


def test_a_ranking_of_which_all_values_are_listed_has_no_rest() -> None:
    listed = (Group("a", counts_of(9, 4), counts_of(2)),)
    ranking = ranking_with_rest("source", listed, 1, Group("", counts_of(9, 4), counts_of(2)))
    assert (ranking.rest, ranking.rest_values) == (None, 0)
