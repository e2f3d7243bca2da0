"""Where an accent can't be read, by how much, and what the pages show in its place."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.presentation import SURFACES, Theme, colours, contrast, least_contrast


@dataclass(frozen=True, slots=True)
class Replaced:
    """On a page that is `theme`, words and outlines are `shown`, since the accent has only `contrast` there."""

    theme: str
    contrast: str
    shown: str
    shown_contrast: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button keeps the accent as its `fill`, with `words` on it that can be read."""

    fill: str
    words: str
    contrast: str


def replaced(accent: str, theme: Theme) -> tuple[Replaced, ...]:
    """What is shown in the place of `accent` (a `#rrggbb`, or nothing) on each kind of page that `theme` may be."""
    return tuple(_replaced(accent, theme)) if accent else ()


def _replaced(accent: str, theme: Theme) -> Iterator[Replaced]:
    made = colours(accent)
    shown_on = {"light": made.light, "dark": made.dark}
    for surface in SURFACES if theme == "auto" else (theme,):
        shown = shown_on[surface]
        if shown != accent:
            had, has = (least_contrast(colour, surface, accent) for colour in (accent, shown))
            yield Replaced(surface, _ratio(had), shown, _ratio(has))


def button(accent: str) -> Button:
    """What the buttons of `accent` are like."""
    made = colours(accent)
    return Button(made.fill, "white" if made.on_fill == "#ffffff" else "black", _ratio(contrast(accent, made.on_fill)))


def _ratio(value: float) -> str:
    """A contrast in words, never rounded up: 4.49 is not enough."""
    return f"{math.floor(value * 10) / 10:.1f}"
