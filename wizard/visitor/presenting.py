"""How the current request's page is to look, and where: alone, or in a frame of somebody else's page."""

from functools import lru_cache
from urllib.parse import urlencode

from flask import g, request

from wizard.presentation import PARAMETERS, Presentation, colours, read_presentation

MAX_CHARACTERS = 40


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
        values.update(asked())


def asked() -> dict[str, str]:
    """What the current request's address asks for, in its own words, so that whoever wrote them finds them again."""
    given = ((name, request.args.get(name, "")) for name in PARAMETERS)
    return {name: value for name, value in given if value and len(value) <= MAX_CHARACTERS}


def is_preview() -> bool:
    """Whether the current request is about a preview, as far as has been found out by now."""
    return bool(g.get("is_preview"))


def as_preview() -> dict[str, str]:
    """What an address of a new journey says, so that a preview leads to nothing but previews."""
    return {"preview": "1"} if is_preview() else {}


def dressed() -> dict[str, object]:
    """What the frame of every page shows of it."""
    wanted = presentation()
    return {
        "theme": wanted.theme,
        "accent_style": accent_style(wanted.accent) if wanted.accent else "",
        "framed": is_framed(),
        "preview": is_preview(),
        "start": start(),
    }


def start() -> str:
    """The address of a new journey. Written out, since `url_for` needs a request whose Host can be read."""
    return f"/?{urlencode(asked() | as_preview())}".rstrip("?")


@lru_cache(maxsize=64)
def accent_style(accent: str) -> str:
    """The rule that gives the pages this accent, a `#rrggbb`."""
    made = colours(accent)
    return (
        f":root{{--wizard-accent:{made.fill};--wizard-on-accent:{made.on_fill};"
        f"--wizard-accent-text:{made.light};--wizard-accent-text-dark:{made.dark}}}"
    )
