"""The CSS rules for a page's accent, background and corner radius."""

from collections.abc import Iterator
from functools import lru_cache

from wizard.presentation import TRANSPARENT, colours, page_colours

THEMED = {
    "light": (":root[data-theme=light]", "@media(prefers-color-scheme:light){:root:not([data-theme=dark])"),
    "dark": (":root[data-theme=dark]", "@media(prefers-color-scheme:dark){:root:not([data-theme=light])"),
}
"""Where a rule of one theme applies: as the host or visitor wishes. Themes change without another page."""

PLAIN = "body{background-image:none}"


@lru_cache(maxsize=64)
def look_style(accent: str, background: str, radius: str) -> str:
    """The rules for an accent (`#rrggbb`), a background (`#rrggbb` or TRANSPARENT) and a radius in pixels, if given.

    A background applies in the theme in which text is readable on it; in the other, the wizard keeps its own.
    """
    return "".join(_rules(accent, background, radius))


def _rules(accent: str, background: str, radius: str) -> Iterator[str]:
    if accent:
        made = colours(accent)
        yield (
            f":root{{--wizard-accent:{made.fill};--wizard-on-accent:{made.on_fill};"
            f"--wizard-accent-text:{made.light};--wizard-accent-text-dark:{made.dark}}}"
        )
    if radius:
        yield f":root{{--wizard-radius:{radius}px}}"
    if background == TRANSPARENT:
        yield f":root{{--wizard-page:transparent}}{PLAIN}"
    elif background:
        for theme, (given, preferred) in THEMED.items():
            if found := page_colours(background, accent, theme):
                names = f"--page:{found.background};--accent:{found.accent};--muted:{found.muted};--wrong:{found.wrong}"
                rule = f"{{{names};& {PLAIN}}}"
                yield f"{given}{rule}{preferred}{rule}}}"
