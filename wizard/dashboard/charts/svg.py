"""Builds SVG elements as escaped markup."""

from markupsafe import Markup, escape

SPECIAL = {"class_": "class", "view_box": "viewBox", "aspect": "preserveAspectRatio", "pattern_units": "patternUnits"}


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """An element with its children, of which plain strings are escaped, and its attributes, of which None is left out.

    `_` in an attribute's name stands for `-`.
    """
    written = "".join(
        f' {SPECIAL.get(key) or key.replace("_", "-")}="{escape(value if isinstance(value, str) else number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(map(escape, children))
    text = f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"
    return Markup(text)  # noqa: S704  # names are literals, all else is escaped above


def anchor(href: str, *children: str, **attributes: str | float | None) -> Markup:
    """A link to `href`; with an empty one it leads nowhere, and is a picture to screen readers."""
    own = {"href": href} if href else {"role": "img", "tabindex": None}
    return element("a", *children, **{**attributes, **own})


def number(value: float) -> str:
    """A coordinate to a hundredth, in as few characters as it takes."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(value: float) -> str:
    """A coordinate in percent of the picture."""
    return f"{number(value)}%"


def em(value: float) -> str:
    """A length in font sizes."""
    return f"{number(value)}em"
