"""Lays a line chart out with pygal: its scale, its axes, its lines. What pygal draws besides is left behind.

That is a script with all settings, a style, comments with today's date, ids by chance: nothing that a strict policy, or
a page that replaces only what has changed, could use.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from xml.etree.ElementTree import Element

import pygal

Point = tuple[float, float]

WIDTH, HEIGHT = 1000, 240
BARE = {"show_legend": False, "js": (), "css": (), "no_prefix": True, "disable_xml_declaration": True}
MOST_STEPS = 5
ROUND = (1, 2, 5)
# pygal puts a finder for its maps among Python's own, which is asked about every import from then on, and warned
# about, as it is of an outdated kind. There are no maps here.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Plot:
    """Where things lie in a plot that is so many units wide and high; `y` grows downwards.

    `scale` is the vertical axis: what each tick says, and its y. A line of `lines` has a point for each of its values.
    """

    width: float
    height: float
    scale: tuple[tuple[str, float], ...]
    lines: tuple[tuple[Point, ...], ...]


def lay_out(series: Sequence[Sequence[int]]) -> Plot:
    """The plot of several series of as many counts each, on one axis from 0."""
    highest = max(max(values) for values in series)
    chart = pygal.Line(
        width=WIDTH, height=HEIGHT, margin=0, show_dots=False, show_x_labels=False,
        y_labels=ticks(highest), value_formatter=short, **BARE,
    )  # fmt: skip
    for values in series:
        chart.add("", values)
    return _read(chart.render_tree())


def ticks(highest: int) -> list[int]:
    """Round counts from 0 to `highest` or just above: steps of 1, 2 or 5 times a power of ten, few of them."""
    step = next(digit * 10**power for power in count() for digit in ROUND if digit * 10**power * MOST_STEPS >= highest)
    return [step * place for place in range(max(1, -(-highest // step)) + 1)]


def short(amount: float) -> str:
    """A tick's count in a few characters: 950, 1,200, 15k, 2.5M."""
    for least, size, unit in ((1_000_000, 1_000_000, "M"), (10_000, 1000, "k")):
        if amount >= least:
            return f"{amount / size:.1f}".removesuffix(".0") + unit
    return f"{amount:,.0f}"


def _read(tree: Element) -> Plot:
    plot = _first(tree, "g", "plot")
    ground = _first(plot, "rect", "background")
    guides = [each for each in plot.iter("g") if "guides" in _classes(each)]
    lines = [each for each in plot.iter("path") if {"line", "reactive"} <= _classes(each)]
    return Plot(
        float(ground.get("width", 0)),
        float(ground.get("height", 0)),
        tuple((each.findtext("text", ""), next(_points(each.find("path")))[1]) for each in guides),
        tuple(tuple(_points(line)) for line in lines),
    )


def _points(path: Element | None) -> Iterator[Point]:
    """The points of a path that has none but absolute ones, but for a guide's last."""
    numbers = [float(found) for found in NUMBER.findall("" if path is None else path.get("d", ""))]
    return zip(numbers[::2], numbers[1::2], strict=False)


def _first(tree: Element, tag: str, class_: str) -> Element:
    return next(each for each in tree.iter(tag) if class_ in _classes(each))


def _classes(element: Element) -> set[str]:
    return set(element.get("class", "").split())
