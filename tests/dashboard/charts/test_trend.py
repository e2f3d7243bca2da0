"""The chart of one figure: its lines, axes, markers, words and table."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_asserts import assert_no_script_or_style, coordinates, numbers, of_class, parse, points, texts

from wizard.dashboard.charts import Marker, Point, Trend, draw_trend
from wizard.dashboard.charts.scale import abbreviate, spread, ticks
from wizard.dashboard.charts.trend_model import Unit

DAY_MS = 86_400_000
HOSTILE = '"><script>alert(1)</script>'


def point(place: int, count: int | None, before: int | None = None, **more: object) -> Point:
    made = Point(f"Day {place}", f"{place} Nov", place * DAY_MS, count, before, f"Day {place} before" if before else "")
    return replace(made, href=f"/?day={place}", **more)  # type: ignore[arg-type]


def trend(*counts: int | None, before: Sequence[int | None] = (), unit: Unit = "day", **more: object) -> Trend:
    earlier = [*before, *[None] * (len(counts) - len(before))]
    made = Trend("Started", unit, [point(place, *each) for place, each in enumerate(zip(counts, earlier, strict=True))],
        "the days before")  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def with_last(made: Trend, **changes: object) -> Trend:
    *others, last = made.points
    return replace(made, points=[*others, replace(last, **changes)])  # type: ignore[arg-type]


def drawn(made: Trend) -> Element:
    return parse(draw_trend(made))


def lines(root: Element, *classes: str) -> list[list[tuple[float, float]]]:
    return [points(each) for each in of_class(root, "path", "line", *classes)]


def test_points_are_as_high_as_their_counts_and_joined_by_a_line() -> None:
    root = drawn(trend(0, 10, 90, 40, 100))
    circles = [tuple(coordinates(each, "cx", "cy")) for each in of_class(root, "circle", "now")]
    assert [y for _, y in circles] == pytest.approx([100, 90, 10, 60, 0], abs=0.01)
    assert lines(root, "now") == [circles]


def test_the_period_before_is_a_line_of_its_own_on_the_same_scale_aligned_by_position() -> None:
    root = drawn(trend(10, 20, 30, before=[40, 0, 20]))
    (now,), (before,) = lines(root, "now"), lines(root, "before")
    assert [x for x, _ in now] == [x for x, _ in before]
    assert [y for _, y in before] == pytest.approx([0, 100, 50])
    assert "The days before" in list(texts(of_class(root, "ul", "series")[0]))
    assert not lines(drawn(trend(10, 20)), "before")


def test_a_day_that_is_not_over_is_dashed_hollow_and_named_so() -> None:
    root = drawn(with_last(trend(3, 4, 5), note="so far"))
    assert [len(each) for each in lines(root, "now")] == [2, 2]
    assert len(lines(root, "now", "open")) == 1
    assert of_class(root, "circle", "end", "open")
    assert (of_class(root, "a", "day")[-1].get("aria-label") or "").startswith("Day 2, so far: started 5")
    assert "So far" in list(texts(of_class(root, "ul", "series")[0]))
    over = drawn(trend(3, 4, 5))
    assert [len(each) for each in lines(over, "now")] == [3]
    assert not of_class(over, "path", "open")
    assert not of_class(over, "circle", "end", "open")


def test_what_is_yet_to_come_has_no_line_and_no_number() -> None:
    root = drawn(trend(3, 4, None, None, before=[1, 2]))
    assert [len(each) for each in lines(root, "now")] == [2]
    assert "started \N{EN DASH}" in (of_class(root, "a", "day")[3].get("aria-label") or "")
    assert coordinates(of_class(root, "circle", "end")[0], "cx") == [37.5]


def test_points_that_may_still_grow_are_hatched_and_the_legend_and_table_say_so() -> None:
    made = trend(*range(8))
    grown = [replace(each, is_immature=place >= 6) for place, each in enumerate(made.points)]
    root = drawn(replace(made, points=grown))
    (hatched,) = of_class(root, "g", "immature")
    assert [coordinates(each, "x", "width") for each in hatched.findall("rect")] == [[75, 25]]
    assert [each.get("fill") for each in hatched.findall("rect")] == ["url(#trend-hatching)"]
    assert "May still grow" in list(texts(of_class(root, "ul", "series")[0]))
    assert "may still grow" in list(texts(of_class(root, "details", "trend-table")[0]))
    assert not of_class(drawn(made), "g", "immature")


def test_what_is_pointed_at_is_in_words_above_the_chart() -> None:
    made = trend(*[1] * 27, 12345, before=[*[1] * 27, 999])
    root = drawn(with_last(made, note="so far"))
    last = of_class(root, "a", "day")[-1]
    assert last.get("aria-label") == "Day 27, so far: started 12,345; Day 27 before: 999"
    assert list(texts(last)) == ["Day 27, so far", "12,345", "started", "999", "Day 27 before"]
    (latest,) = of_class(root, "g", "latest")
    assert list(texts(latest)) == list(texts(last))
    for each in (*latest.iter("text"), *(text for day in of_class(root, "a", "day") for text in day.iter("text"))):
        assert numbers(each.get("y"))[0] < -2


def test_the_table_has_every_point_with_its_link() -> None:
    (table,) = of_class(drawn(trend(1, 2000, None, before=[5, 6])), "details", "trend-table")
    rows = [list(texts(row)) for row in table.iter("tr")]
    assert rows == [
        ["Day", "Started", "The days before", "The figure before is of"],
        ["Day 0", "1", "5", "Day 0 before"],
        ["Day 1", "2,000", "6", "Day 1 before"],
        ["Day 2", "\N{EN DASH}", "\N{EN DASH}"],
    ]
    assert [each.get("href") for each in table.iter("a")] == ["/?day=0", "/?day=1"]
    (caption,) = table.iter("caption")
    assert caption.text == of_class(drawn(trend(1, 2000, None)), "svg", "trend")[0].get("aria-label")


@pytest.mark.parametrize("size", [1, 2, 7, 24, 28, 31, 90, 120])
def test_every_point_is_a_link_and_few_of_them_are_tab_stops(size: int) -> None:
    links = of_class(drawn(trend(*[7] * size)), "a", "day")
    assert [each.get("href") for each in links] == [f"/?day={place}" for place in range(size)]
    stops = [each for each in links if each.get("tabindex") != "-1"]
    assert 1 <= len(stops) <= 8
    assert links[-1] in stops


@pytest.mark.parametrize("count", [0, 1, 999_999_999])
def test_a_single_point_is_a_mark(count: int) -> None:
    root = drawn(trend(count))
    assert coordinates(of_class(root, "circle", "end")[0], "cx", "cy") in ([50, 0], [50, 100])
    assert not lines(root)


def test_an_empty_period_says_so_and_no_points_are_no_chart() -> None:
    assert "None in this period, and none before." in list(texts(drawn(trend(0, 0, before=[0, 0]))))
    assert "None in this period, and none before." not in list(texts(drawn(trend(0, 0, before=[0, 1]))))
    assert draw_trend(trend()) == ""


def shown_labels(root: Element, *, narrow: bool) -> list[tuple[float, str]]:
    (axis,) = of_class(root, "g", "date-axis")
    labels = [each for each in axis if not (narrow and each.get("class") == "wide")]
    return [(coordinates(each, "x")[0], "".join(each.itertext())) for each in labels]


@pytest.mark.parametrize("unit", ["day", "week", "month"])
@pytest.mark.parametrize("size", [1, 2, 5, 7, 12, 28, 53, 90, 105, 120])
def test_the_date_axis_has_few_labels_at_even_distances_and_fewer_on_a_phone(unit: Unit, size: int) -> None:
    root = drawn(trend(*[1] * size, unit=unit))
    for narrow, most in ((True, 3), (False, 8)):
        places = [x for x, _ in shown_labels(root, narrow=narrow)]
        assert 1 <= len(places) <= most
        assert places[-1] == pytest.approx(100 * (size - 0.5) / size, abs=0.01)
        apart = [other - one for one, other in pairwise(places)]
        assert apart == pytest.approx([apart[0]] * len(apart) if apart else [], abs=0.02)


def test_hours_are_labelled_by_the_clock_also_where_clocks_are_changed() -> None:
    clocks = ["00:00", "01:00", "02:00", "02:00", *(f"{hour:02}:00" for hour in range(3, 24))]
    made = trend(*[1] * 25, unit="hour")
    named = [replace(each, label=clock) for each, clock in zip(made.points, clocks, strict=True)]
    root = drawn(replace(made, points=named))
    wide = [label for _, label in shown_labels(root, narrow=False)]
    assert wide == ["00:00", "06:00", "12:00", "18:00"]
    assert {label for _, label in shown_labels(root, narrow=True)} <= set(wide)
    usual = [replace(each, label=f"{hour:02}:00") for hour, each in enumerate(made.points[:24])]
    wide = [label for _, label in shown_labels(drawn(replace(made, points=usual)), narrow=False)]
    assert wide == [f"{hour:02}:00" for hour in range(0, 24, 3)]


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


def marked(*days: float, size: int = 28) -> Trend:
    markers = [Marker(round(day * DAY_MS), "note", f"note {place}", f"/n/{place}") for place, day in enumerate(days)]
    return trend(*[5] * size, markers=markers)


def test_markers_are_numbered_flags_and_said_below_the_chart_those_of_one_day_together() -> None:
    release, note = Marker(3 * DAY_MS, "release", "Wording 4", "/w"), Marker(3 * DAY_MS + 5, "note", "Hero page")
    root = drawn(trend(*[5] * 28, markers=[Marker(9 * DAY_MS, "note", "Mail", "/m"), note, release]))
    (listed,) = of_class(root, "ul", "markers")
    assert ["".join(item.itertext()) for item in listed] == [
        "1 Day 3: Release: Wording 4; Note: Hero page",
        "2 Day 9: Note: Mail",
    ]
    assert [each.get("href") for each in listed.iter("a")] == ["/w", "/m"]
    for look in ("narrow", "wide"):
        (group,) = of_class(root, "g", look)
        assert [each.get("href") for each in group] == ["/w", "/m"]
        assert ["note" in (each.get("class") or "") for each in group] == [False, True]
        assert [each.findtext("title") for each in group] == [
            "Day 3: Release: Wording 4; Note: Hero page",
            "Day 9: Note: Mail",
        ]


@pytest.mark.parametrize(
    "days", [(1, 2, 3), (0, 1, 26, 27), tuple(range(28)), (27.9,), (5.1, 5.2, 5.3), tuple(range(9, 21))]
)
def test_flags_never_overlap_and_each_has_a_line_to_its_day(days: tuple[float, ...]) -> None:
    root = drawn(marked(*days))
    for look, apart in (("narrow", 9.6), ("wide", 3.4)):
        (group,) = of_class(root, "g", look)
        xs = [coordinates(each.findall("svg")[0], "x")[0] for each in group]
        assert 1 <= len(xs) <= 10
        assert all(0 <= x <= 100 for x in xs)
        assert all(other - one >= apart - 0.02 for one, other in pairwise(xs))
        ends = [coordinates(each.findall("line")[0], "x2")[0] for each in group]
        assert {round(end, 1) for end in ends} <= {round(100 * (int(day) + 0.5) / 28, 1) for day in days}
    words = " ".join(texts(of_class(root, "ul", "markers")[0]))
    assert all(f"note {place}" in words for place in range(len(days)))


def test_a_marker_before_the_period_is_left_out() -> None:
    assert not of_class(drawn(marked(-1)), "ul", "markers")
    assert not of_class(drawn(marked(-1)), "svg", "flagged")


@pytest.mark.parametrize(
    "made",
    [
        trend(*range(28), before=[*range(28)]),
        marked(1, 2, 3),
        with_last(trend(*[1] * 24, unit="hour"), note="so far", is_immature=True),
        trend(0),
    ],
)
def test_the_same_points_give_the_same_bytes_without_script_or_style(made: Trend) -> None:
    assert draw_trend(made) == draw_trend(made)
    assert_no_script_or_style(drawn(made))


def test_hostile_labels_and_addresses_are_escaped() -> None:
    made = trend(1, 2, markers=[Marker(0, "note", HOSTILE, f"/{HOSTILE}")])
    root = drawn(with_last(made, href=f"/?{HOSTILE}"))
    assert "<script" not in draw_trend(made)
    assert_no_script_or_style(root)
    assert of_class(root, "a", "day")[1].get("href") == f"/?{HOSTILE}"
    assert f"Note: {HOSTILE}" in list(texts(of_class(root, "ul", "markers")[0]))


def test_a_trend_of_28_days_is_less_than_45_kb() -> None:
    assert len(draw_trend(trend(*range(800, 828), before=[*range(800, 828)])).encode()) < 45_000
