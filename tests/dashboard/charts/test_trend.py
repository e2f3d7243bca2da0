"""The trend: its lines, axes, tooltips and links."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_asserts import assert_no_script_or_style, coordinates, of_class, parse, points, texts

from wizard.analytics.daily import Day
from wizard.analytics.stages import TREND, Counts
from wizard.dashboard.charts import trend
from wizard.dashboard.charts.scale import abbreviate, spread, ticks
from wizard.files.bundled import bundled

FIRST = date(2026, 3, 2)
METRICS = ("viewed", "started", "finished", "clicked", "converted")


def day(date_: str, *counts: int) -> Day:
    """A day with a count for each of METRICS, as far as they go."""
    return Day(date_, Counts(dict(zip(METRICS, counts, strict=False))))


def days(*viewed: int, first: date = FIRST) -> list[Day]:
    """A day for each count, with half as many started, and so on."""
    counts = [[count, count // 2, count // 3, count // 5, count // 9] for count in viewed]
    return [day(str(first + timedelta(days=place)), *each) for place, each in enumerate(counts)]


def href(first: str, last: str) -> str:
    return f"/growth?since={first}&until={last}"


def drawn(some: list[Day], *, open_last: bool = False) -> Element:
    return parse(trend(some, href, open_last=open_last))


def test_points_are_as_high_as_their_counts() -> None:
    counts = [0, 10, 90, 40, 100]
    ys = [coordinates(each, "cy")[0] for each in of_class(drawn(days(*counts)), "circle", "viewed")]
    assert ys == pytest.approx([100 - count for count in counts], abs=0.01)


def test_lines_go_through_the_points() -> None:
    root = drawn(days(*range(1, 29)))
    for metric in METRICS:
        line = points(of_class(root, "path", "line", metric)[0])
        assert line == [tuple(coordinates(each, "cx", "cy")) for each in of_class(root, "circle", metric)]


def test_days_without_visits_are_shown_as_zero() -> None:
    root = drawn(days(5, 0, 0, 5))
    assert len(of_class(root, "a", "day")) == 4
    zero = of_class(root, "line", "zero")[0]
    assert coordinates(of_class(root, "circle", "viewed")[1], "cy") == coordinates(zero, "y1") == [100]


@pytest.mark.parametrize("count", [1, 2, 7, 28, 31, 32, 90, 120, 121, 366, 731, 732, 3660])
def test_every_day_is_in_exactly_one_link_and_few_of_them_are_tab_stops(count: int) -> None:
    links = of_class(drawn(days(*[7] * count)), "a", "day")
    linked = [tuple(map(date.fromisoformat, re.findall(r"\d{4}-\d\d-\d\d", each.get("href", "")))) for each in links]
    assert linked[0][0] == FIRST
    assert linked[-1][1] == FIRST + timedelta(days=count - 1)
    assert all(other[0] - one[1] == timedelta(days=1) for one, other in pairwise(linked))
    stops = [each for each in links if each.get("tabindex") != "-1"]
    assert 1 <= len(stops) <= 31
    assert links[-1] in stops
    if count <= 120:
        assert len(links) == count


def test_a_link_and_its_tooltip_have_the_exact_counts() -> None:
    link = of_class(drawn([day("2026-03-02", 1), day("2026-03-03", 12345, 2000, 300, 40, 5)]), "a", "day")[1]
    assert link.get("href") == "/growth?since=2026-03-03&until=2026-03-03"
    assert link.get("aria-label") == (
        "Tue 3 Mar 2026: viewed 12,345, started 2,000, finished 300, clicked through 40, converted 5"
    )
    assert list(texts(link)) == ["Tue 3 Mar 2026", "12,345", "2,000", "300", "40", "5"]


def test_a_day_that_is_not_over_is_drawn_and_named_as_such() -> None:
    still, over = drawn(days(3, 4, 5), open_last=True), drawn(days(3, 4, 5))
    assert [len(points(each)) for each in of_class(still, "path", "line", "viewed")] == [2, 2]
    assert [len(points(each)) for each in of_class(over, "path", "line", "viewed")] == [3]
    assert "so far" in (of_class(still, "a", "day")[-1].get("aria-label") or "")
    assert "so far" not in (of_class(over, "a", "day")[-1].get("aria-label") or "")


def test_weeks_and_months_sum_their_days_and_say_when_they_are_not_whole() -> None:
    weeks = of_class(drawn(days(*[1] * 200, first=date(2026, 3, 4))), "a", "day")
    labels = [each.get("aria-label") or "" for each in weeks]
    assert labels[0].startswith("4 to 8 Mar 2026, in part: viewed 5,")
    assert labels[1].startswith("9 to 15 Mar 2026: viewed 7,")
    months = of_class(drawn(days(*[1] * 1000)), "a", "day")
    assert (months[1].get("aria-label") or "").startswith("April 2026: viewed 30,")
    assert "in part" in (months[0].get("aria-label") or "")


def test_a_single_day_is_shown_as_bars() -> None:
    root = drawn([day("2026-03-02", 200, 100, 50, 0, 0)])
    bars = [of_class(root, "rect", metric)[0].get("width") for metric in METRICS]
    assert bars == ["100%", "50%", "25%", "0%", "0%"]
    assert list(texts(root))[1::2] == ["200", "100", "50", "0", "0"]
    assert of_class(drawn(days(0)), "a", "day")


@pytest.mark.parametrize(
    "some",
    [
        days(0, 0, 0),
        days(1, 0),
        days(10_000_000, 1, 10_000_000),
        days(*[3] * 28),
        days(*range(90)),
        [day("2026-03-02", 9_999_999, 1, 1, 1, 1), day("2026-03-03", 9_999_999, 1, 1, 1, 1)],
    ],
)
def test_line_labels_do_not_overlap_and_everything_is_inside_the_chart(some: list[Day]) -> None:
    root = drawn(some)
    ys = sorted(coordinates(each, "y")[0] for each in of_class(root, "svg", "label"))
    assert len(ys) == 5
    assert all(other - one >= 7.45 for one, other in pairwise(ys))
    places = [coordinates(each, "cx", "cy") for each in root.iter("circle")]
    assert all(0 <= value <= 100 for value in [*ys, *(value for place in places for value in place)])
    hits = [coordinates(each, "x", "width") for each in of_class(root, "rect", "hit")]
    assert all(one + width == pytest.approx(other, abs=0.02) for (one, width), (other, _) in pairwise(hits))
    assert [hits[0][0], sum(hits[-1])] == pytest.approx([0, 100], abs=0.02)


@pytest.mark.parametrize("count", [2, 5, 6, 7, 12, 13, 28, 90, 120, 121, 366, 731, 732, 3660])
def test_the_date_axis_has_few_labels_at_even_distances_of_which_a_phone_shows_every_second(count: int) -> None:
    (axis,) = of_class(drawn(days(*[1] * count)), "g", "date-axis")
    places = [coordinates(each, "x")[0] for each in axis]
    assert 1 <= len(places) <= 6
    assert all(one - other > 14 for one, other in pairwise(places))
    assert all(one - other > 28 for one, other in pairwise(places[::2]))
    assert places[0] > 90 or count < 6


@pytest.mark.parametrize(
    ("highest", "last", "steps"),
    [(0, 1, 1), (1, 1, 1), (3, 3, 3), (7, 8, 4), (300, 300, 3), (997, 1000, 5), (10**7, 10**7, 5)],
)
def test_the_value_axis_is_round_and_begins_at_zero(highest: int, last: int, steps: int) -> None:
    found = ticks(highest)
    assert (found[0], found[-1], len(found) - 1) == (0, last, steps)


@pytest.mark.parametrize(("count", "text"), [(950, "950"), (1200, "1,200"), (15_000, "15k"), (2_500_000, "2.5M")])
def test_large_counts_are_abbreviated(count: int, text: str) -> None:
    assert abbreviate(count) == text


@given(st.lists(st.floats(0, 240), min_size=1, max_size=8))
def test_labels_are_spread_no_further_than_needed(wanted: list[float]) -> None:
    wanted.sort()
    found = spread(wanted, 18.0, 0, 240)
    assert all(other - one >= 17.99 for one, other in pairwise(found))
    assert found[0] >= -0.01
    assert found[-1] <= 240.01
    if all(other - one >= 18 for one, other in pairwise(wanted)):
        assert found == pytest.approx(wanted)


def test_the_same_days_give_the_same_bytes_without_script_or_style() -> None:
    for count in (1, 2, 28, 3660):
        assert trend(days(*range(count)), href) == trend(days(*range(count)), href)
        assert_no_script_or_style(drawn(days(*range(count))))
    assert trend([], href) == ""


def test_addresses_are_escaped() -> None:
    root = parse(trend(days(1, 2), lambda first, _: f'/?"><script>alert(1)</script>&{first}'))
    assert_no_script_or_style(root)
    assert of_class(root, "a", "day")[0].get("href") == '/?"><script>alert(1)</script>&2026-03-02'


def test_a_trend_of_28_days_is_less_than_40_kb() -> None:
    assert len(trend(days(*range(800, 828)), href).encode()) < 40_000


def test_colours_are_not_needed_to_tell_series_apart() -> None:
    root = drawn(days(*range(1, 29)))
    marks = {mark.get("d") for label in of_class(root, "svg", "label") for mark in label.iter("path")}
    assert len(marks) == 5
    (legend,) = of_class(root, "ul", "series")
    assert list(texts(legend)) == ["Viewed", "Started", "Finished", "Clicked through", "Converted"]


def test_every_line_has_its_colour_in_the_stylesheet() -> None:
    stylesheet = (bundled("static") / "dashboard-charts.css").read_text()
    for stage in TREND:
        assert f".{stage} {{ --series: var(--{stage});" in stylesheet
        # On light and dark pages, and where the system chooses the colours.
        assert stylesheet.count(f"  --{stage}: ") == 3
