"""The look of the current request's page: theme, colours, radius, language, and whether it is framed."""

from typing import NamedTuple
from urllib.parse import urlencode

from flask import g, request

from wizard.presentation import PARAMETERS, Presentation, read_presentation
from wizard.visitor.look_style import look_style
from wizard.web.request_values import header, parameters

MAX_CHARACTERS = 40
PLAIN = Presentation()
"""What an address without parameters asks for."""


def presentation() -> Presentation:
    """The presentation that the current request's address asks for."""
    given = parameters()
    if not given:
        return PLAIN
    if "presentation" not in g:
        g.presentation = read_presentation(given)
    found: Presentation = g.presentation
    return found


def is_framed() -> bool:
    """Whether the current request is for a frame. Browsers too old to say so get the page without a frame."""
    return header("Sec-Fetch-Dest") == "iframe"


def add_look(endpoint: str, values: dict[str, object]) -> None:
    """For `url_defaults`: adds the look's parameters in the current request's address to our addresses."""
    if endpoint != "visitor.robots":
        values.update(look_parameters())


def look_parameters() -> dict[str, str]:
    """The parameters of the look in the current request's address, as they are written there."""
    if not parameters():
        return {}
    given = ((name, parameters().get(name, "")) for name in PARAMETERS)
    return {name: value for name, value in given if value and len(value) <= MAX_CHARACTERS}


def is_preview() -> bool:
    """Whether the current request belongs to a preview, as far as known at this point."""
    return bool(g.get("is_preview"))


def as_preview() -> dict[str, str]:
    """The parameters that make a new journey a preview, where the current request belongs to one."""
    return {"preview": "1"} if is_preview() else {}


class Look(NamedTuple):
    """What the base layout depends on, apart from its texts.

    `asked` are the parameters of the look as the address has them; `root` is the path at which the application is
    mounted.
    """

    theme: str
    accent: str
    background: str
    radius: str
    asked: tuple[tuple[str, str], ...]
    is_framed: bool
    is_preview: bool
    root: str


def look() -> Look:
    """The look of the current request's page."""
    wanted = presentation()
    return Look(
        wanted.theme,
        wanted.accent,
        wanted.background,
        wanted.radius,
        tuple(look_parameters().items()),
        is_framed(),
        is_preview(),
        request.root_path,
    )


def base_context(shown: Look, kept: str = "", framed_by: str = "") -> dict[str, object]:
    """Template context of the base layout.

    A new journey keeps `kept`, the attribution as a query. `framed_by` is the origin that may size the frame.
    """
    return {
        "theme": shown.theme,
        "look_style": look_style(shown.accent, shown.background, shown.radius),
        "framed": shown.is_framed,
        "framed_by": framed_by,
        "preview": shown.is_preview,
        "start": start(kept),
    }


def start(kept: str = "") -> str:
    """The address of a new journey, with the query `kept`.

    Not by `url_for`, which fails where the Host header is invalid.
    """
    query = "&".join(filter(None, (urlencode(look_parameters() | as_preview()), kept)))
    return f"{request.root_path}/?{query}" if query else f"{request.root_path}/"
