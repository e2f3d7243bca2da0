"""Writes SVG: elements by their names, coordinates short; text is escaped by ElementTree alone."""

from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

NARROW = frozenset("iljtfrI1.,:;'|!()[] ")
WIDE = frozenset("mwMW@%")
CAMEL = {"view_box": "viewBox", "aspect": "preserveAspectRatio"}


def svg(class_: str, **attributes: str | float) -> Element:
    """A picture to put others into."""
    return _with(Element("svg", {"class": class_}), attributes)


def put(parent: Element, tag: str, class_: str = "", text: str = "", **attributes: str | float) -> Element:
    """A new last child of `parent`. In an attribute's name, `_` stands for `-`."""
    child = _with(SubElement(parent, tag, {"class": class_} if class_ else {}), attributes)
    child.text = text or None
    return child


def link(parent: Element, href: str, label: str, class_: str) -> Element:
    """A link in a picture, called `label`.

    That is no `<title>`: browsers would show it over the figures that the picture itself shows there.
    """
    return put(parent, "a", class_, href=href, aria_label=label)


def number(value: float) -> str:
    """A coordinate to a tenth, in as few characters as it takes."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def markup(*roots: Element) -> Markup:
    """Pictures as they stand in a page."""
    # ElementTree has escaped every text and every attribute.
    return Markup("").join(Markup(tostring(root, encoding="unicode")) for root in roots)  # noqa: S704


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a system font of this `size`: rather too wide than too narrow."""
    ems = (0.34 if char in NARROW else 0.9 if char in WIDE else 0.66 if char.isupper() else 0.585 for char in text)
    return size * sum(ems)


def _with(element: Element, attributes: dict[str, str | float]) -> Element:
    for name, value in attributes.items():
        element.set(CAMEL.get(name) or name.replace("_", "-"), value if isinstance(value, str) else number(value))
    return element
