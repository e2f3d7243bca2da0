"""The trend by day."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from drawn import assert_nothing_but_shapes, numbers, of_class, parse, place, points, said
from hypothesis import given
from hypothesis import strategies as st

from wizard.growth.charts import trend
from wizard.growth.charts.labels import apart
from wizard.growth.charts.plot import short, ticks
from wizard.growth.overview.days import Day

FIRST = date(2026, 3, 2)
METRICS = ("viewed", "started", "finished", "clicked", "converted")


def days(*viewed: int, first: date = FIRST) -> list[Day]:
    """A day for each count, with half as many started, and so on."""
    found = []
    for place_, count in enumerate(viewed):
        counts = [count, count // 2, count // 3, count // 5, count // 9]
        found.append(Day((first + timedelta(days=place_)).isoformat(), *counts))
    return found


def href(first: str, last: str) -> str:
    return f"/journeys?since={first}&until={last}"


def drawn(some: list[Day], *, open_last: bool = False) -> Element:
    return parse(trend(some, href, open_last=open_last))


def test_a_days_place_follows_its_count() -> None:
    counts = [0, 10, 90, 40, 100]
    root = drawn(days(*counts))
    ys = [place(each, "cy")[0] for each in of_class(root, "circle", "viewed")]
    ground, top = ys[0], ys[4]
    assert [(ground - y) / (ground - top) for y in ys] == pytest.approx([n / 100 for n in counts], abs=0.002)


def test_lines_and_points_are_at_the_same_places() -> None:
    root = drawn(days(*range(1, 29)))
    width = numbers(of_class(root, "svg", "lines")[0].get("viewBox"))[2]
    for metric in METRICS:
        line = points(of_class(root, "path", "line", metric)[0])
        dots = [place(each, "cx", "cy") for each in of_class(root, "circle", metric)]
        assert [100 * x / width for x, _ in line] == pytest.approx([x for x, _ in dots], abs=0.02)
        assert [y for _, y in line] == [y for _, y in dots]


def test_days_on_which_nobody_came_are_there_as_zero() -> None:
    root = drawn(days(5, 0, 0, 5))
    assert len(of_class(root, "a", "day")) == 4
    zero = next(each for each in of_class(root, "line", "zero"))
    assert place(of_class(root, "circle", "viewed")[1], "cy") == place(zero, "y1")


@pytest.mark.parametrize("count", [1, 2, 7, 28, 31, 32, 90, 120, 121, 366, 731, 732, 3660])
def test_every_day_is_in_just_one_link_and_few_of_them_stop_the_tab_key(count: int) -> None:
    links = of_class(drawn(days(*[7] * count)), "a", "day")
    reached = [tuple(map(date.fromisoformat, re.findall(r"\d{4}-\d\d-\d\d", each.get("href", "")))) for each in links]
    assert reached[0][0] == FIRST
    assert reached[-1][1] == FIRST + timedelta(days=count - 1)
    assert all(other[0] - one[1] == timedelta(days=1) for one, other in pairwise(reached))
    stops = [each for each in links if each.get("tabindex") != "-1"]
    assert 1 <= len(stops) <= 31
    assert links[-1] in stops
    if count <= 120:
        assert len(links) == count


def test_a_link_says_the_exact_figures_and_the_picture_shows_them() -> None:
    day = of_class(drawn([Day("2026-03-02", 1), Day("2026-03-03", 12345, 2000, 300, 40, 5)]), "a", "day")[1]
    assert day.get("href") == "/journeys?since=2026-03-03&until=2026-03-03"
    assert day.get("aria-label") == (
        "Tue 3 Mar 2026: viewed 12,345, started 2,000, finished 300, clicked through 40, converted 5"
    )
    assert list(said(day)) == ["Tue 3 Mar 2026", "12,345", "2,000", "300", "40", "5"]


def test_the_last_day_is_drawn_apart_while_it_runs() -> None:
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


def test_one_day_is_bars() -> None:
    root = drawn([Day("2026-03-02", 200, 100, 50, 0, 0)])
    bars = [of_class(root, "rect", metric) for metric in METRICS]
    assert [each.get("width") for found in bars for each in found] == ["100%", "50%", "25%"]
    assert list(said(root))[1::2] == ["200", "100", "50", "0", "0"]
    assert of_class(drawn(days(0)), "a", "day")


@pytest.mark.parametrize(
    "some",
    [
        days(0, 0, 0),
        days(1, 0),
        days(10_000_000, 1, 10_000_000),
        days(*[3] * 28),
        days(*range(90)),
        [Day("2026-03-02", 9_999_999, 1, 1, 1, 1), Day("2026-03-03", 9_999_999, 1, 1, 1, 1)],
    ],
)
def test_names_stand_apart_and_all_lies_in_the_picture(some: list[Day]) -> None:
    root = drawn(some)
    height = float(of_class(root, "svg", "trend")[0].get("height", 0))
    ends = [each for each in of_class(root, "svg") if each.get("x") == "100%"]
    ys = sorted(place(each, "y")[0] for each in ends)
    assert len(ys) == 5
    assert all(other - one >= 17.9 for one, other in pairwise(ys))
    assert ys[0] >= 0
    assert ys[-1] <= height
    for each in root.iter("circle"):
        x, y = place(each, "cx", "cy")
        assert 0 <= x <= 100
        assert 0 <= y <= height
    for each in of_class(root, "rect", "hit"):
        x, width = place(each, "x", "width")
        assert -0.01 <= x <= x + width <= 100.11


def test_dates_below_are_few_and_apart() -> None:
    for count in (2, 5, 8, 9, 28, 90, 120, 121, 366, 731, 732, 3660):
        texts = [
            each for each in drawn(days(*[1] * count)).iter("text") if re.search(r" \w+$|^\w+ \d{4}$", each.text or "")
        ]
        below = [each for each in texts if place(each, "y")[0] > 240]
        roomy = [place(each, "x")[0] for each in below]
        tight = [place(each, "x")[0] for each in below if "roomy" not in each.get("class", "")]
        assert 1 <= len(tight) <= 3
        assert len(roomy) <= 8
        assert all(other - one > 10 for one, other in pairwise(roomy)) or count == 9
        assert all(other - one > 27 for one, other in pairwise(tight))


@pytest.mark.parametrize(
    ("highest", "last", "steps"),
    [(0, 1, 1), (1, 1, 1), (3, 3, 3), (7, 8, 4), (300, 300, 3), (997, 1000, 5), (10**7, 10**7, 5)],
)
def test_the_scale_is_round_and_begins_at_zero(highest: int, last: int, steps: int) -> None:
    found = ticks(highest)
    assert (found[0], found[-1], len(found) - 1) == (0, last, steps)


@pytest.mark.parametrize(("count", "text"), [(950, "950"), (1200, "1,200"), (15_000, "15k"), (2_500_000, "2.5M")])
def test_a_tick_is_short(count: int, text: str) -> None:
    assert short(count) == text


@given(st.lists(st.floats(0, 240), min_size=1, max_size=8))
def test_labels_are_pushed_apart_and_no_further(wanted: list[float]) -> None:
    wanted.sort()
    found = apart(wanted, [18.0] * (len(wanted) - 1), 0, 240)
    assert all(other - one >= 17.99 for one, other in pairwise(found))
    assert found[0] >= -0.01
    assert found[-1] <= 240.01
    if all(other - one >= 18 for one, other in pairwise(wanted)):
        assert found == pytest.approx(wanted)


def test_the_same_days_are_the_same_bytes_and_nothing_but_shapes() -> None:
    for count in (1, 2, 28, 3660):
        assert trend(days(*range(count)), href) == trend(days(*range(count)), href)
        assert_nothing_but_shapes(drawn(days(*range(count))))
    assert trend([], href) == ""


def test_what_is_in_an_address_stays_in_it() -> None:
    root = parse(trend(days(1, 2), lambda first, _: f'/?"><script>alert(1)</script>&{first}'))
    assert_nothing_but_shapes(root)
    assert of_class(root, "a", "day")[0].get("href") == '/?"><script>alert(1)</script>&2026-03-02'


def test_a_28_day_trend_is_light() -> None:
    assert len(trend(days(*range(800, 828)), href).encode()) < 40_000
