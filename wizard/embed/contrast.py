"""Where the contrast of an accent is too low, its replacements, and where text is readable on a background."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.presentation import (
    INKS,
    SURFACES,
    TEXT_CONTRAST,
    TRANSPARENT,
    Presentation,
    Theme,
    colours,
    contrast,
    least_contrast,
    page_colours,
)


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


@dataclass(frozen=True, slots=True)
class Ground:
    """A background in one theme: the colour and contrast of its text, and whether that is enough."""

    theme: str
    ink: str
    contrast: str
    is_readable: bool


def replacements(presentation: Presentation) -> tuple[Replacement, ...]:
    """The replacements of the accent on each surface that the theme can have, with the background if it is readable."""
    return tuple(_replacements(presentation)) if presentation.accent else ()


def _replacements(asked: Presentation) -> Iterator[Replacement]:
    accent, adjusted = asked.accent, colours(asked.accent)
    for theme in _themes(asked.theme):
        ground = _colour(asked.background)
        own = page_colours(ground, accent, theme) if ground else None
        colour = own.accent if own else adjusted.light if theme == "light" else adjusted.dark
        if colour != accent:
            under = ground if own else ""
            before, after = (least_contrast(each, theme, accent, under) for each in (accent, colour))
            yield Replacement(theme, _ratio(before), colour, _ratio(after))


def button(accent: str) -> Button:
    """The buttons for `accent`."""
    on_fill = colours(accent).on_fill
    return Button(accent, "white" if on_fill == "#ffffff" else "black", _ratio(contrast(accent, on_fill)))


def grounds(presentation: Presentation) -> tuple[Ground, ...]:
    """The background in each theme that the page can have; none without a background.

    What is behind a transparent one is not known: its contrast is empty.
    """
    if not presentation.background:
        return ()
    return tuple(_ground(presentation.background, theme) for theme in _themes(presentation.theme))


def _ground(background: str, theme: str) -> Ground:
    ink = INKS[theme].ink
    if background == TRANSPARENT:
        return Ground(theme, ink, "", is_readable=True)
    reached = contrast(ink, background)
    return Ground(theme, ink, _ratio(reached), is_readable=reached >= TEXT_CONTRAST)


def _colour(background: str) -> str:
    return "" if background == TRANSPARENT else background


def _themes(theme: Theme) -> tuple[str, ...]:
    return tuple(SURFACES) if theme == "auto" else (theme,)


def _ratio(value: float) -> str:
    """A contrast ratio with one decimal, rounded down: 4.49 is not enough."""
    return f"{math.floor(value * 10) / 10:.1f}"
