"""Where the contrast of an accent is too low, and the colours that replace it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.presentation import SURFACES, Theme, colours, contrast, least_contrast


@dataclass(frozen=True, slots=True)
class Replacement:
    """On a page in `theme`, `colour` replaces the accent in texts and outlines."""

    theme: str
    accent_contrast: str
    colour: str
    contrast: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button with the accent as its `fill`, and the colour and contrast of the text on it."""

    fill: str
    text: str
    contrast: str


def replacements(accent: str, theme: Theme) -> tuple[Replacement, ...]:
    """The replacements of `accent` (a `#rrggbb`, or "") on each surface that `theme` can have."""
    return tuple(_replacements(accent, theme)) if accent else ()


def _replacements(accent: str, theme: Theme) -> Iterator[Replacement]:
    adjusted = colours(accent)
    for surface in SURFACES if theme == "auto" else (theme,):
        colour = adjusted.light if surface == "light" else adjusted.dark
        if colour != accent:
            before, after = (least_contrast(each, surface, accent) for each in (accent, colour))
            yield Replacement(surface, _ratio(before), colour, _ratio(after))


def button(accent: str) -> Button:
    """The buttons for `accent`."""
    on_fill = colours(accent).on_fill
    return Button(accent, "white" if on_fill == "#ffffff" else "black", _ratio(contrast(accent, on_fill)))


def _ratio(value: float) -> str:
    """A contrast ratio with one decimal, rounded down: 4.49 is not enough."""
    return f"{math.floor(value * 10) / 10:.1f}"
