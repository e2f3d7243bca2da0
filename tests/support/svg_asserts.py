"""Reads charts in tests: elements by their classes, coordinates as numbers."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TAGS = {
    "svg",
    "g",
    "pattern",
    "path",
    "rect",
    "circle",
    "line",
    "text",
    "tspan",
    "title",
    "a",
    "ul",
    "li",
    "b",
    "bdi",
    "p",
}
TAGS |= {"details", "summary", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "small"}
SHAPES = {"class", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r", "rx", "d", "width", "height", "fill"}
OTHERS = {
    "transform",
    "href",
    "role",
    "aria-label",
    "aria-hidden",
    "tabindex",
    "viewBox",
    "preserveAspectRatio",
    "id",
    "scope",
}
OTHERS |= {"patternUnits"}


def parse(markup: str) -> ET.Element:
    """All elements of some markup, under one root."""
    return ET.fromstring(f"<root>{markup}</root>")  # noqa: S314  # written by us


def assert_no_script_or_style(root: ET.Element) -> None:
    """Assert that a strict Content-Security-Policy allows every element and attribute."""
    for element in list(root.iter())[1:]:
        assert element.tag in TAGS
        assert set(element.attrib) <= SHAPES | OTHERS


def of_class(root: ET.Element, tag: str, *classes: str) -> list[ET.Element]:
    """The elements of a tag that have all these classes."""
    return [each for each in root.iter(tag) if set(classes) <= set(each.get("class", "").split())]


def numbers(text: str | None) -> list[float]:
    """All numbers in a path, a view box or a percentage."""
    return [float(found) for found in NUMBER.findall(text or "")]


def points(path: ET.Element) -> list[tuple[float, float]]:
    """The points of a path of absolute pairs."""
    found = numbers(path.get("d"))
    return list(zip(found[::2], found[1::2], strict=True))


def coordinates(element: ET.Element, *names: str) -> list[float]:
    """Attributes as numbers, without their unit."""
    return [float((element.get(name) or "0").removesuffix("%")) for name in names]


def texts(root: ET.Element) -> Iterator[str]:
    """Every text, in order."""
    return (text.strip() for text in root.itertext() if text.strip())
