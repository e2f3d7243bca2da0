"""The question funnel: its numbers and links, and where they are drawn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from typing import cast
from urllib.parse import parse_qs, urlencode
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_asserts import assert_no_script_or_style, coordinates, numbers, of_class, parse, points, texts

from wizard.analytics.flow import Edge, EdgeSets
from wizard.analytics.outcomes import Outcomes, ResultFigures
from wizard.analytics.overview import Overview
from wizard.analytics.report import Figures
from wizard.analytics.stages import Counts
from wizard.analytics.step_figures import StepFigures, Times, Wanderings
from wizard.dashboard.charts import funnel
from wizard.dashboard.charts.funnel_drawing import FunnelChart
from wizard.dashboard.charts.funnel_layout import Box, lay_out
from wizard.dashboard.charts.funnel_model import Graph, Link, Node, Page
from wizard.dashboard.charts.text_width import width
from wizard.dashboard.labels import Names
from wizard.dashboard.overview.view_links import Links
from wizard.questionnaire.wording import Wording

NAMES = Names(Wording("en", {"deployments.cloud.name": "Cloud", "deployments.own.name": "On your own"}))

Rectangle = tuple[float, float, float, float]


class FakeLinks:
    """Addresses that repeat what was asked for."""

    def list(self, *conditions: tuple[str, str]) -> str:
        return "?" + urlencode(conditions)


@dataclass(frozen=True)
class FakeOverview:
    """As much of an overview as the chart reads."""

    now: Figures
    edges: tuple[Edge, ...]
    before: Figures = field(default_factory=lambda: Figures(""))
    outcomes: Outcomes = field(default=Outcomes((), {}, {}, {}))
    edge_sets: EdgeSets = field(default_factory=dict)


def chart(overview: FakeOverview) -> FunnelChart:
    return funnel(cast(Overview, overview), NAMES, cast(Links, FakeLinks()))


def drawn(overview: FakeOverview) -> Element:
    (svg,) = parse(chart(overview).svg)
    return svg


def step(name: str, reached: int, answered: int) -> StepFigures:
    return StepFigures(name, reached, answered, Wanderings(3, min(2, reached), min(1, reached), 0), Times(4200, 9000))


def two_questions(scale: int = 1) -> FakeOverview:
    """Two questions, the second of which some skip, and two results; some visitors came by prefilled links."""
    edges = (
        Edge("start", "who", "", 100 * scale, expected=True),
        Edge("who", "size", "", 60 * scale, expected=True),
        Edge("who", "result", "own", 20 * scale, expected=True),
        Edge("size", "result", "cloud", 45 * scale, expected=True),
        Edge("start", "size", "", 5 * scale, expected=False),
        Edge("start", "result", "cloud", 2 * scale, expected=False),
        Edge("start", "result", "gone", 1 * scale, expected=False),
        Edge("old", "who", "", 7 * scale, expected=False),
    )
    counts = Counts(journeys=110 * scale, viewed=105 * scale, started=80 * scale, finished=65 * scale)
    steps = (step("who", 100 * scale, 80 * scale), step("size", 60 * scale, 45 * scale))
    results = (
        ResultFigures("a", "cloud", None, None, Counts(finished=45 * scale)),
        ResultFigures("b", "own", None, None, Counts(finished=20 * scale)),
    )
    edge_sets = {
        ("start>who who>size size>result", "cloud"): 45 * scale,
        ("start>size", ""): 5 * scale,
        ("start>result", "gone"): 1 * scale,
        ("old>who", ""): 4 * scale,
        ("old>who who>older", ""): 3 * scale,
    }
    figures = Figures("", counts, steps=steps if scale else ())
    return FakeOverview(figures, edges, outcomes=Outcomes(results, {}, {}, {}), edge_sets=edge_sets)


def long_flow(count: int) -> FakeOverview:
    """So many questions in a row, each of which may also lead to a result or skip the next one."""
    names = ["start", *(f"q{number}" for number in range(count))]
    edges = [Edge(one, other, "", 1000 - 10 * at, expected=True) for at, (one, other) in enumerate(pairwise(names))]
    skips = [Edge(one, other, "", 30, expected=True) for one, other in zip(names[1:], names[3:], strict=False)]
    ends = [Edge(name, "result", f"r{number % 4}", 50, expected=True) for number, name in enumerate(names[1:])]
    return FakeOverview(Figures("", Counts(journeys=1100, viewed=1000)), (*edges, *skips, *ends))


def with_before(overview: FakeOverview, dropped: float = 0.1) -> FakeOverview:
    """The same with a period before in which as many reached each step, of whom this share dropped off."""
    steps = [
        replace(each, reached=each.reached, answered=each.reached - round(dropped * each.reached))
        for each in overview.now.steps
    ]
    return replace(overview, before=Figures("", steps=tuple(steps)))


def lines_below(overview: FakeOverview) -> list[tuple[str, str]]:
    """The lines below the rows of dropped-off visitors, with their classes."""
    return [(each.text or "", each.get("class") or "") for each in of_class(drawn(overview), "text", "line")]


def thickness(band: Element) -> float:
    """From the first point of the upper edge to the last of the lower."""
    first, *_, last = points(band)
    return last[1] - first[1]


def test_bands_are_as_thick_as_their_counts() -> None:
    found = [thickness(each) for each in of_class(drawn(two_questions()), "path", "band")]
    assert [each / found[0] for each in found] == pytest.approx([1, 0.6, 0.2, 0.45], abs=0.01)


def test_the_arrow_of_those_who_dropped_off_is_as_thick_as_a_band_of_as_many() -> None:
    svg = drawn(two_questions())
    who = points(of_class(svg, "path", "drop-off")[0])
    assert who[-1][0] - who[0][0] == pytest.approx(thickness(of_class(svg, "path", "band")[0]) * 0.2, abs=0.1)


@pytest.mark.parametrize("overview", [two_questions(), long_flow(5)])
def test_bands_begin_and_end_at_nodes(overview: FakeOverview) -> None:
    svg = drawn(overview)
    nodes = [coordinates(each, "x", "width") for each in of_class(svg, "rect", "node")]
    for band in of_class(svg, "path", "band"):
        along = [x for x, _ in points(band)]
        assert any(along[0] == pytest.approx(x + width, abs=0.1) for x, width in nodes)
        assert any(max(along) == pytest.approx(x, abs=0.1) for x, _ in nodes)


def rectangles(root: Element, *classes: str) -> list[Rectangle]:
    found = [coordinates(each, "x", "y", "width", "height") for each in of_class(root, "rect", *classes)]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


SIZES = {"title": 14, "line": 12, "hint": 12}


def text_rectangles(svg: Element) -> Iterator[Rectangle]:
    """Where each visible text is, in a wide font; what is pointed at is shown one at a time."""
    for each in svg[0].iter("text"):
        x, y = coordinates(each, "x", "y")
        class_ = each.get("class", "").split()[0]
        size = SIZES.get(class_, 13)
        room = size * width(each.text or "", bold=class_ in ("title", "value", "count"))
        left = x - {"count": room / 2, "value": room, "share": room}.get(class_, 0)
        yield left, y - size * 0.8, left + room, y + size * 0.2


def curve_points(path: str | None) -> Iterator[tuple[float, float]]:
    """Points on a path, eight of them on each curve."""
    at = (0.0, 0.0)
    for kind, text in re.findall(r"([A-Z])([^A-Za-z]*)", path or ""):
        found = numbers(text)
        for place in range(0, len(found), 6 if kind == "C" else 2):
            bends = [at, *zip(found[place : place + 6 : 2], found[place + 1 : place + 6 : 2], strict=True)]
            for t in [part / 8 for part in range(1, 9)] if kind == "C" else []:
                share = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                x, y = (sum(a * b for a, b in zip(share, values, strict=True)) for values in zip(*bends, strict=True))
                yield x, y
            at = bends[-1] if kind == "C" else (found[place], found[place + 1])
            yield at


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize(
    "overview",
    [
        two_questions(),
        two_questions(0),
        two_questions(1_000_000),
        two_questions(9_999_999),
        with_before(two_questions(7)),
        with_before(two_questions(1_000_000)),
        *map(long_flow, (1, 2, 5, 12)),
    ],
)
def test_nothing_overlaps_and_everything_is_inside_the_chart(overview: FakeOverview) -> None:
    svg = drawn(overview)
    left, top, right, bottom = numbers(svg.get("viewBox"))
    nodes, visible = rectangles(svg, "node"), list(text_rectangles(svg))
    for x, y, other_x, other_y in [*nodes, *visible]:
        assert left <= x < other_x <= right
        assert top <= y < other_y <= bottom
    for path in svg.iter("path"):
        assert all(left <= x <= right and top <= y <= bottom for x, y in curve_points(path.get("d")))
    for group in (nodes, visible):
        assert not [pair for pair in combinations(group, 2) if overlap(*pair)]
    for band in of_class(svg, "path", "band"):
        inside = [(x, y) for x, y in curve_points(band.get("d")) for node in nodes if contains(node, x, y)]
        assert not inside


@pytest.mark.parametrize("overview", [two_questions(), with_before(two_questions(1_000_000)), long_flow(5)])
def test_what_is_pointed_at_is_shown_below_the_graph_where_it_covers_nothing(overview: FakeOverview) -> None:
    svg = drawn(overview)
    left, _, right, bottom = numbers(svg.get("viewBox"))
    lowest = max([box[3] for box in rectangles(svg, "node")] + [points(each)[2][1] for each in svg.iter("path")])
    tooltips = of_class(svg, "g", "tooltip")
    assert len(tooltips) == len(list(svg.iter("a")))
    for text in (text for tooltip in tooltips for text in tooltip.iter("text")):
        x, y = coordinates(text, "x", "y")
        assert lowest <= y - 11
        assert y <= bottom
        assert left <= x
        assert x + 13 * width(text.text or "", bold=text.get("class") == "title") <= right + 0.1


def contains(box: Rectangle, x: float, y: float) -> bool:
    return box[0] + 0.1 < x < box[2] - 0.1 and box[1] + 0.1 < y < box[3] - 0.1


def test_each_number_links_to_its_journeys() -> None:
    svg = drawn(two_questions())
    asked = [parse_qs(each.get("href", "")[1:]) for each in svg.iter("a")]
    kinds = ("reached", "answered", "left", "went_back", "met_error")
    assert [each["did"][0] for each in asked if "did" in each] == [
        f"{name}.{what}" for name in ("who", "size") for what in kinds
    ]
    assert sorted(each["edge"][0] for each in asked if "edge" in each) == sorted(
        ["start.who", "who.size", "who.result", "size.result", "start.size", "start.result"]
    )
    assert [each["outcome"][0] for each in asked if "outcome" in each].count("finished") == 2
    assert all(each.get("aria-label") for each in svg.iter("a"))


def test_a_link_and_its_tooltip_have_the_exact_figures() -> None:
    links = {each.get("href"): each for each in drawn(two_questions()).iter("a")}
    dropped = links["?did=who.left"]
    assert dropped.get("aria-label") == "Who: 20 of 100 that reached it: 20.0%, 95% interval 13.3 to 28.9"
    assert list(texts(dropped)) == ["Who", "20 of 100 that reached it: 20.0%, 95% interval 13.3 to 28.9"]
    band = links["?edge=who.size"]
    assert band.get("aria-label") == "Who \N{RIGHTWARDS ARROW} Size: 60 journeys, 60.0% of 100"
    assert links["?outcome=finished&recommended=own"].get("aria-label") == (
        "On your own: 20 of 65 that finished: 30.8%, 95% interval 20.9 to 42.8"
    )


def test_a_change_of_the_drop_off_is_there_in_points_with_its_interval_a_sign_and_a_word() -> None:
    overview = with_before(two_questions(10))
    # 200 of 1,000 now, and 100 of 1,000 before; then 150 and 60 of 600.
    assert lines_below(overview) == [
        ("+10.0 points (+6.9 to +13.1)", "line bad"),
        ("\N{BLACK UP-POINTING TRIANGLE} more than before", "line bad"),
        ("+15.0 points (+10.8 to +19.2)", "line bad"),
        ("\N{BLACK UP-POINTING TRIANGLE} more than before", "line bad"),
    ]
    fewer = lines_below(with_before(two_questions(10), 0.5))
    assert fewer[1] == ("\N{BLACK DOWN-POINTING TRIANGLE} fewer than before", "line good")
    assert fewer[0][0].startswith("\N{MINUS SIGN}30.0 points (\N{MINUS SIGN}")


def test_a_change_within_chance_has_no_colour_and_says_so() -> None:
    found = lines_below(with_before(two_questions(1), 0.17))
    assert [class_ for _, class_ in found] == ["line"] * 4
    assert found[1][0] == found[3][0] == "within normal variation"
    links = {each.get("href"): each for each in drawn(with_before(two_questions(1), 0.17)).iter("a")}
    assert (links["?did=who.left"].get("aria-label") or "").endswith(
        "; 17.0% of 100 before; +3.0 points (\N{MINUS SIGN}7.8 to +13.8), within normal variation"
    )


def test_changes_are_there_for_the_table_by_the_questions_titles() -> None:
    found = chart(with_before(two_questions(10))).changes
    assert {title: (each.tone, each.now.count, each.before.count) for title, each in found.items()} == {
        "Who": ("bad", 200, 100),
        "Size": ("bad", 150, 60),
    }
    assert chart(two_questions(10)).changes == {}


def test_nodes_use_the_plain_names_of_their_metrics() -> None:
    names = [each.text for each in of_class(drawn(two_questions()), "text", "name")]
    question = ["reached", "answered", "dropped off", "went back", "saw an error", "median time"]
    assert names == ["viewed", "started", *question, *question, "recommended", "recommended"]


def test_paths_outside_the_flow_are_arcs_and_visits_that_took_rarer_ones_are_counted_once() -> None:
    found = chart(two_questions())
    arcs = of_class(parse(found.svg), "a", "arc")
    assert sorted(each.get("aria-label", "") for each in arcs) == [
        "Start \N{RIGHTWARDS ARROW} Result: 3 journeys",
        "Start \N{RIGHTWARDS ARROW} Size: 5 journeys",
    ]
    assert found.graph.not_shown == 7


def test_a_result_that_the_flow_does_not_give_after_a_question_is_an_arc_of_its_own() -> None:
    edges = (
        *long_flow(1).edges,
        Edge("q0", "result", "gone", 4, expected=False),
        Edge("q0", "result", "", 6, expected=False),
    )
    arcs = of_class(drawn(replace(long_flow(1), edges=edges)), "a", "arc")
    assert [each.get("aria-label") for each in arcs] == ["Q0 \N{RIGHTWARDS ARROW} gone: 4 journeys"]
    assert [each.get("href") for each in arcs] == ["?recommended=gone&edge=q0.result"]


def test_every_link_of_the_graph_is_in_the_values_for_its_table() -> None:
    found = chart(two_questions())
    rows = [(*each.titles, each.journeys, each.share) for each in (*found.graph.links, *found.graph.other_links)]
    assert rows == [
        ("Start", "Who", 100, "90.9%"),
        ("Who", "Size", 60, "60.0%"),
        ("Who", "On your own", 20, "20.0%"),
        ("Size", "Cloud", 45, "75.0%"),
        ("Start", "Size", 5, ""),
        ("Start", "Result", 3, ""),
    ]


def test_without_visits_the_graph_is_drawn_with_dashed_lines() -> None:
    svg = drawn(two_questions(0))
    assert len(of_class(svg, "rect", "node")) == 5
    assert len(of_class(svg, "path", "band", "none")) == 4


def test_the_same_figures_give_the_same_bytes_without_script_or_style() -> None:
    for overview in (two_questions(), two_questions(0), long_flow(6)):
        assert chart(overview).svg == chart(overview).svg
        assert_no_script_or_style(parse(chart(overview).svg))


def test_hostile_names_are_escaped_and_cut_to_fit() -> None:
    hostile = '"><script>alert(1)</script>' + "\N{RIGHT-TO-LEFT OVERRIDE}x" * 500
    edges = (Edge("start", hostile, "", 3, expected=True), Edge(hostile, "result", hostile, 3, expected=True))
    overview = FakeOverview(Figures("", Counts(journeys=3, viewed=3), steps=(step(hostile, 3, 3),)), edges)
    assert "<script" not in chart(overview).svg
    svg = drawn(overview)
    assert_no_script_or_style(svg)
    titles = list(of_class(svg[0], "text", "title"))
    assert len(titles) <= 2 * 3
    for left, _, right, _ in text_rectangles(svg):
        assert 0 <= left < right <= numbers(svg.get("viewBox"))[2]


@pytest.mark.parametrize(
    "title",
    [
        "Selbstverwaltete Bereitstellungsumgebung",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "استضافة ذاتية على خوادمك الخاصة",
        "自己管理型の展開環境を選択する",
        "W" * 40,
    ],
)
def test_long_titles_in_any_language_are_wrapped_into_their_nodes(title: str) -> None:
    names = Names(Wording("en", {"deployments.cloud.name": title, "deployments.own.name": title}))
    made = funnel(cast(Overview, with_before(two_questions(1_000_000))), names, cast(Links, FakeLinks()))
    (svg,) = parse(made.svg)
    nodes, visible = rectangles(svg, "node"), list(text_rectangles(svg))
    assert not [pair for pair in combinations(visible, 2) if overlap(*pair)]
    titles = [box for box, each in zip(visible, svg[0].iter("text"), strict=True) if each.get("class") == "title"]
    for box in titles:
        assert any(node[0] < box[0] and box[2] < node[2] and node[1] < box[1] and box[3] < node[3] for node in nodes)


def graph_of(edges: list[tuple[str, str]]) -> Graph:
    pages = dict.fromkeys(Page(name) for edge in edges for name in edge)
    links = (Link(Page(one), Page(other), (one, other), 10, None, "") for one, other in dict.fromkeys(edges))
    return Graph({page: Node(page.name, ()) for page in pages}, tuple(links), (), 0)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24))
def test_any_graph_is_laid_out_each_link_as_a_band_to_the_right_or_an_arc(edges: list[tuple[int, int]]) -> None:
    graph = graph_of([("start", "0"), *((str(one), str(other)) for one, other in edges), ("0", "result")])
    layout = lay_out(graph)
    assert {curve.link for curve in layout.curves} == set(graph.links)
    result = layout.boxes[Page("result")]
    assert all(box.right < result.x for page, box in layout.boxes.items() if page.name != "result")
    for curve in layout.curves:
        assert not curve.thickness or layout.boxes[curve.link.source].right < layout.boxes[curve.link.target].x
    assert not [pair for pair in combinations(layout.boxes.values(), 2) if overlap(*map(as_rectangle, pair))]


def as_rectangle(box: Box) -> Rectangle:
    return box.x, box.y, box.right, box.bottom


def test_two_questions_that_are_asked_in_either_order_are_a_band_and_an_arc() -> None:
    layout = lay_out(graph_of([("start", "a"), ("start", "b"), ("a", "b"), ("b", "a"), ("a", "result")]))
    arcs = [curve.link.titles for curve in layout.curves if not curve.thickness]
    assert arcs == [("b", "a")]


def test_nodes_are_ordered_so_that_bands_do_not_cross() -> None:
    edges = [("start", "a"), ("start", "b"), ("a", "d"), ("b", "c"), ("c", "result"), ("d", "result")]
    graph = graph_of(edges)
    nodes = {page: graph.nodes[page] for page in map(Page, ["start", "a", "b", "c", "d", "result"])}
    boxes = lay_out(replace(graph, nodes=nodes)).boxes
    assert (boxes[Page("a")].y < boxes[Page("b")].y) == (boxes[Page("d")].y < boxes[Page("c")].y)
