"""How the current request's page is to look, and where: alone, or in a frame of somebody else's page."""

from functools import lru_cache
from urllib.parse import urlencode

from flask import g, request

from wizard.presentation import Presentation, colours, read_presentation


def presentation() -> Presentation:
    """What the current request's address asks for."""
    if "presentation" not in g:
        g.presentation = read_presentation(request.args)
    found: Presentation = g.presentation
    return found


def is_framed() -> bool:
    """Whether the current request is for a frame. A browser too old to say so gets the page that stands alone."""
    return request.headers.get("Sec-Fetch-Dest") == "iframe"


def kept(endpoint: str, values: dict[str, object]) -> None:
    """Have an address of ours that is made for the current page ask for what that was asked for."""
    if endpoint != "visitor.robots":
        values.update(presentation().parameters())


def dressed() -> dict[str, object]:
    """What the frame of every page shows of it."""
    asked = presentation()
    return {
        "theme": asked.theme,
        "accent_style": accent_style(asked.accent) if asked.accent else "",
        "framed": is_framed(),
        "start": start(),
    }


def start() -> str:
    """The address of a new journey. Written out, since `url_for` needs a request whose Host can be read."""
    return f"/?{urlencode(presentation().parameters())}".rstrip("?")


@lru_cache(maxsize=64)
def accent_style(accent: str) -> str:
    """The rule that gives the pages this accent, a `#rrggbb`."""
    made = colours(accent)
    return (
        f":root{{--wizard-accent:{made.fill};--wizard-on-accent:{made.on_fill};"
        f"--wizard-accent-text:{made.light};--wizard-accent-text-dark:{made.dark}}}"
    )
