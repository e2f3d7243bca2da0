"""The questionnaire's graph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from urllib.parse import parse_qs, urlencode
from xml.etree.ElementTree import Element

import pytest
from drawn import assert_nothing_but_shapes, numbers, of_class, parse, place, points, said
from hypothesis import given
from hypothesis import strategies as st

from wizard.growth.charts import funnel
from wizard.growth.charts.layers import in_layers, in_rows, rank
from wizard.growth.names import Names
from wizard.growth.overview.graph import Edge
from wizard.growth.overview.outcomes import Outcomes, Sent
from wizard.growth.report import Figures, StepFigures, Times, Wanderings
from wizard.questionnaire.wording import Wording

NAMES = Names(Wording("en", {"deployments.cloud.name": "Cloud", "deployments.own.name": "On your own"}))


class Links:
    """Addresses that say what was asked for."""

    def outcome(self, outcome: str) -> str:
        return "?" + urlencode({"outcome": outcome})

    def step(self, step: str, what: str) -> str:
        return "?" + urlencode({"did": f"{step}.{what}"})

    def edge(self, source: str, target: str, recommended: str) -> str:
        return "?" + urlencode({"edge": f"{source}.{target}", "recommended": recommended})

    def result(self, recommended: str) -> str:
        return "?" + urlencode({"outcome": "finished", "recommended": recommended})


@dataclass(frozen=True)
class Shown:
    """As much of an overview as is drawn."""

    now: Figures
    edges: tuple[Edge, ...]
    outcomes: Outcomes = field(default=Outcomes((), {}, {}))


def step(name: str, reached: int, answered: int) -> StepFigures:
    return StepFigures(name, reached, answered, Wanderings(3, min(2, reached), min(1, reached), 0), Times(4200, 9000))


def shown(scale: int = 1) -> Shown:
    """Two questions, the second of which some skip, and two results; some came with answers in their link."""
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
    figures = Figures("", journeys=110 * scale, viewed=105 * scale, started=80 * scale, finished=65 * scale)
    steps = (step("who", 100 * scale, 80 * scale), step("size", 60 * scale, 45 * scale))
    sent = (Sent("a", "cloud", None, None, finished=45 * scale), Sent("b", "own", None, None, finished=20 * scale))
    return Shown(replace(figures, steps=steps if scale else ()), edges, Outcomes(sent, {}, {}))


def chain(count: int) -> Shown:
    """So many questions one after the other, each of which may also end it all or skip the next one."""
    names = ["start", *(f"q{number}" for number in range(count))]
    edges = [Edge(one, other, "", 1000 - 10 * at, expected=True) for at, (one, other) in enumerate(pairwise(names))]
    skips = [Edge(one, other, "", 30, expected=True) for one, other in zip(names[1:], names[3:], strict=False)]
    ends = [Edge(name, "result", f"r{number % 4}", 50, expected=True) for number, name in enumerate(names[1:])]
    return Shown(Figures("", journeys=1100, viewed=1000), (*edges, *skips, *ends))


def pictures(some: Shown) -> list[Element]:
    root = parse(funnel(some, NAMES, Links()))
    return [each for each in root.iter("svg") if "funnel" in each.get("class", "")]


def widths(picture: Element) -> list[float]:
    """How wide each way begins: from the first point of its one edge to the last of its other."""
    index = 0 if "down" in picture.get("class", "") else 1
    ways = [points(each) for each in of_class(picture, "path", "way")]
    return [abs(path[0][index] - path[-1][index]) for path in ways]


def test_ways_are_as_wide_as_the_journeys_on_them() -> None:
    for picture in pictures(shown()):
        found = widths(picture)
        assert [width / found[0] for width in found] == pytest.approx([1, 0.6, 0.2, 0.45], abs=0.01)


def test_the_arrow_of_those_who_left_is_as_wide_as_a_way_of_as_many() -> None:
    across, _ = pictures(shown())
    who = points(of_class(across, "path", "left")[0])
    assert who[-1][0] - who[0][0] == pytest.approx(widths(across)[0] * 0.2, abs=0.2)


def test_a_stream_ends_at_the_cards_that_it_joins() -> None:
    across, down = pictures(shown())
    for picture, begin, length in ((across, "x", "width"), (down, "y", "height")):
        cards = [place(each, begin, length) for each in of_class(picture, "rect", "card")]
        index = 0 if begin == "x" else 1
        for each in of_class(picture, "path", "way"):
            path = points(each)
            along = [point[index] for point in path]
            assert any(along[0] == pytest.approx(at + size, abs=0.2) for at, size in cards)
            assert any(max(along) == pytest.approx(at, abs=0.2) for at, _ in cards)


def boxes(picture: Element, class_: str) -> list[tuple[float, float, float, float]]:
    found = [place(each, "x", "y", "width", "height") for each in of_class(picture, "rect", class_)]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


def texts(picture: Element) -> Iterator[tuple[float, float, float, float]]:
    """About where each text of the picture itself is; those of links are shown one at a time."""
    seen = next(iter(picture))
    for each in seen.iter("text"):
        x, y = place(each, "x", "y")
        size = 6.2 * len(each.text or "")
        classes = set(each.get("class", "").split())
        ends = not classes & {"title", "what", "first", "count"}
        left = x - size / 2 if "count" in classes else x - size if ends else x
        yield left, y - 8, left + size, y + 1


def passed(path: str | None) -> Iterator[tuple[float, float]]:
    """Places on a path: its points, and eight on each of its curves."""
    at = (0.0, 0.0)
    for kind, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path or ""):
        found = numbers(text)
        if kind in "HV":
            at = (found[0], at[1]) if kind == "H" else (at[0], found[0])
        elif kind == "C":
            bends = [at, *zip(found[::2], found[1::2], strict=True)]
            for part in range(1, 9):
                t = part / 8
                share = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                x, y = (sum(a * b for a, b in zip(share, values, strict=True)) for values in zip(*bends, strict=True))
                yield x, y
            at = bends[-1]
        elif found:
            at = (found[-2], found[-1])
        yield at


@pytest.mark.parametrize("some", [shown(), shown(0), shown(1_000_000), chain(1), chain(2), chain(5), chain(12)])
def test_nothing_overlaps_and_all_lies_in_the_picture(some: Shown) -> None:
    for picture in pictures(some):
        left, top, right, bottom = numbers(picture.get("viewBox"))
        cards = boxes(picture, "card")
        written = list(texts(picture))
        tips = [
            (x, y, x + w, y + h)
            for tip in of_class(picture, "g", "tip")
            for x, y, w, h in [place(tip[0], "x", "y", "width", "height")]
        ]
        everything = [*cards, *written, *tips]
        assert all(left <= x and top <= y and other <= right and low <= bottom for x, y, other, low in everything)
        for path in picture.iter("path"):
            assert all(left <= x <= right and top <= y <= bottom for x, y in passed(path.get("d")))
        for group in (cards, written):
            assert not [pair for pair in combinations(group, 2) if overlap(*pair)]


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_each_number_is_a_link_to_its_journeys() -> None:
    for picture in pictures(shown()):
        asked = [parse_qs(each.get("href", "")[1:]) for each in picture.iter("a")]
        whats = [each["did"][0] for each in asked if "did" in each]
        kinds = ("reached", "answered", "left", "went_back", "met_error")
        assert whats == [f"{name}.{what}" for name in ("who", "size") for what in kinds]
        assert sorted(each["edge"][0] for each in asked if "edge" in each) == sorted(
            ["start.who", "who.size", "who.result", "size.result", "start.size", "start.result"]
        )
        assert [each["outcome"][0] for each in asked if "outcome" in each].count("finished") == 2
        assert all(each.get("aria-label") for each in picture.iter("a"))


def test_a_link_says_what_its_number_is() -> None:
    across, _ = pictures(shown())
    labels = {each.get("href"): each.get("aria-label") for each in across.iter("a")}
    assert labels["?did=who.left"] == "Who: 20 of 100 that came: 20.0%, 95% interval 13.3 to 28.9"
    assert labels["?edge=who.size&recommended="] == "Who \N{RIGHTWARDS ARROW} Size: 60 journeys, 60.0% of 100"
    assert labels["?outcome=finished&recommended=own"] == (
        "On your own: 20 of 65 that finished: 30.8%, 95% interval 20.9 to 42.8"
    )


def test_ways_that_the_flow_does_not_have_are_summed_and_said() -> None:
    root = parse(funnel(shown(), NAMES, Links()))
    across = of_class(root, "svg", "across")[0]
    assert sorted(each.get("aria-label", "") for each in of_class(across, "a", "arc")) == [
        "Start \N{RIGHTWARDS ARROW} Result: 3 journeys",
        "Start \N{RIGHTWARDS ARROW} Size: 5 journeys",
    ]
    assert "taken 7 times" in " ".join(said(of_class(root, "p", "legend")[0]))


def test_an_odd_result_of_a_page_that_has_others_is_a_way_of_its_own() -> None:
    edges = (
        *chain(1).edges,
        Edge("q0", "result", "gone", 4, expected=False),
        Edge("q0", "result", "", 6, expected=False),
    )
    for picture in pictures(replace(chain(1), edges=edges)):
        arcs = of_class(picture, "a", "arc")
        assert [each.get("aria-label") for each in arcs] == ["Q0 \N{RIGHTWARDS ARROW} gone: 4 journeys"]
        assert [each.get("href") for each in arcs] == ["?edge=q0.result&recommended=gone"]


def test_an_empty_log_shows_the_graph_all_the_same() -> None:
    for picture in pictures(shown(0)):
        assert len(of_class(picture, "rect", "card")) == 5
        assert len(of_class(picture, "path", "way", "none")) == 4


def test_a_flow_that_is_too_long_goes_down_alone() -> None:
    assert [each.get("class") for each in pictures(chain(2))] == ["funnel across", "funnel down"]
    assert [each.get("class") for each in pictures(chain(9))] == ["funnel down"]


def test_the_same_figures_are_the_same_bytes_and_nothing_but_shapes() -> None:
    for some in (shown(), shown(0), chain(6)):
        assert funnel(some, NAMES, Links()) == funnel(some, NAMES, Links())
        assert_nothing_but_shapes(parse(funnel(some, NAMES, Links())))


def test_hostile_names_are_text_and_are_cut_to_fit() -> None:
    hostile = '"><script>alert(1)</script>' + "\N{RIGHT-TO-LEFT OVERRIDE}x" * 500
    edges = (Edge("start", hostile, "", 3, expected=True), Edge(hostile, "result", hostile, 3, expected=True))
    some = Shown(Figures("", journeys=3, viewed=3, steps=(step(hostile, 3, 3),)), edges)
    assert "<script" not in funnel(some, NAMES, Links())
    for picture in pictures(some):
        assert_nothing_but_shapes(picture)
        assert max(len(each.text or "") for each in picture.iter("text")) < 60


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24))
def test_layers_go_forward_whatever_the_graph(edges: list[tuple[int, int]]) -> None:
    nodes = list(range(8))
    ranks = rank(nodes, edges, [7])
    assert max(ranks.values()) == ranks[7]
    assert [node for node in nodes if ranks[node] == ranks[7]] == [7]
    for found in (ranks, in_rows(ranks, dict.fromkeys(nodes, 1))):
        layers = in_layers(found, edges)
        assert sorted(spot for layer in layers.layers for spot in layer if spot in nodes) == nodes
        for (source, target), spots in zip(edges, layers.chains, strict=True):
            assert not spots or (spots[0], spots[-1]) == (source, target)
            at = [next(n for n, layer in enumerate(layers.layers) if spot in layer) for spot in spots]
            assert all(other == one + 1 for one, other in pairwise(at))
    assert all(
        len(layer) == 1
        for layer in [[n for n in nodes if in_rows(ranks, dict.fromkeys(nodes, 1))[n] == r] for r in range(8)]
    )


def test_layers_are_put_in_an_order_without_crossings() -> None:
    edges = [("a", "d"), ("b", "c"), ("s", "a"), ("s", "b"), ("c", "z"), ("d", "z")]
    layers = in_layers(rank(list("sabcdz"), edges, ["z"]), edges).layers
    middle = {name: layer.index(name) for layer in layers for name in layer}
    assert (middle["a"] < middle["b"]) == (middle["d"] < middle["c"])
