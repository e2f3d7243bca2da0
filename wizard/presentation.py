"""Theme, colours, corner radius and language of the pages: parameters of the address, beside the journey.

Invalid values are ignored: a mistyped colour must not cost a visitor the page.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)

PARAMETERS = ("theme", "accent", "background", "radius", "locale")
TRANSPARENT = "transparent"
"""The background that shows what is behind the frame."""

MAX_RADIUS_PX = 32
RADIUS = re.compile(r"([0-9]{1,2})(px)?")
HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
LANGUAGE_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8}){0,4}", re.IGNORECASE)

TEXT_CONTRAST = 4.5
"""The least contrast of text with its background (WCAG 2.2, 1.4.3)."""

LINEAR_BELOW = 0.04045
"""Up to here, sRGB is linear (IEC 61966-2-1)."""

WHITE, BLACK = "#ffffff", "#000000"
SURFACES: Mapping[str, tuple[str, str]] = {"light": ("#ffffff", "#f4f5f8"), "dark": ("#191c24", "#0e1015")}
"""The backgrounds of text in the stylesheet: cards and page."""

TINTS = (0.08, 0.1)
"""The shares of accent that the stylesheet mixes into cards and page."""


class Inks(NamedTuple):
    """The stylesheet's colours of text in one theme, and its accent."""

    ink: str
    muted: str
    wrong: str
    accent: str


INKS: Mapping[str, Inks] = {
    "light": Inks("#12151d", "#535b6b", "#c4241c", "#1d4aff"),
    "dark": Inks("#eff1f6", "#a6aebd", "#ff8d85", "#8ea4ff"),
}


@dataclass(frozen=True, slots=True)
class Presentation:
    """The parameters. Empty means the default: our own `accent`, the browser language for `locale`.

    `background` is a `#rrggbb`, or TRANSPARENT; `radius` is a number of pixels.
    """

    theme: Theme = "auto"
    accent: str = ""
    locale: str = ""
    background: str = ""
    radius: str = ""

    def parameters(self) -> Mapping[str, str]:
        """The query parameters, without defaults."""
        theme = "" if self.theme == "auto" else self.theme
        colours_ = (colour.removeprefix("#") for colour in (self.accent, self.background))
        values = zip(PARAMETERS, (theme, *colours_, self.radius, self.locale), strict=True)
        return {name: value for name, value in values if value}


def read_presentation(query: Mapping[str, str]) -> Presentation:
    """The valid parameters of `query`."""
    theme = query.get("theme", "")
    locale = query.get("locale", "")
    return Presentation(
        theme=next((known for known in THEMES if known == theme), "auto"),
        accent=read_colour(query.get("accent", "")),
        locale=locale if LANGUAGE_TAG.fullmatch(locale) else "",
        background=read_background(query.get("background", "")),
        radius=read_radius(query.get("radius", "")),
    )


def read_colour(text: str) -> str:
    """`text`, three or six hexadecimal digits, as `#rrggbb`; "" where it is not a colour."""
    if not (found := HEX.fullmatch(text.strip())):
        return ""
    digits = found[1].lower()
    return "#" + (digits if len(digits) == len("rrggbb") else "".join(digit * 2 for digit in digits))


def read_background(text: str) -> str:
    """`text`, a colour or `transparent`; "" where it is neither."""
    return TRANSPARENT if text.strip().lower() == TRANSPARENT else read_colour(text)


def read_radius(text: str) -> str:
    """`text`, a whole number of pixels up to MAX_RADIUS_PX, with or without `px`, as a number; "" where it is none."""
    found = RADIUS.fullmatch(text.strip().lower())
    return str(int(found[1])) if found and int(found[1]) <= MAX_RADIUS_PX else ""


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours made from an accent. `fill` is the accent itself, and `on_fill` the colour of text on it.

    `light` and `dark` are for text and outlines on a light and on a dark page: the accent, made darker or lighter until
    its contrast is enough.
    """

    fill: str
    on_fill: str
    light: str
    dark: str


def colours(accent: str) -> Colours:
    """The colours made from `accent`, a `#rrggbb`."""
    return Colours(
        fill=accent,
        on_fill=WHITE if contrast(accent, WHITE) >= TEXT_CONTRAST else BLACK,
        light=_readable(accent, "light", _surfaces("light", accent)),
        dark=_readable(accent, "dark", _surfaces("dark", accent)),
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two `#rrggbb`, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(text: str, theme: str, accent: str, background: str = "") -> float:
    """The least contrast of text in the colour `text` on cards, tinted or not, and on the page or its `background`."""
    surfaces = (*_tinted(SURFACES[theme][0], accent), background) if background else _surfaces(theme, accent)
    return min(contrast(text, surface) for surface in surfaces)


@dataclass(frozen=True, slots=True)
class PageColours:
    """The colours of text and outlines in one theme, readable on a page with this `background` and on cards."""

    background: str
    accent: str
    muted: str
    wrong: str


def page_colours(background: str, accent: str, theme: str) -> PageColours | None:
    """The colours on a `background` (`#rrggbb`), with an `accent` or our own (""); None if text is unreadable on it.

    It is unreadable in one of the two themes at least: text is dark in one and light in the other.
    """
    inks = INKS[theme]
    if _directed_contrast(inks.ink, background, theme) < TEXT_CONTRAST:
        return None
    fill = accent or inks.accent
    surfaces = (*_tinted(SURFACES[theme][0], fill), background)
    return PageColours(background, *(_readable(each, theme, surfaces) for each in (fill, inks.muted, inks.wrong)))


def _surfaces(theme: str, accent: str) -> tuple[str, ...]:
    return tuple(tinted for surface in SURFACES[theme] for tinted in _tinted(surface, accent))


def _tinted(surface: str, accent: str) -> tuple[str, ...]:
    return tuple(_mixed(surface, accent, tint) for tint in (0.0, *TINTS))


def _directed_contrast(text: str, surface: str, theme: str) -> float:
    """The contrast of text that is darker than its surface on a light page, and lighter on a dark one; else 0."""
    is_darker = _luminance(text) < _luminance(surface)
    return contrast(text, surface) if is_darker == (theme == "light") else 0


def _readable(colour: str, theme: str, surfaces: Collection[str]) -> str:
    """`colour`, mixed with the least black or white that makes it readable; more makes it more readable."""
    towards = BLACK if theme == "light" else WHITE
    shades = [_mixed(colour, towards, percent / 100) for percent in range(101)]

    def least(shade: str) -> float:
        return min(_directed_contrast(shade, surface, theme) for surface in surfaces)

    return shades[bisect_left(shades, TEXT_CONTRAST, key=least)]


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _luminance(colour: str) -> float:
    """Relative luminance, from 0 to 1 (WCAG 2.2, "relative luminance")."""
    linear = [
        channel / 12.92 if channel <= LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in _channels(colour))
    ]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(one: str, other: str, share: float) -> str:
    """`one` mixed with a `share` of `other`, as `color-mix(in srgb, …)` does."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
